//! What the node does about ephemeral containers and resizes (semantics.md 6.3).

use kube::api::Patch;

use super::*;

/// As `kubectl debug` and `kubectl patch --subresource` send it.
async fn through(world: &World, door: &str, name: &str, patch: Value) {
    let params = kube::api::PatchParams::default();
    let patch = Patch::Strategic(patch);
    let pods = world.pods();
    let sent = pods.patch_subresource(door, name, &params, &patch).await;
    sent.expect("the patch is taken");
}

fn statuses(pod: &Pod) -> Value {
    serde_json::to_value(pod.status.clone().unwrap_or_default()).expect("JSON")
}

fn debugger(pod: &Pod) -> Value {
    statuses(pod)["ephemeralContainerStatuses"][0].clone()
}

fn condition(pod: &Pod, type_: &str) -> Option<Value> {
    let conditions = statuses(pod)["conditions"].as_array().cloned();
    let mut conditions = conditions.unwrap_or_default().into_iter();
    conditions.find(|condition| condition["type"] == type_)
}

async fn debug(world: &World, pod: &str) {
    let container = json!({"name": "d", "image": "busybox", "command": ["sh"]});
    let patch = json!({"spec": {"ephemeralContainers": [container]}});
    through(world, "ephemeralcontainers", pod, patch).await;
}

#[tokio::test(start_paused = true)]
async fn an_ephemeral_container_runs_once_beside_the_others() {
    let world = world().await;
    let forever = script(&[
        ("run-seconds", "forever"),
        ("d.run-seconds", "5"),
        ("d.exit-code", "3"),
    ]);
    world.create("p", "Always", forever, json!({})).await;
    world.until("p", |pod| phase(pod) == "Running").await;
    debug(&world, "p").await;
    let running = world
        .until("p", |pod| debugger(pod)["state"]["running"].is_object())
        .await;
    let told = debugger(&running);
    assert_eq!(
        (&told["ready"], &told["restartCount"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(told.get("started"), None);
    assert_eq!(told.get("resources"), None);
    let ready = condition(&running, "Ready").expect("a condition");
    assert_eq!(ready["status"], "True", "it does not count for readiness");
    let ended = world
        .until("p", |pod| debugger(pod)["state"]["terminated"].is_object())
        .await;
    assert_eq!(debugger(&ended)["state"]["terminated"]["exitCode"], 3);
    world.clock.sleep(Duration::from_secs(600)).await;
    let later = world.pods().get("p").await.expect("the pod");
    assert_eq!(
        debugger(&later),
        debugger(&ended),
        "it is not started again"
    );
    assert_eq!(phase(&later), "Running");
    let events: Api<Event> = Api::namespaced(world.client.clone(), "default");
    let events = events.list(&ListParams::default()).await.expect("events");
    let paths: Vec<_> = events
        .into_iter()
        .filter(|event| event.reason.as_deref() == Some("Started"))
        .filter_map(|event| event.involved_object.field_path)
        .collect();
    assert!(
        paths.contains(&"spec.ephemeralContainers{d}".to_owned()),
        "{paths:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_pod_ends_with_its_own_containers_and_takes_an_ephemeral_one_with_it() {
    let world = world().await;
    let rows = [
        ("run-seconds", "30"),
        ("d.run-seconds", "forever"),
        ("d.log", "looking"),
    ];
    let pod = world.create("p", "Never", script(&rows), json!({})).await;
    world.until("p", |pod| phase(pod) == "Running").await;
    debug(&world, "p").await;
    let done = world.until("p", |pod| phase(pod) == "Succeeded").await;
    assert_eq!(debugger(&done)["state"]["terminated"]["exitCode"], 143);
    let wish = LogWish {
        namespace: "default".into(),
        pod: "p".into(),
        pod_uid: pod.uid().expect("a uid"),
        container: "d".into(),
        ..LogWish::default()
    };
    assert!(world.kubelet.logs(wish).await.is_ok(), "its log is there");
}

/// A pod of one container with these resources that runs for ever.
async fn sized(world: &World, name: &str, policy: &str, container: Value) -> Pod {
    let forever = script(&[("run-seconds", "forever")]);
    world.create(name, policy, forever, container).await;
    world.until(name, |pod| phase(pod) == "Running").await
}

async fn resize(world: &World, pod: &str, requests: Value) {
    let container = json!({"name": "c", "resources": {"requests": requests}});
    let patch = json!({"spec": {"containers": [container]}});
    through(world, "resize", pod, patch).await;
}

#[tokio::test(start_paused = true)]
async fn a_resize_is_made_while_the_container_runs() {
    let world = world().await;
    let resources = json!({"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}});
    let pod = sized(&world, "p", "Always", resources).await;
    let told = container(&pod);
    assert_eq!(
        told["resources"],
        json!({"requests": {"cpu": "1", "memory": "1Gi"}})
    );
    assert_eq!(
        told["allocatedResources"],
        json!({"cpu": "1", "memory": "1Gi"})
    );
    resize(&world, "p", json!({"cpu": "2"})).await;
    let resized = world
        .until("p", |pod| {
            container(pod)["resources"]["requests"]["cpu"] == "2"
        })
        .await;
    let told = container(&resized);
    assert_eq!(
        told["allocatedResources"],
        json!({"cpu": "2", "memory": "1Gi"})
    );
    assert_eq!(told["restartCount"], 0);
    for type_ in ["PodResizePending", "PodResizeInProgress"] {
        assert_eq!(condition(&resized, type_), None);
    }
    let generation = resized.metadata.generation;
    assert_eq!(
        resized.status.and_then(|status| status.observed_generation),
        generation
    );
    let reasons = world.reasons("p").await;
    for reason in ["ResizeStarted", "ResizeCompleted"] {
        assert!(reasons.contains(&reason.to_owned()), "{reasons:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resize_that_wants_a_restart_gets_it_whatever_the_exit_code() {
    let world = world().await;
    let container_of = json!({
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}},
        "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
    });
    sized(&world, "p", "OnFailure", container_of).await;
    resize(&world, "p", json!({"memory": "2Gi"})).await;
    let resized = world
        .until("p", |pod| {
            container(pod)["resources"]["requests"]["memory"] == "2Gi"
        })
        .await;
    assert_eq!(container(&resized)["restartCount"], 0, "memory wants none");
    resize(&world, "p", json!({"cpu": "2"})).await;
    let resized = world
        .until("p", |pod| {
            container(pod)["resources"]["requests"]["cpu"] == "2"
        })
        .await;
    assert_eq!(container(&resized)["restartCount"], 1);
    assert_eq!(phase(&resized), "Running");
    assert!(world.reasons("p").await.contains(&"Killing".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_resize_that_the_node_never_has_room_for_is_infeasible() {
    let world = world().await;
    let resources = json!({"resources": {"requests": {"cpu": "1"}}});
    sized(&world, "p", "Always", resources).await;
    resize(&world, "p", json!({"cpu": "5"})).await;
    let held = world
        .until("p", |pod| condition(pod, "PodResizePending").is_some())
        .await;
    let told = condition(&held, "PodResizePending").expect("a condition");
    assert_eq!(
        (&told["status"], &told["reason"]),
        (&json!("True"), &json!("Infeasible"))
    );
    assert_eq!(
        told["message"],
        "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000"
    );
    assert_eq!(told["observedGeneration"], 2);
    assert_eq!(container(&held)["resources"]["requests"]["cpu"], "1");
    let taken = orrery_apis::pod_requests::requested(&held);
    assert_eq!(taken["cpu"], 1000, "it takes what it has");
    resize(&world, "p", json!({"cpu": "1"})).await;
    let back = world
        .until("p", |pod| condition(pod, "PodResizePending").is_none())
        .await;
    assert_eq!(condition(&back, "PodResizeInProgress"), None);
    let events: Api<Event> = Api::namespaced(world.client.clone(), "default");
    let events = events.list(&ListParams::default()).await.expect("events");
    let told: Vec<_> = events
        .into_iter()
        .filter(|event| event.reason.as_deref() == Some("ResizeInfeasible"))
        .filter_map(|event| event.message)
        .collect();
    assert_eq!(
        told,
        [
            r#"Pod resize Infeasible: {"containers":[{"name":"c","resources":{"requests":{"cpu":"5"}}}],"generation":2,"error":"Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000"}"#
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_resize_waits_for_room_and_gets_it() {
    let world = world().await;
    let asks = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}}});
    sized(&world, "p", "Always", asks("1")).await;
    sized(&world, "other", "Always", asks("2")).await;
    resize(&world, "p", json!({"cpu": "3"})).await;
    let held = world
        .until("p", |pod| condition(pod, "PodResizePending").is_some())
        .await;
    let told = condition(&held, "PodResizePending").expect("a condition");
    assert_eq!(told["reason"], "Deferred");
    assert_eq!(
        told["message"],
        "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000"
    );
    let taken = orrery_apis::pod_requests::requested(&held);
    assert_eq!(taken["cpu"], 3000, "room is kept for it");
    let gone = DeleteParams::default().grace_period(0);
    world.pods().delete("other", &gone).await.expect("deleted");
    world
        .until("p", |pod| {
            container(pod)["resources"]["requests"]["cpu"] == "3"
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_comes_back_remembers_what_it_granted() {
    let world = world().await;
    let resources = json!({"resources": {"requests": {"cpu": "1"}}});
    sized(&world, "p", "Always", resources).await;
    resize(&world, "p", json!({"cpu": "5"})).await;
    let is_held = |pod: &Pod| condition(pod, "PodResizePending").is_some();
    world.until("p", is_held).await;
    world.task.abort();
    let _next = start(&world.client, &world.clock);
    let again = world
        .until("p", |pod| {
            container(pod)["restartCount"] == 1 && phase(pod) == "Running"
        })
        .await;
    assert!(is_held(&again), "it has as little room as before");
    assert_eq!(container(&again)["resources"]["requests"]["cpu"], "1");
}
