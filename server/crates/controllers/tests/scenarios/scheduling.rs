//! Pods that wait for room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use k8s_openapi::api::core::v1::{Event, Pod};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::cluster::{Cluster, lasting, place};
use crate::world::World;

/// A pod of the class `class`; of none, and so of priority 0, where that is empty.
fn pod(name: &str, class: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"priorityClassName": class, "terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "x"}]},
    })
}

async fn add_class(cluster: &Cluster, name: &str, value: i32) {
    let class = json!({"metadata": {"name": name}, "value": value});
    let class: PriorityClass = serde_json::from_value(class).expect("a literal class");
    let classes: Api<PriorityClass> = Api::all(cluster.world.client.clone());
    let added = classes.create(&PostParams::default(), &class).await;
    added.expect("the class is valid");
}

/// The pods that have a node and stay, by name.
async fn placed(cluster: &Cluster) -> Vec<String> {
    let pods = cluster.world.pods().await;
    let placed = pods
        .iter()
        .filter(|pod| place(pod) != "?" && pod.metadata.deletion_timestamp.is_none());
    placed.map(|pod| pod.name_any()).collect()
}

#[tokio::test(start_paused = true)]
async fn room_goes_to_the_highest_priority_and_then_to_who_waits_longest() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.report("a", "True", "1").await;
    add_class(&cluster, "urgent", 1000).await;
    add_class(&cluster, "idle", -1).await;
    cluster.world.create::<Pod>(pod("holder", "")).await;
    cluster.world.pass_secs(1).await;
    for (name, class) in [
        ("c", ""),
        ("b", ""),
        ("low", "idle"),
        ("d-high", "urgent"),
        ("a", ""),
    ] {
        cluster.world.create::<Pod>(pod(name, class)).await;
        cluster.world.pass_secs(1).await;
    }
    let mut order = Vec::new();
    for _ in 0..5 {
        let running = placed(&cluster).await;
        let [one] = running.as_slice() else {
            panic!("one pod has the room: {running:?}");
        };
        let pods = cluster.world.api::<Pod>();
        let deleted = pods.delete(one, &DeleteParams::default()).await;
        deleted.expect("it is there");
        cluster.world.pass_secs(5).await;
        order.extend(placed(&cluster).await);
    }
    assert_eq!(order, ["d-high", "c", "b", "a", "low"]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_selector_sees_labels_that_come_later() {
    use k8s_openapi::api::core::v1::Namespace;
    let cluster = Cluster::start(lasting(), &["a"]).await;
    let labelled = json!({"metadata": {"labels": {"zone": "z"}}});
    cluster.patch_node("a", labelled).await;
    let mut web = pod("web", "");
    web["metadata"]["labels"] = json!({"app": "web"});
    cluster.world.create::<Pod>(web).await;
    let term = json!({
        "topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}},
        "namespaceSelector": {"matchLabels": {"team": "a"}},
    });
    let mut near = pod("near", "");
    near["spec"]["affinity"] =
        json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}});
    cluster.world.create::<Pod>(near).await;
    cluster.world.pass_secs(5).await;
    assert_eq!(placed(&cluster).await, ["web"]);
    let namespaces: Api<Namespace> = Api::all(cluster.world.client.clone());
    let team = Patch::Merge(json!({"metadata": {"labels": {"team": "a"}}}));
    let params = PatchParams::default();
    let patched = namespaces.patch("default", &params, &team).await;
    patched.expect("it is there");
    cluster.world.pass_secs(1).await;
    assert_eq!(placed(&cluster).await, ["near", "web"]);
}

/// A pod that must be where one of this app is.
fn near(name: &str, app: &str) -> Value {
    let term = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": app}}});
    let mut near = pod(name, "");
    near["spec"]["affinity"] =
        json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}});
    near
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_wants_to_be_near_another_follows_it() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    let labelled = json!({"metadata": {"labels": {"zone": "z"}}});
    cluster.patch_node("a", labelled).await;
    cluster.world.create::<Pod>(near("n1", "web")).await;
    cluster.world.create::<Pod>(near("n2", "db")).await;
    cluster.world.pass_secs(5).await;
    assert!(placed(&cluster).await.is_empty(), "there is nobody yet");
    let mut web = pod("web", "");
    web["metadata"]["labels"] = json!({"app": "web"});
    cluster.world.create::<Pod>(web).await;
    cluster.world.pass_secs(2).await;
    assert_eq!(placed(&cluster).await, ["n1", "web"], "it came");
    let renamed = json!({"metadata": {"labels": {"app": "db"}}});
    cluster.world.patch::<Pod>("web", renamed).await;
    cluster.world.pass_secs(2).await;
    assert_eq!(placed(&cluster).await, ["n1", "n2", "web"], "it is another");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_takes_less_makes_room() {
    let asking = |name: &str, cpu: &str| {
        let mut asking = pod(name, "");
        asking["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu}});
        asking
    };
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.world.create::<Pod>(asking("big", "3")).await;
    cluster.world.pass_secs(2).await;
    cluster.world.create::<Pod>(asking("waits", "2")).await;
    cluster.world.pass_secs(5).await;
    assert_eq!(placed(&cluster).await, ["big"]);
    let resources = json!({"requests": {"cpu": "1"}});
    let smaller = json!({"spec": {"containers": [{"name": "main", "resources": resources}]}});
    let pods = cluster.world.api::<Pod>();
    let (params, patch) = (PatchParams::default(), Patch::Strategic(smaller));
    let resized = pods
        .patch_subresource("resize", "big", &params, &patch)
        .await;
    resized.expect("it may be resized");
    cluster.world.pass_secs(2).await;
    assert_eq!(placed(&cluster).await, ["big", "waits"]);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_becomes_larger_is_labelled_or_uncordoned_takes_who_waits() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.report("a", "True", "0").await;
    cluster.world.pass_secs(1).await;
    cluster.world.create::<Pod>(pod("one", "")).await;
    let mut picky = pod("two", "");
    picky["spec"]["nodeSelector"] = json!({"disk": "ssd"});
    cluster.world.create::<Pod>(picky).await;
    cluster.world.pass_secs(5).await;
    assert!(placed(&cluster).await.is_empty());
    cluster.report("a", "True", "10").await;
    cluster.world.pass_secs(2).await;
    assert_eq!(placed(&cluster).await, ["one"]);
    let labelled = json!({"metadata": {"labels": {"disk": "ssd"}}});
    cluster.patch_node("a", labelled).await;
    cluster.world.pass_secs(2).await;
    assert_eq!(placed(&cluster).await, ["one", "two"]);
    let cordon = |is_on: bool| json!({"spec": {"unschedulable": is_on}});
    cluster.patch_node("a", cordon(true)).await;
    cluster.world.pass_secs(1).await;
    cluster.world.create::<Pod>(pod("three", "")).await;
    cluster.world.pass_secs(5).await;
    assert_eq!(placed(&cluster).await, ["one", "two"]);
    cluster.patch_node("a", cordon(false)).await;
    cluster.world.pass_secs(2).await;
    assert_eq!(placed(&cluster).await, ["one", "three", "two"]);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_gated_waits_and_one_of_another_scheduler_is_let_be() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    let mut gated = pod("gated", "");
    gated["spec"]["schedulingGates"] = json!([{"name": "test/gate"}]);
    cluster.world.create::<Pod>(gated).await;
    let mut others = pod("others", "");
    others["spec"]["schedulerName"] = json!("another");
    cluster.world.create::<Pod>(others).await;
    cluster.world.pass_secs(5).await;
    assert!(placed(&cluster).await.is_empty());
    let said = async |name: &str| {
        let pod = cluster.world.api::<Pod>().get(name).await;
        let status = pod.expect("it is there").status.unwrap_or_default();
        let mut conditions = status.conditions.into_iter().flatten();
        let scheduled = conditions.find(|c| c.type_ == "PodScheduled");
        scheduled.map(|c| (c.status, c.reason.unwrap_or_default()))
    };
    let gated = ("False".to_owned(), "SchedulingGated".to_owned());
    assert_eq!(said("gated").await, Some(gated));
    assert_eq!(said("others").await, None);
    for name in ["gated", "others"] {
        let events = cluster.world.events(name).await;
        assert!(events.is_empty(), "{events:?}");
    }
    let open = json!({"spec": {"schedulingGates": []}});
    cluster.world.patch::<Pod>("gated", open).await;
    cluster.world.pass_secs(2).await;
    assert_eq!(placed(&cluster).await, ["gated"]);
}

#[tokio::test(start_paused = true)]
async fn a_binding_that_fails_is_made_again() {
    for code in [409, 500] {
        let world = World::start(lasting()).await;
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let scheduler = world.refusing_client(Arc::new(move |method, path| {
            let binds = *method == Method::POST && path.ends_with("/binding");
            (binds && counted.fetch_add(1, Ordering::SeqCst) < 2).then_some((code, "Refused"))
        }));
        let cluster = Cluster::scheduled_by(scheduler, world, &["a"]).await;
        cluster.report("a", "True", "10").await;
        cluster.world.create::<Pod>(pod("web", "")).await;
        // back-offs of 1 s and 2 s
        cluster.world.pass_secs(4).await;
        assert_eq!(placed(&cluster).await, ["web"], "after {code}");
        assert_eq!(asked.load(Ordering::SeqCst), 3, "after {code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_fits_nowhere_is_told_of_and_so_is_its_node_at_last() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.report("a", "True", "1").await;
    cluster.world.create::<Pod>(pod("holder", "")).await;
    cluster.world.pass_secs(1).await;
    cluster.world.create::<Pod>(pod("waits", "")).await;
    cluster.world.pass_secs(30).await;
    let pods = cluster.world.api::<Pod>();
    let waits = pods.get("waits").await.expect("it is there");
    let conditions = waits.status.unwrap_or_default().conditions;
    let mut conditions = conditions.into_iter().flatten();
    let scheduled = conditions.find(|c| c.type_ == "PodScheduled");
    let scheduled = scheduled.expect("the scheduler says why");
    assert_eq!(scheduled.reason.as_deref(), Some("Unschedulable"));
    let message = scheduled.message.unwrap_or_default();
    assert_eq!(
        message,
        "0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    );
    let failed = format!("FailedScheduling {message}");
    let events = cluster.world.events("waits").await;
    assert_eq!(events, std::slice::from_ref(&failed));
    let deleted = pods.delete("holder", &DeleteParams::default()).await;
    deleted.expect("it is there");
    cluster.world.pass_secs(5).await;
    let bound = "Scheduled Successfully assigned default/waits to a".to_owned();
    let events = cluster.world.events("waits").await;
    assert_eq!(events, [failed, bound]);
}

#[tokio::test(start_paused = true)]
async fn event_01_what_the_scheduler_tells_has_a_moment_and_an_action() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    let mut huge = pod("huge", "");
    huge["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "1000"}});
    cluster.world.create::<Pod>(huge).await;
    cluster.world.create::<Pod>(pod("web", "")).await;
    cluster.world.pass_secs(2).await;
    let events = cluster.world.api::<Event>();
    let events = events.list(&ListParams::default()).await.expect("served");
    for (reason, action) in [("FailedScheduling", "Scheduling"), ("Scheduled", "Binding")] {
        let mut events = events.items.iter();
        let told = events.find(|event| event.reason.as_deref() == Some(reason));
        let told = serde_json::to_value(told.expect(reason)).expect("plain data");
        let shape = |field: &str| told[field].clone();
        assert_eq!(shape("action"), action);
        assert_eq!(shape("reportingComponent"), "default-scheduler");
        assert_eq!(shape("reportingInstance"), "default-scheduler-test");
        assert_eq!(shape("source"), json!({}));
        assert!(shape("eventTime").is_string(), "{told}");
        let older = ["firstTimestamp", "lastTimestamp", "count"];
        assert!(older.iter().all(|field| shape(field).is_null()), "{told}");
    }
}
