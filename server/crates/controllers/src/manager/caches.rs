//! One watch a kind, shared by all controllers.

use std::fmt::Debug;

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::runtime::watcher;
use kube::{Api, Client, Resource};
use orrery_apis::service_account::strip_token_volume;
use orrery_informer::Cache;
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;

use super::indexes;

/// Handles on the caches of every kind that a controller reads.
#[derive(Clone)]
pub struct Caches {
    pub cronjobs: Cache<CronJob>,
    pub jobs: Cache<Job>,
    pub pods: Cache<Pod>,
    pub daemonsets: Cache<DaemonSet>,
    pub revisions: Cache<ControllerRevision>,
    pub nodes: Cache<Node>,
    pub namespaces: Cache<Namespace>,
    /// Of nodes, and all others for the collector.
    pub leases: Cache<Lease>,
    pub budgets: Cache<PodDisruptionBudget>,
}

impl Caches {
    pub(super) fn new() -> Self {
        Self {
            cronjobs: Cache::<CronJob>::builder().build(),
            jobs: Cache::<Job>::builder()
                .index(indexes::CONTROLLER_NAME, |job| {
                    indexes::controller_name(&job.metadata)
                })
                .index(indexes::SELECTOR, indexes::job_selector)
                .build(),
            pods: Cache::<Pod>::builder()
                .index(indexes::CONTROLLER, |pod| {
                    indexes::controller(&pod.metadata)
                })
                .index(indexes::UNSETTLED, indexes::unsettled)
                .index(indexes::OWNERLESS, |pod| indexes::ownerless(&pod.metadata))
                .index(indexes::NODE, indexes::pod_node)
                .index(indexes::GARBAGE, indexes::garbage)
                // node agents read them here, too, and ask for the volumes by what gives it back
                .trim(strip_token_volume)
                .build(),
            daemonsets: Cache::<DaemonSet>::builder()
                .index(indexes::SELECTOR, indexes::daemonset_selector)
                .index(indexes::NODE_SELECTOR, |daemonset| {
                    vec![indexes::node_selector(daemonset)]
                })
                .build(),
            revisions: Cache::<ControllerRevision>::builder()
                .index(indexes::CONTROLLER, |revision| {
                    indexes::controller(&revision.metadata)
                })
                .index(indexes::OWNERLESS, |revision| {
                    indexes::ownerless(&revision.metadata)
                })
                .build(),
            nodes: Cache::<Node>::builder()
                .index(indexes::LABEL, indexes::label_pairs)
                .build(),
            namespaces: Cache::<Namespace>::builder().build(),
            leases: Cache::<Lease>::builder().build(),
            budgets: Cache::<PodDisruptionBudget>::builder().build(),
        }
    }

    /// Starts every watch. The list is complete by construction: a new cache that is forgotten here
    /// is an unused binding.
    pub(super) fn watch(&self, client: &Client, tasks: &mut JoinSet<()>) {
        let Self {
            cronjobs,
            jobs,
            pods,
            daemonsets,
            revisions,
            nodes,
            namespaces,
            leases,
            budgets,
        } = self.clone();
        spawn(cronjobs, client, tasks);
        spawn(jobs, client, tasks);
        spawn(pods, client, tasks);
        spawn(daemonsets, client, tasks);
        spawn(revisions, client, tasks);
        spawn(nodes, client, tasks);
        spawn(namespaces, client, tasks);
        spawn(leases, client, tasks);
        spawn(budgets, client, tasks);
    }

    /// Waits until every cache has been listed once that all controllers work by.
    pub async fn synced(&self) {
        self.cronjobs.synced().await;
        self.jobs.synced().await;
        self.pods.synced().await;
        self.daemonsets.synced().await;
        self.revisions.synced().await;
        self.nodes.synced().await;
        self.namespaces.synced().await;
    }
}

fn spawn<K>(cache: Cache<K>, client: &Client, tasks: &mut JoinSet<()>)
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    let api = Api::all(client.clone());
    tasks.spawn(async move { cache.watch(api, watcher::Config::default()).await });
}
