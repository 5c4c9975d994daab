//! Runs that a node's earlier life had begun and told nobody of, or of whose end it told nobody.

use super::*;
use crate::runtime::{ContainerSpec, Sandbox};

/// A pod whose container an agent has begun that died before it could say so; no other is there yet.
async fn begun(policy: &str, played: &[(&str, &str)], asks: Value) -> World {
    let world = world().await;
    world.task.abort();
    let pod = world.create("once", policy, script(played), asks).await;
    let uid = pod.uid().expect("a uid");
    let annotations = pod.annotations().clone().into_iter();
    let sandbox = Sandbox {
        namespace: "default".into(),
        name: "once".into(),
        uid: uid.clone(),
        annotations: annotations.collect(),
        ..Sandbox::default()
    };
    let began = world.runtime.start_sandbox(sandbox).await;
    began.expect("a sandbox");
    let run = ContainerSpec {
        pod_uid: uid,
        name: "c".into(),
        id: "untold".into(),
        ..ContainerSpec::default()
    };
    let began = world.runtime.start_container(run).await;
    began.expect("it begins");
    world
}

async fn begun_untold(policy: &str, played: &[(&str, &str)]) -> (World, Kubelet) {
    die_after(begun(policy, played, json!({})).await, 10).await
}

/// So much later all that runs dies, and the agents come back.
async fn die_after(world: World, secs: u64) -> (World, Kubelet) {
    world.clock.sleep(Duration::from_secs(secs)).await;
    world.runtime.die();
    let (next, _) = start_with(&world.client, &world.clock, world.runtime.reborn());
    (world, next)
}

/// The same for a container that was told to run: its agent hears of no end.
async fn told_to_run(played: &[(&str, &str)], secs: u64) -> (World, Kubelet) {
    let world = world().await;
    world
        .create("once", "Never", script(played), json!({}))
        .await;
    world.until("once", |pod| phase(pod) == "Running").await;
    world.task.abort();
    die_after(world, secs).await
}

const FOREVER: [(&str, &str); 1] = [("run-seconds", "forever")];
const SUCCEEDS: [(&str, &str); 2] = [("run-seconds", "5"), ("message", "done")];
const FAILS: [(&str, &str); 2] = [("run-seconds", "5"), ("exit-code", "3")];

fn lost(state: &Value) -> bool {
    let ended = &state["terminated"];
    ended["exitCode"] == json!(137) && ended["reason"] == json!("ContainerStatusUnknown")
}

fn is_over(pod: &Pod) -> bool {
    matches!(phase(pod), "Failed" | "Succeeded")
}

/// How long it ran, as its status says.
fn ran_secs(terminated: &Value) -> i64 {
    let at = |key: &str| {
        let time = terminated[key].as_str().expect("a time");
        time.parse::<Timestamp>().expect("a time").as_second()
    };
    at("finishedAt") - at("startedAt")
}

#[tokio::test(start_paused = true)]
async fn what_is_to_run_once_is_not_begun_again() {
    let (world, _next) = begun_untold("Never", &FOREVER).await;
    let is_known = |pod: &Pod| matches!(phase(pod), "Failed" | "Running");
    let pod = world.until("once", is_known).await;
    let told = container(&pod);
    assert!(lost(&told["state"]), "{told}");
    assert_eq!((phase(&pod), &told["restartCount"]), ("Failed", &json!(0)));
}

#[tokio::test(start_paused = true)]
async fn what_may_run_again_is_said_to_have_done_so() {
    let (world, _next) = begun_untold("OnFailure", &FOREVER).await;
    let pod = world.until("once", |pod| phase(pod) == "Running").await;
    let told = container(&pod);
    assert!(lost(&told["lastState"]), "{told}");
    assert_eq!(told["restartCount"], json!(1));
}

#[tokio::test(start_paused = true)]
async fn what_had_ended_by_itself_has_ended_so() {
    for policy in ["Never", "OnFailure"] {
        let (world, _next) = begun_untold(policy, &SUCCEEDS).await;
        let pod = world.until("once", is_over).await;
        let told = container(&pod);
        let ended = &told["state"]["terminated"];
        assert_eq!(phase(&pod), "Succeeded", "{policy}: {told}");
        assert_eq!(ended["exitCode"], json!(0));
        assert_eq!(ended["reason"], json!("Completed"));
        assert_eq!(ended["message"], json!("done"));
        assert_eq!(ended["containerID"], json!("orrery://untold"));
        assert_eq!(ran_secs(ended), 5);
        assert_eq!(told["restartCount"], json!(0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_had_failed_by_itself_runs_again_where_it_may() {
    let (world, _next) = begun_untold("OnFailure", &FAILS).await;
    let pod = world.until("once", |pod| phase(pod) == "Running").await;
    let told = container(&pod);
    let ended = &told["lastState"]["terminated"];
    assert_eq!(ended["exitCode"], json!(3), "{told}");
    assert_eq!(ran_secs(ended), 5);
    assert_eq!(told["restartCount"], json!(1));
}

#[tokio::test(start_paused = true)]
async fn what_was_told_to_run_has_ended_as_it_did_before_all_died() {
    let (world, _next) = told_to_run(&SUCCEEDS, 10).await;
    let pod = world.until("once", is_over).await;
    let told = container(&pod);
    let ended = &told["state"]["terminated"];
    assert_eq!(phase(&pod), "Succeeded", "{told}");
    assert_eq!(ended["reason"], json!("Completed"));
    assert_eq!(ended["containerID"], told["containerID"]);
    assert_eq!(ran_secs(ended), 5);
}

#[tokio::test(start_paused = true)]
async fn what_died_with_the_agents_is_lost_even_if_it_would_have_ended() {
    let (world, _next) = told_to_run(&SUCCEEDS, 2).await;
    let pod = world.until("once", is_over).await;
    assert!(lost(&container(&pod)["state"]), "{}", container(&pod));
    assert_eq!(phase(&pod), "Failed");
}

#[tokio::test(start_paused = true)]
async fn a_node_refuses_nothing_that_has_run_on_it() {
    let too_much = json!({"resources": {"requests": {"cpu": "5"}}});
    let world = begun("Never", &SUCCEEDS, too_much).await;
    let (world, _next) = die_after(world, 10).await;
    let pod = world.until("once", is_over).await;
    assert_eq!(phase(&pod), "Succeeded", "{:?}", pod.status);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_failed_is_no_run() {
    let world = world().await;
    let played = script(&[("refuse-starts", "1"), ("run-seconds", "forever")]);
    let pod = world.create("once", "OnFailure", played, json!({})).await;
    let runs = |pod: &Pod| container(pod)["state"]["running"].is_object();
    world.until("once", runs).await;
    let uid = pod.uid().expect("a uid");
    assert!(world.runtime.lose_sandbox(&uid), "it has one");
    let is_refused = |pod: &Pod| {
        let told = container(pod);
        told["state"]["waiting"]["reason"] == "CreateContainerError"
            && told["lastState"]["terminated"].is_object()
    };
    let pod = world.until("once", is_refused).await;
    assert_eq!(container(&pod)["restartCount"], json!(0));
    world.task.abort();
    let (world, _next) = die_after(world, 10).await;
    let pod = world.until("once", runs).await;
    assert_eq!(container(&pod)["restartCount"], json!(1));
}
