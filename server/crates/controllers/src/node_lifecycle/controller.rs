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
use orrery_informer::{Cache, Doubling, EventType, ObjectKey, Queue, Recorder, Requeue};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::heartbeat::Heartbeats;
use super::taints;
use crate::errors::is_not_found;
use crate::manager::{Context, Startup, indexes};
use crate::pods::{is_ready, is_terminal};

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(10));
const LEASES: &str = "kube-node-lease";
/// The conditions that a silent node no longer vouches for.
const VOUCHED: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

struct Controller {
    context: Context,
    recorder: Recorder,
    leases: Cache<Lease>,
    heartbeats: Mutex<Heartbeats>,
}

/// Registers the controller and leaves its tasks with `startup`.
pub fn prepare(startup: &mut Startup) {
    let recorder = startup.recorder("node-controller");
    let context = startup.context.clone();
    let queue = Queue::new(context.clock.clone(), BACKOFF);
    let leases = Cache::<Lease>::builder().build();
    let waker = queue.clone();
    context
        .caches
        .nodes
        .on(move |change| waker.add(change.object().name_any()));
    let waker = queue.clone();
    leases.on(move |change| waker.add(change.object().name_any()));
    let watch = leases.clone();
    let api = Api::namespaced(context.client.clone(), LEASES);
    startup.task(async move { watch.watch(api, watcher::Config::default()).await });
    let controller = Arc::new(Controller {
        context,
        recorder,
        leases,
        heartbeats: Mutex::default(),
    });
    startup.task(async move {
        controller.leases.synced().await;
        let workers = controller.context.config.workers;
        queue.run(workers, |name| controller.reconcile(name)).await;
    });
}

impl Controller {
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
            if is_terminal(&pod) || !is_ready(&pod) {
                continue;
            }
            let condition = json!({
                "type": "Ready", "status": "False", "observedGeneration": pod.metadata.generation,
                "lastTransitionTime": Time(self.context.clock.now()),
            });
            let patch = json!({"metadata": {"uid": pod.metadata.uid}, "status": {"conditions": [condition]}});
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
            self.recorder.event(
                &*pod,
                EventType::Warning,
                "NodeNotReady",
                "Node is not ready",
            );
        }
        Ok(())
    }

    async fn keep_taints(&self, node: &Node) -> Result<(), Error> {
        let Some(taints) = taints::desired(node, self.context.clock.now()) else {
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
