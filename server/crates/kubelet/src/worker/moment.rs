//! Containers that end as soon as they have begun. Of these one status says all: one that they run is another write, and
//! makes the Job's own status one more, of the ten that a short Job costs. Upstream's kubelet, which looks at what runs
//! once a second, does not tell of them before they have ended either. An agent that dies in that moment knows the run
//! afterwards by its log, and its end, too ([`PodState::recovered`](crate::decide::PodState::recovered)).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;

use super::{Live, Worker};
use crate::decide::Current;

/// Too short for a person to see, and long enough for most commands that do next to nothing, on a busy machine too.
const MOMENT: SignedDuration = SignedDuration::from_millis(20);

impl Worker {
    /// Until when it is not said yet that a container runs. Only a pod that is meant to end has such a moment, and only
    /// where its containers take real time.
    pub(super) fn moment(&self, live: &Arc<Live>, pod: &Pod) -> Option<Timestamp> {
        if !self.runtime.runs_processes() || !ends(pod) {
            return None;
        }
        let begun = *live.begun.lock();
        let state = live.state.lock();
        let mut records = state.containers.values();
        let runs = records.any(|record| matches!(record.current, Current::Running { .. }));
        match runs && state.stop.is_none() {
            true => over(begun?, self.clock.now()),
            false => None,
        }
    }
}

fn ends(pod: &Pod) -> bool {
    let policy = pod.spec.as_ref().and_then(|s| s.restart_policy.as_deref());
    matches!(policy, Some("Never" | "OnFailure"))
}

/// A clock that was set back begins no second one.
fn over(begun: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let over = begun + MOMENT;
    (begun <= now && now < over).then_some(over)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_moment_is_short() {
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let after = |millis: i64| noon + SignedDuration::from_millis(millis);
        for (millis, want) in [
            (0, Some(after(20))),
            (19, Some(after(20))),
            (20, None),
            (5_000, None),
            (-1, None),
        ] {
            assert_eq!(over(noon, after(millis)), want, "{millis} ms later");
        }
    }

    #[test]
    fn only_what_is_meant_to_end_has_one() {
        for (policy, want) in [("Never", true), ("OnFailure", true), ("Always", false)] {
            let spec = json!({"restartPolicy": policy, "containers": []});
            let pod = serde_json::from_value(json!({"metadata": {}, "spec": spec}));
            assert_eq!(ends(&pod.expect("a pod")), want, "{policy}");
        }
        assert!(!ends(&Pod::default()), "upstream's default is Always");
    }
}
