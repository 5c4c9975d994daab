//! What people do with what is there. What the API server refuses, or what is gone meanwhile, was not
//! to be.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Taint};
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, EvictParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::{Relabelled, Workload};
use crate::builders::{Build, Buildable, manual_job};
use crate::mirror::{Mirrored, controller_uid};
use crate::scene::is_active;

/// What a person holds an object with.
pub(super) const HELD: &str = "example.com/held";
/// What a person keeps a node free with.
pub(super) const RESERVED: &str = "example.com/reserved";
/// What a label says that no selector wants.
pub(super) const ANOTHER: &str = "another";
pub(super) const SIDE: &str = "side-";

impl Workload {
    pub(super) fn api<K: Buildable>(&self, namespace: &str) -> Api<K> {
        Api::namespaced(self.sim.client(), namespace)
    }

    /// A name that is taken stays as it is.
    pub(super) async fn make_in<B: Build>(&self, namespace: &str, built: B) {
        let api: Api<B::Object> = self.api(namespace);
        let _ = api.create(&PostParams::default(), &built.build()).await;
    }

    fn any<K: Mirrored>(&self, which: impl Fn(&K) -> bool) -> Option<Arc<K>> {
        let mut all = self.sim.all::<K>();
        all.retain(|object| which(object));
        let chosen = all.get(self.dice.below(all.len() as u64) as usize)?;
        Some(chosen.clone())
    }

    async fn change<K: Mirrored + Buildable>(&self, patch: Value) {
        if let Some(object) = self.any::<K>(|_| true) {
            self.try_patch(&*object, patch).await;
        }
    }

    pub(super) async fn try_patch<K: Buildable>(&self, object: &K, patch: Value) {
        let api: Api<K> = self.api(&object.namespace().unwrap_or_default());
        let (name, patch) = (object.name_any(), Patch::Merge(patch));
        let _ = api.patch(&name, &PatchParams::default(), &patch).await;
    }

    pub(super) async fn scale_a_job(&self) {
        let count = 1 + self.dice.below(3);
        self.change::<Job>(json!({"spec": {"parallelism": count}}))
            .await;
    }

    pub(super) async fn grow_an_indexed_job(&self) {
        let count = 1 + self.dice.below(4);
        let spec = json!({"spec": {"parallelism": count, "completions": count}});
        let elastic = |job: &Job| {
            let spec = job.spec.as_ref();
            spec.is_some_and(|spec| {
                let indexed = spec.completion_mode.as_deref() == Some("Indexed");
                indexed && spec.completions == spec.parallelism
            })
        };
        if let Some(job) = self.any::<Job>(elastic) {
            self.try_patch(&*job, spec).await;
        }
    }

    pub(super) async fn suspend_or_resume_a_job(&self) {
        let suspend = self.dice.below(2) == 0;
        self.change::<Job>(json!({"spec": {"suspend": suspend}}))
            .await;
    }

    pub(super) async fn change_a_policy(&self) {
        let suspend = self.dice.below(3) == 0;
        let policy = self.policy();
        let spec = json!({"spec": {"suspend": suspend, "concurrencyPolicy": policy}});
        self.change::<CronJob>(spec).await;
    }

    pub(super) async fn change_a_schedule(&self) {
        self.change::<CronJob>(json!({"spec": self.timing()})).await;
    }

    pub(super) async fn update_a_daemonset(&self) {
        let version = self.dice.below(1000).to_string();
        let metadata = json!({"metadata": {"annotations": {"version": version}}});
        self.change::<DaemonSet>(json!({"spec": {"template": metadata}}))
            .await;
    }

    pub(super) async fn remove<K: Mirrored + Buildable>(&self) {
        let Some(object) = self.any::<K>(|_| true) else {
            return;
        };
        let how = match self.dice.below(4) {
            0 => DeleteParams::orphan(),
            1 => DeleteParams::foreground(),
            _ => DeleteParams::background(),
        };
        if let Some(uid) = object.uid() {
            self.sim.deleted_by_hand(uid);
        }
        let api: Api<K> = self.api(&object.namespace().unwrap_or_default());
        let _ = api.delete(&object.name_any(), &how).await;
    }

    pub(super) async fn trigger(&mut self) {
        let Some(cronjob) = self.any::<CronJob>(|_| true) else {
            return;
        };
        self.jobs_made += 1;
        let name = format!("{}-manual-{}", cronjob.name_any(), self.jobs_made);
        let namespace = cronjob.namespace().unwrap_or_default();
        self.make_in(&namespace, manual_job(&name, &cronjob)).await;
    }

    fn a_node(&self) -> String {
        format!("node-{}", 1 + self.dice.below(3))
    }

    /// A full disk may refuse it.
    pub(super) async fn label_a_node(&self) {
        let disk = ["ssd", "disk"][self.dice.below(2) as usize];
        let labels = json!({"metadata": {"labels": {"disk": disk}}});
        let api: Api<Node> = Api::all(self.sim.client());
        let (node, patch) = (self.a_node(), Patch::Merge(labels));
        let _ = api.patch(&node, &PatchParams::default(), &patch).await;
    }

    pub(super) async fn taint_or_cordon_a_node(&self) {
        let what = self.dice.below(5);
        let effect = ["NoSchedule", "NoExecute"][self.dice.below(2) as usize];
        let change = |node: &mut Node| {
            let spec = node.spec.get_or_insert_default();
            match what {
                0 => spec.unschedulable = Some(true),
                1 => spec.unschedulable = None,
                2 => free(node),
                _ => {
                    free(node);
                    let taints = &mut node.spec.get_or_insert_default().taints;
                    taints.get_or_insert_default().push(Taint {
                        key: RESERVED.to_owned(),
                        effect: effect.to_owned(),
                        ..Taint::default()
                    });
                }
            }
        };
        self.change_node(&self.a_node(), change).await;
    }

    /// Answers whether it came through.
    pub(super) async fn change_node(&self, name: &str, change: impl FnOnce(&mut Node)) -> bool {
        let api: Api<Node> = Api::all(self.sim.client());
        let Ok(mut node) = api.get(name).await else {
            return false;
        };
        change(&mut node);
        let replaced = api.replace(name, &PostParams::default(), &node).await;
        replaced.is_ok()
    }

    /// Takes a pod from its owner, or gives one back that is without an owner.
    pub(super) async fn relabel_a_pod(&mut self) {
        if self.dice.below(2) == 0
            && let Some(pod) = self.relabelled.pop()
        {
            return self.give_back(&pod).await;
        }
        let owned = |pod: &Pod| is_active(pod) && controller_uid(&pod.metadata).is_some();
        let Some(pod) = self.any::<Pod>(owned) else {
            return;
        };
        let job = "batch.kubernetes.io/controller-uid";
        let label = match pod.labels().contains_key(job) {
            true => job,
            false => "app",
        };
        let Some(was) = pod.labels().get(label) else {
            return;
        };
        self.relabelled.push(Relabelled {
            uid: pod.uid(),
            label,
            was: was.clone(),
        });
        let labels = json!({"metadata": {"labels": {label: ANOTHER}}});
        self.try_patch(&*pod, labels).await;
    }

    /// Not one that has ended: upstream's controller counts a pod again that ended, was counted and is
    /// given back.
    async fn give_back(&self, was: &Relabelled) {
        let found = self.any::<Pod>(|pod| pod.uid() == was.uid && is_active(pod));
        if let Some(pod) = found.filter(|pod| controller_uid(&pod.metadata).is_none()) {
            let labels = json!({"metadata": {"labels": {was.label: was.was}}});
            self.try_patch(&*pod, labels).await;
        }
    }

    /// Puts a finalizer on something.
    pub(super) async fn hold_something(&self) {
        match self.dice.below(4) {
            0 => self.hold::<Pod>().await,
            1 => self.hold::<Job>().await,
            2 => self.hold::<CronJob>().await,
            _ => self.hold::<DaemonSet>().await,
        }
    }

    async fn hold<K: Mirrored + Buildable>(&self) {
        let Some(object) = self.any::<K>(|_| true) else {
            return;
        };
        let mut finalizers = object.finalizers().to_vec();
        finalizers.push(HELD.to_owned());
        self.set_finalizers(&*object, &finalizers).await;
    }

    /// Of the object as it was seen, and no newer one.
    pub(super) async fn set_finalizers<K: Buildable>(&self, object: &K, finalizers: &[String]) {
        let metadata = json!({
            "finalizers": finalizers,
            "resourceVersion": object.resource_version(),
        });
        self.try_patch(object, json!({"metadata": metadata})).await;
    }

    pub(super) async fn evict_a_pod(&self) {
        let Some(pod) = self.any::<Pod>(|_| true) else {
            return;
        };
        let api: Api<Pod> = self.api(&pod.namespace().unwrap_or_default());
        let _ = api.evict(&pod.name_any(), &EvictParams::default()).await;
    }

    pub(super) async fn make_or_delete_a_namespace(&mut self) {
        let side = self.any::<Namespace>(|namespace| {
            let stays = namespace.metadata.deletion_timestamp.is_none();
            stays && namespace.name_any().starts_with(SIDE)
        });
        let api: Api<Namespace> = Api::all(self.sim.client());
        if let Some(side) = side {
            let _ = api.delete(&side.name_any(), &DeleteParams::default()).await;
            return;
        }
        self.namespaces_made += 1;
        let name = format!("{SIDE}{}", self.namespaces_made);
        let mut namespace = Namespace::default();
        namespace.metadata.name = Some(name.clone());
        let _ = api.create(&PostParams::default(), &namespace).await;
        self.make_in(&name, self.random_cronjob()).await;
        self.make_in(&name, self.random_job(self.next_job())).await;
        self.jobs_made += 1;
    }
}

/// Takes the person's own taint away.
pub(super) fn free(node: &mut Node) {
    let spec = node.spec.get_or_insert_default();
    if let Some(taints) = &mut spec.taints {
        taints.retain(|taint| taint.key != RESERVED);
    }
}
