//! DaemonSets over nodes that come, change and go.

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use orrery_sim::{Options, Sim, daemonset, is_ready, pod_node, run, run_with};
use serde_json::json;

fn status(sim: &Sim, name: &str) -> DaemonSetStatus {
    sim.get::<DaemonSet>(name)
        .status
        .clone()
        .unwrap_or_default()
}

/// The nodes that have a ready pod, in order.
fn covered(sim: &Sim, name: &str) -> Vec<String> {
    let pods = sim.active_pods(name);
    let ready = pods.iter().filter(|pod| is_ready(pod));
    let mut nodes: Vec<String> = ready.filter_map(|pod| pod_node(pod)).collect();
    nodes.sort();
    nodes
}

fn all_available(sim: &Sim, name: &str, count: i32) -> bool {
    let status = status(sim, name);
    let observed = status.observed_generation == sim.get::<DaemonSet>(name).metadata.generation;
    observed
        && status.number_available == Some(count)
        && status.updated_number_scheduled == Some(count)
}

#[test]
fn ds_10_one_pod_on_each_eligible_node() {
    run_with(Options::new(10).nodes(4), |sim| async move {
        let taint = json!({"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}});
        sim.patch_node("node-4", taint).await;
        sim.create(daemonset("agent")).await;
        sim.until("all run", || all_available(&sim, "agent", 3))
            .await;
        assert_eq!(
            covered(&sim, "agent"),
            ["node-1", "node-2", "node-3"],
            "DS-01: node-4 is tainted"
        );
        let status = status(&sim, "agent");
        assert_eq!(status.desired_number_scheduled, 3);
        assert_eq!(
            (status.current_number_scheduled, status.number_ready),
            (3, 3),
            "DS-50"
        );
        sim.add_node(5);
        sim.until("the new node is covered", || {
            all_available(&sim, "agent", 4)
        })
        .await;
        assert_eq!(
            covered(&sim, "agent"),
            ["node-1", "node-2", "node-3", "node-5"]
        );
    });
}

#[test]
fn ds_05_a_node_selector_follows_labels() {
    run(5, |sim| async move {
        let label = |value| json!({"metadata": {"labels": {"disk": value}}});
        sim.patch_node("node-2", label("ssd")).await;
        sim.create(daemonset("cache").only_where("disk", "ssd"))
            .await;
        sim.until("it runs", || all_available(&sim, "cache", 1))
            .await;
        assert_eq!(covered(&sim, "cache"), ["node-2"]);
        sim.patch_node("node-3", label("ssd")).await;
        sim.pass_secs(2).await;
        assert_eq!(covered(&sim, "cache"), ["node-2", "node-3"]);
        sim.patch_node("node-2", label("disk")).await;
        sim.pass_secs(2).await;
        assert_eq!(covered(&sim, "cache"), ["node-3"]);
        assert_eq!(status(&sim, "cache").desired_number_scheduled, 1);
        assert_eq!(status(&sim, "cache").number_misscheduled, 0);
    });
}

#[test]
fn a_second_pod_with_the_same_host_port_stays_pending() {
    run(80, |sim| async move {
        sim.create(daemonset("first").host_port(9100)).await;
        sim.until("it runs", || all_available(&sim, "first", 3))
            .await;
        sim.create(daemonset("second").host_port(9100)).await;
        sim.pass_secs(30).await;
        let pods = sim.active_pods("second");
        assert_eq!(
            pods.len(),
            3,
            "DS-02: the daemon controller does not mind ports"
        );
        for pod in &pods {
            let pod_status = pod.status.clone().unwrap_or_default();
            assert_eq!(pod_status.phase.as_deref(), Some("Pending"));
            let mut conditions = pod_status.conditions.into_iter().flatten();
            let scheduled = conditions
                .find(|c| c.type_ == "PodScheduled")
                .expect("it says why");
            assert_eq!(scheduled.reason.as_deref(), Some("Unschedulable"));
            let message = scheduled.message.unwrap_or_default();
            let why = "1 node(s) didn't have free ports for the requested pod ports";
            assert!(
                message.starts_with("0/3 nodes are available: ") && message.contains(why),
                "{message}"
            );
        }
        assert_eq!(status(&sim, "second").number_unavailable, Some(3));
        sim.delete::<DaemonSet>("first", kube::api::DeleteParams::background())
            .await;
        sim.until("the ports are free", || all_available(&sim, "second", 3))
            .await;
    });
}

/// The fewest available pods by the status, the fewest nodes with a ready pod and the most active pods
/// while a new template rolls out.
async fn roll_out(sim: &Sim, name: &str) -> (i32, usize, usize) {
    let old: Vec<String> = sim.child_names::<Pod>(name);
    let template = json!({"spec": {"template": {"metadata": {"annotations": {"version": "2"}}}}});
    sim.patch::<DaemonSet>(name, template).await;
    let seen = std::cell::Cell::new((i32::MAX, usize::MAX, 0));
    sim.until("it is rolled out", || {
        let (available, fewest, most) = seen.get();
        let pods = sim.children::<Pod>(name);
        let active = sim.active_pods(name).len();
        seen.set((
            available.min(status(sim, name).number_available.unwrap_or(0)),
            fewest.min(covered(sim, name).len()),
            most.max(active),
        ));
        all_available(sim, name, 3) && pods.len() == 3
    })
    .await;
    let new = sim.child_names::<Pod>(name);
    assert!(!new.iter().any(|pod| old.contains(pod)), "every pod is new");
    seen.get()
}

#[test]
fn ds_33_a_rolling_update_takes_max_unavailable_at_a_time() {
    run(33, |sim| async move {
        // available late, so that the gap lasts longer than the instant in which pods come and go here
        let agent = daemonset("agent").max_unavailable(1).min_ready_secs(5);
        sim.create(agent).await;
        sim.until("it runs", || all_available(&sim, "agent", 3))
            .await;
        let (available, covered, most) = roll_out(&sim, "agent").await;
        assert_eq!((available, most), (2, 3));
        assert!(covered >= 2, "{covered} nodes had a ready pod");
    });
}

#[test]
fn ds_34_a_surging_update_is_never_short() {
    run(34, |sim| async move {
        // available late, so that what is there too much lasts longer than an instant
        let agent = daemonset("agent").max_surge(1).min_ready_secs(5);
        sim.create(agent).await;
        sim.until("it runs", || all_available(&sim, "agent", 3))
            .await;
        let (_, covered, most) = roll_out(&sim, "agent").await;
        assert_eq!((covered, most), (3, 4));
    });
}

#[test]
fn ds_17_a_deleted_daemon_pod_is_replaced_in_place() {
    run(13, |sim| async move {
        sim.create(daemonset("agent")).await;
        sim.until("it runs", || all_available(&sim, "agent", 3))
            .await;
        let before = sim.child_names::<Pod>("agent");
        let gone = before[0].clone();
        let node = pod_node(&sim.get::<Pod>(&gone));
        sim.delete::<Pod>(&gone, kube::api::DeleteParams::default())
            .await;
        sim.pass_secs(2).await;
        assert!(sim.find::<Pod>(&gone).is_none());
        assert_eq!(covered(&sim, "agent").len(), 3);
        let now = sim.children::<Pod>("agent");
        let mut new = now.iter().filter(|pod| !before.contains(&pod.name_any()));
        assert_eq!(new.next().and_then(|pod| pod_node(pod)), node);
    });
}

#[test]
fn ds_35_a_surging_update_with_a_host_port_stands_still() {
    run(35, |sim| async move {
        sim.create(daemonset("web").host_port(8080).max_surge(1))
            .await;
        sim.until("it runs", || all_available(&sim, "web", 3)).await;
        let template = json!({"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}});
        sim.patch::<DaemonSet>("web", template).await;
        sim.pass_secs(300).await;
        let pods = sim.active_pods("web");
        assert_eq!(pods.len(), 4, "one surge pod waits for the port");
        let ready = pods.iter().filter(|pod| orrery_sim::is_ready(pod));
        assert_eq!(ready.count(), 3, "and the old ones serve");
        assert_eq!(status(&sim, "web").updated_number_scheduled, None);
    });
}
