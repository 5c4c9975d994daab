//! What is told of a pod's end, and what waits for its sandbox to be gone.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_pod_is_said_to_have_ended_when_its_containers_have() {
    let world = world().await;
    let slow = script(&[("run-seconds", "1"), ("stop-seconds", "600")]);
    let began = world.clock.now();
    world.create("slow", "Never", slow, json!({})).await;
    world.until("slow", |pod| phase(pod) == "Succeeded").await;
    let passed = world.clock.now().duration_since(began).as_secs();
    assert!(passed < 60, "{passed} s");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_pod_is_there_as_long_as_its_sandbox() {
    let world = world().await;
    let slow = script(&[("run-seconds", "forever"), ("stop-seconds", "600")]);
    world.create("slow", "Always", slow, json!({})).await;
    world.until("slow", |pod| phase(pod) == "Running").await;
    let began = world.clock.now();
    let params = DeleteParams::default();
    world.pods().delete("slow", &params).await.expect("deleted");
    let is_there = async || {
        let found = world.pods().get_opt("slow").await;
        found.expect("an answer").is_some()
    };
    while is_there().await {
        world.clock.sleep(Duration::from_secs(1)).await;
    }
    let passed = world.clock.now().duration_since(began).as_secs();
    assert!((600..660).contains(&passed), "{passed} s");
}
