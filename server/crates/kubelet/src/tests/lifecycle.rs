//! Pods that are not taken on, are ended, or leave a word.

use super::*;

async fn events(world: &World, name: &str) -> Vec<(String, String, String)> {
    world.clock.sleep(Duration::from_secs(1)).await;
    let events: Api<Event> = Api::namespaced(world.client.clone(), "default");
    let events = events.list(&ListParams::default()).await.expect("events");
    let about = events
        .into_iter()
        .filter(|e| e.involved_object.name.as_deref() == Some(name));
    let text = |text: Option<String>| text.unwrap_or_default();
    about
        .map(|event| (text(event.type_), text(event.reason), text(event.message)))
        .collect()
}

fn row(type_: &str, reason: &str, message: &str) -> (String, String, String) {
    (type_.to_owned(), reason.to_owned(), message.to_owned())
}

fn asking(cpu: &str) -> Value {
    json!({"resources": {"requests": {"cpu": cpu}}})
}

fn forever() -> Value {
    script(&[("run-seconds", "forever")])
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_does_not_fit_is_rejected() {
    let world = world().await;
    world.create("big", "Always", forever(), asking("5")).await;
    let big = world.until("big", |pod| phase(pod) == "Failed").await;
    let message = "Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000";
    let status = big.status.expect("a status");
    assert_eq!(status.reason.as_deref(), Some("OutOfcpu"));
    let told = status.message.as_deref();
    assert_eq!(told, Some(format!("Pod was rejected: {message}").as_str()));
    assert_eq!((status.container_statuses, status.start_time), (None, None));
    let want = [row("Warning", "OutOfcpu", message)];
    assert_eq!(events(&world, "big").await, want);

    world.create("one", "Always", forever(), asking("3")).await;
    world.until("one", |pod| phase(pod) == "Running").await;
    world.create("two", "Always", forever(), asking("3")).await;
    let two = world.until("two", |pod| phase(pod) == "Failed").await;
    let message = two.status.and_then(|status| status.message);
    assert!(message.is_some_and(|m| m.contains("requested: 3000, used: 3000, capacity: 4000")));

    let params = DeleteParams::default();
    for name in ["one", "two"] {
        world.pods().delete(name, &params).await.expect("deleted");
    }
    world.clock.sleep(Duration::from_secs(5)).await;
    assert_eq!(world.pods().get_opt("two").await.expect("an answer"), None);
    world
        .create("three", "Always", forever(), asking("3"))
        .await;
    world.until("three", |pod| phase(pod) == "Running").await;
}

#[tokio::test(start_paused = true)]
async fn a_restarted_node_rejects_nothing_that_ran() {
    let world = world().await;
    for name in ["one", "two"] {
        world.create(name, "Always", forever(), asking("2")).await;
        world.until(name, |pod| phase(pod) == "Running").await;
    }
    let taint = json!({"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}});
    let nodes: Api<Node> = Api::all(world.client.clone());
    let params = kube::api::PatchParams::default();
    let patch = kube::api::Patch::Merge(taint);
    let tainted = nodes.patch("node-1", &params, &patch).await;
    tainted.expect("a taint");
    world.task.abort();
    let _next = start(&world.client, &world.clock);
    for name in ["one", "two"] {
        world
            .until(name, |pod| container(pod)["restartCount"] == json!(1))
            .await;
    }
    world.create("late", "Always", forever(), json!({})).await;
    let late = world.until("late", |pod| phase(pod) == "Failed").await;
    let reason = late.status.and_then(|status| status.reason);
    assert_eq!(reason.as_deref(), Some("TaintToleration"));
}

#[tokio::test(start_paused = true)]
async fn a_failing_post_start_hook_ends_its_container_like_any() {
    let world = world().await;
    let hook = json!({"lifecycle": {"postStart": {"httpGet": {"port": "nameless"}}}});
    world.create("hooked", "Never", forever(), hook).await;
    let done = world.until("hooked", |pod| phase(pod) == "Failed").await;
    let ended = &container(&done)["state"]["terminated"];
    assert_eq!(ended["exitCode"], 143, "SIGTERM, not SIGKILL");
    let told = events(&world, "hooked").await;
    let hook = "FailedPostStartHook";
    for want in [
        row("Warning", hook, "PostStartHook failed"),
        row("Normal", "Killing", hook),
        row("Normal", "Created", "Container created"),
        row("Normal", "Started", "Container started"),
    ] {
        assert!(told.contains(&want), "{want:?} in {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_runs_once_its_post_start_hook_has_returned() {
    let world = world().await;
    let hook = json!({"lifecycle": {"postStart": {"sleep": {"seconds": 20}}}, "readinessProbe": {"exec": {"command": ["true"]}}});
    world.create("slow", "Always", forever(), hook).await;
    world.clock.sleep(Duration::from_secs(19)).await;
    let pod = world.pods().get("slow").await.expect("it is there");
    let state = container(&pod)["state"].clone();
    assert_eq!(
        (phase(&pod), state),
        (
            "Pending",
            json!({"waiting": {"reason": "ContainerCreating"}})
        )
    );
    world.clock.sleep(Duration::from_secs(2)).await;
    let pod = world.pods().get("slow").await.expect("it is there");
    let running = container(&pod);
    assert_eq!(phase(&pod), "Running");
    assert_eq!(running["ready"], true, "its probes begin now");
    assert_eq!(
        running["state"]["running"]["startedAt"],
        "2026-11-23T12:00:00Z"
    );
    let told = events(&world, "slow").await;
    assert!(told.iter().all(|(type_, ..)| type_ == "Normal"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pre_stop_hook_has_the_grace_and_its_container_is_told_to_end_after_it() {
    let world = world().await;
    let hook = json!({"preStop": {"sleep": {"seconds": 20}}});
    let pod = json!({
        "metadata": {"name": "hooked", "annotations": forever(), "finalizers": ["test/held"]},
        "spec": {"nodeName": "node-1", "containers": [
            {"name": "c", "image": "busybox", "command": ["true"], "lifecycle": hook},
        ]},
    });
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = world.pods().create(&PostParams::default(), &pod).await;
    created.expect("the pod is created");
    world.until("hooked", |pod| phase(pod) == "Running").await;
    let begun = world.clock.now();
    let soon = DeleteParams::default().grace_period(5);
    let deleted = world.pods().delete("hooked", &soon).await;
    deleted.expect("it is there");
    world.clock.sleep(Duration::from_secs(4)).await;
    let pod = world.pods().get("hooked").await.expect("it is held");
    assert_eq!(phase(&pod), "Running", "the hook has its time");
    let pod = world.until("hooked", |pod| phase(pod) == "Failed").await;
    let ended = &container(&pod)["state"]["terminated"];
    assert_eq!(ended["exitCode"], 143, "SIGTERM, not SIGKILL");
    let took = world.clock.now().duration_since(begun);
    assert!(
        took.as_secs() < 8,
        "not the hook's twenty seconds: {took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_pre_stop_hooks_of_a_pod_run_beside_each_other() {
    let world = world().await;
    let hook = json!({"preStop": {"sleep": {"seconds": 10}}});
    let run = json!({"image": "busybox", "command": ["true"], "lifecycle": hook});
    let container = |name: &str| {
        let mut container = run.clone();
        container["name"] = json!(name);
        container
    };
    let mut side = container("side");
    side["restartPolicy"] = json!("Always");
    let pod = json!({
        "metadata": {"name": "pair", "annotations": forever()},
        "spec": {"nodeName": "node-1", "initContainers": [side], "containers": [container("c")]},
    });
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = world.pods().create(&PostParams::default(), &pod).await;
    created.expect("the pod is created");
    world.until("pair", |pod| phase(pod) == "Running").await;
    let deleted = world.pods().delete("pair", &DeleteParams::default()).await;
    deleted.expect("it is there");
    world.clock.sleep(Duration::from_secs(9)).await;
    assert!(
        world
            .pods()
            .get_opt("pair")
            .await
            .expect("an answer")
            .is_some()
    );
    world.clock.sleep(Duration::from_secs(4)).await;
    let left = world.pods().get_opt("pair").await.expect("an answer");
    assert_eq!(left, None, "not one after the other");
    let told = events(&world, "pair").await;
    let killing = told.iter().filter(|(_, reason, _)| reason == "Killing");
    assert_eq!(killing.count(), 2, "each is told of once: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn an_active_deadline_tells_of_itself_once() {
    let world = world().await;
    let pod = json!({
        "metadata": {"name": "late", "annotations": forever()},
        "spec": {"nodeName": "node-1", "activeDeadlineSeconds": 5,
            "containers": [{"name": "c", "image": "busybox", "command": ["true"]}]},
    });
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = world.pods().create(&PostParams::default(), &pod).await;
    created.expect("the pod is created");
    world.until("late", |pod| phase(pod) == "Failed").await;
    let told = events(&world, "late").await;
    let want = "Pod was active on the node longer than the specified deadline";
    let told = told
        .iter()
        .filter(|(_, reason, _)| reason == "DeadlineExceeded");
    let told: Vec<_> = told.collect();
    assert_eq!(told, [&row("Normal", "DeadlineExceeded", want)]);
}

#[tokio::test(start_paused = true)]
async fn last_words_are_told_and_kept_for_the_next_run() {
    let world = world().await;
    let rows = [("exit-code", "7"), ("message", "no disk")];
    world
        .create("said", "Always", script(&rows), json!({}))
        .await;
    let words = |of: &Value| of["terminated"]["message"] == "no disk";
    world
        .until("said", |pod| {
            let status = container(pod);
            status["restartCount"] == json!(1) && words(&status["lastState"])
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn pod_02_all_containers_restart_in_their_place() {
    let world = world().await;
    let codes = json!({"operator": "In", "values": [88]});
    let rules = json!([{"action": "RestartAllContainers", "exitCodes": codes}]);
    let rows = [("run-seconds", "5"), ("exit-code", "88")];
    let pod = json!({
        "metadata": {"name": "again", "annotations": script(&[&rows[..], &[("init.exit-code", "0")]].concat())},
        "spec": {"nodeName": "node-1", "restartPolicy": "Never",
            "initContainers": [{"name": "init", "image": "busybox", "command": ["true"]}],
            "containers": [{"name": "c", "image": "busybox", "command": ["true"],
                "restartPolicy": "Never", "restartPolicyRules": rules}]},
    });
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = world.pods().create(&PostParams::default(), &pod).await;
    created.expect("the pod is created");
    let again = world
        .until("again", |pod| {
            let status = container(pod);
            status["restartCount"] == json!(1) && status["state"]["running"].is_object()
        })
        .await;
    let status = again.status.expect("a status");
    assert_eq!(status.phase.as_deref(), Some("Running"));
    let init = status.init_container_statuses.into_iter().flatten();
    let restarts: Vec<_> = init.map(|init| init.restart_count).collect();
    assert_eq!(restarts, [1], "the init container ran again");
}

#[tokio::test(start_paused = true)]
async fn the_files_of_a_running_pod_are_looked_at_once_a_minute_and_when_it_changes() {
    let world = world().await;
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), "default");
    let map = json!({"metadata": {"name": "settings"}, "data": {"key": "value"}});
    let map: ConfigMap = serde_json::from_value(map).expect("a map");
    let created = maps.create(&PostParams::default(), &map).await;
    created.expect("the map is created");
    let volumes = json!([
        {"name": "map", "configMap": {"name": "settings"}},
        {"name": "none", "emptyDir": {}},
    ]);
    let pod = json!({
        "metadata": {"name": "reads", "annotations": forever()},
        "spec": {"nodeName": "node-1", "volumes": volumes,
            "containers": [{"name": "c", "image": "busybox", "command": ["true"]}]},
    });
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = world.pods().create(&PostParams::default(), &pod).await;
    created.expect("the pod is created");
    world.until("reads", |pod| phase(pod) == "Running").await;
    let deleted = maps.delete("settings", &DeleteParams::default()).await;
    deleted.expect("it is there");

    let missing = row(
        "Warning",
        "FailedMount",
        "MountVolume.SetUp failed for volume \"map\" : configmap \"settings\" not found",
    );
    let told = async |secs: u64| {
        world.clock.sleep(Duration::from_secs(secs)).await;
        events(&world, "reads").await.contains(&missing)
    };
    assert!(!told(50).await, "it is not time yet");
    assert!(told(15).await, "after a minute");
    let pod = world.pods().get("reads").await.expect("it is there");
    assert_eq!(phase(&pod), "Running", "and goes on with what it had");

    let times = async || {
        let events: Api<Event> = Api::namespaced(world.client.clone(), "default");
        let events = events.list(&ListParams::default()).await.expect("events");
        let mut mounts = events
            .into_iter()
            .filter(|event| event.reason.as_deref() == Some("FailedMount"));
        mounts.next().and_then(|event| event.count)
    };
    assert_eq!(times().await, Some(4), "and again after 0.5, 1 and 2 s");
    maps.create(&PostParams::default(), &map)
        .await
        .expect("the map is there again");
    world.clock.sleep(Duration::from_secs(10)).await;
    let deleted = maps.delete("settings", &DeleteParams::default()).await;
    deleted.expect("it is there");
    assert_eq!(times().await, Some(4), "the try after 4 s found it");
    let labels = kube::api::Patch::Merge(json!({"metadata": {"labels": {"new": "label"}}}));
    let params = kube::api::PatchParams::default();
    let labelled = world.pods().patch("reads", &params, &labels).await;
    labelled.expect("a label");
    world.clock.sleep(Duration::from_millis(200)).await;
    assert_eq!(times().await, Some(5), "its files may show its labels");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_cordoned_says_so_and_when_it_is_not_any_more() {
    let world = world().await;
    world.create("first", "Always", forever(), json!({})).await;
    world.until("first", |pod| phase(pod) == "Running").await;
    let nodes: Api<Node> = Api::all(world.client.clone());
    let said = |reason: &str| {
        let message = format!("Node node-1 status is now: {reason}");
        row("Normal", reason, &message)
    };
    let (closed, open) = (said("NodeNotSchedulable"), said("NodeSchedulable"));
    for (unschedulable, want) in [(true, vec![&closed]), (false, vec![&closed, &open])] {
        let spec = kube::api::Patch::Merge(json!({"spec": {"unschedulable": unschedulable}}));
        let params = kube::api::PatchParams::default();
        nodes.patch("node-1", &params, &spec).await.expect("a node");
        let told = events(&world, "node-1").await;
        let told = told.iter().filter(|row| [&closed, &open].contains(row));
        let mut told: Vec<_> = told.collect();
        told.sort();
        assert_eq!(told, want);
    }
    let other = events(&world, "node-2").await;
    assert!(!other.contains(&said("NodeSchedulable")));
}

#[tokio::test(start_paused = true)]
async fn a_volume_that_cannot_be_had_is_tried_at_doubling_distances() {
    let world = world().await;
    let pod = json!({
        "metadata": {"name": "waits", "annotations": forever()},
        "spec": {"nodeName": "node-1", "volumes": [{"name": "v", "configMap": {"name": "late"}}],
            "containers": [{"name": "c", "image": "busybox", "command": ["true"]}]},
    });
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = world.pods().create(&PostParams::default(), &pod).await;
    created.expect("the pod is created");
    world.clock.sleep(Duration::from_secs(60)).await;
    let list: Api<Event> = Api::namespaced(world.client.clone(), "default");
    let list = list.list(&ListParams::default()).await.expect("events");
    let told = list.into_iter().map(|e| (e.reason, e.message, e.count));
    let told: Vec<_> = told.collect();
    let message = "MountVolume.SetUp failed for volume \"v\" : configmap \"late\" not found";
    // at once, and 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s later
    let (reason, message) = ("FailedMount".to_owned(), message.to_owned());
    let want = (Some(reason), Some(message), Some(7));
    assert!(told.contains(&want), "{told:?}");

    let map = json!({"metadata": {"name": "late"}, "data": {"key": "value"}});
    let map: ConfigMap = serde_json::from_value(map).expect("a ConfigMap");
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), "default");
    let made = maps.create(&PostParams::default(), &map).await;
    made.expect("it is created");
    world.clock.sleep(Duration::from_secs(3)).await;
    let pod = world.pods().get("waits").await.expect("it is there");
    assert_eq!(phase(&pod), "Pending", "63.5 s are not over");
    world.clock.sleep(Duration::from_secs(2)).await;
    let pod = world.pods().get("waits").await.expect("it is there");
    assert_eq!(phase(&pod), "Running");
}

#[tokio::test(start_paused = true)]
async fn a_pod_whose_volume_outgrows_its_limit_is_evicted() {
    let world = world().await;
    for (name, bytes, class) in [
        ("fits", "1048576", ""),
        ("critical", "1048577", "system-node-critical"),
        ("outgrown", "1048577", ""),
    ] {
        let volumes = json!([{"name": "scratch", "emptyDir": {"sizeLimit": "1Mi"}}]);
        let annotations = script(&[("run-seconds", "forever"), ("volume-bytes", bytes)]);
        let pod = json!({
            "metadata": {"name": name, "annotations": annotations},
            "spec": {"nodeName": "node-1", "volumes": volumes, "priorityClassName": class,
                "containers": [{"name": "c", "image": "busybox", "command": ["true"]}]},
        });
        let pod: Pod = serde_json::from_value(pod).expect("a pod");
        let created = world.pods().create(&PostParams::default(), &pod).await;
        created.expect("the pod is created");
    }
    let pod = world.until("outgrown", |pod| phase(pod) == "Failed").await;
    let message = "Usage of EmptyDir volume \"scratch\" exceeds the limit \"1Mi\". ";
    let ended = &container(&pod)["state"]["terminated"];
    assert_eq!(ended["exitCode"], 143, "it had a moment");
    let status = pod.status.expect("a status");
    assert_eq!(status.reason.as_deref(), Some("Evicted"));
    assert_eq!(status.message.as_deref(), Some(message));
    let told = events(&world, "outgrown").await;
    assert!(
        told.contains(&row("Warning", "Evicted", message)),
        "{told:?}"
    );
    world.clock.sleep(Duration::from_secs(30)).await;
    for name in ["fits", "critical"] {
        let pod = world.pods().get(name).await.expect("it is there");
        assert_eq!(phase(&pod), "Running", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_whose_containers_outgrow_their_limits_is_evicted() {
    let world = world().await;
    let limited = json!({"resources": {"limits": {"ephemeral-storage": "1Mi"}}});
    for (name, bytes) in [("fits", "1048576"), ("outgrown", "1048577")] {
        let annotations = script(&[("run-seconds", "forever"), ("log-bytes", bytes)]);
        world
            .create(name, "Always", annotations, limited.clone())
            .await;
    }
    let pod = world.until("outgrown", |pod| phase(pod) == "Failed").await;
    let status = pod.status.expect("a status");
    let message = "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ";
    assert_eq!(status.reason.as_deref(), Some("Evicted"));
    assert_eq!(status.message.as_deref(), Some(message));
    world.clock.sleep(Duration::from_secs(30)).await;
    let pod = world.pods().get("fits").await.expect("it is there");
    assert_eq!(phase(&pod), "Running");
}
