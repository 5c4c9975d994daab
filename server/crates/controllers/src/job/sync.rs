//! One sync of one Job: reads, the three pure steps, and the writes between them.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::{Api, Error, ResourceExt};
use orrery_apis::job::CONTROLLER_UID_LABEL;
use orrery_informer::{ObjectKey, Requeue};

use super::account::{Outcome, Round, account};
use super::backoff::Backoff;
use super::conditions::is_finished;
use super::controller::Controller;
use super::decide::decide;
use super::manage::Work;
use super::memory::Memory;
use super::settle::settle;
use super::spec::{Spec, is_managed_elsewhere, status};
use super::tally::{Observed, tally};
use super::writes::{Writes, Written};
use crate::api_values::as_count;
use crate::claim::{Claimer, own_selector};
use crate::errors::is_not_found;
use crate::manager::indexes;
use crate::owner::controller_reference;
use crate::pods;
use crate::unsure::{is_unsure, live_pods};

/// How long a refused sync waits for a cache if no event wakes it before (JOB-04's first step).
const CATCH_UP: SignedDuration = SignedDuration::from_secs(1);

impl Controller {
    /// Brings one Job forward.
    pub async fn sync(&self, key: ObjectKey) -> Result<Requeue, Error> {
        self.context.slots.let_pass(&self.context.clock).await;
        let job = self.context.caches.jobs.get(&key);
        let Some(job) = job.filter(|job| !is_managed_elsewhere(job)) else {
            self.memories.forget(&key);
            return Ok(Requeue::Await);
        };
        if is_finished(&job) {
            self.memories.forget(&key);
            self.sweep(&job);
            return Ok(Requeue::Await);
        }
        let Some(spec) = Spec::of(&job) else {
            return Ok(Requeue::Await);
        };
        if let Some(note) = spec.unknown_completion_mode() {
            note.report(&self.recorder, &*job);
            return Ok(Requeue::Await);
        }
        let mut memory = self.memories.take(&key, &job);
        let result = self.sync_unfinished(&key, spec, &mut memory).await;
        self.memories.put(key, memory);
        result
    }

    async fn sync_unfinished(
        &self,
        key: &ObjectKey,
        spec: Spec<'_>,
        memory: &mut Memory,
    ) -> Result<Requeue, Error> {
        if memory.finished {
            return Ok(Requeue::Await);
        }
        let now = self.context.clock.now();
        self.make_sure(spec, memory).await?;
        if !memory.is_caught_up(&self.context.caches) {
            return Ok(Requeue::At(now + CATCH_UP));
        }
        let pods = self.claim(spec, memory).await?;
        self.rest(key, pods.len(), now);
        memory.observe(pods.iter().map(Arc::as_ref), now);
        let released = memory.released.clone();
        let observed = Observed {
            spec,
            pods: &pods,
            released: &released,
            backoff: memory.backoff,
            settled: memory.deleting.is_empty(),
            now,
        };
        let tally = tally(&observed);
        let mut plan = decide(&observed, &tally);
        let wake_at = plan.wake_at;

        let writes = self.writes(spec.job);
        let (outcome, work_error) = self
            .work(&writes, std::mem::take(&mut plan.work), memory)
            .await;
        let released = memory.released.clone();
        let observed = Observed {
            released: &released,
            ..observed
        };
        let round = account(&observed, &tally, plan, outcome);
        let finished = self.finish_round(&writes, spec, round, tally.backoff, memory);
        match finished.await {
            // The Job is gone: its deletion is on the way to the cache.
            Err(error) if is_not_found(&error) => Ok(Requeue::Await),
            Err(error) => Err(error),
            Ok(()) => {
                work_error.map_or(Ok(()), Err)?;
                let waits = memory.gives_up_at().filter(|_| !memory.finished);
                let wake_at = [wake_at, waits].into_iter().flatten().min();
                Ok(wake_at.map_or(Requeue::Await, Requeue::At))
            }
        }
    }

    /// After a create without an answer: asks what is there, for the caches to reach it first.
    async fn make_sure(&self, spec: Spec<'_>, memory: &mut Memory) -> Result<(), Error> {
        if !memory.unsure {
            return Ok(());
        }
        let job = spec.job;
        let api = self.writes(job).pods;
        let selector = spec.spec.selector.as_ref();
        for meta in live_pods(&api, &job.metadata, selector).await? {
            memory.pods_written.raise(&self.context.caches.pods, &meta);
        }
        memory.unsure = false;
        Ok(())
    }

    /// JOB-10: the Job's own pods.
    async fn claim(&self, spec: Spec<'_>, memory: &mut Memory) -> Result<Vec<Arc<Pod>>, Error> {
        let caches = &self.context.caches;
        let job = spec.job;
        let selector = own_selector(spec.spec.selector.as_ref())?;
        let uid = job.metadata.uid.as_deref().unwrap_or_default();
        let adoptable = indexes::selector_value(&job.metadata, spec.spec.selector.as_ref());
        let own = caches
            .pods
            .by_index(own_pods_index(job, spec.spec.selector.as_ref()), uid);
        let ownerless = caches.pods.by_index(indexes::OWNERLESS, &adoptable);
        let api = Api::namespaced(
            self.context.client.clone(),
            &job.namespace().unwrap_or_default(),
        );
        let claimer = Claimer {
            api: &api,
            owner: &job.metadata,
            reference: controller_reference(job),
            selector: &selector,
            finalizer: Some(super::pod_facts::TRACKING_FINALIZER),
        };
        let claimed = claimer
            .claim(own.into_iter().chain(ownerless), || self.may_adopt(job))
            .await?;
        for meta in &claimed.written {
            memory.pods_written.raise(&caches.pods, meta);
        }
        Ok(claimed.children)
    }

    /// The live Job is still this one and stays.
    async fn may_adopt(&self, job: &Job) -> Result<bool, Error> {
        let live = self.jobs(job).get_opt(&job.name_any()).await?;
        Ok(live.is_some_and(|live| {
            live.uid() == job.uid() && live.metadata.deletion_timestamp.is_none()
        }))
    }

    fn jobs(&self, job: &Job) -> Api<Job> {
        Api::namespaced(
            self.context.client.clone(),
            &job.namespace().unwrap_or_default(),
        )
    }

    fn writes<'a>(&'a self, job: &'a Job) -> Writes<'a> {
        Writes {
            pods: Api::namespaced(
                self.context.client.clone(),
                &job.namespace().unwrap_or_default(),
            ),
            jobs: self.jobs(job),
            recorder: &self.recorder,
            job,
            at_once: self.context.config.writes_at_once,
        }
    }

    /// Creates or deletes pods as planned.
    async fn work(
        &self,
        writes: &Writes<'_>,
        work: Work<'_>,
        memory: &mut Memory,
    ) -> (Outcome, Option<Error>) {
        match work {
            Work::Nothing => (Outcome::default(), None),
            Work::Create(pods) => {
                let written = writes.create(pods).await;
                self.remember(&written, memory);
                memory.unsure = written.error.as_ref().is_some_and(is_unsure);
                let outcome = Outcome {
                    created: as_count(written.done),
                    failed: written.error.is_some(),
                    ..Outcome::default()
                };
                (outcome, written.error)
            }
            Work::Delete {
                pods,
                untrack_first,
            } => {
                let written = writes.delete(&pods, untrack_first).await;
                self.remember(&written, memory);
                let now = self.context.clock.now();
                memory
                    .deleting
                    .extend(written.uids.iter().map(|uid| (uid.clone(), now)));
                if untrack_first {
                    memory.released.extend(written.uids.iter().cloned());
                }
                // a Job that is suspended may delete 100,000 at once
                let uids: BTreeSet<&str> = written.uids.iter().map(String::as_str).collect();
                let deleted = |pod: &&&Pod| uids.contains(pods::uid(pod));
                let outcome = Outcome {
                    deleted: as_count(written.done),
                    deleted_ready: as_count(
                        pods.iter()
                            .filter(deleted)
                            .filter(|pod| pods::is_ready(pod))
                            .count(),
                    ),
                    failed: written.error.is_some(),
                    ..Outcome::default()
                };
                (outcome, written.error)
            }
        }
    }

    /// JOB-60: status, then finalizers, then status again. A failure to let some pods go still writes
    /// what the others changed, and failures that are written are remembered for the back-off whatever
    /// comes after (JOB-45).
    async fn finish_round(
        &self,
        writes: &Writes<'_>,
        spec: Spec<'_>,
        round: Round<'_>,
        backoff: Backoff,
        memory: &mut Memory,
    ) -> Result<(), Error> {
        let mut job = spec.job.clone();
        if round.write {
            job = self
                .write_status(writes, &job, round.status, memory)
                .await?;
            memory.backoff = backoff;
            writes.notes(round.notes);
        } else {
            job.status = Some(round.status);
        }
        let untracked = writes.untrack(&round.release).await;
        self.remember(&untracked, memory);
        memory.released.extend(untracked.uids.iter().cloned());
        // failures that no count shows, for a rule ignores them
        if !round.release.is_empty() && untracked.error.is_none() {
            memory.backoff = backoff;
        }
        let mut tracked = round.tracked;
        for uid in &untracked.uids {
            tracked.remove(uid);
        }
        let finish = round
            .finish
            .as_ref()
            .filter(|_| !round.full && untracked.error.is_none());
        let now = self.context.clock.now();
        let settled = settle(spec, status(&job), &tracked, finish, now);
        if settled.write {
            let ended = settled.finished.then(|| settled.status.clone());
            self.write_status(writes, &job, settled.status, memory)
                .await?;
            memory.finished = settled.finished;
            if let Some(status) = &ended {
                let mode = spec.spec.completion_mode.as_deref();
                self.context.meters.finished(mode, status);
            }
            writes.notes(settled.notes);
        }
        untracked.error.map_or(Ok(()), Err)
    }

    async fn write_status(
        &self,
        writes: &Writes<'_>,
        job: &Job,
        status: k8s_openapi::api::batch::v1::JobStatus,
        memory: &mut Memory,
    ) -> Result<Job, Error> {
        let job = writes.status(job, status).await?;
        memory
            .job_written
            .raise(&self.context.caches.jobs, &job.metadata);
        Ok(job)
    }

    fn remember(&self, written: &Written, memory: &mut Memory) {
        for meta in &written.metas {
            memory.pods_written.raise(&self.context.caches.pods, meta);
        }
    }
}

/// The index that holds a Job's own pods. What the selector of the API server's making finds, and is
/// settled, need not be looked at; a manual selector may have ceased to find it.
fn own_pods_index(job: &Job, selector: Option<&LabelSelector>) -> &'static str {
    let generated = job.metadata.uid.as_ref().map(|uid| LabelSelector {
        match_labels: Some([(CONTROLLER_UID_LABEL.to_owned(), uid.clone())].into()),
        match_expressions: None,
    });
    match selector == generated.as_ref() {
        true => indexes::UNSETTLED,
        false => indexes::CONTROLLER,
    }
}
