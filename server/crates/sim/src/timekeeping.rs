//! A CronJob that nothing hinders runs on time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;
use orrery_schedule::{Schedule, from_jiff, to_jiff};

use crate::check::STUCK;
use crate::mirror::controller_uid;
use crate::scene::is_finished;
use crate::sim::Sim;

/// In this time every schedule of the workload's comes at least once.
const WATCHED_FOR: SignedDuration = SignedDuration::from_secs(150);
/// From a slot to the status that tells of it, with a manager whose clock is behind.
const GRACE: SignedDuration = SignedDuration::from_secs(15);
/// Marks a slot's Job: those of a person's making are in no slot's way (CJ-62).
const SLOT: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// Where the controller keeps when the schedule was changed (CJ-04).
const CHANGED_AT: &str = "orrery.dev/schedule-changed-at";

/// Lets CronJobs be for a while, and complains of those that pass over a slot.
pub(crate) async fn keep_time(sim: &Sim) {
    let busy = RefCell::new(BTreeMap::new());
    let look = || {
        let now = sim.clock().now();
        let mut busy = busy.borrow_mut();
        for job in sim.all::<Job>() {
            let runs = !is_finished(&job) && job.annotations().contains_key(SLOT);
            if let Some(owner) = controller_uid(&job.metadata).filter(|_| runs) {
                busy.insert(owner.to_owned(), now);
            }
        }
        false
    };
    sim.until_within(WATCHED_FOR, look).await;
    look();
    let busy = busy.into_inner();
    for cronjob in sim.all::<CronJob>() {
        let last_busy = busy.get(&cronjob.uid().unwrap_or_default()).copied();
        if let Some(slot) = passed_over(&cronjob, last_busy, sim.clock().now()) {
            let name = cronjob.name_any();
            sim.complain(
                STUCK,
                format!("CronJob {name} has not run its slot of {slot}"),
            );
        }
    }
}

/// The first slot that should have run. `last_busy`: when a Job of the CronJob's ran last.
fn passed_over(
    cronjob: &Arc<CronJob>,
    last_busy: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let spec = &cronjob.spec;
    if spec.suspend == Some(true) || cronjob.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let last = cronjob.status.as_ref()?.last_schedule_time.as_ref();
    let changed = cronjob.annotations().get(CHANGED_AT);
    let since = [
        cronjob.creation_timestamp().map(|created| created.0),
        last.map(|last| last.0),
        changed.and_then(|at| at.parse().ok()),
    ];
    let since = since.into_iter().flatten().max()?;
    let schedule = Schedule::parse_in(&spec.schedule, spec.time_zone.as_deref()).ok()?;
    let slot = schedule.next(from_jiff(since)).and_then(to_jiff)?;
    let late = slot <= now - GRACE;
    // what Forbid held up runs afterwards, unless its deadline is over by then
    let held_up = spec.concurrency_policy.as_deref() == Some("Forbid")
        && last_busy.is_some_and(|busy| match spec.starting_deadline_seconds {
            Some(_) => busy >= slot,
            None => busy >= now - GRACE,
        });
    (late && !held_up).then_some(slot)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sim::EPOCH;

    /// Created at noon, looked at five minutes later.
    fn late(spec: Value, annotation: Option<&str>, last: Option<&str>, busy: Option<i64>) -> bool {
        let mut cronjob = json!({
            "metadata": {
                "name": "tick", "creationTimestamp": EPOCH,
                "annotations": annotation.map(|at| json!({CHANGED_AT: at})),
            },
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {}}}},
            "status": {"lastScheduleTime": last},
        });
        for (field, value) in spec.as_object().into_iter().flatten() {
            cronjob["spec"][field] = value.clone();
        }
        let cronjob: CronJob = serde_json::from_value(cronjob).expect("a literal CronJob");
        let after = |secs| EPOCH + SignedDuration::from_secs(secs);
        let busy = busy.map(after);
        passed_over(&Arc::new(cronjob), busy, after(330)).is_some()
    }

    #[test]
    fn a_slot_that_was_passed_over_is_seen() {
        let at = |minute: u8| format!("{}", EPOCH + SignedDuration::from_mins(i64::from(minute)));
        let forbid = json!({"concurrencyPolicy": "Forbid"});
        let deadline = json!({"concurrencyPolicy": "Forbid", "startingDeadlineSeconds": 30});
        let rows = [
            ("the last slot ran", json!({}), None, Some(5), None, false),
            ("it did not", json!({}), None, Some(4), None, true),
            ("none ever did", json!({}), None, None, None, true),
            (
                "suspended",
                json!({"suspend": true}),
                None,
                None,
                None,
                false,
            ),
            (
                "hourly",
                json!({"schedule": "@hourly"}),
                None,
                None,
                None,
                false,
            ),
            ("changed since", json!({}), Some(5), Some(1), None, false),
            ("changed before", json!({}), Some(4), Some(1), None, true),
            (
                "Forbid, and one runs",
                forbid.clone(),
                None,
                Some(1),
                Some(330),
                false,
            ),
            (
                "Forbid, and one ran",
                forbid,
                None,
                Some(1),
                Some(250),
                true,
            ),
            (
                "the deadline is over",
                deadline.clone(),
                None,
                Some(4),
                Some(310),
                false,
            ),
            (
                "it ended before the slot",
                deadline,
                None,
                Some(4),
                Some(290),
                true,
            ),
            (
                "Allow, and one runs",
                json!({}),
                None,
                Some(1),
                Some(330),
                true,
            ),
        ];
        for (why, spec, changed, last, busy, expected) in rows {
            let (changed, last) = (changed.map(at), last.map(at));
            let found = late(spec, changed.as_deref(), last.as_deref(), busy);
            assert_eq!(found, expected, "{why}");
        }
    }
}
