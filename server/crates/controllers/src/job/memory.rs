//! What the controller remembers of a Job between syncs. None of it is needed to be right after a
//! restart: it only keeps a sync from acting on a cache that lags behind the last one's writes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use orrery_informer::ObjectKey;
use parking_lot::Mutex;

use super::backoff::Backoff;
use super::pod_facts::is_tracked;
use crate::deletions::{self, Deletions};
use crate::manager::Caches;
use crate::pods::uid;
use crate::written::Newest;

/// One Job's memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    uid: String,
    pub pods_written: Newest,
    pub job_written: Newest,
    /// Pods deleted by the last sync, with the time of it (JOB-26).
    pub deleting: Deletions,
    /// Pods whose finalizer is gone; the cache may not know yet.
    pub released: BTreeSet<String>,
    pub backoff: Backoff,
    /// A create failed without a refusal: the pod may be there all the same.
    pub unsure: bool,
    /// The terminal condition is written (JOB-08).
    pub finished: bool,
}

impl Memory {
    /// JOB-07: the caches show everything that was written for this Job.
    pub fn is_caught_up(&self, caches: &Caches) -> bool {
        self.pods_written.is_reached(&caches.pods) && self.job_written.is_reached(&caches.jobs)
    }

    /// Forgets what the cache shows by now.
    pub fn observe<'a>(&mut self, pods: impl Iterator<Item = &'a Pod> + Clone, now: Timestamp) {
        if !self.released.is_empty() {
            let tracked: BTreeSet<&str> = pods
                .clone()
                .filter(|pod| is_tracked(pod))
                .map(uid)
                .collect();
            self.released.retain(|uid| tracked.contains(uid.as_str()));
        }
        deletions::observe(&mut self.deleting, pods, now);
    }

    /// When the deletions that nobody saw are waited for no more: nothing else may wake it then.
    pub fn gives_up_at(&self) -> Option<Timestamp> {
        deletions::give_up_at(&self.deleting)
    }
}

/// The memories of all unfinished Jobs, by key.
#[derive(Default)]
pub struct Memories(Mutex<BTreeMap<ObjectKey, Memory>>);

impl Memories {
    /// The memory of this very Job; an earlier one of the same name is forgotten.
    pub fn take(&self, key: &ObjectKey, job: &Job) -> Memory {
        let uid = job.metadata.uid.clone().unwrap_or_default();
        let known = self.0.lock().remove(key).filter(|memory| memory.uid == uid);
        known.unwrap_or_else(|| Memory {
            uid,
            ..Memory::default()
        })
    }

    pub fn put(&self, key: ObjectKey, memory: Memory) {
        self.0.lock().insert(key, memory);
    }

    pub fn forget(&self, key: &ObjectKey) {
        self.0.lock().remove(key);
    }
}
