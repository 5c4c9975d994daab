//! One sync of one CronJob, in upstream's order (CJ-05).

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{CronJob, CronJobStatus, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Error, ResourceExt};
use orrery_informer::{ObjectKey, Requeue, object_reference};

use super::active::{is_active, remove, settle_finished, unexpected, unseen};
use super::controller::{Controller, Memory};
use super::history::{expired, finished};
use super::new_job::{new_job, slot_of};
use super::slot::{Decision, decide, schedule_changed_at};
use super::writes::{Created, Writes};
use crate::errors::is_not_found;
use crate::manager::indexes;
use crate::note::Note;

/// How long a refused sync waits for the cache if no event wakes it before.
const CATCH_UP: SignedDuration = SignedDuration::from_secs(1);

/// The status that a sync works on, over the CronJob it was read from.
struct Working {
    cronjob: Arc<CronJob>,
    status: CronJobStatus,
    changed: bool,
}

impl Working {
    fn new(cronjob: Arc<CronJob>) -> Self {
        Self {
            status: cronjob.status.clone().unwrap_or_default(),
            cronjob,
            changed: false,
        }
    }
}

impl Controller {
    /// Brings one CronJob forward.
    pub async fn sync(&self, key: ObjectKey) -> Result<Requeue, Error> {
        let Some(cronjob) = self.context.caches.cronjobs.get(&key) else {
            self.memories.lock().remove(&key);
            return Ok(Requeue::Await);
        };
        let mut memory = self.memory_of(&key, &cronjob);
        if !memory.written.is_reached(&self.context.caches.cronjobs) {
            return Ok(Requeue::At(self.context.clock.now() + CATCH_UP));
        }
        let writes = self.writes(&cronjob);
        let unsaid = memory
            .not_before
            .filter(|at| schedule_changed_at(&cronjob) < Some(*at));
        // where it may not be written, only this controller knows it
        if let Some(at) = unsaid
            && let Ok(written) = writes.schedule_changed(at).await
        {
            let cache = &self.context.caches.cronjobs;
            memory.written.raise(cache, &written);
            self.remember(key, memory);
            return Ok(Requeue::At(self.context.clock.now() + CATCH_UP));
        }
        let jobs = self
            .context
            .caches
            .jobs
            .by_index(indexes::CONTROLLER_NAME, &key.to_string());
        memory.deleted.retain(|uid| {
            jobs.iter()
                .any(|job| job.metadata.uid.as_deref() == Some(uid))
        });
        let mut working = Working::new(cronjob.clone());
        let result = self
            .sync_status(&writes, &mut working, &jobs, &mut memory)
            .await;
        let written = match working.changed {
            true => writes
                .status(&working.cronjob, working.status)
                .await
                .map(Some),
            false => Ok(None),
        };
        if let Ok(Some(written)) = &written {
            memory.written.raise(&self.context.caches.cronjobs, written);
        }
        self.remember(key, memory);
        match written {
            Err(error) if is_not_found(&error) => Ok(Requeue::Await),
            Err(error) => Err(error),
            Ok(_) => result,
        }
    }

    async fn sync_status(
        &self,
        writes: &Writes<'_>,
        working: &mut Working,
        jobs: &[Arc<Job>],
        memory: &mut Memory,
    ) -> Result<Requeue, Error> {
        self.clean_history(writes, working, jobs, memory).await;
        self.review_active(writes, working, jobs, &memory.deleted)
            .await?;
        let now = self.context.clock.now();
        let decision = decide(&working.cronjob, &working.status, memory.not_before, now);
        self.run(writes, working, decision).await
    }

    /// CJ-10 to CJ-15. A Job that is deleted already and still in the cache is left alone, and so is one
    /// whose slot the stored status does not tell of yet: were it gone, the slot would run again.
    async fn clean_history(
        &self,
        writes: &Writes<'_>,
        working: &mut Working,
        jobs: &[Arc<Job>],
        memory: &mut Memory,
    ) {
        for job in expired(&working.cronjob.spec, jobs) {
            let uid = job.uid().unwrap_or_default();
            let untold = untold_slot(&working.cronjob, job).is_some();
            if untold || memory.deleted.contains(&uid) || writes.delete(job).await.is_err() {
                continue;
            }
            working.changed |= remove(&mut working.status, Some(&uid));
            memory.deleted.insert(uid);
        }
    }

    /// CJ-20 to CJ-23.
    async fn review_active(
        &self,
        writes: &Writes<'_>,
        working: &mut Working,
        jobs: &[Arc<Job>],
        deleted: &BTreeSet<String>,
    ) -> Result<(), Error> {
        if !unexpected(&working.status, jobs).is_empty() {
            let live = writes.cronjobs.get(&working.cronjob.name_any()).await?;
            adopt_live(working, live, jobs, deleted);
            for job in unexpected(&working.status, jobs) {
                if take_back(writes, working, job).await? {
                    continue;
                }
                let text = format!(
                    "Saw a job that the controller did not create or forgot: {}",
                    job.name_any()
                );
                writes.report(Note::warning("UnexpectedJob", text));
            }
        }
        let (changed, notes) = settle_finished(&mut working.status, jobs);
        working.changed |= changed;
        tell_slots(working, jobs);
        notes.into_iter().for_each(|note| writes.report(note));
        for entry in unseen(&working.status, jobs) {
            let name = entry.name.unwrap_or_default();
            // upstream takes another one that has the name by now for it, and Forbid waits for that
            let live = writes.jobs.get_opt(&name).await?;
            if live.is_none_or(|live| entry.uid.is_some() && live.metadata.uid != entry.uid) {
                writes.report(Note::normal(
                    "MissingJob",
                    format!("Active job went missing: {name}"),
                ));
                working.changed |= remove(&mut working.status, entry.uid.as_deref());
            }
        }
        Ok(())
    }

    /// CJ-43 to CJ-55.
    async fn run(
        &self,
        writes: &Writes<'_>,
        working: &mut Working,
        decision: Decision,
    ) -> Result<Requeue, Error> {
        decision
            .notes
            .into_iter()
            .for_each(|note| writes.report(note));
        let requeue = decision.wake_at.map_or(Requeue::Await, Requeue::At);
        let Some(slot) = decision.run else {
            return Ok(requeue);
        };
        if decision.replace {
            for entry in working.status.active.clone().unwrap_or_default() {
                let job = writes.get_active(&entry.name.unwrap_or_default()).await?;
                writes.delete(&job).await?;
                working.changed |= remove(&mut working.status, job.metadata.uid.as_deref());
            }
        }
        let Created::Mine(metadata) = writes.create(&new_job(&working.cronjob, slot)).await? else {
            return Ok(requeue);
        };
        if let Some(Time(created)) = &metadata.creation_timestamp {
            let late = created.duration_since(slot).as_secs_f64();
            self.context.meters.created_after(late);
        }
        if !is_active(&working.status, metadata.uid.as_deref()) {
            let job = Job {
                metadata: *metadata,
                ..Job::default()
            };
            working
                .status
                .active
                .get_or_insert_default()
                .push(object_reference(&job));
            working.status.last_schedule_time = Some(Time(slot));
            working.changed = true;
        }
        Ok(requeue)
    }

    fn writes<'a>(&'a self, cronjob: &'a CronJob) -> Writes<'a> {
        let namespace = cronjob.namespace().unwrap_or_default();
        Writes {
            cronjobs: Api::namespaced(self.context.client.clone(), &namespace),
            jobs: Api::namespaced(self.context.client.clone(), &namespace),
            recorder: &self.recorder,
            cronjob,
        }
    }
}

/// A slot's Job whose create came through and whose place in the status did not, as the controller died
/// between the two writes. Upstream never lists it again (CJ-20), and Forbid and Replace then start the
/// next slot beside it; here it is active, and its slot has run. One that was replaced and that a finalizer
/// holds is told of, as upstream tells. Answers whether there is nothing to tell.
async fn take_back(writes: &Writes<'_>, working: &mut Working, job: &Job) -> Result<bool, Error> {
    let Some(slot) = slot_of(&working.cronjob, job) else {
        return Ok(false);
    };
    // the cache may still show one that has ended, or that this controller has just deleted
    let live = writes.jobs.get_opt(&job.name_any()).await?;
    let is_running = |live: &Job| live.metadata.uid == job.metadata.uid && finished(live).is_none();
    let Some(live) = live.filter(is_running) else {
        return Ok(true);
    };
    if live.metadata.deletion_timestamp.is_some() {
        return Ok(false);
    }
    let status = &mut working.status;
    let active = status.active.get_or_insert_default();
    active.push(object_reference(&live));
    let last = status.last_schedule_time.take().map(|last| last.0);
    status.last_schedule_time = last.max(Some(slot)).map(Time);
    working.changed = true;
    Ok(true)
}

/// The slot that the Job ran, if the CronJob's status does not tell of it or a later one: its place in
/// the status got lost between the two writes, and the Job has ended before anybody noticed.
fn untold_slot(cronjob: &CronJob, job: &Job) -> Option<Timestamp> {
    let status = cronjob.status.as_ref();
    let last = status.and_then(|status| status.last_schedule_time.as_ref());
    let slot = slot_of(cronjob, job)?;
    last.is_none_or(|last| last.0 < slot).then_some(slot)
}

/// What has run counts, before the history forgets it.
fn tell_slots(working: &mut Working, jobs: &[Arc<Job>]) {
    let ended = jobs.iter().filter(|job| finished(job).is_some());
    let untold = ended.filter_map(|job| untold_slot(&working.cronjob, job));
    if let Some(slot) = untold.max() {
        let last = working.status.last_schedule_time.take();
        let last = last.map(|last| last.0);
        working.status.last_schedule_time = last.max(Some(slot)).map(Time);
        working.changed = true;
    }
}

/// Goes on with the live CronJob if it knows more of the Jobs than the cached one (CJ-20). Upstream
/// then loses what the sync has changed so far (CJ-07); here it is done again to the live status.
fn adopt_live(working: &mut Working, live: CronJob, jobs: &[Arc<Job>], deleted: &BTreeSet<String>) {
    let mut fresh = Working::new(Arc::new(live));
    for uid in deleted {
        remove(&mut fresh.status, Some(uid));
    }
    let knows_more =
        unexpected(&fresh.status, jobs).len() < unexpected(&working.status, jobs).len();
    if knows_more && fresh.cronjob.metadata.uid == working.cronjob.metadata.uid {
        fresh.changed = working.changed;
        *working = fresh;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn cronjob(active: &[&str]) -> CronJob {
        let active = active.iter().map(|name| json!({"name": name, "uid": name}));
        let cronjob = json!({
            "metadata": {"name": "tick", "namespace": "default", "uid": "cj"},
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {}}}},
            "status": {"active": active.collect::<Vec<Value>>()},
        });
        serde_json::from_value(cronjob).expect("a literal CronJob")
    }

    #[test]
    fn cj_07_what_a_sync_has_changed_outlives_the_live_read() {
        let running = json!({"metadata": {"name": "new", "namespace": "default", "uid": "new"}});
        let running: Job = serde_json::from_value(running).expect("a literal Job");
        let jobs = [Arc::new(running)];
        let deleted = BTreeSet::from(["old".to_owned()]);
        let rows = [
            (
                "the live one knows the Job",
                vec!["old", "new"],
                vec!["new"],
            ),
            (
                "it knows no more: nothing is taken from it",
                vec!["other"],
                vec![],
            ),
        ];
        for (why, live, want) in rows {
            let mut working = Working::new(Arc::new(cronjob(&["old"])));
            working.changed = remove(&mut working.status, Some("old"));
            adopt_live(&mut working, cronjob(&live), &jobs, &deleted);
            let left = working.status.active.iter().flatten();
            let left: Vec<_> = left.filter_map(|entry| entry.name.clone()).collect();
            assert_eq!(left, want, "{why}");
            assert!(working.changed, "{why}: and is written");
        }
    }

    #[test]
    fn cj_54_a_slot_whose_job_has_ended_untold_is_told_before_the_job_goes() {
        let time = |text: &str| -> Timestamp { text.parse().expect("a literal time") };
        let slot = time("2026-11-23T12:05:00Z");
        let rows = [
            ("no slot was told", None, "Complete", Some(slot)),
            (
                "an earlier one",
                Some("2026-11-23T12:04:00Z"),
                "Failed",
                Some(slot),
            ),
            ("this one", Some("2026-11-23T12:05:00Z"), "Complete", None),
            (
                "a later one",
                Some("2026-11-23T12:06:00Z"),
                "Complete",
                None,
            ),
            ("it still runs", None, "", None),
        ];
        for (why, last, end, told) in rows {
            let mut cronjob = cronjob(&[]);
            let status = cronjob.status.get_or_insert_default();
            status.last_schedule_time = last.map(|last| Time(time(last)));
            let mut job = new_job(&cronjob, slot);
            let conditions = json!({"conditions": [{"type": end, "status": "True"}]});
            job.status = serde_json::from_value(conditions).expect("a literal status");
            let mut working = Working::new(Arc::new(cronjob));
            let before = working.status.last_schedule_time.clone();
            tell_slots(&mut working, &[Arc::new(job)]);
            assert_eq!(working.changed, told.is_some(), "{why}");
            let want = told.map(Time).or(before);
            assert_eq!(working.status.last_schedule_time, want, "{why}");
        }
    }
}
