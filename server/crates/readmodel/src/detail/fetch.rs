//! The fresh reads that a detail needs: one, and a DaemonSet's revisions, which nothing watches.

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope};
use kube::api::ListParams;
use kube::{Api, Client, Resource};
use orrery_view::{Kind, ObjectRef};
use serde::de::DeserializeOwned;

/// An object as it is now.
#[derive(Clone)]
pub enum Fetched {
    CronJob(Box<CronJob>),
    Job(Box<Job>),
    /// With the revisions in its namespace, others' included.
    DaemonSet(Box<DaemonSet>, Vec<ControllerRevision>),
    Pod(Box<Pod>),
    Node(Box<Node>),
}

impl Fetched {
    pub fn uid(&self) -> &str {
        let meta = match self {
            Self::CronJob(object) => &object.metadata,
            Self::Job(object) => &object.metadata,
            Self::DaemonSet(object, _) => &object.metadata,
            Self::Pod(object) => &object.metadata,
            Self::Node(object) => &object.metadata,
        };
        meta.uid.as_deref().unwrap_or_default()
    }
}

/// Reads `object`; `None` when there is none of that name, or when its kind has no page.
pub async fn fetch(client: &Client, object: &ObjectRef) -> kube::Result<Option<Fetched>> {
    Ok(match object.kind {
        Kind::CronJob => namespaced(client, object).await?.map(Fetched::CronJob),
        Kind::Job => namespaced(client, object).await?.map(Fetched::Job),
        Kind::DaemonSet => match namespaced::<DaemonSet>(client, object).await? {
            Some(daemonset) => {
                let revisions = revisions(client, &daemonset).await;
                Some(Fetched::DaemonSet(daemonset, revisions))
            }
            None => None,
        },
        Kind::Pod => namespaced(client, object).await?.map(Fetched::Pod),
        Kind::Node => cluster_wide(client, object).await?.map(Fetched::Node),
        Kind::Event => None,
    })
}

/// Without the permission to read them, or when they cannot be read, a page without history is better than none.
async fn revisions(client: &Client, daemonset: &DaemonSet) -> Vec<ControllerRevision> {
    let namespace = daemonset.metadata.namespace.as_deref().unwrap_or_default();
    let selector = daemonset
        .spec
        .as_ref()
        .and_then(|spec| spec.selector.match_labels.clone());
    let labels = selector
        .iter()
        .flatten()
        .map(|(key, value)| format!("{key}={value}"));
    let params = ListParams::default().labels(&labels.collect::<Vec<_>>().join(","));
    let api: Api<ControllerRevision> = Api::namespaced(client.clone(), namespace);
    match api.list(&params).await {
        Ok(list) => list.items,
        Err(error) => {
            tracing::debug!(%error, "cannot read the revisions of a DaemonSet");
            Vec::new()
        }
    }
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
