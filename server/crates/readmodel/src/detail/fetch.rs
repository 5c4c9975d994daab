//! The one fresh read that a detail needs.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope};
use kube::{Api, Client, Resource};
use orrery_view::{Kind, ObjectRef};
use serde::de::DeserializeOwned;

/// An object as it is now.
pub enum Fetched {
    CronJob(Box<CronJob>),
    Job(Box<Job>),
    DaemonSet(Box<DaemonSet>),
    Pod(Box<Pod>),
    Node(Box<Node>),
}

/// Reads `object`; `None` when there is none of that name, or when its kind has no page.
pub async fn fetch(client: &Client, object: &ObjectRef) -> kube::Result<Option<Fetched>> {
    Ok(match object.kind {
        Kind::CronJob => namespaced(client, object).await?.map(Fetched::CronJob),
        Kind::Job => namespaced(client, object).await?.map(Fetched::Job),
        Kind::DaemonSet => namespaced(client, object).await?.map(Fetched::DaemonSet),
        Kind::Pod => namespaced(client, object).await?.map(Fetched::Pod),
        Kind::Node => cluster_wide(client, object).await?.map(Fetched::Node),
        Kind::Event => None,
    })
}

async fn namespaced<K>(client: &Client, object: &ObjectRef) -> kube::Result<Option<Box<K>>>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug,
{
    let api: Api<K> = Api::namespaced(client.clone(), &object.namespace);
    Ok(api.get_opt(&object.name).await?.map(Box::new))
}

async fn cluster_wide<K>(client: &Client, object: &ObjectRef) -> kube::Result<Option<Box<K>>>
where
    K: Resource<DynamicType = (), Scope = ClusterResourceScope>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug,
{
    let api: Api<K> = Api::all(client.clone());
    Ok(api.get_opt(&object.name).await?.map(Box::new))
}
