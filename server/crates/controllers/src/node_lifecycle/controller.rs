//! Watches nodes and their leases; tells of those that come and go, marks the silent ones, and keeps
//! taints and labels true.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Api, Patch, PatchParams};
use kube::{Error, ResourceExt};
use orrery_informer::{Change, Doubling, EventType, ObjectKey, Queue, Recorder, Requeue};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::disruption::{Disruption, Shift, Turn};
use super::heartbeat::Heartbeats;
use super::register::{Register, reference};
use super::{labels, silence, taints};
use crate::errors::is_not_found;
use crate::manager::{Context, Startup, indexes};
use crate::pods::{is_ready, is_terminal, node_name};

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(10));
const LEASES: &str = "kube-node-lease";

struct Controller {
    context: Context,
    recorder: Recorder,
    register: Mutex<Register>,
    heartbeats: Mutex<Heartbeats>,
    disruption: Mutex<Disruption>,
    nodes: Queue<String>,
    /// Ready pods that are new to their node, or to this controller.
    arrivals: Queue<ObjectKey>,
}

/// Registers the controller and leaves its tasks with `startup`.
pub fn prepare(startup: &mut Startup) {
    let recorder = startup.recorder("node-controller");
    let context = startup.context.clone();
    let caches = context.caches.clone();
    let controller = Arc::new(Controller {
        recorder,
        register: Mutex::default(),
        heartbeats: Mutex::default(),
        disruption: Mutex::default(),
        nodes: Queue::new(context.clock.clone(), BACKOFF),
        arrivals: Queue::new(context.clock.clone(), BACKOFF),
        context,
    });
    let listener = controller.clone();
    caches.nodes.on(move |change| listener.node_changed(change));
    let listener = controller.clone();
    caches.pods.on(move |change| listener.pod_changed(change));
    let listener = controller.clone();
    caches
        .leases
        .on(move |change| listener.lease_changed(change));
    start(startup, &controller);
}

fn start(startup: &mut Startup, controller: &Arc<Controller>) {
    let workers = controller.context.config.workers;
    let of_nodes = controller.clone();
    startup.task(async move {
        of_nodes.context.caches.leases.synced().await;
        let reconcile = |name| of_nodes.reconcile(name);
        of_nodes.nodes.run(workers, reconcile).await;
    });
    let of_pods = controller.clone();
    startup.task(async move {
        let receive = |key| of_pods.receive(key);
        of_pods.arrivals.run(workers, receive).await;
    });
}

impl Controller {
    fn node_changed(&self, change: &Change<Node>) {
        let (name, now) = (change.object().name_any(), self.context.clock.now());
        let shift = match &change.new {
            Some(node) => self.disruption.lock().see(node, now),
            None => self.disruption.lock().forget(&name, now),
        };
        self.nodes.add(name);
        self.shifted(shift, now);
    }

    /// A node that is heard of waits for its grace to end: whoever looks then sees that it was.
    fn lease_changed(&self, change: &Change<Lease>) {
        let lease = change.object();
        if lease.metadata.namespace.as_deref() != Some(LEASES) {
            return;
        }
        let name = lease.name_any();
        let node = self.context.caches.nodes.get(&ObjectKey::new("", &name));
        let mut heartbeats = self.heartbeats.lock();
        match (node, &change.new) {
            (Some(node), Some(lease)) if heartbeats.knows(&name) => {
                heartbeats.observe(&node, Some(lease), self.context.clock.now());
            }
            _ => self.nodes.add(name),
        }
    }

    fn pod_changed(&self, change: &Change<Pod>) {
        let Some(pod) = &change.new else { return };
        let old = change.old.as_ref();
        if old.is_none_or(|old| node_name(old) != node_name(pod)) && is_ready(pod) {
            self.arrivals.add(ObjectKey::of(&pod.metadata));
        }
    }

    /// All taints are looked at again; where no node was ready, the grace of all starts anew.
    fn shifted(&self, shift: Shift, now: Timestamp) {
        match shift {
            Shift::Nothing => return,
            Shift::Taints => {}
            Shift::Relief => self.heartbeats.lock().restart(now),
        }
        let nodes = self.context.caches.nodes.list();
        nodes
            .iter()
            .for_each(|node| self.nodes.add(node.name_any()));
    }

    async fn reconcile(&self, name: String) -> Result<Requeue, Error> {
        let Some(node) = self.context.caches.nodes.get(&ObjectKey::new("", &name)) else {
            self.heartbeats.lock().forget(&name);
            self.register.lock().remove(&name, &self.recorder);
            return Ok(Requeue::Await);
        };
        let new = self.register.lock().add(&node, &self.recorder);
        let now = self.context.clock.now();
        let lease = self
            .context
            .caches
            .leases
            .get(&ObjectKey::new(LEASES, &name));
        let lease = lease.as_deref();
        let silent_at = self.heartbeats.lock().observe(&node, lease, now);
        let (mut node, mut pods_marked) = (node, Ok(()));
        if now >= silent_at {
            if let Some(marked) = self.mark_unknown(&node).await? {
                // it may have been the last ready one, which the taints must know
                let shift = self.disruption.lock().see(&marked, now);
                self.shifted(shift, now);
                node = Arc::new(marked);
            }
            pods_marked = self.mark_pods_not_ready(&name).await;
        }
        let turn_at = self.keep_taints(&node, new).await?;
        self.keep_labels(&node).await?;
        // taints do not wait for it
        pods_marked?;
        let next = turn_at.into_iter().chain(Some(silent_at));
        let next = next.filter(|at| *at > now).min();
        Ok(next.map_or(Requeue::Await, Requeue::At))
    }

    /// A pod that is ready on a node that is not, be it that the kubelet itself says so: nobody vouches
    /// for it. As upstream, this is asked once, when the pod comes to its node or the controller starts;
    /// a kubelet that lives has the last word.
    async fn receive(&self, key: ObjectKey) -> Result<Requeue, Error> {
        let caches = &self.context.caches;
        let Some(pod) = caches.pods.get(&key) else {
            return Ok(Requeue::Await);
        };
        let node = caches.nodes.get(&ObjectKey::new("", node_name(&pod)));
        let ready = node.as_deref().and_then(silence::ready);
        if ready.is_some_and(|ready| ready.status != "True") {
            self.mark_not_ready(&pod).await?;
        }
        Ok(Requeue::Await)
    }

    /// Sets the conditions of a silent node to Unknown; `None` when they are already.
    async fn mark_unknown(&self, node: &Node) -> Result<Option<Node>, Error> {
        let unknown = silence::unknown(node, self.context.clock.now());
        if unknown.is_empty() {
            return Ok(None);
        }
        let was_ready = silence::ready(node).is_some_and(|ready| ready.status == "True");
        let patch =
            json!({"metadata": {"uid": node.metadata.uid}, "status": {"conditions": unknown}});
        let api: Api<Node> = Api::all(self.context.client.clone());
        let name = node.name_any();
        let marked = api
            .patch_status(&name, &PatchParams::default(), &Patch::Strategic(patch))
            .await?;
        if was_ready {
            let message = format!("Node {name} status is now: NodeNotReady");
            let about = reference(&name, node.uid());
            self.recorder
                .event_about(about, EventType::Normal, "NodeNotReady", message);
        }
        Ok(Some(marked))
    }

    /// Nobody vouches for the pods of a silent node either. One that cannot be marked does not keep the others.
    async fn mark_pods_not_ready(&self, node: &str) -> Result<(), Error> {
        let mut marked = Ok(());
        for pod in self.context.caches.pods.by_index(indexes::NODE, node) {
            let one = self.mark_not_ready(&pod).await;
            marked = marked.and(one);
        }
        marked
    }

    async fn mark_not_ready(&self, pod: &Pod) -> Result<(), Error> {
        if is_terminal(pod) || !is_ready(pod) {
            return Ok(());
        }
        let condition = json!({
            "type": "Ready", "status": "False", "observedGeneration": pod.metadata.generation,
            "lastTransitionTime": Time(self.context.clock.now()),
        });
        let patch =
            json!({"metadata": {"uid": pod.metadata.uid}, "status": {"conditions": [condition]}});
        let namespace = pod.namespace().unwrap_or_default();
        let api: Api<Pod> = Api::namespaced(self.context.client.clone(), &namespace);
        let params = PatchParams::default();
        match api
            .patch_status(&pod.name_any(), &params, &Patch::Strategic(patch))
            .await
        {
            Err(error) if is_not_found(&error) => {}
            other => _ = other?,
        }
        let message = "Node is not ready";
        self.recorder
            .event(pod, EventType::Warning, "NodeNotReady", message);
        Ok(())
    }

    /// Answers when the node's turn comes, if it waits for it. As upstream, who meets a `new` node takes
    /// off what somebody else has tainted it with, to taint it anew when its turn comes: how many nodes
    /// are lost is not known before.
    async fn keep_taints(&self, node: &Node, new: bool) -> Result<Option<Timestamp>, Error> {
        let (name, now) = (node.name_any(), self.context.clock.now());
        let waits = taints::waits(node);
        let turn = match new && !waits {
            true => Turn::Spare,
            false => self.disruption.lock().turn(&name, waits, now),
        };
        if let Some(taints) = taints::desired(node, turn, now) {
            // Taints are one list: the version makes sure that nobody else's is lost.
            let version = &node.metadata.resource_version;
            let patch =
                json!({"metadata": {"resourceVersion": version}, "spec": {"taints": taints}});
            self.patch(&name, patch).await?;
        }
        Ok(match turn {
            Turn::Wait(until) => Some(until),
            Turn::Spare | Turn::Keep | Turn::Go => None,
        })
    }

    async fn keep_labels(&self, node: &Node) -> Result<(), Error> {
        let labels = labels::lacking(node);
        if labels.is_empty() {
            return Ok(());
        }
        let patch = json!({"metadata": {"labels": labels}});
        self.patch(&node.name_any(), patch).await
    }

    async fn patch(&self, name: &str, patch: Value) -> Result<(), Error> {
        let api: Api<Node> = Api::all(self.context.client.clone());
        let (params, patch) = (PatchParams::default(), Patch::Strategic(patch));
        match api.patch(name, &params, &patch).await {
            Err(error) if is_not_found(&error) => Ok(()),
            other => other.map(drop),
        }
    }
}
