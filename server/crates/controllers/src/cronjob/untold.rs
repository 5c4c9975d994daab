//! Slots that have run and of which their CronJob's status does not tell yet.
//!
//! Until it does, the Job alone says that its slot has run: its name is taken (CJ-50), and whoever takes over
//! finds it there (CJ-20, CJ-54). So it must not go before.

use std::mem;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, CronJobStatus, Job};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use orrery_informer::{Mark, ObjectKey, controller_of, object_reference};

use super::active::is_active;
use super::history::finished;
use super::new_job::slot_of;
use super::writes::Mine;
use crate::manager::Caches;
use crate::note::Note;

/// A slot's Job that this controller has created or found, until the status that tells of it is written.
#[derive(Clone, Debug)]
pub struct Untold {
    slot: Timestamp,
    job: ObjectReference,
    created: Mark,
    /// Its Event is still to be reported.
    is_new: bool,
}

impl Untold {
    pub fn new(slot: Timestamp, mine: Mine, created: Mark) -> Self {
        let job = Job {
            metadata: *mine.metadata,
            ..Job::default()
        };
        Self {
            slot,
            job: object_reference(&job),
            created,
            is_new: mine.is_new,
        }
    }

    /// The status tells of the slot: the Job is active, or was.
    pub fn is_told_by(&self, status: &CronJobStatus) -> bool {
        let last = status.last_schedule_time.as_ref();
        is_active(status, self.job.uid.as_deref()) || last.is_some_and(|last| last.0 >= self.slot)
    }

    /// Makes the status tell of it (CJ-53); answers whether it did not.
    pub fn tell(&self, status: &mut CronJobStatus) -> bool {
        if self.is_told_by(status) {
            return false;
        }
        let active = status.active.get_or_insert_default();
        active.push(self.job.clone());
        status.last_schedule_time = Some(Time(self.slot));
        true
    }

    /// What is told of the Job, once (CJ-53).
    pub fn news(&mut self) -> Option<Note> {
        let name = self.job.name.as_deref().unwrap_or_default();
        let text = format!("Created job {name}");
        mem::take(&mut self.is_new).then(|| Note::normal("SuccessfulCreate", text))
    }

    /// An entry of status.active of which the cache cannot know yet.
    pub fn is_unseen(&self, entry: &ObjectReference, caches: &Caches) -> bool {
        self.job.uid == entry.uid && !caches.jobs.reached(&self.created)
    }
}

/// The slot that the Job ran, if the CronJob's status does not tell of it or a later one: its place in
/// the status is still to be written, or got lost between the two writes.
pub fn untold_slot(cronjob: &CronJob, job: &Job) -> Option<Timestamp> {
    let status = cronjob.status.as_ref();
    let last = status.and_then(|status| status.last_schedule_time.as_ref());
    let slot = slot_of(cronjob, job)?;
    last.is_none_or(|last| last.0 < slot).then_some(slot)
}

/// What has run counts, before the history forgets it; answers whether the status did not tell of it.
pub fn tell_ended(cronjob: &CronJob, status: &mut CronJobStatus, jobs: &[Arc<Job>]) -> bool {
    let ended = jobs.iter().filter(|job| finished(job).is_some());
    let untold = ended.filter_map(|job| untold_slot(cronjob, job));
    let Some(slot) = untold.max() else {
        return false;
    };
    let last = status.last_schedule_time.take().map(|last| last.0);
    status.last_schedule_time = last.max(Some(slot)).map(Time);
    true
}

/// Were the Job gone, its slot would run again.
pub fn is_untold(caches: &Caches, job: &Job) -> bool {
    let owner = controller_of(&job.metadata).filter(|owner| owner.kind == "CronJob");
    let cronjob = owner.and_then(|owner| {
        let key = ObjectKey::new(job.namespace().unwrap_or_default(), &owner.name);
        caches.cronjobs.get(&key)
    });
    cronjob.is_some_and(|cronjob| untold_slot(&cronjob, job).is_some())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use orrery_informer::Cache;
    use serde_json::{Value, json};

    use super::*;
    use crate::cronjob::controller::Memory;
    use crate::cronjob::new_job::new_job;

    fn untold(is_new: bool) -> Untold {
        let metadata = json!({"name": "tick-29923925", "namespace": "default", "uid": "u", "resourceVersion": "7"});
        let mine = Mine {
            metadata: serde_json::from_value(metadata).expect("literal metadata"),
            is_new,
        };
        let slot = "2026-11-23T12:05:00Z".parse().expect("a literal time");
        let created = Cache::<Job>::builder().build().mark(&mine.metadata);
        Untold::new(slot, mine, created)
    }

    #[test]
    fn cj_53_the_status_tells_of_a_slot_once() {
        let entry = |uid: &str| json!({"name": "tick-29923925", "uid": uid});
        let rows = [
            ("of nothing yet", json!({}), true, 1),
            (
                "of the slot before",
                json!({"lastScheduleTime": "2026-11-23T12:04:00Z", "active": [entry("before")]}),
                true,
                2,
            ),
            (
                "of the Job, which is active",
                json!({"lastScheduleTime": "2026-11-23T12:05:00Z", "active": [entry("u")]}),
                false,
                1,
            ),
            (
                "of the slot, whose Job has ended since",
                json!({"lastScheduleTime": "2026-11-23T12:05:00Z"}),
                false,
                0,
            ),
            (
                "of a later one",
                json!({"lastScheduleTime": "2026-11-23T12:06:00Z"}),
                false,
                0,
            ),
        ];
        for (why, status, changes, active) in rows {
            let untold = untold(true);
            let mut status: CronJobStatus = serde_json::from_value(status).expect("a status");
            assert_eq!(untold.is_told_by(&status), !changes, "{why}");
            assert_eq!(untold.tell(&mut status), changes, "{why}");
            assert!(untold.is_told_by(&status), "{why}");
            assert!(!untold.tell(&mut status), "{why}: once");
            assert_eq!(status.active.iter().flatten().count(), active, "{why}");
            let last = status.last_schedule_time.map(|last| last.0);
            assert!(last >= Some(untold.slot), "{why}");
        }
    }

    #[test]
    fn cj_53_54_a_job_that_was_created_is_told_of_once_and_one_that_was_found_never() {
        let mut created = untold(true);
        let note = created.news().expect("it is new");
        assert_eq!(note.message, "Created job tick-29923925");
        assert_eq!(created.news(), None);
        assert_eq!(untold(false).news(), None);
    }

    #[test]
    fn cj_53_of_slots_that_cannot_be_told_an_hour_of_minutes_is_remembered() {
        let mut memory = Memory::default();
        let first = untold(true).slot;
        let nth = |minutes: i64| first + SignedDuration::from_secs(60 * minutes);
        for minutes in 0..62 {
            memory.has_run(Untold {
                slot: nth(minutes),
                ..untold(true)
            });
        }
        let slots: Vec<_> = memory.untold.iter().map(|untold| untold.slot).collect();
        let want: Vec<_> = (2..62).map(nth).collect();
        assert_eq!(slots, want, "the latest, in order");
    }

    fn cronjob(status: Value) -> CronJob {
        let cronjob = json!({
            "metadata": {"name": "tick", "namespace": "default", "uid": "cj"},
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {}}}},
            "status": status,
        });
        serde_json::from_value(cronjob).expect("a literal CronJob")
    }

    #[test]
    fn cj_54_a_job_is_untold_until_its_slot_or_a_later_one_is_told() {
        let slot = "2026-11-23T12:05:00Z".parse().expect("a literal time");
        let rows = [
            ("nothing is told", json!({}), Some(slot)),
            (
                "the slot before",
                json!({"lastScheduleTime": "2026-11-23T12:04:00Z"}),
                Some(slot),
            ),
            (
                "it",
                json!({"lastScheduleTime": "2026-11-23T12:05:00Z"}),
                None,
            ),
            (
                "a later one",
                json!({"lastScheduleTime": "2026-11-23T12:06:00Z"}),
                None,
            ),
        ];
        for (why, status, told) in rows {
            let cronjob = cronjob(status);
            let job = new_job(&cronjob, slot);
            assert_eq!(untold_slot(&cronjob, &job), told, "{why}");
        }
    }

    #[test]
    fn cj_54_a_slot_whose_job_has_ended_untold_is_told_before_the_job_goes() {
        let slot: Timestamp = "2026-11-23T12:05:00Z".parse().expect("a literal time");
        let last = |time: &str| json!({"lastScheduleTime": format!("2026-11-23T{time}Z")});
        let rows = [
            ("no slot was told", json!({}), "Complete", true),
            ("an earlier one", last("12:04:00"), "Failed", true),
            ("this one", last("12:05:00"), "Complete", false),
            ("a later one", last("12:06:00"), "Complete", false),
            ("it still runs", json!({}), "", false),
        ];
        for (why, status, end, told) in rows {
            let cronjob = cronjob(status);
            let mut job = new_job(&cronjob, slot);
            let conditions = json!({"conditions": [{"type": end, "status": "True"}]});
            job.status = serde_json::from_value(conditions).expect("a literal status");
            let mut status = cronjob.status.clone().unwrap_or_default();
            let before = status.last_schedule_time.clone();
            assert_eq!(
                tell_ended(&cronjob, &mut status, &[Arc::new(job)]),
                told,
                "{why}"
            );
            let want = if told { Some(Time(slot)) } else { before };
            assert_eq!(status.last_schedule_time, want, "{why}");
        }
    }
}
