//! Nodes that fall silent and come back.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;
use orrery_sim::{Sim, daemonset, is_active, job, pod_node, run};

fn ready(sim: &Sim, node: &str) -> String {
    let status = sim.get::<Node>(node).status.clone().unwrap_or_default();
    let mut conditions = status.conditions.into_iter().flatten();
    let ready = conditions.find(|condition| condition.type_ == "Ready");
    ready.map_or("never".to_owned(), |condition| condition.status)
}

fn taints(sim: &Sim, node: &str) -> Vec<String> {
    let spec = sim.get::<Node>(node).spec.clone().unwrap_or_default();
    let taints = spec.taints.into_iter().flatten();
    taints
        .map(|taint| format!("{}:{}", taint.key, taint.effect))
        .collect()
}

#[test]
fn node_01_ev_02_a_dead_node_is_tainted_and_its_pods_evicted() {
    run(1, |sim| async move {
        sim.create(daemonset("agent")).await;
        sim.create(job("long").completions(3).parallelism(3).runs_for(3000))
            .await;
        sim.until("all run", || {
            sim.active_pods("long").len() == 3 && sim.active_pods("agent").len() == 3
        })
        .await;
        sim.pass_secs(5).await;
        let on_one = |pod: &std::sync::Arc<Pod>| pod_node(pod).as_deref() == Some("node-1");
        let jobs_there: Vec<String> = sim
            .active_pods("long")
            .iter()
            .filter(|pod| on_one(pod))
            .map(|pod| pod.name_any())
            .collect();
        assert_eq!(jobs_there.len(), 1, "one Job's pod on each node");
        sim.fail_node("node-1").await;
        let died = sim.elapsed_secs();
        sim.until("it is noticed", || ready(&sim, "node-1") == "Unknown")
            .await;
        let noticed = sim.elapsed_secs() - died;
        assert!(
            (40..=51).contains(&noticed),
            "within the grace of 50 s: {noticed}"
        );
        sim.pass_secs(1).await;
        let unreachable = "node.kubernetes.io/unreachable";
        let expected = [
            format!("{unreachable}:NoSchedule"),
            format!("{unreachable}:NoExecute"),
        ];
        assert_eq!(taints(&sim, "node-1"), expected[..1]);
        sim.pass_secs(5).await;
        assert_eq!(taints(&sim, "node-1"), expected, "one look later");
        let victim = sim.get::<Pod>(&jobs_there[0]);
        assert!(is_active(&victim), "tolerated for five minutes");
        sim.until("it is evicted", || {
            sim.get::<Pod>(&jobs_there[0])
                .metadata
                .deletion_timestamp
                .is_some()
        })
        .await;
        let evicted = sim.elapsed_secs() - died - noticed;
        assert!(
            (304..=306).contains(&evicted),
            "300 s after that: {evicted}"
        );
        let status = sim
            .get::<Pod>(&jobs_there[0])
            .status
            .clone()
            .unwrap_or_default();
        let mut conditions = status.conditions.into_iter().flatten();
        let target = conditions.find(|condition| condition.type_ == "DisruptionTarget");
        let target = target.expect("EV-02: it is told why");
        let told = (target.reason.as_deref(), target.message.as_deref());
        let want = (
            Some("DeletionByTaintManager"),
            Some("Taint manager: deleting due to NoExecute taint"),
        );
        assert_eq!((target.status.as_str(), told), ("True", want));
        let agents = sim.active_pods("agent");
        assert!(
            agents.iter().any(on_one),
            "DS-03: daemons tolerate it for good"
        );
        sim.pass_secs(60).await;
        let replaced = sim.active_pods("long");
        assert_eq!(replaced.len(), 3, "a replacement runs elsewhere");
        assert!(!replaced.iter().any(on_one));

        sim.add_node(1);
        sim.until("it is back", || ready(&sim, "node-1") == "True")
            .await;
        sim.pass_secs(5).await;
        assert!(taints(&sim, "node-1").is_empty());
        assert!(
            sim.find::<Pod>(&jobs_there[0]).is_none(),
            "what was evicted is gone at last"
        );
        let agents = sim.active_pods("agent");
        assert!(
            agents.iter().all(|pod| orrery_sim::is_ready(pod)),
            "and the daemon runs again"
        );
        assert_eq!(agents.len(), 3);
    });
}

/// As upstream, whose eviction does not ask how a pod is: what has ended there goes with the rest, and a
/// Job that has counted it counts on.
#[test]
fn ev_02_what_has_ended_on_a_dead_node_goes_like_what_runs() {
    run(4, |sim| async move {
        sim.create(job("done").runs_for(1)).await;
        sim.until("it is complete", || sim.job_is("done", "Complete"))
            .await;
        let pod = sim.children::<Pod>("done").remove(0);
        let node = pod_node(&pod).expect("it has run");
        sim.fail_node(&node).await;
        sim.until("it is noticed", || ready(&sim, &node) == "Unknown")
            .await;
        sim.pass_secs(290).await;
        let name = pod.name_any();
        assert!(sim.find::<Pod>(&name).is_some(), "its tolerations hold");
        sim.pass_secs(20).await;
        assert!(sim.find::<Pod>(&name).is_none(), "at once: nothing runs");
        let status = sim.get::<Job>("done").status.clone().unwrap_or_default();
        assert_eq!((status.succeeded, status.failed), (Some(1), None));
        assert!(sim.job_is("done", "Complete"));
    });
}

#[test]
fn pgc_02_pods_of_a_node_that_is_gone_are_collected() {
    run(2, |sim| async move {
        sim.create(job("long").completions(3).parallelism(3).runs_for(3000))
            .await;
        sim.create(daemonset("agent")).await;
        sim.pass_secs(5).await;
        sim.fail_node("node-2").await;
        sim.delete_cluster_wide::<Node>("node-2").await;
        sim.pass_secs(120).await;
        let pods = sim.all::<Pod>();
        let left = pods
            .iter()
            .filter(|pod| pod_node(pod).as_deref() == Some("node-2"));
        assert_eq!(left.filter(|pod| is_active(pod)).count(), 0);
        assert_eq!(
            sim.active_pods("long").len(),
            3,
            "the Job's pod runs elsewhere"
        );
        assert_eq!(sim.active_pods("agent").len(), 2, "two nodes, two daemons");
    });
}

#[test]
fn after_a_restart_of_everything_pods_are_as_after_a_reboot() {
    run(3, |sim| async move {
        sim.create(daemonset("agent")).await;
        sim.create(job("once").runs_for(60).backoff_limit(2)).await;
        sim.create(job("again").runs_for(60).restarts_after(0))
            .await;
        sim.at_secs(20).await;
        let before = sim.child_names::<Pod>("agent");
        sim.restart();
        sim.until("both are complete", || {
            sim.job_is("once", "Complete") && sim.job_is("again", "Complete")
        })
        .await;
        let daemons = sim.active_pods("agent");
        let names: Vec<String> = daemons.iter().map(|pod| pod.name_any()).collect();
        assert_eq!(names.len(), before.len());
        assert!(
            names.iter().all(|name| before.contains(name)),
            "daemons restart in place"
        );
        assert!(daemons.iter().all(|pod| orrery_sim::is_ready(pod)));
        assert_eq!(
            sim.children::<Pod>("again").len(),
            1,
            "OnFailure restarts in place"
        );
        let failed = sim
            .get::<Job>("once")
            .status
            .clone()
            .unwrap_or_default()
            .failed;
        assert_eq!(failed, Some(1), "Never loses its pod, and the Job retries");
    });
}
