//! Watches in, deletions and releases out.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{Api, DynamicObject};
use kube::core::ApiResource;
use kube::{Error, Resource};
use orrery_informer::{Change, Doubling, EventType, Queue, Recorder, Requeue};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::absent::Absent;
use super::decide::{Action, decide};
use super::graph::{Graph, Nudges};
use super::item::{FOREGROUND, Item, KindName, ORPHAN};
use super::kinds::{Kinds, Known};
use super::monitors::Monitors;
use super::sources::{Source, Sources};
use super::writes;
use crate::manager::{Context, Startup};

/// Upstream's item back-off starts at 5 ms; capped where a person still waits for a deletion.
const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(30));

/// Why an object is looked at again.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Api(#[from] Error),
    /// Nobody tells when it goes: it may not be watched at all, or have gone while a watch was away.
    #[error("an owner is there that no watch has told of")]
    Unwatched,
}

/// The collector's shared state.
pub struct Collector {
    pub(super) context: Context,
    recorder: Recorder,
    pub(super) kinds: Kinds,
    pub(super) graph: Mutex<Graph>,
    pub(super) absent: Mutex<Absent>,
    collect: Queue<String>,
    orphan: Queue<String>,
}

/// Registers the collector and leaves its tasks with `startup`.
pub fn prepare(startup: &mut Startup) {
    let recorder = startup.recorder("garbage-collector-controller");
    let context = startup.context.clone();
    let discovers = context.config.discovers_kinds;
    let Sources { kinds, shared, own } = match discovers {
        true => Sources::discovering(&context.caches),
        false => Sources::embedded(&context.caches),
    };
    let collector = Arc::new(Collector {
        recorder,
        kinds,
        graph: Mutex::default(),
        absent: Mutex::default(),
        collect: startup.queue("garbage_collector_attempt_to_delete", BACKOFF),
        orphan: startup.queue("garbage_collector_attempt_to_orphan", BACKOFF),
        context,
    });
    for source in shared.iter().chain(&own) {
        source.follow(&collector);
    }
    for source in &own {
        source.watch(startup);
    }
    let (telling, discovered) = watch::channel(!discovers);
    if discovers {
        startup.task(Monitors::new(collector.clone()).run(telling));
    }
    let whole = Whole {
        own: own.into(),
        discovered,
    };
    start_workers(startup, collector, whole);
}

/// What must have been listed before anything is collected.
#[derive(Clone)]
struct Whole {
    own: Arc<[Box<dyn Source>]>,
    discovered: watch::Receiver<bool>,
}

impl Whole {
    async fn listed(mut self) {
        for source in self.own.iter() {
            source.synced().await;
        }
        // one whose other end is gone says what it said last
        let _ = self.discovered.wait_for(|listed| *listed).await;
    }
}

fn start_workers(startup: &mut Startup, collector: Arc<Collector>, whole: Whole) {
    let workers = startup.context.config.workers;
    let collecting = collector.clone();
    let first = whole.clone();
    startup.task(async move {
        first.listed().await;
        collecting
            .collect
            .run(workers, |uid| collecting.collect_one(uid))
            .await;
    });
    startup.task(async move {
        whole.listed().await;
        collector
            .orphan
            .run(workers, |uid| collector.orphan_one(uid))
            .await;
    });
}

impl Collector {
    /// Whether the controllers watch this kind anyway.
    pub fn watches_itself(&self, resource: &ApiResource) -> bool {
        self.kinds.is_own(resource)
    }

    /// Takes what kinds are served now, and wakes who waited for one.
    pub fn know(&self, kinds: impl Iterator<Item = Known>) {
        let woken = self.kinds.found(kinds);
        woken.into_iter().for_each(|uid| self.collect.add(uid));
    }

    /// Takes a change into the graph, and wakes what it concerns.
    pub fn changed<K>(&self, kind: KindName, change: &Change<K>)
    where
        K: Resource<DynamicType = ()>,
    {
        match (&change.old, &change.new) {
            (_, Some(new)) => self.observe(Item::of(kind, new.meta())),
            (Some(old), None) => self.gone(old.meta().uid.as_deref().unwrap_or_default()),
            (None, None) => {}
        }
    }

    /// An object as it is now.
    pub fn observe(&self, item: Item) {
        let nudges = self.graph.lock().put(item);
        self.wake(nudges);
    }

    /// The object is no more.
    pub fn gone(&self, uid: &str) {
        let nudges = {
            let mut graph = self.graph.lock();
            let item = graph.get(uid);
            if let Some(item) = item.filter(|_| graph.dependents(uid).next().is_some()) {
                self.absent.lock().add_gone(item);
            }
            graph.remove(uid)
        };
        self.kinds.forget(uid);
        self.wake(nudges);
    }

    /// Nobody tells of the object any more, which may be there still.
    pub fn lost(&self, uid: &str) {
        let nudges = self.graph.lock().remove(uid);
        self.wake(nudges);
    }

    fn wake(&self, nudges: Nudges) {
        nudges
            .collect
            .into_iter()
            .for_each(|uid| self.collect.add(uid));
        nudges
            .orphan
            .into_iter()
            .for_each(|uid| self.orphan.add(uid));
        nudges
            .misplaced
            .iter()
            .for_each(|(dependent, owner)| self.report_misplaced(dependent, owner));
    }

    /// GC-05, in the words that upstream has for a dependent in no namespace too.
    fn report_misplaced(&self, dependent: &Item, owner: &OwnerReference) {
        let namespace = &dependent.key.namespace;
        let OwnerReference {
            api_version,
            kind,
            name,
            uid,
            ..
        } = owner;
        let message = format!(
            "ownerRef [{api_version}/{kind}, namespace: {namespace}, name: {name}, uid: {uid}] does not exist in namespace {namespace:?}"
        );
        let about = dependent.reference();
        let reason = "OwnerRefInvalidNamespace";
        self.recorder
            .event_about(about, EventType::Warning, reason, message);
    }

    async fn collect_one(&self, uid: String) -> Result<Requeue, Trouble> {
        let Some(item) = self.graph.lock().get(&uid).cloned() else {
            return Ok(Requeue::Await);
        };
        if item.deleting && !item.is_deleting_dependents() {
            return Ok(Requeue::Await);
        }
        let Some((api, object)) = self.read(&item).await? else {
            return Ok(Requeue::Await);
        };
        let item = Item::of(item.kind, &object.metadata);
        let mut owners = Vec::new();
        let mut again = false;
        if !item.is_deleting_dependents() {
            for owner in &item.owners {
                let looked = self.look_at(&item, owner).await?;
                again |= looked.again;
                owners.push((owner, looked.standing));
            }
        }
        let action = {
            let graph = self.graph.lock();
            let dependents: Vec<_> = graph.dependents(&uid).collect();
            decide(&item, &owners, &dependents)
        };
        match self.apply(&api, &object, &item, action).await? {
            Requeue::Await if again => Err(Trouble::Unwatched),
            requeue => Ok(requeue),
        }
    }

    async fn apply(
        &self,
        api: &Api<DynamicObject>,
        object: &DynamicObject,
        item: &Item,
        action: Action,
    ) -> Result<Requeue, Error> {
        match action {
            Action::Nothing => {}
            Action::RemoveForegroundFinalizer => {
                writes::remove_finalizer(api, object, FOREGROUND).await?
            }
            Action::WaitFor(uids) => uids.into_iter().for_each(|uid| {
                let stuck = self
                    .graph
                    .lock()
                    .get(&uid)
                    .is_some_and(|item| !item.deleting);
                if stuck {
                    self.collect.add(uid);
                }
            }),
            Action::DropOwners(uids) => writes::drop_owners(api, item, &uids).await?,
            Action::Unblock(uids) => {
                writes::unblock_owners(api, item, &uids).await?;
                return Ok(Requeue::At(self.context.clock.now()));
            }
            Action::Delete(policy) => {
                if !writes::delete(api, object, policy).await? {
                    return Ok(Requeue::At(self.context.clock.now()));
                }
            }
        }
        Ok(Requeue::Await)
    }

    async fn orphan_one(&self, uid: String) -> Result<Requeue, Error> {
        let (item, dependents) = {
            let graph = self.graph.lock();
            let item = graph.get(&uid).filter(|item| item.is_orphaning()).cloned();
            let dependents: Vec<_> = graph.dependents(&uid).cloned().collect();
            (item, dependents)
        };
        let Some(item) = item else {
            return Ok(Requeue::Await);
        };
        for dependent in &dependents {
            if let Some(known) = self.known(&dependent.kind) {
                let api = writes::api(&self.context.client, &known, &dependent.key.namespace);
                writes::drop_owners(&api, dependent, std::slice::from_ref(&uid)).await?;
            }
        }
        if let Some((api, object)) = self.read(&item).await? {
            writes::remove_finalizer(&api, &object, ORPHAN).await?;
        }
        Ok(Requeue::Await)
    }

    /// The object as it is now; `None` when it is gone or another one by now.
    async fn read(
        &self,
        item: &Item,
    ) -> Result<Option<(Api<DynamicObject>, DynamicObject)>, Error> {
        let Some(known) = self.known(&item.kind) else {
            return Ok(None);
        };
        let api = writes::api(&self.context.client, &known, &item.key.namespace);
        let object = api.get_opt(&item.key.name).await?;
        let object = object.filter(|object| object.metadata.uid.as_ref() == Some(&item.uid));
        Ok(object.map(|object| (api, object)))
    }

    fn known(&self, kind: &KindName) -> Option<Arc<Known>> {
        self.kinds.get(&kind.api_version, &kind.kind)
    }
}
