//! The files of volumes while their pod runs. Upstream's kubelet looks at each pod again once a minute, and
//! when it changes, and writes what is said otherwise by then. Environments and `subPath` mounts keep what
//! they began with.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, Volume};
use orrery_apis::service_account::is_token_volume;

use super::mounts::declared;
use super::token::has_token;
use super::{Live, Worker};
use crate::decide::{PodState, SandboxState};

/// Upstream's `syncFrequency`.
const PERIOD: SignedDuration = SignedDuration::from_mins(1);
/// Of a pod that has no files but those of its token. Nearly every pod has these, and a thousand of them looked at each
/// minute would keep the machine awake for a token that is due but once in 48 minutes, with twelve to spare; the
/// certificate beside it is another one only after a restart, which looks at all.
const TOKEN_PERIOD: SignedDuration = SignedDuration::from_mins(10);

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
        let shown = self.runtime.shows_volumes();
        let mut volumes = declared(pod);
        volumes.retain(|volume| has_files(volume) && (shown || !has_token(volume)));
        if volumes.is_empty() {
            return None;
        }
        let state = live.state.lock().clone();
        if state.sandbox != SandboxState::Ready || state.stop.is_some() {
            return None;
        }
        let (next, is_due) = live.next_files(pod, self.clock.now(), period(&volumes));
        for volume in &volumes {
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
    fn next_files(&self, pod: &Pod, now: Timestamp, period: SignedDuration) -> (Timestamp, bool) {
        let new = Made::now(pod, now);
        let mut made = self.made.lock();
        let before = made.as_ref().filter(|before| before.of == new.of);
        match before.map(|before| before.at + period) {
            Some(due) if now < due => (due, false),
            _ => {
                *made = Some(new);
                (now + period, true)
            }
        }
    }
}

fn period(volumes: &[Cow<'_, Volume>]) -> SignedDuration {
    match volumes.iter().all(|volume| is_token_volume(volume)) {
        true => TOKEN_PERIOD,
        false => PERIOD,
    }
}

fn has_files(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.downward_api.is_some()
        || volume.projected.is_some()
}

#[cfg(test)]
mod tests {
    use orrery_apis::service_account::token_volume;

    use super::*;

    #[test]
    fn what_holds_a_token_alone_is_looked_at_less_often() {
        let token = token_volume("kube-api-access-x".to_owned());
        let mut own = token.clone();
        own.name = "own".to_owned();
        let rows = [
            (vec![&token], TOKEN_PERIOD),
            (vec![&own], PERIOD),
            (vec![&token, &own], PERIOD),
        ];
        for (volumes, want) in rows {
            let names: Vec<&str> = volumes.iter().map(|volume| volume.name.as_str()).collect();
            let volumes: Vec<_> = volumes.iter().copied().map(Cow::Borrowed).collect();
            assert_eq!(period(&volumes), want, "{names:?}");
        }
    }

    #[test]
    fn a_token_is_looked_at_often_enough_to_be_renewed() {
        let lasting = SignedDuration::from_secs(orrery_apis::service_account::TOKEN_SECS);
        // it is due when four fifths of its life are over
        assert!(lasting / 5 > TOKEN_PERIOD, "{TOKEN_PERIOD:?}");
    }
}
