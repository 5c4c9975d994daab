//! A cluster that nobody disturbs comes to rest, and what is deleted goes.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::ResourceExt;

use crate::check::STUCK;
use crate::mirror::{Mirror, Mirrored, controller_uid};
use crate::placed::misplaced;
use crate::scene::{is_finished, is_true};
use crate::sim::Sim;

/// After the faults end, everything comes to rest within this: the longest run, three back-offs of
/// a Job, a node's silence and a pod's grace together take less than half of it.
const REST_WITHIN: SignedDuration = SignedDuration::from_mins(20);
/// What is deleted in the end is gone within this.
const GONE_WITHIN: SignedDuration = SignedDuration::from_mins(5);

pub(crate) async fn come_to_rest(sim: &Sim) {
    let unrest = || sim.read(|mirror| unrest(mirror, sim.clock().now()));
    if !sim.until_within(REST_WITHIN, || unrest().is_none()).await {
        sim.complain(STUCK, unrest().unwrap_or_default());
    }
}

/// What still has to happen.
fn unrest(mirror: &Mirror, now: Timestamp) -> Option<String> {
    let jobs = || mirror.jobs.values().map(AsRef::as_ref);
    let cronjobs = || mirror.cronjobs.values().map(AsRef::as_ref);
    let pods = || mirror.pods.values().map(AsRef::as_ref);
    let daemonsets = || mirror.daemonsets.values().map(AsRef::as_ref);
    let named = |what: &str, name: String| format!("{what}: {name}");
    jobs()
        .find(|job| !is_finished(job))
        .map(|job| {
            let (name, status) = (job.name_any(), &job.status);
            let pods = pods_of(job, mirror);
            format!("Job not finished: {name} {status:?} with {pods:?}")
        })
        .or_else(|| {
            Some(named(
                "Job past its TTL",
                jobs().find(|job| is_past_ttl(job, now))?.name_any(),
            ))
        })
        .or_else(|| {
            let cronjob = cronjobs().find(|cronjob| has_active(cronjob))?;
            Some(named("CronJob with an active Job", cronjob.name_any()))
        })
        .or_else(|| {
            let cronjob = cronjobs().find(|cronjob| keeps_too_many(cronjob, mirror))?;
            Some(named(
                "CronJob beyond its history limits",
                cronjob.name_any(),
            ))
        })
        .or_else(|| {
            let pod = pods().find(|pod| is_tracked(pod))?;
            Some(named("finalizer left on a pod", pod.name_any()))
        })
        .or_else(|| leaving::<Pod>(mirror))
        .or_else(|| leaving::<Job>(mirror))
        .or_else(|| leaving::<CronJob>(mirror))
        .or_else(|| leaving::<DaemonSet>(mirror))
        .or_else(|| leaving::<Namespace>(mirror))
        .or_else(|| {
            let lagging = daemonsets().find(|daemonset| is_behind(daemonset))?;
            let status = &lagging.status;
            Some(format!(
                "DaemonSet behind: {} {status:?}",
                lagging.name_any()
            ))
        })
        .or_else(|| daemonsets().find_map(|daemonset| misplaced(daemonset, mirror)))
}

/// What is there of a Job, each pod with what keeps it.
fn pods_of(job: &Job, mirror: &Mirror) -> Vec<String> {
    let uid = job.uid();
    let pods = mirror.pods.values();
    let own = pods.filter(|pod| controller_uid(&pod.metadata) == uid.as_deref());
    own.map(|pod| {
        let phase = pod.status.as_ref().and_then(|status| status.phase.clone());
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
        let leaving = pod.metadata.deletion_timestamp.is_some();
        let (name, finalizers) = (pod.name_any(), pod.finalizers());
        format!("{name} on {node:?}: {phase:?}, leaving {leaving}, {finalizers:?}")
    })
    .collect()
}

/// TTL-01.
fn is_past_ttl(job: &Job, now: Timestamp) -> bool {
    let ttl = job
        .spec
        .as_ref()
        .and_then(|spec| spec.ttl_seconds_after_finished);
    let conditions = job
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    let mut ends = conditions
        .filter(|c| matches!(c.type_.as_str(), "Complete" | "Failed") && c.status == "True")
        .filter_map(|c| c.last_transition_time.as_ref());
    ttl.zip(ends.next())
        .is_some_and(|(ttl, end)| end.0 + SignedDuration::from_secs(i64::from(ttl)) < now)
}

fn has_active(cronjob: &CronJob) -> bool {
    let status = cronjob.status.as_ref();
    status.is_some_and(|status| status.active.iter().flatten().next().is_some())
}

/// CJ-10 to CJ-12: what is on its way out counts no more.
fn keeps_too_many(cronjob: &CronJob, mirror: &Mirror) -> bool {
    let uid = cronjob.uid().unwrap_or_default();
    let jobs = mirror.jobs.values().filter(|job| {
        let own = controller_uid(&job.metadata) == Some(uid.as_str());
        own && job.metadata.deletion_timestamp.is_none()
    });
    let count = |end: &str| jobs.clone().filter(|job| is_true(job, end)).count();
    let beyond = |limit: Option<i32>, end: &str| {
        limit.is_some_and(|limit| count(end) > usize::try_from(limit).unwrap_or(usize::MAX))
    };
    let spec = &cronjob.spec;
    beyond(spec.successful_jobs_history_limit, "Complete")
        || beyond(spec.failed_jobs_history_limit, "Failed")
}

fn is_tracked(pod: &Pod) -> bool {
    let mut finalizers = pod.finalizers().iter();
    finalizers.any(|finalizer| finalizer.contains("job-tracking"))
}

fn leaving<K: Mirrored>(mirror: &Mirror) -> Option<String> {
    let mut all = K::table(mirror).values();
    let leaving = all.find(|object| object.meta().deletion_timestamp.is_some())?;
    let name = leaving.meta().name.clone().unwrap_or_default();
    Some(format!("{} never gone: {name}", K::kind(&())))
}

fn is_behind(daemonset: &DaemonSet) -> bool {
    let status = daemonset.status.clone().unwrap_or_default();
    let desired = status.desired_number_scheduled;
    let strategy = daemonset
        .spec
        .as_ref()
        .and_then(|spec| spec.update_strategy.as_ref());
    let waits = strategy.is_some_and(|strategy| strategy.type_.as_deref() == Some("OnDelete"));
    status.observed_generation != daemonset.metadata.generation
        || status.number_available.unwrap_or(0) != desired
        || !waits && status.updated_number_scheduled.unwrap_or(0) != desired
        || status.number_misscheduled != 0
}

/// Waits for what was deleted to be gone.
pub(crate) async fn vanish(sim: &Sim) {
    let left = || {
        sim.read(|mirror| {
            any::<Pod>(mirror)
                .or_else(|| any::<Job>(mirror))
                .or_else(|| any::<CronJob>(mirror))
                .or_else(|| any::<DaemonSet>(mirror))
                .or_else(|| any::<ControllerRevision>(mirror))
                .or_else(|| leaving::<Namespace>(mirror))
        })
    };
    if !sim.until_within(GONE_WITHIN, || left().is_none()).await {
        sim.complain(STUCK, format!("deleted and still there: {:?}", left()));
    }
}

fn any<K: Mirrored>(mirror: &Mirror) -> Option<String> {
    let object = K::table(mirror).values().next()?;
    let name = object.meta().name.clone().unwrap_or_default();
    Some(format!("{} {name}", K::kind(&())))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Node;
    use serde_json::{Value, json};

    use super::*;
    use crate::mirror::put;
    use crate::sim::EPOCH;

    fn job(name: &str, end: &str, ttl: Option<i32>) -> Value {
        json!({
            "metadata": {"name": name, "uid": name, "ownerReferences": [
                {"apiVersion": "batch/v1", "kind": "CronJob", "name": "tick", "uid": "tick", "controller": true},
            ]},
            "spec": {"ttlSecondsAfterFinished": ttl, "template": {}},
            "status": {"conditions": [{"type": end, "status": "True", "lastTransitionTime": EPOCH}]},
        })
    }

    fn cronjob(active: Value) -> Value {
        json!({
            "metadata": {"name": "tick", "uid": "tick"},
            "spec": {
                "schedule": "* * * * *", "successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 0,
                "jobTemplate": {"spec": {"template": {}}},
            },
            "status": {"active": active},
        })
    }

    fn daemonset(strategy: &str, available: i32, updated: i32, misscheduled: i32) -> Value {
        json!({
            "metadata": {"name": "agent", "generation": 2},
            "spec": {"selector": {}, "template": {}, "updateStrategy": {"type": strategy}},
            "status": {
                "observedGeneration": 2, "desiredNumberScheduled": 3, "currentNumberScheduled": 3,
                "numberReady": 3, "numberMisscheduled": misscheduled,
                "numberAvailable": available, "updatedNumberScheduled": updated,
            },
        })
    }

    fn pod(finalizers: Value, deleted: Value) -> Value {
        let metadata =
            json!({"name": "pi-x", "finalizers": finalizers, "deletionTimestamp": deleted});
        json!({"metadata": metadata})
    }

    #[test]
    fn each_kind_of_unrest_is_seen() {
        type Put = fn(&mut Mirror);
        let rows: [(&str, Put, Option<&str>); 17] = [
            ("nothing is there", |_| (), None),
            (
                "a Job that goes on",
                |m| put::<Job>(m, job("pi", "SuccessCriteriaMet", None)),
                Some("Job not finished"),
            ),
            (
                "one that ended",
                |m| put::<Job>(m, job("pi", "Complete", None)),
                None,
            ),
            (
                "one whose TTL is over",
                |m| put::<Job>(m, job("pi", "Failed", Some(30))),
                Some("Job past its TTL"),
            ),
            (
                "one whose TTL is not",
                |m| put::<Job>(m, job("pi", "Failed", Some(90))),
                None,
            ),
            (
                "a CronJob with something active",
                |m| put::<CronJob>(m, cronjob(json!([{"name": "x"}]))),
                Some("CronJob with an active Job"),
            ),
            (
                "one with as many Jobs as it keeps",
                |m| {
                    put::<CronJob>(m, cronjob(json!(null)));
                    put::<Job>(m, job("one", "Complete", None));
                },
                None,
            ),
            (
                "one with more",
                |m| {
                    put::<CronJob>(m, cronjob(json!(null)));
                    put::<Job>(m, job("one", "Complete", None));
                    put::<Job>(m, job("two", "Complete", None));
                },
                Some("CronJob beyond its history limits"),
            ),
            (
                "one with a failed one more",
                |m| {
                    put::<CronJob>(m, cronjob(json!(null)));
                    put::<Job>(m, job("one", "Failed", None));
                },
                Some("CronJob beyond its history limits"),
            ),
            (
                "a pod that nobody counts",
                |m| {
                    put::<Pod>(
                        m,
                        pod(json!(["batch.kubernetes.io/job-tracking"]), json!(null)),
                    )
                },
                Some("finalizer left on a pod"),
            ),
            (
                "a pod that stays",
                |m| put::<Pod>(m, pod(json!(null), json!(EPOCH))),
                Some("Pod never gone"),
            ),
            (
                "a namespace that stays",
                |m| {
                    let metadata = json!({"name": "side", "deletionTimestamp": EPOCH});
                    put::<Namespace>(m, json!({"metadata": metadata}));
                },
                Some("Namespace never gone"),
            ),
            (
                "a DaemonSet that is everywhere",
                |m| put::<DaemonSet>(m, daemonset("RollingUpdate", 3, 3, 0)),
                None,
            ),
            (
                "one that is not",
                |m| put::<DaemonSet>(m, daemonset("RollingUpdate", 2, 3, 0)),
                Some("DaemonSet behind"),
            ),
            (
                "one where it should not be",
                |m| put::<DaemonSet>(m, daemonset("RollingUpdate", 3, 3, 1)),
                Some("DaemonSet behind"),
            ),
            (
                "one that says that it is, and is not",
                |m| {
                    put::<DaemonSet>(m, daemonset("RollingUpdate", 3, 3, 0));
                    put::<Node>(m, json!({"metadata": {"name": "node-1"}}));
                },
                Some("DaemonSet misplaced"),
            ),
            (
                "one that is updated by hand",
                |m| put::<DaemonSet>(m, daemonset("OnDelete", 3, 2, 0)),
                None,
            ),
        ];
        let now = EPOCH + SignedDuration::from_secs(60);
        for (why, fill, expected) in rows {
            let mut mirror = Mirror::default();
            fill(&mut mirror);
            let found = unrest(&mirror, now);
            let kind = found.as_ref().and_then(|what| what.split(':').next());
            assert_eq!(kind, expected, "{why}");
        }
    }
}
