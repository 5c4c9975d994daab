//! What the controller remembers of a DaemonSet between syncs. None of it is needed to be right after
//! a restart: it only keeps a sync from acting on a cache that lags behind the last one's writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use orrery_informer::ObjectKey;
use parking_lot::Mutex;

use super::backoff::Backoffs;
use super::spec::Spec;
use crate::deletions::{self, Deletions};
use crate::manager::Caches;
use crate::written::Newest;

/// One DaemonSet's memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    uid: String,
    pub pods_written: Newest,
    pub revisions_written: Newest,
    pub written: Newest,
    /// Pods deleted by the last syncs that the cache does not show leaving yet, with the time of it.
    pub deleting: Deletions,
    pub backoffs: Backoffs,
    /// A create failed without a refusal: the pod may be there all the same.
    pub unsure: bool,
}

impl Memory {
    /// DS-23: the caches show everything that was written for this DaemonSet.
    pub fn is_caught_up(&self, caches: &Caches) -> bool {
        self.pods_written.is_reached(&caches.pods)
            && self.revisions_written.is_reached(&caches.revisions)
            && self.written.is_reached(&caches.daemonsets)
    }

    /// Forgets the deletions that the cache shows by now.
    pub fn observe(&mut self, pods: &[Arc<Pod>], now: Timestamp) {
        let pods = pods.iter().map(|pod| &**pod);
        deletions::observe(&mut self.deleting, pods, now);
    }

    /// When the deletions that nobody saw are waited for no more: nothing else may wake it then.
    pub fn gives_up_at(&self) -> Option<Timestamp> {
        deletions::give_up_at(&self.deleting)
    }
}

/// The memories of all DaemonSets, by key.
#[derive(Default)]
pub struct Memories(Mutex<BTreeMap<ObjectKey, Memory>>);

impl Memories {
    /// The memory of this very DaemonSet; an earlier one of the same name is forgotten (DS-22).
    pub fn take(&self, key: &ObjectKey, spec: Spec<'_>) -> Memory {
        let known = self.0.lock().remove(key);
        let known = known.filter(|memory| memory.uid == spec.uid());
        known.unwrap_or_else(|| Memory {
            uid: spec.uid().to_owned(),
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
