//! The kinds that the collector hears of through caches, each named once.

use std::fmt::Debug;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::{ConfigMap, Endpoints, Secret, Service, ServiceAccount};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::Resource;
use kube::api::Api;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher;
use orrery_informer::Cache;
use serde::de::DeserializeOwned;

use super::controller::Collector;
use super::kinds::{Kinds, name_of};
use crate::manager::{Caches, Startup};

/// Where the collector's picture of the cluster comes from.
#[derive(Default)]
pub struct Sources {
    pub kinds: Kinds,
    /// The caches of all controllers.
    pub shared: Vec<Box<dyn Source>>,
    /// Of kinds that only the collector watches, and of which it needs no more than the metadata.
    pub own: Vec<Box<dyn Source>>,
}

/// A kind's cache, whichever kind it is.
pub trait Source: Send + Sync {
    /// Tells the collector of every change.
    fn follow(&self, collector: &Arc<Collector>);

    /// Leaves the task that keeps the cache current with `startup`.
    fn watch(&self, startup: &mut Startup);

    /// Waits for the first complete list.
    fn synced(&self) -> BoxFuture<'_, ()>;
}

pub trait Kind:
    Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static
{
}

impl<K> Kind for K where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static
{
}

impl<K: Kind> Source for Cache<K> {
    fn follow(&self, collector: &Arc<Collector>) {
        let collector = collector.clone();
        self.on(move |change| collector.changed(name_of::<K>(), change));
    }

    fn watch(&self, startup: &mut Startup) {
        let (cache, api) = (self.clone(), Api::all(startup.context.client.clone()));
        startup.task(async move { Cache::watch(&cache, api, watcher::Config::default()).await });
    }

    fn synced(&self) -> BoxFuture<'_, ()> {
        Cache::synced(self).boxed()
    }
}

impl Sources {
    /// All kinds that the embedded cluster serves.
    pub fn embedded(caches: &Caches) -> Self {
        let mut sources = Self::default();
        sources.share_all(caches);
        sources.share(&caches.leases, true);
        sources.share(&caches.budgets, true);
        sources.add::<ConfigMap>(true);
        sources.add::<Secret>(true);
        sources.add::<ServiceAccount>(true);
        sources.add::<Service>(true);
        sources.add::<Endpoints>(true);
        sources.add::<EndpointSlice>(true);
        sources.add::<PriorityClass>(false);
        sources
    }

    /// Those that controllers watch; all others are discovered.
    pub fn discovering(caches: &Caches) -> Self {
        let mut sources = Self {
            kinds: Kinds::discovering(),
            ..Self::default()
        };
        sources.share_all(caches);
        sources
    }

    fn share_all(&mut self, caches: &Caches) {
        self.share(&caches.cronjobs, true);
        self.share(&caches.jobs, true);
        self.share(&caches.pods, true);
        self.share(&caches.daemonsets, true);
        self.share(&caches.revisions, true);
        self.share(&caches.nodes, false);
        self.share(&caches.namespaces, false);
    }

    fn share<K: Kind>(&mut self, cache: &Cache<K>, namespaced: bool) {
        self.kinds.add::<K>(namespaced);
        self.shared.push(Box::new(cache.clone()));
    }

    fn add<K: Kind>(&mut self, namespaced: bool) {
        self.kinds.add::<K>(namespaced);
        let cache = Cache::<PartialObjectMeta<K>>::builder().build();
        self.own.push(Box::new(cache));
    }
}
