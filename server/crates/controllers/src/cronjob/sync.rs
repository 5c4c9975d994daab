//! One sync of one CronJob, in upstream's order (CJ-05).

use std::sync::Arc;

use jiff::SignedDuration;
use k8s_openapi::api::batch::v1::{CronJob, CronJobStatus, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Error, ResourceExt};
use orrery_informer::{ObjectKey, Requeue, object_reference};

use super::active::{remove, settle_finished, unexpected, unseen};
use super::controller::{Controller, Memory};
use super::history::{expired, finished};
use super::new_job::{new_job, slot_of};
use super::slot::{Decision, decide, schedule_changed_at};
use super::untold::{Untold, tell_ended, untold_slot};
use super::writes::Writes;
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

    /// CJ-53.
    fn tell(&mut self, writes: &Writes<'_>, untold: &mut [Untold]) {
        for untold in untold {
            self.changed |= untold.tell(&mut self.status);
            if let Some(news) = untold.news() {
                writes.report(news);
            }
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
        working.tell(&writes, &mut memory.untold);
        let result = self
            .sync_status(&writes, &mut working, &jobs, &mut memory)
            .await;
        let mut untold = memory.untold.clone();
        untold.retain(|untold| !untold.is_told_by(&working.status));
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
        if written.is_ok() {
            memory.untold = untold;
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
        self.review_active(writes, working, jobs, memory).await?;
        let now = self.context.clock.now();
        let decision = decide(&working.cronjob, &working.status, memory.not_before, now);
        self.run(writes, working, decision, memory).await
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
        memory: &Memory,
    ) -> Result<(), Error> {
        if !unexpected(&working.status, jobs).is_empty() {
            let live = writes.cronjobs.get(&working.cronjob.name_any()).await?;
            adopt_live(working, live, jobs, memory);
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
        working.changed |= tell_ended(&working.cronjob, &mut working.status, jobs);
        notes.into_iter().for_each(|note| writes.report(note));
        let caches = &self.context.caches;
        for entry in unseen(&working.status, jobs) {
            let mut untold = memory.untold.iter();
            if untold.any(|untold| untold.is_unseen(&entry, caches)) {
                continue;
            }
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
        memory: &mut Memory,
    ) -> Result<Requeue, Error> {
        decision
            .notes
            .into_iter()
            .for_each(|note| writes.report(note));
        let requeue = decision.wake_at.map_or(Requeue::Await, Requeue::At);
        let Some(slot) = decision.run else {
            return Ok(requeue);
        };
        let _first = self.context.slots.begin(self.context.clock.now());
        if decision.replace {
            for entry in working.status.active.clone().unwrap_or_default() {
                let job = writes.get_active(&entry.name.unwrap_or_default()).await?;
                writes.delete(&job).await?;
                working.changed |= remove(&mut working.status, job.metadata.uid.as_deref());
            }
        }
        let Some(mine) = writes.create(&new_job(&working.cronjob, slot)).await? else {
            return Ok(requeue);
        };
        if let Some(Time(created)) = &mine.metadata.creation_timestamp {
            let late = created.duration_since(slot).as_secs_f64();
            self.context.meters.created_after(late);
        }
        let created = self.context.caches.jobs.mark(&mine.metadata);
        memory.has_run(Untold::new(slot, mine, created));
        // what is written anyway takes it along
        if self.queue.has_due() && !working.changed {
            // behind them
            return Ok(Requeue::At(self.context.clock.now()));
        }
        working.tell(writes, &mut memory.untold);
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

/// Goes on with the live CronJob if it knows more of the Jobs than the cached one (CJ-20). Upstream
/// then loses what the sync has changed so far (CJ-07); here it is done again to the live status.
fn adopt_live(working: &mut Working, live: CronJob, jobs: &[Arc<Job>], memory: &Memory) {
    let mut fresh = Working::new(Arc::new(live));
    for uid in &memory.deleted {
        remove(&mut fresh.status, Some(uid));
    }
    for untold in &memory.untold {
        untold.tell(&mut fresh.status);
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
    use orrery_informer::Cache;
    use serde_json::{Value, json};

    use super::*;
    use crate::cronjob::writes::Mine;

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
        let mut memory = Memory::default();
        memory.deleted.insert("old".to_owned());
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
            adopt_live(&mut working, cronjob(&live), &jobs, &memory);
            let left = working.status.active.iter().flatten();
            let left: Vec<_> = left.filter_map(|entry| entry.name.clone()).collect();
            assert_eq!(left, want, "{why}");
            assert!(working.changed, "{why}: and is written");
        }
    }

    #[test]
    fn cj_07_53_a_slot_of_which_the_live_one_does_not_tell_either_is_told_of_again() {
        let job = json!({"metadata": {"name": "new", "namespace": "default", "uid": "new"}});
        let job: Job = serde_json::from_value(job).expect("a literal Job");
        let created = Cache::<Job>::builder().build().mark(&job.metadata);
        let mine = Mine {
            metadata: Box::new(job.metadata),
            is_new: true,
        };
        let slot = "2026-11-23T12:05:00Z".parse().expect("a literal time");
        let mut memory = Memory::default();
        memory.has_run(Untold::new(slot, mine, created));
        let other = json!({"metadata": {"name": "other", "namespace": "default", "uid": "other"}});
        let other: Job = serde_json::from_value(other).expect("a literal Job");
        let mut working = Working::new(Arc::new(cronjob(&[])));
        let live = cronjob(&["other"]);
        adopt_live(&mut working, live, &[Arc::new(other)], &memory);
        let active = working.status.active.iter().flatten();
        let active: Vec<_> = active.filter_map(|entry| entry.name.as_deref()).collect();
        assert_eq!(active, ["other", "new"]);
        assert_eq!(working.status.last_schedule_time, Some(Time(slot)));
    }
}
