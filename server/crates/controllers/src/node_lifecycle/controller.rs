//! Watches nodes and their leases; marks the silent ones and keeps the taints true.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::watcher;
use kube::{Error, ResourceExt};
use orrery_apis::conditions;
use orrery_informer::{Cache, Change, Doubling, EventType, ObjectKey, Queue, Recorder, Requeue};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::disruption::Disruption;
use super::heartbeat::Heartbeats;
use super::taints;
use crate::errors::is_not_found;
use crate::manager::{Context, Startup, indexes};
use crate::pods::{is_ready, is_terminal, node_name};

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(10));
const LEASES: &str = "kube-node-lease";
/// The conditions that a silent node no longer vouches for.
const VOUCHED: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

struct Controller {
    context: Context,
    recorder: Recorder,
    leases: Cache<Lease>,
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
        leases: Cache::<Lease>::builder().build(),
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
    let waker = controller.nodes.clone();
    let leases = &controller.leases;
    leases.on(move |change| waker.add(change.object().name_any()));
    start(startup, &controller);
}

fn start(startup: &mut Startup, controller: &Arc<Controller>) {
    let workers = controller.context.config.workers;
    let watch = controller.leases.clone();
    let api = Api::namespaced(controller.context.client.clone(), LEASES);
    startup.task(async move { watch.watch(api, watcher::Config::default()).await });
    let of_nodes = controller.clone();
    startup.task(async move {
        of_nodes.leases.synced().await;
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
        let name = change.object().name_any();
        let changes_mode = match &change.new {
            Some(node) => self.disruption.lock().see(node),
            None => self.disruption.lock().forget(&name),
        };
        self.nodes.add(name);
        if changes_mode {
            self.mode_changed();
        }
    }

    fn pod_changed(&self, change: &Change<Pod>) {
        let Some(pod) = &change.new else { return };
        let old = change.old.as_ref();
        if old.is_none_or(|old| node_name(old) != node_name(pod)) && is_ready(pod) {
            self.arrivals.add(ObjectKey::of(&pod.metadata));
        }
    }

    /// The mode of [`Disruption`] began or ended: all taints are looked at again, and after it the grace
    /// of all nodes starts anew.
    fn mode_changed(&self) {
        if !self.disruption.lock().is_full() {
            let now = self.context.clock.now();
            self.heartbeats.lock().restart(now);
        }
        let nodes = self.context.caches.nodes.list();
        nodes
            .iter()
            .for_each(|node| self.nodes.add(node.name_any()));
    }

    async fn reconcile(&self, name: String) -> Result<Requeue, Error> {
        let Some(node) = self.context.caches.nodes.get(&ObjectKey::new("", &name)) else {
            self.heartbeats.lock().forget(&name);
            return Ok(Requeue::Await);
        };
        let now = self.context.clock.now();
        let lease = self.leases.get(&ObjectKey::new(LEASES, &name));
        let silent_at = self.heartbeats.lock().observe(&name, lease.as_deref(), now);
        let mut node = (*node).clone();
        if now >= silent_at {
            if let Some(marked) = self.mark_unknown(&node).await? {
                // it may have been the last ready one, which the taints must know
                if self.disruption.lock().see(&marked) {
                    self.mode_changed();
                }
                node = marked;
            }
            self.mark_pods_not_ready(&name).await?;
        }
        self.keep_taints(&node).await?;
        Ok(match now >= silent_at {
            true => Requeue::Await,
            false => Requeue::At(silent_at),
        })
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
        let conditions = node
            .as_ref()
            .and_then(|node| node.status.as_ref()?.conditions.as_ref());
        let ready = conditions::find(conditions, "Ready");
        if ready.is_some_and(|ready| ready.status != "True") {
            self.mark_not_ready(&pod).await?;
        }
        Ok(Requeue::Await)
    }

    /// Sets the conditions of a silent node to Unknown; `None` when they are already.
    async fn mark_unknown(&self, node: &Node) -> Result<Option<Node>, Error> {
        let current = node
            .status
            .as_ref()
            .and_then(|status| status.conditions.as_ref());
        let known =
            |type_: &&str| conditions::find(current, type_).is_none_or(|c| c.status != "Unknown");
        let unknown: Vec<Value> = VOUCHED
            .iter()
            .filter(|type_| known(type_))
            .map(|type_| self.unknown(type_, conditions::find(current, type_).is_some()))
            .collect();
        if unknown.is_empty() {
            return Ok(None);
        }
        let was_ready = conditions::is_true(current, "Ready");
        let patch =
            json!({"metadata": {"uid": node.metadata.uid}, "status": {"conditions": unknown}});
        let api: Api<Node> = Api::all(self.context.client.clone());
        let name = node.name_any();
        let marked = api
            .patch_status(&name, &PatchParams::default(), &Patch::Strategic(patch))
            .await?;
        if was_ready {
            let message = format!("Node {name} status is now: NodeNotReady");
            self.recorder
                .event(node, EventType::Normal, "NodeNotReady", message);
        }
        Ok(Some(marked))
    }

    fn unknown(&self, type_: &str, reported: bool) -> Value {
        let (reason, message) = match reported {
            true => ("NodeStatusUnknown", "Kubelet stopped posting node status."),
            false => (
                "NodeStatusNeverUpdated",
                "Kubelet never posted node status.",
            ),
        };
        let now = Time(self.context.clock.now());
        json!({"type": type_, "status": "Unknown", "reason": reason, "message": message, "lastTransitionTime": now})
    }

    /// Nobody vouches for the pods of a silent node either.
    async fn mark_pods_not_ready(&self, node: &str) -> Result<(), Error> {
        for pod in self.context.caches.pods.by_index(indexes::NODE, node) {
            self.mark_not_ready(&pod).await?;
        }
        Ok(())
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

    async fn keep_taints(&self, node: &Node) -> Result<(), Error> {
        let evicting = !self.disruption.lock().is_full();
        let Some(taints) = taints::desired(node, evicting, self.context.clock.now()) else {
            return Ok(());
        };
        // Taints are one list: the version makes sure that nobody else's is lost.
        let patch = json!({
            "metadata": {"resourceVersion": node.metadata.resource_version},
            "spec": {"taints": taints},
        });
        let api: Api<Node> = Api::all(self.context.client.clone());
        match api
            .patch(
                &node.name_any(),
                &PatchParams::default(),
                &Patch::Strategic(patch),
            )
            .await
        {
            Err(error) if is_not_found(&error) => Ok(()),
            other => other.map(drop),
        }
    }
}
