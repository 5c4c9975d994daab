//! A reconcile costs what its own object costs, however full the cluster is. Counted, not timed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod};
use kube::api::{DeleteParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::cluster::{Cluster, daemonset, lasting, place};
use crate::cronjobs::cronjob;
use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{Refusal, World, is_true};

/// Objects of each kind that have nothing to do with what is measured.
async fn bystanders(world: &World, count: usize) {
    for number in 0..count {
        let name = format!("asleep-{number}");
        let asleep = job(&name, json!({"suspend": true}));
        let template = asleep["spec"].clone();
        world.create::<Job>(asleep).await;
        world
            .create::<Pod>(json!({
                "metadata": {"name": name, "labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": "x"}]},
            }))
            .await;
        world
            .create::<CronJob>(json!({
                "metadata": {"name": name},
                "spec": {"schedule": "0 0 1 1 *", "suspend": true, "jobTemplate": {"spec": template}},
            }))
            .await;
    }
}

/// Objects that the controllers take out of their caches for one Job, from creation to the end.
async fn looks_at_for_a_job(count: usize) -> u64 {
    let world = World::start(succeeding(1)).await;
    bystanders(&world, count).await;
    world.pass_secs(2).await;
    let before = world.handed_out();
    world.create::<Job>(job("one", json!({}))).await;
    world
        .until("one", |status| is_true(status, "Complete"))
        .await;
    world.pass_secs(1).await;
    world.handed_out() - before
}

#[tokio::test(start_paused = true)]
async fn a_job_costs_the_same_looks_among_ten_and_among_two_hundred() {
    let (few, many) = (looks_at_for_a_job(10).await, looks_at_for_a_job(200).await);
    assert!(
        few > 0 && many <= few,
        "{few} looks among few, {many} among many"
    );
}

/// Objects looked at for a CronJob, from its creation until the Job of its first slot has ended.
async fn looks_at_for_a_slot(count: usize) -> u64 {
    let world = World::start(succeeding(1)).await;
    bystanders(&world, count).await;
    world.pass_secs(2).await;
    let before = world.handed_out();
    world.create::<CronJob>(cronjob("one", json!({}))).await;
    world.pass_secs(70).await;
    let status = world.cronjob("one").await.status.expect("written");
    assert!(status.last_successful_time.is_some(), "its Job has ended");
    world.handed_out() - before
}

#[tokio::test(start_paused = true)]
async fn a_slot_costs_the_same_looks_among_ten_and_among_two_hundred() {
    let (few, many) = (
        looks_at_for_a_slot(10).await,
        looks_at_for_a_slot(200).await,
    );
    assert!(
        few > 0 && many <= few,
        "{few} looks among few, {many} among many"
    );
}

fn map(name: &str, owner: Option<&ConfigMap>) -> Value {
    let owners = owner.map(|owner| {
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": owner.name_any(), "uid": owner.uid()}])
    });
    json!({"metadata": {"name": name, "ownerReferences": owners}})
}

/// Requests of the controllers for an object whose owner is deleted.
async fn requests_for_a_collected_object(count: usize) -> usize {
    let asked: Arc<AtomicUsize> = Arc::default();
    let counting = asked.clone();
    let refusal: Refusal = Arc::new(move |_, _| {
        counting.fetch_add(1, Ordering::SeqCst);
        None
    });
    let world = World::with_refusal(succeeding(1), refusal).await;
    let host = world.create::<ConfigMap>(map("host", None)).await;
    for number in 0..count {
        let guest = map(&format!("guest-{number}"), Some(&host));
        world.create::<ConfigMap>(guest).await;
    }
    let owner = world.create::<ConfigMap>(map("owner", None)).await;
    world.create::<ConfigMap>(map("owned", Some(&owner))).await;
    world.pass_secs(2).await;
    let before = asked.load(Ordering::SeqCst);
    let maps = world.api::<ConfigMap>();
    let background = DeleteParams::background();
    let deleted = maps.delete("owner", &background).await;
    deleted.expect("it is there");
    world.pass_secs(5).await;
    let owned = maps.get_opt("owned").await.expect("served");
    assert!(owned.is_none(), "it is collected");
    asked.load(Ordering::SeqCst) - before
}

#[tokio::test(start_paused = true)]
async fn gc_01_a_collected_object_costs_the_same_requests_among_many() {
    let (few, many) = (
        requests_for_a_collected_object(10).await,
        requests_for_a_collected_object(200).await,
    );
    assert!(
        few > 0 && many <= few,
        "{few} requests among few, {many} among many"
    );
}

/// Objects that the scheduler looks at for one pod, with so many others on the node.
async fn looks_at_for_a_scheduled_pod(count: usize) -> u64 {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.report("a", "True", "1000").await;
    let pod = |name: &str| json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "main", "image": "x"}]}});
    for number in 0..count {
        let other = pod(&format!("other-{number}"));
        cluster.world.create::<Pod>(other).await;
    }
    cluster.world.pass_secs(2).await;
    let looks = || {
        let read = &cluster.scheduler;
        read.pods.handed_out() + read.nodes.handed_out() + read.namespaces.handed_out()
    };
    let before = looks();
    cluster.world.create::<Pod>(pod("one")).await;
    cluster.world.pass_secs(1).await;
    let one = cluster.world.api::<Pod>().get("one").await;
    assert_eq!(place(&one.expect("it is there")), "a");
    looks() - before
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_scheduled_with_the_same_looks_among_many() {
    let (few, many) = (
        looks_at_for_a_scheduled_pod(10).await,
        looks_at_for_a_scheduled_pod(200).await,
    );
    assert!(
        few > 0 && many <= few,
        "{few} looks among few, {many} among many"
    );
}

/// Objects looked at for each of a Job's pods, two of which run at once.
async fn looks_for_each_pod(completions: u64) -> u64 {
    let world = World::start(succeeding(1)).await;
    let spec = json!({"completions": completions, "parallelism": 2, "completionMode": "Indexed"});
    world.create::<Job>(job("one", spec)).await;
    world
        .until("one", |status| is_true(status, "Complete"))
        .await;
    world.handed_out() / completions
}

#[tokio::test(start_paused = true)]
async fn job_60_pods_that_have_been_counted_are_not_looked_at_again() {
    let (small, large) = (looks_for_each_pod(20).await, looks_for_each_pod(200).await);
    assert!(
        small > 0 && large <= small,
        "{small} looks for each of 20 pods, {large} for each of 200"
    );
}

async fn node(world: &World, name: &str, labels: Value) {
    let node = json!({"metadata": {"name": name, "labels": labels}});
    let node: Node = serde_json::from_value(node).expect("a literal node");
    let nodes: Api<Node> = Api::all(world.client.clone());
    let created = nodes.create(&PostParams::default(), &node).await;
    created.expect("a new name");
}

/// Objects looked at for a DaemonSet that chooses one node, its pod made and its node relabelled.
async fn looks_at_for_a_choosy_daemonset(nodes: usize) -> u64 {
    let world = World::start(lasting()).await;
    for number in 0..nodes {
        node(&world, &format!("other-{number}"), json!({"disk": "slow"})).await;
        let mut elsewhere = daemonset(json!({}));
        elsewhere["metadata"]["name"] = json!(format!("elsewhere-{number}"));
        let selector = json!({"place": format!("nowhere-{number}")});
        elsewhere["spec"]["template"]["spec"]["nodeSelector"] = selector;
        world.create::<DaemonSet>(elsewhere).await;
    }
    world.pass_secs(2).await;
    let before = world.handed_out();
    node(&world, "chosen", json!({"disk": "fast"})).await;
    let mut choosy = daemonset(json!({}));
    choosy["spec"]["template"]["spec"]["nodeSelector"] = json!({"disk": "fast"});
    // nobody says that these nodes are ready
    choosy["spec"]["template"]["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    world.create::<DaemonSet>(choosy).await;
    world.pass_secs(1).await;
    assert_eq!(world.pods().await.len(), 1, "one node is chosen");
    world.handed_out() - before
}

#[tokio::test(start_paused = true)]
async fn ds_04_a_choosy_daemonset_and_its_node_cost_the_same_looks_among_many() {
    let (few, many) = (
        looks_at_for_a_choosy_daemonset(5).await,
        looks_at_for_a_choosy_daemonset(100).await,
    );
    assert!(
        few > 0 && many <= few,
        "{few} looks among few, {many} among many"
    );
}

/// Objects looked at for a DaemonSet that chooses every node, of which there are four.
async fn looks_at_for_a_daemonset_everywhere(count: usize) -> u64 {
    let world = World::start(lasting()).await;
    bystanders(&world, count).await;
    for number in 0..count {
        let mut elsewhere = daemonset(json!({}));
        elsewhere["metadata"]["name"] = json!(format!("elsewhere-{number}"));
        let selector = json!({"place": format!("nowhere-{number}")});
        elsewhere["spec"]["template"]["spec"]["nodeSelector"] = selector;
        world.create::<DaemonSet>(elsewhere).await;
    }
    for name in ["a", "b", "c"] {
        node(&world, name, json!({})).await;
    }
    world.pass_secs(2).await;
    let before = world.handed_out();
    let mut everywhere = daemonset(json!({}));
    everywhere["spec"]["template"]["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    world.create::<DaemonSet>(everywhere).await;
    world.pass_secs(1).await;
    let pods = world.pods().await;
    let daemons = pods
        .iter()
        .filter(|pod| pod.name_any().starts_with("logs-"));
    assert_eq!(daemons.count(), 4, "one on each");
    world.handed_out() - before
}

#[tokio::test(start_paused = true)]
async fn a_daemonset_everywhere_costs_the_same_looks_among_many() {
    let (few, many) = (
        looks_at_for_a_daemonset_everywhere(5).await,
        looks_at_for_a_daemonset_everywhere(100).await,
    );
    assert!(
        few > 0 && many <= few,
        "{few} looks among few, {many} among many"
    );
}
