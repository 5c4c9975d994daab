//! The cluster as of the last change of the store, decoded: what the auditor and the scenarios read.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Node, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use orrery_store::{Change, ChangeKind};
use serde::de::DeserializeOwned;

/// Objects of one kind by namespace (empty for none) and name.
pub type Table<K> = BTreeMap<(String, String), Arc<K>>;

/// Every object of the kinds that are looked at.
#[derive(Default)]
pub struct Mirror {
    pub pods: Table<Pod>,
    pub jobs: Table<Job>,
    pub cronjobs: Table<CronJob>,
    pub daemonsets: Table<DaemonSet>,
    pub revisions: Table<ControllerRevision>,
    pub nodes: Table<Node>,
    pub namespaces: Table<Namespace>,
    pub configmaps: Table<ConfigMap>,
    pub events: Table<Event>,
}

/// A kind in the mirror.
pub trait Mirrored: Resource<DynamicType = ()> + DeserializeOwned {
    /// The store's name of the collection.
    const RESOURCE: &'static str;

    fn table(mirror: &Mirror) -> &Table<Self>;
    fn table_mut(mirror: &mut Mirror) -> &mut Table<Self>;
}

/// Puts a literal object there, as one of the namespace `default`.
#[cfg(test)]
pub fn put<K: Mirrored>(mirror: &mut Mirror, object: serde_json::Value) {
    let object: K = serde_json::from_value(object).expect("a literal object");
    let name = object.meta().name.clone().unwrap_or_default();
    K::table_mut(mirror).insert(("default".to_owned(), name), Arc::new(object));
}

macro_rules! mirrored {
    ($($kind:ty, $resource:literal, $table:ident;)*) => {
        $(impl Mirrored for $kind {
            const RESOURCE: &'static str = $resource;

            fn table(mirror: &Mirror) -> &Table<Self> {
                &mirror.$table
            }

            fn table_mut(mirror: &mut Mirror) -> &mut Table<Self> {
                &mut mirror.$table
            }
        })*

        /// The store's names of all kinds in the mirror.
        pub const RESOURCES: &[&str] = &[$($resource),*];
    };
}

mirrored! {
    Pod, "pods", pods;
    Job, "batch/jobs", jobs;
    CronJob, "batch/cronjobs", cronjobs;
    DaemonSet, "apps/daemonsets", daemonsets;
    ControllerRevision, "apps/controllerrevisions", revisions;
    Node, "nodes", nodes;
    Namespace, "namespaces", namespaces;
    ConfigMap, "configmaps", configmaps;
    Event, "events", events;
}

/// One change of one object: created (`old` is None), updated, or removed (`new` is None).
pub struct Step<K> {
    pub old: Option<Arc<K>>,
    pub new: Option<Arc<K>>,
    /// The revision that the store gave to the change.
    pub revision: u64,
}

impl<K: Resource<DynamicType = ()>> Step<K> {
    /// The object after the change, or as it was before its removal.
    pub fn meta(&self) -> Option<&ObjectMeta> {
        self.new
            .as_ref()
            .or(self.old.as_ref())
            .map(|object| object.meta())
    }
}

impl Mirror {
    /// Takes over a change of a `K`.
    ///
    /// # Panics
    /// When the store holds what is no `K`: a fault of the API server.
    pub fn take<K: Mirrored>(&mut self, change: &Change) -> Step<K> {
        let key = &change.entry.key;
        let key = (key.namespace.to_string(), key.name.to_string());
        let table = K::table_mut(self);
        let (old, new) = match change.kind {
            ChangeKind::Delete => (table.remove(&key), None),
            ChangeKind::Put => {
                let object = serde_json::from_slice(&change.entry.value);
                let object: Arc<K> =
                    Arc::new(object.expect("the API server stores what it decoded"));
                (table.insert(key, object.clone()), Some(object))
            }
        };
        Step {
            old,
            new,
            revision: change.revision,
        }
    }

    /// The object of that name.
    pub fn get<K: Mirrored>(&self, namespace: &str, name: &str) -> Option<Arc<K>> {
        let key = (namespace.to_owned(), name.to_owned());
        K::table(self).get(&key).cloned()
    }

    /// All objects of a kind, by namespace and name.
    pub fn all<K: Mirrored>(&self) -> Vec<Arc<K>> {
        K::table(self).values().cloned().collect()
    }

    /// The objects that `uid` controls.
    pub fn controlled_by<K: Mirrored>(&self, uid: &str) -> Vec<Arc<K>> {
        let objects = K::table(self).values();
        let ours = objects.filter(|object| controller_uid(object.meta()) == Some(uid));
        ours.cloned().collect()
    }
}

/// The uid of the owner that controls the object.
pub fn controller_uid(meta: &ObjectMeta) -> Option<&str> {
    let owners = meta.owner_references.iter().flatten();
    let mut controllers = owners.filter(|owner| owner.controller == Some(true));
    controllers.next().map(|owner| owner.uid.as_str())
}
