//! Pods that only the pod collector removes.

use std::sync::Arc;

use http::Method;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::runner::succeeding;
use crate::world::{Lag, Refusal, World};

/// A pod that stays when it is deleted, for a finalizer holds it.
fn held(name: &str, node: Option<&str>) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "finalizers": ["test/held"], "annotations": {"test/ends": "2030-01-01T00:00:00Z 0"}},
        "spec": {"nodeName": node, "restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]},
    })
}

/// The pod's DisruptionTarget condition.
async fn disruption(world: &World, name: &str) -> Option<Value> {
    let pod = world.api::<Pod>().get(name).await.expect("it is held");
    let conditions = pod.status.and_then(|status| status.conditions);
    let found = conditions
        .into_iter()
        .flatten()
        .find(|c| c.type_ == "DisruptionTarget");
    found.map(|c| {
        json!({
            "status": c.status, "reason": c.reason, "message": c.message,
            "observedGeneration": c.observed_generation,
        })
    })
}

async fn phase(world: &World, name: &str) -> (String, usize) {
    let pod = world.api::<Pod>().get(name).await.expect("it is held");
    let status = pod.status.unwrap_or_default();
    let targets = status
        .conditions
        .iter()
        .flatten()
        .filter(|c| c.type_ == "DisruptionTarget");
    (status.phase.unwrap_or_default(), targets.count())
}

/// A held pod that runs on this node.
async fn run_on(world: &World, node: &str, name: &str) {
    world.create::<Pod>(held(name, Some(node))).await;
    let running = Patch::Merge(json!({"status": {"phase": "Running"}}));
    let pods = world.api::<Pod>();
    let patched = pods
        .patch_status(name, &PatchParams::default(), &running)
        .await;
    patched.expect("it is there");
}

#[tokio::test(start_paused = true)]
async fn pgc_04_a_pod_that_has_ended_keeps_its_phase() {
    let world = World::start(succeeding(1_000_000)).await;
    let nodes: Api<Node> = Api::all(world.client.clone());
    world.pass_secs(1).await;
    for (name, phase) in [
        ("done", "Succeeded"),
        ("failed", "Failed"),
        ("running", "Running"),
    ] {
        world.create::<Pod>(held(name, Some("node-2"))).await;
        let status = Patch::Merge(json!({"status": {"phase": phase}}));
        let pods = world.api::<Pod>();
        pods.patch_status(name, &PatchParams::default(), &status)
            .await
            .expect("it is there");
    }
    world.pass_secs(30).await;
    assert_eq!(
        phase(&world, "running").await,
        ("Running".to_owned(), 0),
        "PGC-02: 40 s of quarantine"
    );
    world.pass_secs(50).await;
    assert_eq!(phase(&world, "done").await, ("Succeeded".to_owned(), 0));
    assert_eq!(phase(&world, "failed").await, ("Failed".to_owned(), 0));
    assert_eq!(
        phase(&world, "running").await,
        ("Failed".to_owned(), 1),
        "PGC-02: with its condition"
    );
    let condition = json!({
        "status": "True", "reason": "DeletionByPodGC",
        "message": "PodGC: node no longer exists", "observedGeneration": 1,
    });
    assert_eq!(
        disruption(&world, "running").await,
        Some(condition),
        "PGC-02"
    );
    for name in ["done", "failed", "running"] {
        let pod = world
            .api::<Pod>()
            .get(name)
            .await
            .expect("held by its finalizer");
        assert!(
            pod.metadata.deletion_timestamp.is_some(),
            "{name} is deleted"
        );
        let grace = pod.metadata.deletion_grace_period_seconds;
        assert_eq!(grace, Some(0), "PGC-02: {name} at once");
    }
    assert!(nodes.get_opt("node-2").await.expect("served").is_none());
}

#[tokio::test(start_paused = true)]
async fn pgc_01_a_pod_that_cannot_be_collected_does_not_keep_the_others() {
    let refusal: Refusal = Arc::new(|method, path| {
        let stuck = *method == Method::PATCH && path.contains("/pods/a-stuck");
        stuck.then_some((500, "InternalError"))
    });
    let world = World::with_refusal(succeeding(1_000_000), refusal).await;
    let pods = world.api::<Pod>();
    for (name, node) in [
        ("a-stuck", Some("node-2")),
        ("b-lost", Some("node-2")),
        ("c-unbound", None),
    ] {
        world.create::<Pod>(held(name, node)).await;
    }
    let deleted = pods.delete("c-unbound", &DeleteParams::default()).await;
    deleted.expect("it is there");
    world.pass_secs(90).await;
    let failed = ("Failed".to_owned(), 1);
    assert_ne!(phase(&world, "a-stuck").await, failed, "it cannot be");
    assert_eq!(
        phase(&world, "b-lost").await,
        failed,
        "the next of its node"
    );
    let failed = ("Failed".to_owned(), 0);
    assert_eq!(phase(&world, "c-unbound").await, failed, "the next step");
}

#[tokio::test(start_paused = true)]
async fn pgc_01_of_more_finished_pods_than_are_kept_the_evicted_and_the_oldest_go() {
    let world = World::keeping(succeeding(1_000_000), 2).await;
    world.stop_pods();
    let pods = world.api::<Pod>();
    let end = async |name: &str, status: Value| {
        world.create::<Pod>(held(name, None)).await;
        let status = Patch::Merge(json!({"status": status}));
        let ended = pods
            .patch_status(name, &PatchParams::default(), &status)
            .await;
        ended.expect("it is there");
        world.pass_secs(1).await;
    };
    let going = async || {
        world.pass_secs(25).await;
        let pods = world.pods().await.into_iter();
        let going = pods.filter(|pod| pod.metadata.deletion_timestamp.is_some());
        going
            .filter_map(|pod| pod.metadata.name)
            .collect::<Vec<_>>()
    };
    end("b-old", json!({"phase": "Succeeded"})).await;
    end("a-older-none", json!({"phase": "Running"})).await;
    end("c-new", json!({"phase": "Failed"})).await;
    assert!(going().await.is_empty(), "as many as are kept");
    let evicted = json!({"phase": "Failed", "reason": "Evicted"});
    end("d-evicted", evicted).await;
    assert_eq!(going().await, ["d-evicted"]);
    end("e-newest", json!({"phase": "Succeeded"})).await;
    assert_eq!(going().await, ["b-old", "d-evicted"]);
    end("f-by-hand", json!({"phase": "Succeeded"})).await;
    let deleted = pods.delete("f-by-hand", &DeleteParams::default()).await;
    deleted.expect("it is there");
    let want = ["b-old", "c-new", "d-evicted", "f-by-hand"];
    assert_eq!(going().await, want, "what is on its way out counts");
}

#[tokio::test(start_paused = true)]
async fn pgc_01_every_twenty_seconds_one_step_after_the_other() {
    let failed: Arc<Mutex<Vec<String>>> = Arc::default();
    let telling = failed.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let pod = path.strip_suffix("/status");
        let pod = pod.and_then(|path| path.rsplit_once("/pods/"));
        if let (true, Some((_, pod))) = (*method == Method::PATCH, pod) {
            telling.lock().push(pod.to_owned());
        }
        None
    });
    let world = World::with_refusal(succeeding(1_000_000), refusal).await;
    world.pass_secs(5).await;
    world.stop_pods();
    let out_of_service = Some("node.kubernetes.io/out-of-service");
    node(&world, "down", "False", out_of_service).await;
    // what is collected first has the last name
    for (name, node) in [
        ("c-down", Some("down")),
        ("b-orphan", Some("gone")),
        ("a-unbound", None),
    ] {
        let mut pod = held(name, node);
        pod["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
        world.create::<Pod>(pod).await;
    }
    // the cycle after 20 seconds misses the node, the one after 60 gives its pod up
    world.pass_secs(40).await;
    let pods = world.api::<Pod>();
    for name in ["a-unbound", "c-down"] {
        let deleted = pods.delete(name, &DeleteParams::default()).await;
        deleted.expect("it is there");
    }
    world.pass_secs(14).await;
    assert!(failed.lock().is_empty(), "not before the next cycle");
    world.pass_secs(2).await;
    assert_eq!(*failed.lock(), ["c-down", "b-orphan", "a-unbound"]);
}

#[tokio::test(start_paused = true)]
async fn pgc_03_pods_that_no_node_will_end_are_failed_and_go() {
    let world = World::start(succeeding(1_000_000)).await;
    world.create::<Pod>(held("unscheduled", None)).await;
    world.pass_secs(1).await;
    let pods = world.api::<Pod>();
    pods.delete("unscheduled", &DeleteParams::default())
        .await
        .expect("it is there");
    world.pass_secs(21).await;
    assert_eq!(
        phase(&world, "unscheduled").await,
        ("Failed".to_owned(), 0),
        "without a condition"
    );
    let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    pods.patch("unscheduled", &PatchParams::default(), &free)
        .await
        .expect("it is there");
    assert!(pods.get_opt("unscheduled").await.expect("served").is_none());
}

/// A node that says of itself whether it is ready.
async fn node(world: &World, name: &str, ready: &str, taint: Option<&str>) {
    let taints =
        taint.map(|key| json!([{"key": key, "effect": "NoExecute", "value": "nodeshutdown"}]));
    let node = json!({"metadata": {"name": name}, "spec": {"taints": taints}});
    let node: Node = serde_json::from_value(node).expect("a literal node");
    let nodes: Api<Node> = Api::all(world.client.clone());
    nodes
        .create(&Default::default(), &node)
        .await
        .expect("it is new");
    let status = json!({"status": {"conditions": [{"type": "Ready", "status": ready}]}});
    let patched = nodes
        .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
        .await;
    patched.expect("it is there");
}

#[tokio::test(start_paused = true)]
async fn pgc_03_what_goes_from_a_node_out_of_service_has_failed() {
    let out_of_service = Some("node.kubernetes.io/out-of-service");
    let rows = [
        ("out-of-service", "False", out_of_service, "Failed"),
        ("unheard-of", "Unknown", out_of_service, "Failed"),
        ("at-work", "True", out_of_service, "Running"),
        ("not-ready", "False", None, "Running"),
        ("tainted", "False", Some("example.com/other"), "Running"),
    ];
    let world = World::start(succeeding(1_000_000)).await;
    world.pass_secs(1).await;
    world.stop_pods();
    let pods = world.api::<Pod>();
    for (name, ready, taint, _) in rows {
        node(&world, name, ready, taint).await;
        let mut pod = held(name, Some(name));
        // it stays until a person deletes it
        pod["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
        world.create::<Pod>(pod).await;
        let running = Patch::Merge(json!({"status": {"phase": "Running"}}));
        let patched = pods
            .patch_status(name, &PatchParams::default(), &running)
            .await;
        patched.expect("it is there");
    }
    world.pass_secs(21).await;
    for (name, ..) in rows {
        assert_eq!(phase(&world, name).await.0, "Running", "{name} stays");
        let deleted = pods.delete(name, &DeleteParams::default()).await;
        deleted.expect("it is there");
    }
    world.pass_secs(21).await;
    for (name, _, _, want) in rows {
        let (phase, conditions) = phase(&world, name).await;
        assert_eq!((phase.as_str(), conditions), (want, 0), "{name}");
        let pod = pods.get(name).await.expect("it is held");
        let at_once = pod.metadata.deletion_grace_period_seconds == Some(0);
        assert_eq!(at_once, want == "Failed", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn pgc_02_a_node_that_nobody_has_heard_of_yet_is_asked_for() {
    let lag = Lag::of("/nodes");
    let world = World::with_lag(succeeding(1_000_000), &lag).await;
    world.pass_secs(1).await;
    world.stop_pods();
    lag.begin();
    node(&world, "late", "True", None).await;
    run_on(&world, "late", "on-late").await;
    world.pass_secs(90).await;
    assert_eq!(
        phase(&world, "on-late").await,
        ("Running".to_owned(), 0),
        "its node is there"
    );
    let nodes: Api<Node> = Api::all(world.client.clone());
    let deleted = nodes.delete("late", &DeleteParams::default()).await;
    deleted.expect("it is there");
    world.pass_secs(21).await;
    assert_eq!(phase(&world, "on-late").await, ("Failed".to_owned(), 1));
    lag.end();
}

#[tokio::test(start_paused = true)]
async fn pgc_02_what_others_have_said_of_a_pod_and_what_it_has_twice_keeps_nobody() {
    let disrupted = |value: &str| {
        json!([{
            "type": "DisruptionTarget", "status": value, "reason": "DeletionByTaintManager",
            "lastTransitionTime": "2026-11-23T12:00:03Z",
        }])
    };
    let rows = [
        ("said", disrupted("True"), true),
        ("denied", disrupted("False"), false),
        ("unsaid", json!([]), false),
    ];
    let world = World::start(succeeding(1_000_000)).await;
    world.pass_secs(5).await;
    world.stop_pods();
    for (name, conditions, _) in &rows {
        let mut pod = held(name, Some("node-2"));
        // kubernetes#118261, #113482: a patch of the status must not stumble over them
        pod["spec"]["containers"][0]["env"] =
            json!([{"name": "XYZ", "value": "1"}, {"name": "XYZ", "value": "2"}]);
        pod["spec"]["containers"][0]["ports"] = json!([
            {"containerPort": 93, "hostPort": 9376}, {"containerPort": 93, "hostPort": 9377},
        ]);
        world.create::<Pod>(pod).await;
        let status = json!({"status": {"phase": "Running", "conditions": conditions}});
        let pods = world.api::<Pod>();
        let patched = pods
            .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
            .await;
        patched.expect("it is there");
        // what is said of one that stays is taken back after two minutes
        let deleted = pods.delete(name, &DeleteParams::default()).await;
        deleted.expect("it is there");
    }
    world.pass_secs(90).await;
    for (name, _, since_then) in rows {
        assert_eq!(phase(&world, name).await, ("Failed".to_owned(), 1));
        let said = disruption(&world, name).await.expect("counted above");
        assert_eq!(said["reason"], "DeletionByPodGC", "{name}");
        assert_eq!(said["status"], "True", "{name}");
        let pod = world.api::<Pod>().get(name).await.expect("it is held");
        let conditions = pod.status.and_then(|status| status.conditions);
        let target = conditions
            .into_iter()
            .flatten()
            .find(|c| c.type_ == "DisruptionTarget");
        let at = target.and_then(|c| c.last_transition_time).expect("set").0;
        let kept = at.to_string() == "2026-11-23T12:00:03Z";
        assert_eq!(kept, since_then, "{name}: {at}");
        let main = pod.spec.expect("a pod has a spec").containers.remove(0);
        let variables = main.env.into_iter().flatten().count();
        let ports = main.ports.into_iter().flatten().count();
        assert_eq!((variables, ports), (2, 2), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn pgc_02_while_nobody_says_whether_a_node_is_there_its_pods_stay() {
    let silent = Arc::new(Mutex::new(true));
    let asked = silent.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let meant = *method == Method::GET && path.ends_with("/nodes/node-2");
        (meant && *asked.lock()).then_some((500, "InternalError"))
    });
    let world = World::with_refusal(succeeding(1_000_000), refusal).await;
    world.pass_secs(5).await;
    world.stop_pods();
    run_on(&world, "node-2", "lost").await;
    world.pass_secs(120).await;
    let running = ("Running".to_owned(), 0);
    assert_eq!(phase(&world, "lost").await, running);
    *silent.lock() = false;
    world.pass_secs(21).await;
    assert_eq!(phase(&world, "lost").await, ("Failed".to_owned(), 1));
}

#[tokio::test(start_paused = true)]
async fn pgc_02_a_node_that_comes_back_is_missed_anew() {
    let world = World::start(succeeding(1_000_000)).await;
    world.pass_secs(5).await;
    world.stop_pods();
    run_on(&world, "blink", "lost").await;
    // the cycle after 20 seconds misses it, that after 40 sees it
    world.pass_secs(30).await;
    node(&world, "blink", "True", None).await;
    world.pass_secs(10).await;
    let nodes: Api<Node> = Api::all(world.client.clone());
    let deleted = nodes.delete("blink", &DeleteParams::default()).await;
    deleted.expect("it is there");
    // that after 60 misses it again, that after 100 gives its pod up
    world.pass_secs(50).await;
    assert_eq!(phase(&world, "lost").await, ("Running".to_owned(), 0));
    world.pass_secs(10).await;
    assert_eq!(phase(&world, "lost").await, ("Failed".to_owned(), 1));
}
