//! The files of volumes while their pod runs. Upstream's kubelet looks at each pod again once a minute, and
//! when it changes, and writes what is said otherwise by then. Environments and `subPath` mounts keep what
//! they began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, Volume};
use orrery_informer::EventType::Warning;

use super::{Live, Worker};
use crate::decide::SandboxState;

/// Upstream's `syncFrequency`.
const PERIOD: SignedDuration = SignedDuration::from_mins(1);

type Words = Option<BTreeMap<String, String>>;

/// When a pod's files were last made, and from what of the pod itself: labels, annotations and generation.
pub struct Made {
    at: Timestamp,
    of: (Words, Words, Option<i64>),
}

impl Made {
    pub fn now(pod: &Pod, now: Timestamp) -> Self {
        let meta = &pod.metadata;
        let of = (
            meta.labels.clone(),
            meta.annotations.clone(),
            meta.generation,
        );
        Self { at: now, of }
    }
}

impl Worker {
    /// Makes the files of a running pod anew when it is time to; answers when it is again.
    pub(super) async fn keep_files(&self, live: &Arc<Live>, pod: &Arc<Pod>) -> Option<Timestamp> {
        let volumes = pod
            .spec
            .iter()
            .flat_map(|spec| spec.volumes.iter().flatten());
        let volumes: Vec<&Volume> = volumes.filter(|volume| has_files(volume)).collect();
        if volumes.is_empty() {
            return None;
        }
        let state = live.state.lock().clone();
        if state.sandbox != SandboxState::Ready || state.stop.is_some() {
            return None;
        }
        let made = Made::now(pod, self.clock.now());
        let before = live
            .made
            .lock()
            .as_ref()
            .filter(|before| before.of == made.of)
            .map(|before| before.at);
        if let Some(due) = before.map(|at| at + PERIOD).filter(|due| made.at < *due) {
            return Some(due);
        }
        let next = made.at + PERIOD;
        *live.made.lock() = Some(made);
        let source = self.source(pod, &state);
        for volume in volumes {
            let done = match source.mounted(volume).await {
                Ok(volume) => self.runtime.refresh_volume(&live.uid, volume).await,
                Err(missing) => Err(missing),
            };
            if let Err(message) = done {
                self.event(live, pod, None, Warning, "FailedMount", message);
            }
        }
        Some(next)
    }
}

fn has_files(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.downward_api.is_some()
        || volume.projected.is_some()
}
