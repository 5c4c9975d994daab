//! The scheduler's picture of the cluster: nodes with what their pods take. Kept current change by
//! change, so that a decision costs what the nodes cost and never a walk over all pods.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};
use orrery_informer::ObjectKey;

use crate::pod_affinity::anti_affinity_terms;
use orrery_apis::pod_requests::{self as requests, Amounts, HostPort};

/// Nodes by name, and where each pod sits.
#[derive(Default)]
pub struct Cluster {
    nodes: BTreeMap<String, NodeState>,
    /// Those of `nodes` that exist.
    len: usize,
    placed: BTreeMap<ObjectKey, String>,
    /// Those of `placed` whose binding is on its way: no watch has shown it yet.
    assumed: BTreeSet<ObjectKey>,
    /// Placed pods with required anti-affinity: few, and asked for at every decision.
    standoffish: BTreeSet<ObjectKey>,
    /// Labels of the namespaces that exist, by name.
    namespaces: BTreeMap<String, BTreeMap<String, String>>,
}

/// One node and the pods that take room on it. A pod can be seen before its node is.
#[derive(Default)]
pub struct NodeState {
    pub node: Option<Arc<Node>>,
    pub allocatable: Amounts,
    pub taken: Amounts,
    pub ports: BTreeMap<ObjectKey, BTreeSet<HostPort>>,
    pub pods: BTreeMap<ObjectKey, Arc<Pod>>,
}

impl Cluster {
    /// Nodes that exist, by name.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, &Node, &NodeState)> {
        let nodes = self.nodes.iter();
        nodes.filter_map(|(name, state)| Some((name.as_str(), state.node.as_deref()?, state)))
    }

    /// How many nodes exist.
    pub fn node_count(&self) -> usize {
        self.len
    }

    pub fn node(&self, name: &str) -> Option<(&Node, &NodeState)> {
        let state = self.nodes.get(name)?;
        Some((state.node.as_deref()?, state))
    }

    /// Placed pods that refuse others near them, with their nodes.
    pub fn standoffish(&self) -> impl Iterator<Item = (&Node, &Pod)> {
        self.standoffish.iter().filter_map(|key| {
            let state = self.nodes.get(self.placed.get(key)?)?;
            Some((state.node.as_deref()?, state.pods.get(key)?.as_ref()))
        })
    }

    /// The labels of a namespace; `None` while it is not known.
    pub fn namespace_labels(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.namespaces.get(name)
    }

    /// Shows a namespace's labels as they are now, `None` when it is gone; answers whether they changed.
    pub fn set_namespace(&mut self, name: &str, labels: Option<BTreeMap<String, String>>) -> bool {
        let before = match labels.clone() {
            Some(labels) => self.namespaces.insert(name.to_owned(), labels),
            None => self.namespaces.remove(name),
        };
        before != labels
    }

    pub fn put_node(&mut self, node: Arc<Node>) {
        let name = node.metadata.name.clone().unwrap_or_default();
        let state = self.nodes.entry(name).or_default();
        let status = node.status.as_ref();
        state.allocatable =
            requests::amounts(status.and_then(|status| status.allocatable.as_ref()));
        self.len += usize::from(state.node.replace(node).is_none());
    }

    pub fn remove_node(&mut self, name: &str) {
        let Some(state) = self.nodes.get_mut(name) else {
            return;
        };
        self.len -= usize::from(state.node.take().is_some());
        if state.pods.is_empty() {
            self.nodes.remove(name);
        }
    }

    /// Shows a pod as it is now: it takes room while it is bound and not finished. Idempotent, also
    /// over an earlier assumption.
    pub fn put_pod(&mut self, pod: &Arc<Pod>) {
        let key = ObjectKey::of(&pod.metadata);
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
        match node.filter(|_| !is_finished(pod)) {
            Some(node) => self.place(key, pod.clone(), node),
            // Not bound as far as the watch knows: an assumption that is on its way stays.
            None if !is_finished(pod) => {}
            None => self.remove_pod(&key),
        }
    }

    /// Counts the pod on `node` from now on, before the binding is seen.
    pub fn assume(&mut self, key: ObjectKey, pod: Arc<Pod>, node: String) {
        self.place(key.clone(), pod, node);
        self.assumed.insert(key);
    }

    /// Its binding failed. What a watch has shown meanwhile stays: the answer may have been lost, or
    /// someone else was first.
    pub fn forget(&mut self, key: &ObjectKey) {
        if self.assumed.contains(key) {
            self.remove_pod(key);
        }
    }

    fn place(&mut self, key: ObjectKey, pod: Arc<Pod>, node: String) {
        self.remove_pod(&key);
        let state = self.nodes.entry(node.clone()).or_default();
        requests::add(&mut state.taken, &requests::requested(&pod));
        let ports = requests::host_ports(&pod);
        if !ports.is_empty() {
            state.ports.insert(key.clone(), ports);
        }
        if !anti_affinity_terms(&pod).is_empty() {
            self.standoffish.insert(key.clone());
        }
        state.pods.insert(key.clone(), pod);
        self.placed.insert(key, node);
    }

    /// The pod takes no room any more: gone or finished.
    pub fn remove_pod(&mut self, key: &ObjectKey) {
        self.assumed.remove(key);
        let Some(name) = self.placed.remove(key) else {
            return;
        };
        self.standoffish.remove(key);
        let Some(state) = self.nodes.get_mut(&name) else {
            return;
        };
        state.ports.remove(key);
        if let Some(pod) = state.pods.remove(key) {
            requests::subtract(&mut state.taken, &requests::requested(&pod));
        }
        if state.node.is_none() && state.pods.is_empty() {
            self.nodes.remove(&name);
        }
    }
}

/// Finished pods hold nothing.
pub fn is_finished(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}
