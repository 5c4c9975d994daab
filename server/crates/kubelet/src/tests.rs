//! Whole node agents with scripted pods against the real API server, on the paused clock.

mod doors;
mod endings;
mod leases;
mod lifecycle;
mod untold;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Node, Pod};
use kube::api::{Api, DeleteParams, ListParams, PostParams, WatchEvent, WatchParams};
use kube::{Client, ResourceExt};
use orrery_apiserver::{ApiServer, Config as ServerConfig, Identity};
use orrery_clock::Clock;
use orrery_store::{Options, Store};
use serde_json::{Value, json};
use tokio::task::AbortHandle;

use crate::runtime::{LogQuery, Runtime};
use crate::scripted::ScriptedRuntime;
use crate::{Config, Kubelet, LogWish, Machine};

struct World {
    client: Client,
    clock: Clock,
    runtime: ScriptedRuntime,
    kubelet: Kubelet,
    task: AbortHandle,
}

async fn world() -> World {
    let epoch: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
    let clock = Clock::simulated(1, epoch);
    let server = ApiServer::new(
        Store::in_memory(Options::default()),
        clock.clone(),
        ServerConfig::default(),
    );
    server
        .bootstrap()
        .await
        .expect("an empty store takes the bootstrap");
    let client = server.client(Identity::administrator());
    let runtime = ScriptedRuntime::new(clock.clone());
    let (kubelet, task) = start_with(&client, &clock, runtime.clone());
    World {
        client,
        clock,
        runtime,
        kubelet,
        task,
    }
}

fn start(client: &Client, clock: &Clock) -> (Kubelet, AbortHandle) {
    start_with(client, clock, ScriptedRuntime::new(clock.clone()))
}

fn start_with(client: &Client, clock: &Clock, runtime: ScriptedRuntime) -> (Kubelet, AbortHandle) {
    let config = Config {
        nodes: 2,
        runtime: Arc::new(runtime),
        machine: Machine::default(),
        version: "v1.36.0".to_owned(),
        base_env: Vec::new(),
        workers: 1,
        pods: None,
    };
    let (kubelet, task) = Kubelet::new(client.clone(), clock.clone(), config);
    (kubelet, tokio::spawn(task).abort_handle())
}

impl World {
    fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), "default")
    }

    async fn create(&self, name: &str, policy: &str, script: Value, container: Value) -> Pod {
        let mut whole = json!({"name": "c", "image": "busybox", "command": ["true"]});
        whole
            .as_object_mut()
            .expect("an object")
            .extend(container.as_object().cloned().unwrap_or_default());
        let pod = json!({
            "metadata": {"name": name, "annotations": script},
            "spec": {"nodeName": "node-1", "restartPolicy": policy, "containers": [whole]},
        });
        let pod: Pod = serde_json::from_value(pod).expect("a pod");
        self.pods()
            .create(&PostParams::default(), &pod)
            .await
            .expect("the pod is created")
    }

    /// Looks at each state of the pod until one is as wanted.
    async fn until(&self, name: &str, wanted: impl Fn(&Pod) -> bool) -> Pod {
        let limit = tokio::time::timeout(Duration::from_secs(3600), async {
            loop {
                let pod = self.pods().get(name).await.expect("the pod is there");
                if wanted(&pod) {
                    return pod;
                }
                self.clock.sleep(Duration::from_millis(100)).await;
            }
        });
        limit
            .await
            .unwrap_or_else(|_| panic!("{name} never came to be as wanted"))
    }

    async fn reasons(&self, name: &str) -> Vec<String> {
        let events: Api<Event> = Api::namespaced(self.client.clone(), "default");
        let events = events
            .list(&ListParams::default())
            .await
            .expect("events")
            .items;
        let about = events
            .into_iter()
            .filter(|e| e.involved_object.name.as_deref() == Some(name));
        about.filter_map(|event| event.reason).collect()
    }
}

fn phase(pod: &Pod) -> &str {
    pod.status
        .as_ref()
        .and_then(|s| s.phase.as_deref())
        .unwrap_or_default()
}

fn container(pod: &Pod) -> Value {
    let status = pod
        .status
        .as_ref()
        .and_then(|s| s.container_statuses.as_ref())
        .and_then(|c| c.first());
    serde_json::to_value(status).expect("a status")
}

fn script(rows: &[(&str, &str)]) -> Value {
    rows.iter()
        .map(|(key, value)| (format!("sim.orrery.dev/{key}"), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test(start_paused = true)]
async fn a_pod_runs_to_its_end_and_its_node_beats() {
    let world = world().await;
    let pod = world
        .create(
            "once",
            "Never",
            script(&[("run-seconds", "5"), ("log", "hello")]),
            json!({}),
        )
        .await;
    let running = world.until("once", |pod| phase(pod) == "Running").await;
    let status = running.status.clone().expect("a status");
    assert_eq!(
        (status.host_ip.as_deref(), status.pod_ip.as_deref()),
        (Some("127.0.1.1"), Some("127.101.0.1"))
    );
    assert!(
        container(&running)["containerID"]
            .as_str()
            .is_some_and(|id| id.starts_with("orrery://"))
    );
    assert_eq!(container(&running)["ready"], json!(true));

    let done = world.until("once", |pod| phase(pod) == "Succeeded").await;
    let terminated = &container(&done)["state"]["terminated"];
    assert_eq!(
        (&terminated["exitCode"], &terminated["reason"]),
        (&json!(0), &json!("Completed"))
    );

    let wish = LogWish {
        namespace: "default".into(),
        pod: "once".into(),
        pod_uid: pod.uid().expect("a uid"),
        container: "c".into(),
        ..LogWish::default()
    };
    let chunks: Vec<_> = world
        .kubelet
        .logs(wish)
        .await
        .expect("a log")
        .collect()
        .await;
    assert_eq!(
        chunks
            .into_iter()
            .map(|c| c.expect("bytes"))
            .collect::<Vec<_>>()
            .concat(),
        b"hello\n"
    );

    let nodes: Api<Node> = Api::all(world.client.clone());
    let node = nodes.get("node-2").await.expect("the node is registered");
    let ready = node
        .status
        .and_then(|s| s.conditions)
        .into_iter()
        .flatten()
        .find(|c| c.type_ == "Ready");
    assert_eq!(
        ready.map(|c| (c.status, c.reason)),
        Some(("True".to_owned(), Some("KubeletReady".to_owned())))
    );
    world.clock.sleep(Duration::from_secs(60)).await;
    let lease = Api::<Lease>::namespaced(world.client.clone(), "kube-node-lease")
        .get("node-2")
        .await
        .expect("a lease");
    let renewed = lease.spec.and_then(|s| s.renew_time).expect("renewed").0;
    assert!(world.clock.now().duration_since(renewed) <= SignedDuration::from_secs(11));
    let reasons = world.reasons("once").await;
    assert!(
        ["Pulled", "Created", "Started"]
            .iter()
            .all(|reason| reasons.iter().any(|r| r == reason)),
        "{reasons:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_crashing_pod_backs_off() {
    let world = world().await;
    world
        .create(
            "crash",
            "Always",
            script(&[("run-seconds", "1"), ("exit-code", "7")]),
            json!({}),
        )
        .await;
    let began = world.clock.now();
    let held = world
        .until("crash", |pod| {
            container(pod)["restartCount"] == json!(3)
                && !container(pod)["state"]["waiting"].is_null()
        })
        .await;
    // Runs at 0, 1, 12 and 33 s: at once, then 10 s and 20 s after the end before.
    let passed = world.clock.now().duration_since(began).as_secs();
    assert!((33..=36).contains(&passed), "{passed}");
    assert_eq!(
        container(&held)["state"]["waiting"]["reason"],
        json!("CrashLoopBackOff")
    );
    let message = container(&held)["state"]["waiting"]["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(
        message.starts_with("back-off 40s restarting failed container=c pod=crash_default("),
        "{message}"
    );
    assert_eq!(
        container(&held)["lastState"]["terminated"]["exitCode"],
        json!(7)
    );
    world.clock.sleep(Duration::from_secs(1)).await;
    assert!(
        world
            .reasons("crash")
            .await
            .iter()
            .any(|reason| reason == "BackOff")
    );
}

#[tokio::test(start_paused = true)]
async fn kubelet_01_a_deleted_pod_is_seen_failed_before_it_goes() {
    let world = world().await;
    world
        .create(
            "deaf",
            "Never",
            script(&[("run-seconds", "forever"), ("ignore-sigterm", "true")]),
            json!({}),
        )
        .await;
    let running = world.until("deaf", |pod| phase(pod) == "Running").await;
    let version = running.resource_version().expect("a version");
    let changes = world
        .pods()
        .watch(&WatchParams::default(), &version)
        .await
        .expect("a watch");
    let began = world.clock.now();
    world
        .pods()
        .delete("deaf", &DeleteParams::default().grace_period(5))
        .await
        .expect("deleted");
    let mut changes = std::pin::pin!(changes);
    let mut seen = Vec::new();
    while let Some(change) = changes.next().await {
        match change.expect("an event") {
            WatchEvent::Modified(pod) => seen.push(pod),
            WatchEvent::Deleted(_) => break,
            _ => {}
        }
    }
    let last = seen.last().expect("it was seen to change");
    assert_eq!(phase(last), "Failed");
    let conditions = last.status.iter().flat_map(|status| &status.conditions);
    let conditions = conditions.flatten();
    for type_ in ["ContainersReady", "Ready"] {
        let mut conditions = conditions.clone();
        let found = conditions.find(|found| found.type_ == type_);
        let said = found.map(|found| found.status.as_str());
        assert_eq!(said, Some("False"), "{type_}");
    }
    assert!((4..=6).contains(&world.clock.now().duration_since(began).as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_missing_config_map_holds_the_container_until_it_is_there() {
    let world = world().await;
    let reference = json!({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "a"}}}]});
    world
        .create("config", "Never", script(&[]), reference)
        .await;
    let held = world
        .until("config", |pod| {
            !container(pod)["state"]["waiting"]["message"].is_null()
        })
        .await;
    let waiting = container(&held)["state"]["waiting"].clone();
    assert_eq!(
        waiting,
        json!({"reason": "CreateContainerConfigError", "message": "configmap \"x\" not found"})
    );
    let map: ConfigMap =
        serde_json::from_value(json!({"metadata": {"name": "x"}, "data": {"a": "1"}}))
            .expect("a map");
    Api::<ConfigMap>::namespaced(world.client.clone(), "default")
        .create(&PostParams::default(), &map)
        .await
        .expect("created");
    world.until("config", |pod| phase(pod) == "Succeeded").await;
}

#[tokio::test(start_paused = true)]
async fn a_restarted_node_has_lost_what_ran() {
    let world = world().await;
    let forever = || script(&[("run-seconds", "forever")]);
    world.create("never", "Never", forever(), json!({})).await;
    world.create("always", "Always", forever(), json!({})).await;
    world.until("never", |pod| phase(pod) == "Running").await;
    world.until("always", |pod| phase(pod) == "Running").await;
    world.task.abort();
    let _next = start(&world.client, &world.clock);
    let failed = world.until("never", |pod| phase(pod) == "Failed").await;
    assert_eq!(
        container(&failed)["state"]["terminated"]["exitCode"],
        json!(137)
    );
    let again = world
        .until("always", |pod| container(pod)["restartCount"] == json!(1))
        .await;
    assert_eq!(phase(&again), "Running");
    assert_eq!(
        container(&again)["lastState"]["terminated"]["reason"],
        json!("ContainerStatusUnknown")
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_node_falls_silent_and_comes_back() {
    let world = world().await;
    world
        .create(
            "there",
            "Always",
            script(&[("run-seconds", "forever")]),
            json!({}),
        )
        .await;
    world.until("there", |pod| phase(pod) == "Running").await;
    assert!(world.kubelet.fail_node("node-1").await);
    world.clock.sleep(Duration::from_secs(60)).await;
    let lease = Api::<Lease>::namespaced(world.client.clone(), "kube-node-lease")
        .get("node-1")
        .await
        .expect("a lease");
    let renewed = lease.spec.and_then(|s| s.renew_time).expect("renewed").0;
    assert!(
        world.clock.now().duration_since(renewed) >= SignedDuration::from_secs(50),
        "it is silent"
    );
    world.kubelet.add_node(1);
    world
        .until("there", |pod| container(pod)["restartCount"] == json!(1))
        .await;
}

/// A sandbox that is on its way when the power goes is no sandbox afterwards, though its node let go of the pod before
/// it was there.
#[tokio::test(start_paused = true)]
async fn a_node_that_fails_while_a_pod_starts_leaves_nothing_of_it() {
    let world = world().await;
    let slow = script(&[("start-seconds", "10"), ("run-seconds", "forever")]);
    let pod = world.create("slow", "Always", slow, json!({})).await;
    let uid = pod.uid().expect("a uid");
    world.clock.sleep(Duration::from_secs(5)).await;
    assert!(world.kubelet.fail_node("node-1").await);
    world.clock.sleep(Duration::from_secs(20)).await;
    assert!(!world.runtime.lose_sandbox(&uid), "nothing of it is there");
    world.kubelet.add_node(1);
    world.until("slow", |pod| phase(pod) == "Running").await;
    world.kubelet.remove_node("node-1").await;
    assert!(!world.runtime.lose_sandbox(&uid), "nor of a node that went");
    world.kubelet.add_node(1);
    world.clock.sleep(Duration::from_secs(5)).await;
    world.kubelet.remove_node("node-1").await;
    world.clock.sleep(Duration::from_secs(20)).await;
    assert!(!world.runtime.lose_sandbox(&uid), "nor of one that began");
    assert!(!world.kubelet.knows_node("node-1"));
}

/// What a pod has on a node without power is there until the pod is gone, and no longer.
#[tokio::test(start_paused = true)]
async fn a_pod_that_goes_while_its_node_is_off_leaves_no_files() {
    let world = world().await;
    let annotations = script(&[("run-seconds", "forever"), ("log", "hello")]);
    let pod = world.create("off", "Always", annotations, json!({})).await;
    world.until("off", |pod| phase(pod) == "Running").await;
    let logged = async || {
        let query = LogQuery {
            namespace: "default".into(),
            pod: "off".into(),
            pod_uid: pod.uid().expect("a uid"),
            container: "c".into(),
            ..LogQuery::default()
        };
        world.runtime.logs(query).await.is_some()
    };
    assert!(world.kubelet.fail_node("node-1").await);
    assert!(logged().await);
    let at_once = DeleteParams::default().grace_period(0);
    let deleted = world.pods().delete("off", &at_once).await;
    deleted.expect("it is deleted");
    world.clock.sleep(Duration::from_secs(1)).await;
    assert!(!logged().await);
}

/// Else a node that came back within a heartbeat, or whose object somebody deleted, would not say that it began anew.
#[tokio::test(start_paused = true)]
async fn a_node_that_is_added_again_registers_again() {
    let world = world().await;
    let nodes: Api<Node> = Api::all(world.client.clone());
    let registered = async || {
        let there = async {
            loop {
                if let Ok(Some(node)) = nodes.get_opt("node-1").await {
                    return node;
                }
                world.clock.sleep(Duration::from_millis(100)).await;
            }
        };
        let node = tokio::time::timeout(Duration::from_secs(5), there).await;
        node.expect("it registers at once")
    };
    let first = registered().await;
    // the other node has, too, and both rest
    world.clock.sleep(Duration::from_secs(1)).await;
    nodes
        .delete("node-1", &DeleteParams::default())
        .await
        .expect("it is deleted");
    world.kubelet.add_node(1);
    let second = registered().await;
    assert_ne!(first.uid(), second.uid());
}
