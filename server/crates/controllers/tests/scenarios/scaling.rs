//! A reconcile costs what its own object costs, however full the cluster is. Counted, not timed.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::api::PostParams;
use serde_json::{Value, json};

use crate::cluster::{daemonset, lasting};
use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{World, is_true};

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
