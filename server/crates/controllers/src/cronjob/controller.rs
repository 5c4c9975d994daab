//! What wakes a CronJob (CJ-03, CJ-04), and what is remembered of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use orrery_informer::{Change, Doubling, ObjectKey, Queue, Recorder, controller_of};
use parking_lot::Mutex;

use super::slot::unreadable;
use super::untold::Untold;
use crate::manager::{Config, Context, Startup};
use crate::written::Newest;

/// Upstream's default rate-limited queue: 5 ms, doubling to 1000 s.
const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(1000));

/// So many slots are remembered where no status can be written: an hour of minutes.
const MOST_UNTOLD: usize = 60;

/// What is remembered of a CronJob between syncs; forgetting it is harmless.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    uid: String,
    pub written: Newest,
    /// Jobs deleted by the controller that the cache still has.
    pub deleted: BTreeSet<String>,
    /// Slots that have run, until the status tells of them; without this the next syncs find them out.
    pub untold: Vec<Untold>,
    /// When the schedule was changed: slots before are not its past (CJ-04).
    pub not_before: Option<Timestamp>,
}

impl Memory {
    /// A slot's Job is there, of which the status does not tell yet.
    pub fn has_run(&mut self, untold: Untold) {
        if self.untold.len() >= MOST_UNTOLD {
            self.untold.remove(0);
        }
        self.untold.push(untold);
    }
}

/// The controller's shared state.
pub struct Controller {
    pub context: Context,
    pub recorder: Recorder,
    pub queue: Queue<ObjectKey>,
    pub memories: Mutex<BTreeMap<ObjectKey, Memory>>,
}

/// Registers the controller and leaves its tasks with `startup`.
pub(crate) fn prepare(startup: &mut Startup) {
    let recorder = startup.recorder("cronjob-controller");
    let context = startup.context.clone();
    let controller = Arc::new(Controller {
        recorder,
        queue: startup.queue("cronjob", BACKOFF),
        memories: Mutex::default(),
        context,
    });
    let waker = controller.clone();
    startup
        .context
        .caches
        .cronjobs
        .on(move |change| waker.cronjob_changed(change));
    let waker = controller.clone();
    startup
        .context
        .caches
        .jobs
        .on(move |change| waker.job_changed(change));
    let Config {
        workers,
        slot_tasks,
        ..
    } = startup.context.config;
    for _ in 0..slot_tasks {
        let controller = controller.clone();
        startup.task(async move {
            let sync = |key| controller.sync(key);
            controller.queue.run(workers, sync).await;
        });
    }
}

impl Controller {
    fn cronjob_changed(&self, change: &Change<CronJob>) {
        let key = ObjectKey::of(&change.object().metadata);
        match (&change.old, &change.new) {
            (Some(old), Some(new)) if same_object(old, new) && timing(old) != timing(new) => {
                self.schedule_changed(key, new);
            }
            _ => self.queue.add(key),
        }
    }

    /// CJ-04: a changed schedule begins with its next slot. Upstream only looks later, and forgets that
    /// when it is restarted; here the sync at once leaves the time of the change on the object.
    fn schedule_changed(&self, key: ObjectKey, cronjob: &CronJob) {
        let now = self.context.clock.now();
        if let Some(note) = unreadable(cronjob) {
            note.report(&self.recorder, cronjob);
            return;
        }
        // of what a sync remembers meanwhile nothing is lost
        entry(&mut self.memories.lock(), &key, cronjob).not_before = Some(now);
        self.queue.add(key);
    }

    /// CJ-03.
    fn job_changed(&self, change: &Change<Job>) {
        let [old, new] = [&change.old, &change.new].map(|job| {
            job.as_ref()
                .and_then(|job| Some((job, controller_of(&job.metadata)?)))
        });
        for (job, owner) in [old, new].into_iter().flatten() {
            self.wake(job.metadata.namespace.as_deref().unwrap_or_default(), owner);
        }
    }

    fn wake(&self, namespace: &str, owner: &OwnerReference) {
        if owner.kind != "CronJob" {
            return;
        }
        let key = ObjectKey::new(namespace, &owner.name);
        let cronjob = self.context.caches.cronjobs.get(&key);
        if cronjob.is_some_and(|cronjob| cronjob.metadata.uid.as_ref() == Some(&owner.uid)) {
            self.queue.add(key);
        }
    }

    /// The memory of this very CronJob; an earlier one of the same name is forgotten.
    pub fn memory_of(&self, key: &ObjectKey, cronjob: &CronJob) -> Memory {
        entry(&mut self.memories.lock(), key, cronjob).clone()
    }

    /// Keeps a sync's memory; a change of schedule seen meanwhile is kept too.
    pub fn remember(&self, key: ObjectKey, memory: Memory) {
        let mut memories = self.memories.lock();
        let known = memories.get(&key).filter(|known| known.uid == memory.uid);
        let not_before = known
            .and_then(|known| known.not_before)
            .max(memory.not_before);
        memories.insert(
            key,
            Memory {
                not_before,
                ..memory
            },
        );
    }
}

fn entry<'a>(
    memories: &'a mut BTreeMap<ObjectKey, Memory>,
    key: &ObjectKey,
    cronjob: &CronJob,
) -> &'a mut Memory {
    let uid = cronjob.metadata.uid.clone().unwrap_or_default();
    let memory = memories.entry(key.clone()).or_default();
    if memory.uid != uid {
        *memory = Memory {
            uid,
            ..Memory::default()
        };
    }
    memory
}

fn same_object(a: &CronJob, b: &CronJob) -> bool {
    a.metadata.uid == b.metadata.uid
}

fn timing(cronjob: &CronJob) -> (&str, Option<&str>) {
    (&cronjob.spec.schedule, cronjob.spec.time_zone.as_deref())
}
