//! What wakes a DaemonSet, and the two queues.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::{Api, Resource};
use orrery_informer::{Change, Doubling, ObjectKey, Queue, Recorder, controller_of};

use super::memory::Memories;
use super::spec::Spec;
use crate::claim::{matches, selector};
use crate::manager::{Context, Startup, indexes};
use crate::rests::Rests;

/// Upstream's default rate-limited queue: 5 ms, doubling to 1000 s.
const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(1000));

/// A sync reads every node: some milliseconds for 5,000 of them (58 ms where nothing is optimised).
/// Pods of so large a DaemonSet change by the thousand when it rolls, and nodes when a cluster starts;
/// they wake it at most once in the time its nodes are worth at this rate, 250 ms for 5,000, and without
/// any wait below 20 nodes.
const NODES_PER_MILLI: usize = 20;

/// The controller's shared state.
pub struct Controller {
    pub context: Context,
    pub recorder: Recorder,
    pub queue: Queue<ObjectKey>,
    /// Nodes that have appeared or whose labels or taints have changed (DS-04).
    pub nodes: Queue<ObjectKey>,
    pub memories: Memories,
    /// While it rests changes of pods and nodes do not wake the DaemonSet.
    rests: Rests,
}

/// Registers the controller and leaves its tasks with `startup`.
pub(crate) fn prepare(startup: &mut Startup) {
    let recorder = startup.recorder("daemonset-controller");
    let context = startup.context.clone();
    let controller = Arc::new(Controller {
        recorder,
        queue: startup.queue("daemonset", BACKOFF),
        nodes: startup.queue("daemonset-node-updates", BACKOFF),
        memories: Memories::default(),
        rests: Rests::default(),
        context,
    });
    register(&controller);
    let workers = startup.context.config.workers;
    let worker = controller.clone();
    startup.task(async move {
        let sync = |key| worker.sync(key);
        worker.queue.run(workers, sync).await;
    });
    startup.task(async move {
        // A node's check writes nothing and never waits.
        let check = async |key| controller.check_node(&key);
        controller.nodes.run(1, check).await;
    });
}

fn register(controller: &Arc<Controller>) {
    let caches = &controller.context.caches;
    let waker = controller.clone();
    caches
        .daemonsets
        .on(move |change| waker.daemonset_changed(change));
    let waker = controller.clone();
    caches.pods.on(move |change| waker.pod_changed(change));
    let waker = controller.clone();
    caches
        .revisions
        .on(move |change| waker.revision_changed(change));
    let waker = controller.clone();
    caches.nodes.on(move |change| waker.node_changed(change));
}

impl Controller {
    pub fn daemonsets(&self, spec: Spec<'_>) -> Api<DaemonSet> {
        Api::namespaced(self.context.client.clone(), spec.namespace())
    }

    pub fn revisions(&self, spec: Spec<'_>) -> Api<ControllerRevision> {
        Api::namespaced(self.context.client.clone(), spec.namespace())
    }

    /// A sync over so many nodes begins now.
    pub fn rest(&self, key: &ObjectKey, nodes: usize, now: Timestamp) {
        self.rests.begin(key, nodes, NODES_PER_MILLI, now);
    }

    fn daemonset_changed(&self, change: &Change<DaemonSet>) {
        let key = ObjectKey::of(&change.object().metadata);
        if change.new.is_none() {
            self.rests.forget(&key);
        }
        self.queue.add(key);
    }

    fn pod_changed(&self, change: &Change<Pod>) {
        self.child_changed(change);
    }

    /// Its own creation of a revision wakes the DaemonSet too: the sync after may wait for it (DS-23).
    fn revision_changed(&self, change: &Change<ControllerRevision>) {
        self.child_changed(change);
    }

    /// Wakes the owners before and after; an ownerless child wakes those that may adopt it.
    fn child_changed<K: Resource<DynamicType = ()>>(&self, change: &Change<K>) {
        let meta = change.object().meta();
        let owner = controller_of(meta);
        let old = change.old.as_ref().map(|old| old.meta());
        let old_owner = old.and_then(controller_of);
        if let Some(old_owner) = old_owner.filter(|old_owner| Some(*old_owner) != owner) {
            self.wake(meta, old_owner);
        }
        match owner {
            Some(owner) => self.wake(meta, owner),
            None if change.new.is_some() => {
                let relabelled = old.is_none_or(|old| old.labels != meta.labels);
                if relabelled || old_owner.is_some() {
                    self.wake_adopters(meta);
                }
            }
            None => {}
        }
    }

    /// Wakes the DaemonSet that `owner` names.
    fn wake(&self, child: &ObjectMeta, owner: &OwnerReference) {
        if owner.kind != "DaemonSet" {
            return;
        }
        let key = ObjectKey::new(child.namespace.clone().unwrap_or_default(), &owner.name);
        let daemonset = self.context.caches.daemonsets.get(&key);
        if daemonset.is_some_and(|daemonset| daemonset.metadata.uid.as_ref() == Some(&owner.uid)) {
            self.wake_rested(key);
        }
    }

    /// Wakes the DaemonSet for one of many like changes: when its rest is over.
    pub fn wake_rested(&self, key: ObjectKey) {
        let at = self.rests.ends_at(&key, self.context.clock.now());
        self.queue.add_at(key, at);
    }

    fn wake_adopters(&self, child: &ObjectMeta) {
        let daemonsets = &self.context.caches.daemonsets;
        for value in indexes::label_values(child) {
            for daemonset in daemonsets.by_index(indexes::SELECTOR, &value) {
                let selector = selector(daemonset.spec.as_ref().map(|spec| &spec.selector));
                if matches(selector.as_ref(), child) {
                    self.queue.add(ObjectKey::of(&daemonset.metadata));
                }
            }
        }
    }
}
