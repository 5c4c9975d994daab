//! Volumes that cannot be had. Upstream tries each again on its own, at doubling distances, and tells of each try;
//! the pod waits, or goes on with the files that it had.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, Volume as ApiVolume};
use orrery_apis::service_account::volumes;
use orrery_informer::EventType::Warning;

use super::token::has_token;
use super::{Live, Worker};
use crate::decide::PodState;
use crate::runtime::{Volume, VolumeSource};

/// The event's reason, and a runtime's for a sandbox whose volumes it cannot set up.
pub const FAILED_MOUNT: &str = "FailedMount";
/// Upstream's `initialDurationBeforeRetry` and `maxDurationBeforeRetry` of a volume's operations.
const FIRST: SignedDuration = SignedDuration::from_millis(500);
const LONGEST: SignedDuration = SignedDuration::from_secs(122);
/// What a runtime cannot set up. No volume has such a name.
pub(super) const SETUP: &str = "";

/// The failures of a pod's volumes, by name.
#[derive(Default)]
pub struct Failures(BTreeMap<String, Failure>);

#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub message: String,
    /// Not tried again before.
    pub retry_at: Timestamp,
    delay: SignedDuration,
}

impl Failures {
    pub fn of(&self, volume: &str) -> Option<&Failure> {
        self.0.get(volume)
    }

    /// Notes another failure.
    pub fn add(&mut self, volume: &str, message: String, now: Timestamp) -> Failure {
        let before = self.0.get(volume).map(|failure| failure.delay * 2);
        let delay = before.unwrap_or(FIRST).min(LONGEST);
        let failure = Failure {
            message,
            retry_at: now + delay,
            delay,
        };
        self.0.insert(volume.to_owned(), failure.clone());
        failure
    }

    pub fn clear(&mut self, volume: &str) {
        self.0.remove(volume);
    }

    /// When the next is tried again.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.0.values().map(|failure| failure.retry_at).min()
    }
}

impl Worker {
    /// The pod's volumes with their content; or the first failure, when the next is tried again.
    pub(super) async fn volumes(
        &self,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        state: &PodState,
    ) -> Result<Vec<Volume>, Failure> {
        let (mut found, mut first) = (Vec::new(), None::<Failure>);
        for volume in declared(pod) {
            match self.volume(live, pod, state, &volume).await {
                Ok(volume) => {
                    live.unmounted.lock().clear(&volume.name);
                    found.push(volume);
                }
                Err(failure) => {
                    let before = first.get_or_insert_with(|| failure.clone());
                    before.retry_at = before.retry_at.min(failure.retry_at);
                }
            }
        }
        first.map_or(Ok(found), Err)
    }

    /// One of them, unless it failed too short a time ago. A token that nobody could read is not asked for.
    pub(super) async fn volume(
        &self,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        state: &PodState,
        volume: &ApiVolume,
    ) -> Result<Volume, Failure> {
        let failure = live.unmounted.lock().of(&volume.name).cloned();
        if let Some(failure) = failure.filter(|failure| self.clock.now() < failure.retry_at) {
            return Err(failure);
        }
        if has_token(volume) && !self.runtime.shows_volumes() {
            return Ok(Volume {
                name: volume.name.clone(),
                source: VolumeSource::Memory(Vec::new()),
            });
        }
        let found = self.source(live, pod, state).mounted(volume).await;
        found.map_err(|why| self.unmounted(live, pod, &volume.name, why))
    }

    /// Tells and notes that a volume cannot be had.
    pub(super) fn unmounted(
        &self,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        volume: &str,
        message: String,
    ) -> Failure {
        self.event(live, pod, None, Warning, FAILED_MOUNT, message.clone());
        let now = self.clock.now();
        live.unmounted.lock().add(volume, message, now)
    }
}

/// All of the pod's volumes: a cache may keep it without the one of its token.
pub(super) fn declared(pod: &Pod) -> Vec<Cow<'_, ApiVolume>> {
    pod.spec.iter().flat_map(volumes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_volume_waits_twice_as_long_after_each_failure() {
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let mut failures = Failures::default();
        let fail = |failures: &mut Failures, volume: &str| {
            let failure = failures.add(volume, "why".to_owned(), noon);
            failure.retry_at.duration_since(noon).as_millis()
        };
        let delays: Vec<_> = (0..10).map(|_| fail(&mut failures, "a")).collect();
        let want = [
            500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 122_000, 122_000,
        ];
        assert_eq!(delays, want);
        assert_eq!(fail(&mut failures, "b"), 500, "another volume");
        let soonest = noon + FIRST;
        assert_eq!(failures.retry_at(), Some(soonest));
        failures.clear("a");
        assert_eq!(fail(&mut failures, "a"), 500, "it was had meanwhile");
    }
}
