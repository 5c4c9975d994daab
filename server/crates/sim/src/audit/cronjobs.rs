//! CronJobs: Forbid never overlaps, Replace never leaves two, a slot never runs twice and is not told of
//! unless it ran.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;

use super::recent::Recent;
use super::rules::Scene;
use crate::mirror::{Step, controller_uid};
use crate::scene::is_finished;

const SLOT: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

const TWICE: &str = "a slot never runs twice";
const TWO: &str = "Forbid and Replace never leave two";
const UNSEEN: &str = "a slot that is told of had its Job";

// how much a policy lets run beside a new Job
const NOTHING: i64 = 0;
const WHAT_IS_BEING_DELETED: i64 = 1;
const ANYTHING: i64 = 2;

#[derive(Default)]
pub struct CronJobs {
    /// By uid of the CronJob.
    policies: BTreeMap<String, Recent>,
    /// By uid of the CronJob and slot, in whichever zone it is written: the uid of the Job that ran it.
    slots: BTreeMap<(String, Timestamp), String>,
    /// Uids of CronJobs, each with every slot of which there ever was a Job.
    ran: BTreeSet<(String, Timestamp)>,
    /// By uid of the CronJob: the last slot that its status tells of.
    recorded: BTreeMap<String, Timestamp>,
    /// Uids of what a person is about to delete.
    by_hand: BTreeSet<String>,
}

impl CronJobs {
    pub fn cronjob(&mut self, step: &Step<CronJob>, scene: &mut Scene<'_>) {
        let Some((cronjob, uid)) = step
            .new
            .as_ref()
            .zip(step.meta().and_then(|m| m.uid.clone()))
        else {
            return;
        };
        let status = cronjob.status.as_ref();
        if let Some(last) = status.and_then(|status| status.last_schedule_time.as_ref()) {
            let before = self.recorded.insert(uid.clone(), last.0);
            if before != Some(last.0) && !self.ran.contains(&(uid.clone(), last.0)) {
                let message = format!("{} tells of {}", cronjob.name_any(), last.0);
                scene.complain(UNSEEN, message);
            }
        }
        let spec = &cronjob.spec;
        let beside = match spec.concurrency_policy.as_deref() {
            Some("Forbid") => NOTHING,
            Some("Replace") => WHAT_IS_BEING_DELETED,
            _ => ANYTHING,
        };
        self.policies.entry(uid).or_default().set(beside, scene.now);
    }

    pub fn deleted_by_hand(&mut self, uid: String) {
        self.by_hand.insert(uid);
    }

    /// A Job that a person deletes before its CronJob's status tells of its slot has left no trace by which a
    /// controller that starts then could know that it ran, here or upstream.
    fn forget(&mut self, job: &Job) {
        let by_hand = job.uid().is_some_and(|uid| self.by_hand.remove(&uid));
        let (Some(owner), Some(Ok(slot))) = (controller_uid(&job.metadata), slot_of(job)) else {
            return;
        };
        if by_hand && self.recorded.get(owner).copied() < Some(slot) {
            self.slots.remove(&(owner.to_owned(), slot));
        }
    }

    pub fn job(&mut self, step: &Step<Job>, scene: &mut Scene<'_>) {
        let (None, Some(job)) = (&step.old, &step.new) else {
            if let (Some(job), None) = (&step.old, &step.new) {
                self.forget(job);
            }
            return;
        };
        let (Some(owner), Some(uid)) = (controller_uid(&job.metadata), job.uid()) else {
            return;
        };
        // Jobs of a person's making have no slot and obey no policy (CJ-62)
        let Some(slot) = slot_of(job) else { return };
        let Ok(slot) = slot else {
            let message = format!("{} tells of no slot", job.name_any());
            return scene.complain(TWICE, message);
        };
        let place = (owner.to_owned(), slot);
        self.ran.insert(place.clone());
        if self.slots.insert(place, uid.clone()).is_some() {
            let message = format!("{} is a second Job for {slot}", job.name_any());
            scene.complain(TWICE, message);
        }
        let Some(policy) = self.policies.get_mut(owner) else {
            return;
        };
        let may = policy.most(scene.now, scene.reaction);
        let others = scene.mirror.controlled_by::<Job>(owner);
        let in_the_way = others.iter().find(|other| {
            let deleted = other.metadata.deletion_timestamp.is_some();
            let running = !is_finished(other) && other.annotations().contains_key(SLOT);
            running && other.uid() != Some(uid.clone()) && may < 1 + i64::from(!deleted)
        });
        if let Some(other) = in_the_way {
            let message = format!("{} started beside {}", job.name_any(), other.name_any());
            scene.complain(TWO, message);
        }
    }
}

/// The slot that a Job says it runs, if it says so.
fn slot_of(job: &Job) -> Option<Result<Timestamp, jiff::Error>> {
    Some(job.annotations().get(SLOT)?.parse())
}
