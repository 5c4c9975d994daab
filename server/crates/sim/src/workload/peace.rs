//! What ends the busy time.

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams};
use serde_json::json;

use super::Workload;
use super::deeds::{ANOTHER, HELD, SIDE, free};
use crate::builders::Buildable;
use crate::mirror::Mirrored;

/// What killed controllers, crashed servers and full disks take to be back, with the back-offs that
/// they have caused.
const BACK_WITHIN_SECS: u64 = 120;

impl Workload {
    /// Takes back what a person has put in the cluster's way.
    pub async fn mend(&mut self) {
        // or a person's own wishes are refused
        self.sim.free_disk();
        if let Some(number) = self.failed_node.take() {
            self.sim.add_node(number);
        }
        self.sim.pass_secs(BACK_WITHIN_SECS).await;
        for node in self.sim.all::<Node>() {
            let freed = |node: &mut Node| {
                free(node);
                node.spec.get_or_insert_default().unschedulable = None;
            };
            while !self.change_node(&node.name_any(), freed).await {
                self.sim.pass_secs(1).await;
            }
        }
        // what nobody owns may have a port that others want
        for pod in self.sim.all::<Pod>() {
            if pod.labels().values().any(|value| value == ANOTHER) {
                let api: Api<Pod> = self.api(&pod.namespace().unwrap_or_default());
                let _ = api.delete(&pod.name_any(), &DeleteParams::default()).await;
            }
        }
        while self.holds_something() {
            self.let_go::<Pod>().await;
            self.let_go::<Job>().await;
            self.let_go::<CronJob>().await;
            self.let_go::<DaemonSet>().await;
            self.sim.pass_secs(1).await;
        }
    }

    fn holds_something(&self) -> bool {
        self.sim.all::<Pod>().iter().any(is_held)
            || self.sim.all::<Job>().iter().any(is_held)
            || self.sim.all::<CronJob>().iter().any(is_held)
            || self.sim.all::<DaemonSet>().iter().any(is_held)
    }

    async fn let_go<K: Mirrored + Buildable>(&self) {
        for held in self.sim.all::<K>().iter().filter(|object| is_held(*object)) {
            let finalizers = held.finalizers().iter();
            let rest: Vec<_> = finalizers.filter(|own| *own != HELD).cloned().collect();
            self.set_finalizers(&**held, &rest).await;
        }
    }

    /// Ends what never ends by itself.
    pub async fn calm(&self) {
        for cronjob in self.sim.all::<CronJob>() {
            self.try_patch(&*cronjob, json!({"spec": {"suspend": true}}))
                .await;
        }
        // a CronJob's last slot may still be under way
        self.sim.pass_secs(10).await;
        for job in self.sim.all::<Job>() {
            self.try_patch(&*job, json!({"spec": {"suspend": false}}))
                .await;
        }
    }

    /// Deletes everything.
    pub async fn clear(&self) {
        let namespaces: Api<Namespace> = Api::all(self.sim.client());
        for namespace in self.sim.all::<Namespace>() {
            let name = namespace.name_any();
            match name.as_str() {
                "default" => self.clear_namespace(&name).await,
                side if side.starts_with(SIDE) => {
                    let _ = namespaces.delete(side, &DeleteParams::default()).await;
                }
                _ => {}
            }
        }
    }

    async fn clear_namespace(&self, name: &str) {
        self.clear_kind::<CronJob>(name).await;
        self.clear_kind::<DaemonSet>(name).await;
        // those of a DaemonSet that went without them
        self.clear_kind::<ControllerRevision>(name).await;
        self.clear_kind::<Job>(name).await;
        self.clear_kind::<Pod>(name).await;
    }

    async fn clear_kind<K: Buildable>(&self, namespace: &str) {
        let api: Api<K> = self.api(namespace);
        let cleared = api
            .delete_collection(&DeleteParams::background(), &ListParams::default())
            .await;
        cleared.expect("a person may delete everything");
    }
}

fn is_held<K: ResourceExt>(object: &std::sync::Arc<K>) -> bool {
    object.finalizers().iter().any(|own| own == HELD)
}
