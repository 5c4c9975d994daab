//! What wakes a Job (JOB-01 to JOB-04), and the two queues.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use orrery_informer::{Change, Doubling, ObjectKey, Queue, Recorder, controller_of};

use super::conditions::is_finished;
use super::memory::Memories;
use super::pod_facts::is_tracked;
use super::spec::is_managed_elsewhere;
use crate::claim::{matches, selector};
use crate::manager::{Context, Startup, indexes};
use crate::rests::Rests;

/// JOB-04: 1 s, doubling to 60 s.
pub const BACKOFF: Doubling = Doubling::new(Duration::from_secs(1), Duration::from_secs(60));

/// A sync goes over all of the Job's pods: about a microsecond each, some times over. They wake it at most
/// once in the time that they are worth at this rate: 10 ms for a thousand, no wait at all below a
/// hundred. So the work grows with the pods and not with their square; upstream waits for a second.
const PODS_PER_MILLI: usize = 100;

/// The controller's shared state.
pub struct Controller {
    pub context: Context,
    pub recorder: Recorder,
    pub queue: Queue<ObjectKey>,
    /// Pods that may carry a finalizer nobody will remove.
    pub orphans: Queue<ObjectKey>,
    pub memories: Memories,
    /// While it rests its pods' changes do not wake the Job.
    rests: Rests,
}

/// Registers the controller and leaves its tasks with `startup`.
pub(crate) fn prepare(startup: &mut Startup) {
    let recorder = startup.recorder("job-controller");
    let context = startup.context.clone();
    let controller = Arc::new(Controller {
        recorder,
        queue: startup.queue("job", BACKOFF),
        orphans: startup.queue("job_orphan_pod", BACKOFF),
        memories: Memories::default(),
        rests: Rests::default(),
        context,
    });
    let waker = controller.clone();
    startup
        .context
        .caches
        .jobs
        .on(move |change| waker.job_changed(change));
    let waker = controller.clone();
    startup
        .context
        .caches
        .pods
        .on(move |change| waker.pod_changed(change));

    let workers = startup.context.config.workers;
    let worker = controller.clone();
    startup.task(async move {
        let sync = |key| worker.sync(key);
        worker.queue.run(workers, sync).await;
    });
    startup.task(async move {
        let free = |key| controller.free_orphan(key);
        controller.orphans.run(workers, free).await;
    });
}

/// The reference is to a batch/v1 Job.
pub fn is_job(owner: &OwnerReference) -> bool {
    owner.kind == "Job" && owner.api_version == "batch/v1"
}

impl Controller {
    /// Upstream batches changes of a status by a second; here every change wakes at once.
    fn job_changed(&self, change: &Change<Job>) {
        let job = change.object();
        let key = ObjectKey::of(&job.metadata);
        if change.new.is_none() {
            self.sweep(job);
            self.rests.forget(&key);
        }
        self.queue.add(key);
    }

    /// A sync over so many pods begins now.
    pub fn rest(&self, key: &ObjectKey, pods: usize, now: Timestamp) {
        self.rests.begin(key, pods, PODS_PER_MILLI, now);
    }

    fn wake_rested(&self, key: ObjectKey) {
        let at = self.rests.ends_at(&key, self.context.clock.now());
        self.queue.add_at(key, at);
    }

    /// JOB-03.
    fn pod_changed(&self, change: &Change<Pod>) {
        let pod = change.object();
        let owner = controller_of(&pod.metadata);
        if let Some(old_owner) = change
            .old
            .as_ref()
            .and_then(|old| controller_of(&old.metadata))
            && Some(old_owner) != owner
        {
            self.wake(&pod.metadata, old_owner);
        }
        match owner {
            Some(owner) => {
                let counted = self.wake(&pod.metadata, owner);
                if !counted && is_job(owner) && change.new.is_some() && is_tracked(pod) {
                    self.orphans.add(ObjectKey::of(&pod.metadata));
                }
            }
            None if change.new.is_some() => self.ownerless_changed(change, pod),
            None => {}
        }
    }

    fn ownerless_changed(&self, change: &Change<Pod>, pod: &Pod) {
        let adoptable_anew = change.old.as_ref().is_none_or(|old| {
            old.metadata.labels != pod.metadata.labels || controller_of(&old.metadata).is_some()
        });
        if adoptable_anew {
            self.wake_adopters(&pod.metadata);
        }
        if is_tracked(pod) {
            self.orphans.add(ObjectKey::of(&pod.metadata));
        }
    }

    /// Wakes the Job that `owner` names; false when there is no such Job, or it counts no more.
    fn wake(&self, pod: &ObjectMeta, owner: &OwnerReference) -> bool {
        let key = ObjectKey::new(pod.namespace.clone().unwrap_or_default(), &owner.name);
        let job = self.context.caches.jobs.get(&key);
        let job = job.filter(|job| is_job(owner) && job.metadata.uid.as_ref() == Some(&owner.uid));
        let Some(job) = job else {
            return false;
        };
        if is_managed_elsewhere(&job) {
            return true;
        }
        if is_finished(&job) {
            return false;
        }
        self.wake_rested(key);
        true
    }

    fn wake_adopters(&self, pod: &ObjectMeta) {
        for value in indexes::label_values(pod) {
            for job in self.context.caches.jobs.by_index(indexes::SELECTOR, &value) {
                let selector = selector(job.spec.as_ref().and_then(|spec| spec.selector.as_ref()));
                if matches(selector.as_ref(), pod) {
                    self.queue.add(ObjectKey::of(&job.metadata));
                }
            }
        }
    }
}
