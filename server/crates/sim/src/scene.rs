//! What a scenario does and sees: verbs on a [`Sim`], and questions about objects.

use std::sync::Arc;

use k8s_openapi::ClusterResourceScope;
use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::{Event, Namespace, Node, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};

use crate::builders::{Build, Buildable};
use crate::mirror::Mirrored;
use crate::sim::Sim;

const DEFAULT: &str = "default";

impl Sim {
    /// Creates what was built.
    ///
    /// # Panics
    /// When the API server refuses it: scenarios are literal.
    pub async fn create<B: Build>(&self, built: B) -> B::Object {
        let object = built.build();
        let namespace = object.namespace().unwrap_or_else(|| DEFAULT.to_owned());
        let api: Api<B::Object> = Api::namespaced(self.client(), &namespace);
        let created = api.create(&PostParams::default(), &object).await;
        created.expect("a literal object is valid")
    }

    /// Merges `patch` into an object of the default namespace.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn patch<K: Buildable>(&self, name: &str, patch: Value) -> K {
        let api: Api<K> = Api::namespaced(self.client(), DEFAULT);
        let patched = api
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        patched.expect("a literal patch is valid")
    }

    /// Deletes an object of the default namespace; one that is gone already is well.
    pub async fn delete<K: Buildable>(&self, name: &str, how: DeleteParams) {
        let api: Api<K> = Api::namespaced(self.client(), DEFAULT);
        match api.delete(name, &how).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            other => drop(other.expect("a deletion is valid")),
        }
    }

    /// Creates a namespace.
    ///
    /// # Panics
    /// When it exists.
    pub async fn create_namespace(&self, name: &str) {
        let namespace = json!({"metadata": {"name": name}});
        let namespace: Namespace = serde_json::from_value(namespace).expect("a literal");
        let api: Api<Namespace> = Api::all(self.client());
        let created = api.create(&PostParams::default(), &namespace).await;
        created.expect("a new name");
    }

    /// Deletes a cluster-scoped object.
    ///
    /// # Panics
    /// When there is none.
    pub async fn delete_cluster_wide<K>(&self, name: &str)
    where
        K: Mirrored + Resource<Scope = ClusterResourceScope> + Clone + std::fmt::Debug,
    {
        let api: Api<K> = Api::all(self.client());
        let deleted = api.delete(name, &DeleteParams::default()).await;
        drop(deleted.expect("it is there"));
    }

    /// Merges `patch` into a node.
    ///
    /// # Panics
    /// When there is none of that name.
    pub async fn patch_node(&self, name: &str, patch: Value) {
        let api: Api<Node> = Api::all(self.client());
        let patched = api
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        patched.expect("a literal patch of a node that is there");
    }

    /// The object of the default namespace (or of none), if it is there.
    pub fn find<K: Mirrored>(&self, name: &str) -> Option<Arc<K>> {
        self.read(|mirror| {
            let namespaced = mirror.get::<K>(DEFAULT, name);
            namespaced.or_else(|| mirror.get::<K>("", name))
        })
    }

    /// The object.
    ///
    /// # Panics
    /// When it is not there.
    pub fn get<K: Mirrored>(&self, name: &str) -> Arc<K> {
        let found = self.find::<K>(name);
        found.unwrap_or_else(|| panic!("no {} {name}", K::kind(&())))
    }

    /// Everything of a kind, in all namespaces, by name.
    pub fn all<K: Mirrored>(&self) -> Vec<Arc<K>> {
        self.read(|mirror| mirror.all())
    }

    /// What an object of that name controls, or once did: by the owner's name, in order of creation.
    pub fn children<K: Mirrored>(&self, owner: &str) -> Vec<Arc<K>> {
        let mut children = self.all::<K>();
        children.retain(|child| {
            let owners = child.meta().owner_references.iter().flatten();
            owners
                .into_iter()
                .any(|o| o.controller == Some(true) && o.name == owner)
        });
        children.sort_by_key(|child| child.meta().creation_timestamp.clone());
        children
    }

    /// Names of [`Sim::children`].
    pub fn child_names<K: Mirrored>(&self, owner: &str) -> Vec<String> {
        let children = self.children::<K>(owner);
        children.iter().map(|child| child.name_any()).collect()
    }

    /// The pods of a Job or DaemonSet that count as active (JOB-30).
    pub fn active_pods(&self, owner: &str) -> Vec<Arc<Pod>> {
        let mut pods = self.children::<Pod>(owner);
        pods.retain(|pod| is_active(pod));
        pods
    }

    /// Whether the Job has that condition.
    pub fn job_is(&self, name: &str, type_: &str) -> bool {
        self.find::<Job>(name)
            .is_some_and(|job| is_true(&job, type_))
    }

    /// `reason message` of every Event about an object of that name, oldest first.
    pub fn told(&self, name: &str) -> Vec<String> {
        let mut events = self.all::<Event>();
        events.retain(|event| event.involved_object.name.as_deref() == Some(name));
        events.sort_by_key(|event| {
            let revision = event.resource_version().unwrap_or_default();
            revision.parse::<u64>().unwrap_or(0)
        });
        let text = |event: &Arc<Event>| {
            let part = |text: &Option<String>| text.clone().unwrap_or_default();
            format!("{} {}", part(&event.reason), part(&event.message))
        };
        events.iter().map(text).collect()
    }
}

/// `12:01:00` of a time of the first day.
pub fn clock_text(time: Option<&Time>) -> String {
    time.map_or("never".to_owned(), |time| {
        time.0.strftime("%H:%M:%S").to_string()
    })
}

/// The Job's condition of that type.
pub fn condition<'a>(job: &'a Job, type_: &str) -> Option<&'a JobCondition> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// Whether the Job's condition of that type is True.
pub fn is_true(job: &Job, type_: &str) -> bool {
    condition(job, type_).is_some_and(|condition| condition.status == "True")
}

/// Complete or Failed (CJ-11).
pub fn is_finished(job: &Job) -> bool {
    is_true(job, "Complete") || is_true(job, "Failed")
}

/// The pod's phase.
pub fn phase(pod: &Pod) -> &str {
    let status = pod.status.as_ref();
    let phase = status.and_then(|status| status.phase.as_deref());
    phase.unwrap_or("Pending")
}

/// Succeeded or Failed.
pub fn is_terminal(pod: &Pod) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Neither ended nor being deleted (JOB-30).
pub fn is_active(pod: &Pod) -> bool {
    !is_terminal(pod) && pod.metadata.deletion_timestamp.is_none()
}

/// Whether the pod's Ready condition is True.
pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|s| s.conditions.as_ref());
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|c| c.type_ == "Ready" && c.status == "True")
}

pub(crate) fn is_ready_node(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|s| s.conditions.as_ref());
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|c| c.type_ == "Ready" && c.status == "True")
}

/// The node that the pod is on, or is meant for (DS-11).
pub fn pod_node(pod: &Pod) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    if let Some(node) = spec.node_name.clone().filter(|node| !node.is_empty()) {
        return Some(node);
    }
    let affinity = spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = affinity
        .required_during_scheduling_ignored_during_execution
        .as_ref()?;
    let mut fields = required
        .node_selector_terms
        .iter()
        .flat_map(|term| term.match_fields.iter().flatten());
    let named = fields.find(|field| field.key == "metadata.name")?;
    named.values.as_ref()?.first().cloned()
}
