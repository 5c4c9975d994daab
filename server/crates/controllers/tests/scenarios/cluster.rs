//! A world with nodes, a scheduler and one DaemonSet.

use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet, DaemonSetStatus};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use orrery_clock::Clock;
use orrery_informer::Cache;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::runner::{Script, succeeding};
use crate::world::World;

/// The label that names a pod's revision.
pub const HASH: &str = "controller-revision-hash";

/// A world with nodes and a scheduler.
pub struct Cluster {
    pub world: World,
    /// What the scheduler reads.
    pub scheduler: orrery_scheduler::Caches,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Pods that run for as long as anyone looks.
pub fn lasting() -> Script {
    succeeding(1_000_000)
}

/// The DaemonSet `logs` with these spec fields.
pub fn daemonset(spec: Value) -> Value {
    let mut daemonset = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "logs"},
        "spec": {
            "selector": {"matchLabels": {"app": "logs"}},
            "template": {
                "metadata": {"labels": {"app": "logs"}},
                "spec": {"containers": [{"name": "main", "image": "x:1"}]},
            },
        },
    });
    for (key, value) in spec.as_object().expect("a literal object") {
        daemonset["spec"][key] = value.clone();
    }
    daemonset
}

/// A patch to this image.
pub fn image(image: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}})
}

impl Cluster {
    pub async fn start(script: Script, nodes: &[&str]) -> Self {
        Self::around(World::start(script).await, nodes).await
    }

    pub async fn around(world: World, nodes: &[&str]) -> Self {
        let client = world.client.clone();
        Self::scheduled_by(client, world, nodes).await
    }

    /// The scheduler speaks through a client of its own.
    pub async fn scheduled_by(through: Client, world: World, nodes: &[&str]) -> Self {
        let (client, clock) = (world.client.clone(), world.clock.clone());
        let scheduler = orrery_scheduler::Caches {
            pods: Cache::<Pod>::builder().build(),
            nodes: Cache::<Node>::builder().build(),
            namespaces: Cache::<Namespace>::builder().build(),
        };
        let tasks = vec![
            tokio::spawn(schedule(through, clock.clone(), scheduler.clone())),
            tokio::spawn(beat(client, clock)),
        ];
        let cluster = Self {
            world,
            scheduler,
            tasks,
        };
        cluster.remove_first_node().await;
        for node in nodes {
            cluster.add_node(node).await;
        }
        cluster
    }

    /// The world brings a node for pods that name it; here nodes are counted.
    async fn remove_first_node(&self) {
        let is_ready = |node: Node| {
            node.status
                .is_some_and(|status| status.conditions.is_some())
        };
        while !self
            .nodes()
            .get_opt("node-1")
            .await
            .expect("served")
            .is_some_and(is_ready)
        {
            self.world.clock.sleep(Duration::from_millis(1)).await;
        }
        let deleted = self
            .nodes()
            .delete("node-1", &DeleteParams::default())
            .await;
        deleted.expect("it is there");
    }

    pub fn nodes(&self) -> Api<Node> {
        Api::all(self.world.client.clone())
    }

    pub async fn add_node(&self, name: &str) {
        let params = PostParams::default();
        let lease = json!({"metadata": {"name": name}});
        let lease: Lease = serde_json::from_value(lease).expect("a literal Lease");
        let leases = leases(&self.world.client);
        leases.create(&params, &lease).await.expect("it is new");
        let node = json!({"metadata": {"name": name}});
        let node: Node = serde_json::from_value(node).expect("a literal Node");
        self.nodes()
            .create(&params, &node)
            .await
            .expect("it is new");
        self.report(name, "True", "110").await;
    }

    /// What a node's kubelet says: its Ready condition, and the room for so many pods.
    pub async fn report(&self, name: &str, ready: &str, pods: &str) {
        let room = json!({"pods": pods, "cpu": "4", "memory": "8Gi"});
        let ready = json!({"type": "Ready", "status": ready});
        let status =
            json!({"status": {"conditions": [ready], "capacity": room, "allocatable": room}});
        let params = PatchParams::default();
        let patched = self
            .nodes()
            .patch_status(name, &params, &Patch::Merge(status))
            .await;
        patched.expect("it is there");
    }

    pub async fn patch_node(&self, name: &str, patch: Value) {
        let params = PatchParams::default();
        let patched = self
            .nodes()
            .patch(name, &params, &Patch::Merge(patch))
            .await;
        patched.expect("the patch is valid");
    }

    pub async fn create(&self, spec: Value) {
        self.world.create::<DaemonSet>(daemonset(spec)).await;
    }

    pub async fn status(&self) -> DaemonSetStatus {
        let daemonset = self.world.api::<DaemonSet>().get("logs").await;
        daemonset
            .expect("the DaemonSet is there")
            .status
            .unwrap_or_default()
    }

    /// `node` of every pod, `?` when it is not bound, sorted.
    pub async fn places(&self) -> Vec<String> {
        let pods = self.world.pods().await;
        let mut places: Vec<String> = pods.iter().map(place).collect();
        places.sort();
        places
    }

    pub async fn revisions(&self) -> Vec<ControllerRevision> {
        let revisions = self.world.api::<ControllerRevision>();
        let list = revisions.list(&ListParams::default()).await;
        let mut revisions = list.expect("served").items;
        revisions.sort_by_key(|revision| revision.revision);
        revisions
    }

    /// Waits, at most five minutes of simulated time, until pods are on exactly these nodes.
    pub async fn until_on(&self, nodes: &[&str]) {
        let give_up = self.world.clock.now() + SignedDuration::from_mins(5);
        while self.places().await != nodes {
            let told = self.places().await;
            assert!(self.world.clock.now() < give_up, "stuck on {told:?}");
            self.world.clock.sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits, at most five minutes of simulated time, until this many nodes run the current template.
    /// `each` sees the pods on the way.
    pub async fn until_updated(&self, count: i32, each: impl Fn(&[Pod])) -> DaemonSetStatus {
        let give_up = self.world.clock.now() + SignedDuration::from_mins(5);
        loop {
            each(&self.world.pods().await);
            let daemonset = self.world.api::<DaemonSet>().get("logs").await;
            let daemonset = daemonset.expect("the DaemonSet is there");
            let status = daemonset.status.unwrap_or_default();
            let observed = status.observed_generation == daemonset.metadata.generation;
            let updated = status.updated_number_scheduled == Some(count);
            if observed && updated && status.number_available == Some(count) {
                return status;
            }
            assert!(self.world.clock.now() < give_up, "stuck: {status:#?}");
            self.world.clock.sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn schedule(client: Client, clock: Clock, caches: orrery_scheduler::Caches) {
    let config = orrery_scheduler::Config {
        workers: 1,
        host: "test".to_owned(),
    };
    let work = orrery_scheduler::start(client.clone(), clock, caches.clone(), config);
    let pods = caches
        .pods
        .watch(Api::all(client.clone()), watcher::Config::default());
    let nodes = caches
        .nodes
        .watch(Api::all(client.clone()), watcher::Config::default());
    let namespaces = caches
        .namespaces
        .watch(Api::all(client), watcher::Config::default());
    tokio::join!(work, pods, nodes, namespaces);
}

/// A node with this label is silent.
pub const SILENT: &str = "test/silent";

/// Renews every node's lease, but for the silent ones.
async fn beat(client: Client, clock: Clock) {
    let nodes: Api<Node> = Api::all(client.clone());
    loop {
        clock.sleep(Duration::from_secs(10)).await;
        let speaking = ListParams::default().labels(&format!("!{SILENT}"));
        for node in nodes.list(&speaking).await.expect("served") {
            let name = node.name_any();
            leases(&client)
                .patch(&name, &PatchParams::default(), &renewal(&name, &clock))
                .await
                .expect("every node has a lease");
        }
    }
}

fn leases(client: &Client) -> Api<Lease> {
    Api::namespaced(client.clone(), "kube-node-lease")
}

fn renewal(node: &str, clock: &Clock) -> Patch<Value> {
    let now = clock.now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    Patch::Merge(json!({"spec": {"holderIdentity": node, "renewTime": now}}))
}

/// The pod's node, `?` when it is not bound.
pub fn place(pod: &Pod) -> String {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    node.unwrap_or_else(|| "?".to_owned())
}

pub fn hash(pod: &Pod) -> &str {
    pod.labels()
        .get(HASH)
        .map(String::as_str)
        .unwrap_or_default()
}

/// Ready and staying.
pub fn is_serving(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let ready = conditions
        .into_iter()
        .flatten()
        .any(|c| c.type_ == "Ready" && c.status == "True");
    ready && pod.metadata.deletion_timestamp.is_none()
}
