//! Watches in, deletions and releases out.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{Api, DynamicObject};
use kube::{Error, Resource};
use orrery_informer::{Change, Doubling, EventType, Queue, Recorder, Requeue};
use parking_lot::Mutex;

use super::decide::{Action, Standing, decide};
use super::graph::{Graph, Nudges};
use super::item::{FOREGROUND, Item, KindName, ORPHAN};
use super::kinds::{Kinds, Known};
use super::sources::{Source, Sources};
use super::writes;
use crate::manager::{Context, Startup};

/// Upstream's item back-off starts at 5 ms; capped where a person still waits for a deletion.
const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(30));

/// The collector's shared state.
pub struct Collector {
    context: Context,
    recorder: Recorder,
    kinds: Kinds,
    graph: Mutex<Graph>,
    collect: Queue<String>,
    orphan: Queue<String>,
}

/// Registers the collector and leaves its tasks with `startup`.
pub fn prepare(startup: &mut Startup) {
    let recorder = startup.recorder("garbage-collector-controller");
    let context = startup.context.clone();
    let Sources { kinds, shared, own } = Sources::new(&context.caches);
    let collector = Arc::new(Collector {
        recorder,
        kinds,
        graph: Mutex::default(),
        collect: Queue::new(context.clock.clone(), BACKOFF),
        orphan: Queue::new(context.clock.clone(), BACKOFF),
        context,
    });
    for source in shared.iter().chain(&own) {
        source.follow(&collector);
    }
    for source in &own {
        source.watch(startup);
    }
    start_workers(startup, collector, own.into());
}

fn start_workers(startup: &mut Startup, collector: Arc<Collector>, own: Arc<[Box<dyn Source>]>) {
    let workers = startup.context.config.workers;
    let collecting = collector.clone();
    let whole = own.clone();
    startup.task(async move {
        synced(&whole).await;
        collecting
            .collect
            .run(workers, |uid| collecting.collect_one(uid))
            .await;
    });
    startup.task(async move {
        synced(&own).await;
        collector
            .orphan
            .run(workers, |uid| collector.orphan_one(uid))
            .await;
    });
}

async fn synced(sources: &[Box<dyn Source>]) {
    for source in sources {
        source.synced().await;
    }
}

impl Collector {
    /// Takes a change into the graph, and wakes what it concerns.
    pub fn changed<K>(&self, kind: KindName, change: &Change<K>)
    where
        K: Resource<DynamicType = ()>,
    {
        let nudges = match (&change.old, &change.new) {
            (_, Some(new)) => self.graph.lock().put(Item::of(kind, new.meta())),
            (Some(old), None) => {
                let uid = old.meta().uid.clone().unwrap_or_default();
                self.graph.lock().remove(&uid)
            }
            (None, None) => Nudges::default(),
        };
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

    async fn collect_one(&self, uid: String) -> Result<Requeue, Error> {
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
        if !item.is_deleting_dependents() {
            for owner in &item.owners {
                owners.push((owner, self.standing(&item, owner).await?));
            }
        }
        let action = {
            let graph = self.graph.lock();
            let dependents: Vec<_> = graph.dependents(&uid).collect();
            decide(&item, &owners, &dependents)
        };
        self.apply(&api, &object, &item, action).await
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
                let api = writes::api(&self.context.client, known, &dependent.key.namespace);
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
        let api = writes::api(&self.context.client, known, &item.key.namespace);
        let object = api.get_opt(&item.key.name).await?;
        let object = object.filter(|object| object.metadata.uid.as_ref() == Some(&item.uid));
        Ok(object.map(|object| (api, object)))
    }

    fn known(&self, kind: &KindName) -> Option<&Known> {
        self.kinds.get(&kind.api_version, &kind.kind)
    }

    /// How `owner` stands: by the graph when it is there, else by a live read.
    async fn standing(&self, item: &Item, owner: &OwnerReference) -> Result<Standing, Error> {
        let known = self.graph.lock().get(&owner.uid).cloned();
        // one that the reference does not name is looked up under what it does name
        if let Some(known) = known.filter(|known| known.is_meant(item, owner)) {
            return Ok(match known.is_deleting_dependents() {
                true => Standing::Waiting,
                false => Standing::Solid,
            });
        }
        let Some(known) = self.kinds.get(&owner.api_version, &owner.kind) else {
            return Ok(Standing::Unknown);
        };
        if known.namespaced && item.key.namespace.is_empty() {
            return Ok(Standing::Unknown);
        }
        let api = writes::api(&self.context.client, known, &item.key.namespace);
        Ok(match api.get_opt(&owner.name).await? {
            Some(found) if found.metadata.uid.as_ref() == Some(&owner.uid) => {
                let kind = KindName {
                    api_version: owner.api_version.clone(),
                    kind: owner.kind.clone(),
                };
                match Item::of(kind, &found.metadata).is_deleting_dependents() {
                    true => Standing::Waiting,
                    false => Standing::Solid,
                }
            }
            _ => Standing::Dangling,
        })
    }
}
