//! emptyDir volumes that outgrow their `sizeLimit`: upstream's kubelet evicts the pod. It also looks at whole
//! nodes and at containers' own files; here the machine is not a node's own, and containers write to volumes.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, Volume};
use orrery_informer::EventType::Warning;

use super::env::amount;
use super::{Live, Worker};
use crate::decide::{EVICTED, SandboxState};

/// Upstream's `evictionMonitoringPeriod`.
const PERIOD: SignedDuration = SignedDuration::from_secs(10);
/// Pods from this priority on are critical: they are never evicted by their kubelet.
const CRITICAL: i32 = 2_000_000_000;

impl Worker {
    /// Looks at what a running pod keeps in its volumes when it is time to; answers when it is again.
    pub(super) async fn keep_room(&self, live: &Arc<Live>, pod: &Arc<Pod>) -> Option<Timestamp> {
        let spec = pod.spec.as_ref()?;
        let volumes = spec.volumes.iter().flatten();
        let limits: Vec<_> = volumes.filter_map(limit).collect();
        let critical = spec.priority.is_some_and(|priority| priority >= CRITICAL);
        if limits.is_empty() || critical || !live.may_be_evicted() {
            return None;
        }
        let now = self.clock.now();
        let next = *live.measured.lock().get_or_insert(now) + PERIOD;
        if now < next {
            return Some(next);
        }
        *live.measured.lock() = Some(now);
        for (volume, size, bytes) in limits {
            let used = self.runtime.volume_bytes(&live.uid, volume).await;
            if used as f64 > bytes {
                let message =
                    format!("Usage of EmptyDir volume {volume:?} exceeds the limit {size:?}. ");
                self.event(live, pod, None, Warning, EVICTED, message.clone());
                live.state.lock().evicted = Some(message);
                self.queue.add(live.key.clone());
                return None;
            }
        }
        Some(now + PERIOD)
    }
}

impl Live {
    fn may_be_evicted(&self) -> bool {
        let state = self.state.lock();
        state.sandbox == SandboxState::Ready && state.stop.is_none() && state.evicted.is_none()
    }
}

/// The volume's name and its limit, as written and in bytes.
fn limit(volume: &Volume) -> Option<(&str, &str, f64)> {
    let size = volume.empty_dir.as_ref()?.size_limit.as_ref()?;
    let bytes = amount(&size.0).filter(|bytes| *bytes > 0.0)?;
    Some((volume.name.as_str(), size.0.as_str(), bytes))
}
