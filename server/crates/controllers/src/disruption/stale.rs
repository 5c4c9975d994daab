//! A pod that was to be disrupted and has not been: what says so is taken back, so that nobody takes a
//! later failure for a disruption (EV-02).

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Error;
use kube::api::{Api, Patch, PatchParams};
use orrery_informer::{Doubling, ObjectKey, Queue, Requeue};
use serde_json::json;

use crate::errors::is_not_found;
use crate::manager::{Context, Startup};
use crate::pods::{DISRUPTION_TARGET, condition, is_active};

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(60));
/// The kubelet ends a pod in its own time.
const BY_KUBELET: &str = "TerminationByKubelet";
/// Upstream's stalePodDisruptionTimeout.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// Leaves the task with `startup`.
pub fn prepare(startup: &mut Startup) {
    let context = Arc::new(startup.context.clone());
    let queue = Queue::new(context.clock.clone(), BACKOFF);
    let waker = queue.clone();
    context.caches.pods.on(move |change| {
        let pod = change.new.as_deref();
        if let Some((pod, at)) = pod.and_then(|pod| Some((pod, stale_at(pod)?))) {
            waker.add_at(ObjectKey::of(&pod.metadata), at);
        }
    });
    startup.task(async move {
        let workers = context.config.workers;
        queue.run(workers, |key| take_back(&context, key)).await;
    });
}

/// When what says that the pod goes is no longer true, should it stay.
fn stale_at(pod: &Pod) -> Option<Timestamp> {
    let target = condition(pod, DISRUPTION_TARGET).filter(|target| target.status == "True")?;
    let waits = is_active(pod) && target.reason.as_deref() != Some(BY_KUBELET);
    let since = target.last_transition_time.as_ref();
    let since = since.map_or(Timestamp::UNIX_EPOCH, |time| time.0);
    let stale = since.checked_add(STALE_AFTER).unwrap_or(Timestamp::MAX);
    waits.then_some(stale)
}

async fn take_back(context: &Context, key: ObjectKey) -> Result<Requeue, Error> {
    let Some(pod) = context.caches.pods.get(&key) else {
        return Ok(Requeue::Await);
    };
    let Some(at) = stale_at(&pod) else {
        return Ok(Requeue::Await);
    };
    let now = context.clock.now();
    if at > now {
        return Ok(Requeue::At(at));
    }
    let condition = json!({
        "type": DISRUPTION_TARGET, "status": "False", "reason": null, "message": null,
        "lastTransitionTime": Time(now),
    });
    // whoever disrupts it just now has the last word
    let patch = json!({
        "metadata": {"uid": pod.metadata.uid, "resourceVersion": pod.metadata.resource_version},
        "status": {"conditions": [condition]},
    });
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), &key.namespace);
    let (params, patch) = (PatchParams::default(), Patch::Strategic(patch));
    match pods.patch_status(&key.name, &params, &patch).await {
        Err(error) if is_not_found(&error) => Ok(Requeue::Await),
        other => other.map(|_| Requeue::Await),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn ev_02_what_says_that_a_pod_goes_is_true_for_two_minutes() {
        let target = |status: &str, reason: &str| {
            json!([{
                "type": DISRUPTION_TARGET, "status": status, "reason": reason,
                "lastTransitionTime": "2026-11-23T12:00:00Z",
            }])
        };
        let due = Some("2026-11-23T12:02:00Z");
        let evicted = || target("True", "EvictionByEvictionAPI");
        let rows: [(&str, Value, Value, Option<&str>); 7] = [
            ("it stays", json!({"phase": "Running"}), evicted(), due),
            (
                "it waits for a node",
                json!({"phase": "Pending"}),
                evicted(),
                due,
            ),
            ("it has ended", json!({"phase": "Failed"}), evicted(), None),
            (
                "its kubelet takes its time",
                json!({"phase": "Running"}),
                target("True", BY_KUBELET),
                None,
            ),
            (
                "it is taken back",
                json!({"phase": "Running"}),
                target("False", ""),
                None,
            ),
            (
                "nobody said so",
                json!({"phase": "Running"}),
                json!([]),
                None,
            ),
            (
                "nobody said when",
                json!({"phase": "Running"}),
                json!([{"type": DISRUPTION_TARGET, "status": "True"}]),
                Some("1970-01-01T00:02:00Z"),
            ),
        ];
        for (why, mut status, conditions, want) in rows {
            status["conditions"] = conditions;
            let pod = json!({"metadata": {"name": "p"}, "status": status});
            let mut pod: Pod = serde_json::from_value(pod).expect("a literal pod");
            let at = stale_at(&pod).map(|at| at.to_string());
            assert_eq!(at.as_deref(), want, "{why}");
            pod.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
            assert_eq!(stale_at(&pod), None, "{why}, and it is being deleted");
        }
    }
}
