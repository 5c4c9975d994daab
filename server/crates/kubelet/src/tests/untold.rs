//! Runs that a node's earlier life had begun and told nobody of.

use super::*;
use crate::runtime::{ContainerSpec, Sandbox};

/// A pod whose container was begun by an agent that died before it could say so, on a node that is back.
async fn begun_untold(policy: &str) -> (World, Kubelet) {
    let world = world().await;
    world.task.abort();
    let forever = script(&[("run-seconds", "forever")]);
    let pod = world.create("once", policy, forever, json!({})).await;
    let uid = pod.uid().expect("a uid");
    let sandbox = Sandbox {
        namespace: "default".into(),
        name: "once".into(),
        uid: uid.clone(),
        ..Sandbox::default()
    };
    let began = world.runtime.start_sandbox(sandbox).await;
    began.expect("a sandbox");
    let run = ContainerSpec {
        pod_uid: uid.clone(),
        name: "c".into(),
        ..ContainerSpec::default()
    };
    let began = world.runtime.start_container(run).await;
    began.expect("it begins");
    world.runtime.stop_sandbox(&uid).await;
    let (next, _) = start_with(&world.client, &world.clock, world.runtime.clone());
    (world, next)
}

fn lost(state: &Value) -> bool {
    let ended = &state["terminated"];
    ended["exitCode"] == json!(137) && ended["reason"] == json!("ContainerStatusUnknown")
}

#[tokio::test(start_paused = true)]
async fn what_is_to_run_once_is_not_begun_again() {
    let (world, _next) = begun_untold("Never").await;
    let pod = world
        .until("once", |pod| matches!(phase(pod), "Failed" | "Running"))
        .await;
    let told = container(&pod);
    assert!(lost(&told["state"]), "{told}");
    assert_eq!((phase(&pod), &told["restartCount"]), ("Failed", &json!(0)));
    assert!(world.runtime.running().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_may_run_again_is_said_to_have_done_so() {
    let (world, _next) = begun_untold("OnFailure").await;
    let pod = world.until("once", |pod| phase(pod) == "Running").await;
    let told = container(&pod);
    assert!(lost(&told["lastState"]), "{told}");
    assert_eq!(told["restartCount"], json!(1));
}
