//! The files of volumes while their pod runs. Upstream's kubelet looks at each pod again once a minute, and
//! when it changes, and writes what is said otherwise by then. Environments and `subPath` mounts keep what
//! they began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, Volume};

use super::token::has_token;
use super::{Live, Worker};
use crate::decide::{PodState, SandboxState};

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
        let shown = self.runtime.shows_volumes();
        let volumes: Vec<&Volume> = volumes
            .filter(|volume| has_files(volume) && (shown || !has_token(volume)))
            .collect();
        if volumes.is_empty() {
            return None;
        }
        let state = live.state.lock().clone();
        if state.sandbox != SandboxState::Ready || state.stop.is_some() {
            return None;
        }
        let (next, is_due) = live.next_files(pod, self.clock.now());
        for volume in volumes {
            // one that failed has times of its own
            let failed = live.unmounted.lock().of(&volume.name).is_some();
            if is_due || failed {
                self.keep_volume(live, pod, &state, volume).await;
            }
        }
        let retry_at = live.unmounted.lock().retry_at();
        retry_at.into_iter().chain([next]).min()
    }

    async fn keep_volume(
        &self,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        state: &PodState,
        volume: &Volume,
    ) {
        let Ok(found) = self.volume(live, pod, state, volume).await else {
            return;
        };
        match self.runtime.refresh_volume(&live.uid, found).await {
            Ok(()) => live.unmounted.lock().clear(&volume.name),
            Err(why) => _ = self.unmounted(live, pod, &volume.name, why),
        }
    }
}

impl Live {
    /// When all of its files are to be made anew after this time, and whether they are now.
    fn next_files(&self, pod: &Pod, now: Timestamp) -> (Timestamp, bool) {
        let new = Made::now(pod, now);
        let mut made = self.made.lock();
        let before = made.as_ref().filter(|before| before.of == new.of);
        match before.map(|before| before.at + PERIOD) {
            Some(due) if now < due => (due, false),
            _ => {
                *made = Some(new);
                (now + PERIOD, true)
            }
        }
    }
}

fn has_files(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.downward_api.is_some()
        || volume.projected.is_some()
}
