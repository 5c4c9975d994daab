//! DaemonSets on a few nodes, with the real scheduler.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet, DaemonSetStatus};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use orrery_clock::Clock;
use orrery_informer::Cache;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::runner::{Script, failing_first, succeeding};
use crate::world::{Crash, World};

const HASH: &str = "controller-revision-hash";

/// A world with nodes and a scheduler.
struct Cluster {
    world: World,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Pods that run for as long as anyone looks.
fn lasting() -> Script {
    succeeding(1_000_000)
}

fn daemonset(spec: Value) -> Value {
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

fn image(image: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}})
}

impl Cluster {
    async fn start(script: Script, nodes: &[&str]) -> Self {
        Self::around(World::start(script).await, nodes).await
    }

    async fn around(world: World, nodes: &[&str]) -> Self {
        let (client, clock) = (world.client.clone(), world.clock.clone());
        let tasks = vec![
            tokio::spawn(schedule(client.clone(), clock.clone())),
            tokio::spawn(beat(client, clock)),
        ];
        let cluster = Self { world, tasks };
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

    fn nodes(&self) -> Api<Node> {
        Api::all(self.world.client.clone())
    }

    async fn add_node(&self, name: &str) {
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
        let room = json!({"pods": "110", "cpu": "4", "memory": "8Gi"});
        let ready = json!({"type": "Ready", "status": "True"});
        let status =
            json!({"status": {"conditions": [ready], "capacity": room, "allocatable": room}});
        let params = PatchParams::default();
        let patched = self
            .nodes()
            .patch_status(name, &params, &Patch::Merge(status))
            .await;
        patched.expect("it is there");
    }

    async fn patch_node(&self, name: &str, patch: Value) {
        let params = PatchParams::default();
        let patched = self
            .nodes()
            .patch(name, &params, &Patch::Merge(patch))
            .await;
        patched.expect("the patch is valid");
    }

    async fn create(&self, spec: Value) {
        self.world.create::<DaemonSet>(daemonset(spec)).await;
    }

    async fn status(&self) -> DaemonSetStatus {
        let daemonset = self.world.api::<DaemonSet>().get("logs").await;
        daemonset
            .expect("the DaemonSet is there")
            .status
            .unwrap_or_default()
    }

    /// `node` of every pod, `?` when it is not bound, sorted.
    async fn places(&self) -> Vec<String> {
        let pods = self.world.pods().await;
        let mut places: Vec<String> = pods.iter().map(place).collect();
        places.sort();
        places
    }

    async fn revisions(&self) -> Vec<ControllerRevision> {
        let revisions = self.world.api::<ControllerRevision>();
        let list = revisions.list(&ListParams::default()).await;
        let mut revisions = list.expect("served").items;
        revisions.sort_by_key(|revision| revision.revision);
        revisions
    }

    /// Waits, at most five minutes of simulated time, until pods are on exactly these nodes.
    async fn until_on(&self, nodes: &[&str]) {
        let give_up = self.world.clock.now() + SignedDuration::from_mins(5);
        while self.places().await != nodes {
            let told = self.places().await;
            assert!(self.world.clock.now() < give_up, "stuck on {told:?}");
            self.world.clock.sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits, at most five minutes of simulated time, until this many nodes run the current template.
    /// `each` sees the pods on the way.
    async fn until_updated(&self, count: i32, each: impl Fn(&[Pod])) -> DaemonSetStatus {
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

async fn schedule(client: Client, clock: Clock) {
    let caches = orrery_scheduler::Caches {
        pods: Cache::<Pod>::builder().build(),
        nodes: Cache::<Node>::builder().build(),
    };
    let config = orrery_scheduler::Config { workers: 1 };
    let work = orrery_scheduler::start(client.clone(), clock, caches.clone(), config);
    let pods = caches
        .pods
        .watch(Api::all(client.clone()), watcher::Config::default());
    let nodes = caches
        .nodes
        .watch(Api::all(client), watcher::Config::default());
    tokio::join!(work, pods, nodes);
}

/// Keeps every node ready.
async fn beat(client: Client, clock: Clock) {
    let nodes: Api<Node> = Api::all(client.clone());
    loop {
        clock.sleep(Duration::from_secs(10)).await;
        for node in nodes.list(&ListParams::default()).await.expect("served") {
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

fn place(pod: &Pod) -> String {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    node.unwrap_or_else(|| "?".to_owned())
}

fn hash(pod: &Pod) -> &str {
    pod.labels()
        .get(HASH)
        .map(String::as_str)
        .unwrap_or_default()
}

fn is_serving(pod: &Pod) -> bool {
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

#[tokio::test(start_paused = true)]
async fn ds_10_12_40_50_every_eligible_node_gets_its_pod() {
    let cluster = Cluster::start(lasting(), &["a", "b", "c"]).await;
    let taint = json!([{"key": "k", "effect": "NoSchedule"}]);
    cluster
        .patch_node("c", json!({"spec": {"taints": taint}}))
        .await;
    cluster.create(json!({})).await;
    let status = cluster.until_updated(2, |_| {}).await;
    assert_eq!(status.desired_number_scheduled, 2);
    assert_eq!(status.current_number_scheduled, 2);
    assert_eq!((status.number_ready, status.number_misscheduled), (2, 0));
    assert_eq!(
        (status.number_unavailable, status.conditions),
        (None, None),
        "DS-51"
    );
    assert_eq!(cluster.places().await, ["a", "b"]);

    let revisions = cluster.revisions().await;
    assert_eq!(revisions.len(), 1, "DS-40");
    assert_eq!(revisions[0].revision, 1);
    let current = revisions[0].labels()[HASH].clone();
    assert_eq!(revisions[0].name_any(), format!("logs-{current}"));
    for pod in cluster.world.pods().await {
        assert_eq!(hash(&pod), current, "DS-12");
        assert_eq!(pod.labels()["pod-template-generation"], "1", "DS-12");
        assert_eq!(pod.owner_references()[0].kind, "DaemonSet");
    }
    let events = cluster.world.events("logs").await;
    let created = |event: &&String| event.starts_with("SuccessfulCreate Created pod: logs-");
    assert_eq!(events.iter().filter(created).count(), 2, "{events:?}");

    let before = cluster
        .world
        .api::<DaemonSet>()
        .get("logs")
        .await
        .expect("there");
    cluster.world.pass_secs(60).await;
    let after = cluster
        .world
        .api::<DaemonSet>()
        .get("logs")
        .await
        .expect("there");
    assert_eq!(
        before.resource_version(),
        after.resource_version(),
        "DS-51: quiet when nothing changes"
    );
}

#[tokio::test(start_paused = true)]
async fn ds_04_05_pods_follow_the_nodes() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    let template = json!({
        "metadata": {"labels": {"app": "logs"}},
        "spec": {"nodeSelector": {"disk": "ssd"}, "containers": [{"name": "main", "image": "x:1"}]},
    });
    cluster.create(json!({"template": template})).await;
    cluster.world.pass_secs(1).await;
    assert_eq!(cluster.places().await, [""; 0], "no node is selected");
    assert_eq!(
        cluster.status().await.observed_generation,
        Some(1),
        "and that is observed"
    );

    let ssd = json!({"metadata": {"labels": {"disk": "ssd"}}});
    cluster.patch_node("a", ssd.clone()).await;
    cluster.until_on(&["a"]).await;
    cluster.patch_node("b", ssd.clone()).await;
    cluster.until_on(&["a", "b"]).await;
    cluster
        .patch_node("a", json!({"metadata": {"labels": {"disk": null}}}))
        .await;
    cluster.until_on(&["b"]).await;

    cluster.add_node("c").await;
    cluster.patch_node("c", ssd).await;
    cluster.until_on(&["b", "c"]).await;
    cluster
        .patch_node(
            "c",
            json!({"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}),
        )
        .await;
    cluster.world.pass_secs(1).await;
    assert_eq!(cluster.places().await, ["b", "c"], "DS-05: what runs stays");
    let gone = DeleteParams::default();
    cluster
        .nodes()
        .delete("b", &gone)
        .await
        .expect("the Node is there");
    cluster.until_on(&["c"]).await;
    let status = cluster.status().await;
    assert_eq!(
        (status.desired_number_scheduled, status.number_misscheduled),
        (0, 1),
        "{status:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn ds_33_42_a_rolling_update_keeps_to_its_limit_and_can_go_back() {
    let nodes = ["a", "b", "c", "d"];
    let cluster = Cluster::start(lasting(), &nodes).await;
    cluster.create(json!({"minReadySeconds": 3})).await;
    cluster.until_updated(4, |_| {}).await;
    let first = cluster.revisions().await.remove(0).labels()[HASH].clone();

    let began = cluster.world.clock.now();
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    let three_serve = |pods: &[Pod]| {
        let serving = pods.iter().filter(|pod| is_serving(pod)).count();
        assert!(serving >= 3, "only {serving} serve");
    };
    cluster.until_updated(4, three_serve).await;
    let took = cluster.world.clock.now().duration_since(began).as_secs();
    assert!(
        (12..=20).contains(&took),
        "DS-36: four nodes of three seconds each, took {took}"
    );
    assert_eq!(cluster.places().await, nodes);
    let revisions = cluster.revisions().await;
    assert_eq!(
        revisions.iter().map(|r| r.revision).collect::<Vec<_>>(),
        [1, 2]
    );

    cluster.world.patch::<DaemonSet>("logs", image("x:1")).await;
    cluster.until_updated(4, three_serve).await;
    let revisions = cluster.revisions().await;
    assert_eq!(
        revisions.iter().map(|r| r.revision).collect::<Vec<_>>(),
        [2, 3],
        "DS-42: raised"
    );
    assert_eq!(revisions[1].labels()[HASH], first, "DS-42: the same object");
    assert!(
        cluster
            .world
            .pods()
            .await
            .iter()
            .all(|pod| hash(pod) == first)
    );
}

#[tokio::test(start_paused = true)]
async fn ds_34_a_surge_never_leaves_a_node_without() {
    let nodes = ["a", "b", "c"];
    let cluster = Cluster::start(lasting(), &nodes).await;
    let surge = json!({"maxSurge": 1, "maxUnavailable": 0});
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": surge});
    cluster
        .create(json!({"updateStrategy": strategy, "minReadySeconds": 2}))
        .await;
    cluster.until_updated(3, |_| {}).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster
        .until_updated(3, |pods| {
            let serving = pods.iter().filter(|pod| is_serving(pod));
            let mut by_node: BTreeMap<String, usize> = BTreeMap::new();
            for pod in serving {
                *by_node.entry(place(pod)).or_default() += 1;
            }
            assert!(
                nodes.iter().all(|node| by_node.contains_key(*node)),
                "{by_node:?}"
            );
            let surging: usize = by_node.values().map(|count| count - 1).sum();
            assert!(surging <= 1 || by_node.contains_key("?"), "{by_node:?}");
        })
        .await;
    cluster.until_on(&nodes).await;
}

#[tokio::test(start_paused = true)]
async fn ds_45_old_revisions_are_let_go() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.create(json!({"revisionHistoryLimit": 1})).await;
    for tag in ["x:2", "x:3", "x:4"] {
        cluster.until_updated(1, |_| {}).await;
        cluster.world.patch::<DaemonSet>("logs", image(tag)).await;
    }
    cluster.until_updated(1, |_| {}).await;
    cluster.world.pass_secs(2).await;
    let kept: Vec<_> = cluster
        .revisions()
        .await
        .iter()
        .map(|r| r.revision)
        .collect();
    assert_eq!(kept, [3, 4]);
    let current = cluster.revisions().await.remove(1).name_any();
    let revisions = cluster.world.api::<ControllerRevision>();
    revisions
        .delete(&current, &DeleteParams::default())
        .await
        .expect("it is there");
    cluster.world.pass_secs(1).await;
    let made = cluster.revisions().await.remove(1);
    assert_eq!(
        (made.name_any(), made.revision),
        (current, 4),
        "DS-46: made again at once"
    );
}

#[tokio::test(start_paused = true)]
async fn ds_15_a_pod_that_is_killed_or_fails_is_replaced() {
    let cluster = Cluster::start(failing_then_lasting(2), &["a"]).await;
    cluster.create(json!({})).await;
    cluster.world.pass_secs(20).await;
    cluster.until_updated(1, |_| {}).await;
    let events = cluster.world.events("logs").await;
    let killed = |event: &&String| {
        event.starts_with("FailedDaemonPod Found failed daemon pod default/logs-")
    };
    assert!(events.iter().filter(killed).count() > 0, "{events:?}");
    let before = cluster.world.pods().await.remove(0).name_any();
    let pods = cluster.world.api::<Pod>();
    pods.delete(&before, &DeleteParams::default())
        .await
        .expect("it is there");
    cluster.world.pass_secs(1).await;
    cluster.until_on(&["a"]).await;
    assert_ne!(cluster.world.pods().await.remove(0).name_any(), before);
}

fn failing_then_lasting(failures: usize) -> Script {
    let failing = failing_first(failures);
    std::sync::Arc::new(move |pod, nth| match failing(pod, nth) {
        (_, 0) => (1_000_000, 0),
        failed => failed,
    })
}

#[tokio::test(start_paused = true)]
async fn ds_13_20_46_deletion_cascades_and_orphans_are_adopted() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(2, |_| {}).await;
    let before: Vec<_> = cluster
        .world
        .pods()
        .await
        .iter()
        .filter_map(ResourceExt::uid)
        .collect();
    let daemonsets = cluster.world.api::<DaemonSet>();
    let orphan = DeleteParams::orphan();
    daemonsets
        .delete("logs", &orphan)
        .await
        .expect("it is there");
    cluster.world.pass_secs(2).await;
    assert!(daemonsets.get_opt("logs").await.expect("served").is_none());
    assert_eq!(cluster.places().await, ["a", "b"], "orphans stay");

    cluster.create(json!({})).await;
    cluster.until_updated(2, |_| {}).await;
    let after: Vec<_> = cluster
        .world
        .pods()
        .await
        .iter()
        .filter_map(ResourceExt::uid)
        .collect();
    assert_eq!(after, before, "DS-13: the same pods, adopted");
    let revisions = cluster.revisions().await;
    assert_eq!(revisions.len(), 1, "DS-46: the same revision, adopted");
    assert_eq!(revisions[0].owner_references().len(), 1);

    let background = DeleteParams::background();
    daemonsets
        .delete("logs", &background)
        .await
        .expect("it is there");
    cluster.until_on(&[]).await;
    cluster.world.pass_secs(1).await;
    assert_eq!(cluster.revisions().await.len(), 0, "revisions go with it");
}

#[tokio::test(start_paused = true)]
async fn ds_23_a_crash_between_any_two_writes_leaves_one_pod_a_node() {
    let crashes =
        (1..=30).flat_map(|after| [false, true].map(|lost_answer| Crash { after, lost_answer }));
    for crash in crashes {
        let world = World::with_crash(lasting(), Some(crash)).await;
        let mut cluster = Cluster::around(world, &["a", "b"]).await;
        cluster.create(json!({})).await;
        cluster.world.pass_secs(5).await;
        cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
        cluster.world.pass_secs(5).await;
        cluster.world.restart_controllers().await;
        cluster.until_updated(2, |_| {}).await;
        cluster.until_on(&["a", "b"]).await;
        let numbers: Vec<_> = cluster
            .revisions()
            .await
            .iter()
            .map(|r| r.revision)
            .collect();
        assert!(
            matches!(numbers[..], [1, 2] | [1]),
            "{crash:?}: {numbers:?}"
        );
    }
}
