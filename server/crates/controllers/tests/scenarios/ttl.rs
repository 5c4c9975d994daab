//! Finished Jobs that go after a while.

use k8s_openapi::api::batch::v1::Job;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{Lag, World, is_true};

async fn is_there(world: &World) -> bool {
    let job = world.api::<Job>().get_opt("pi").await;
    job.expect("served").is_some()
}

#[tokio::test(start_paused = true)]
async fn ttl_01_a_job_that_is_to_stay_longer_stays_though_its_controller_has_not_heard() {
    for unheard in [false, true] {
        let lag = Lag::of("/jobs");
        let world = World::with_lag(succeeding(1), &lag).await;
        let spec = json!({"ttlSecondsAfterFinished": 30});
        world.create::<Job>(job("pi", spec)).await;
        world
            .until("pi", |status| is_true(status, "Complete"))
            .await;
        world.pass_secs(10).await;
        if unheard {
            lag.begin();
        }
        let longer = json!({"spec": {"ttlSecondsAfterFinished": 100}});
        world.patch::<Job>("pi", longer).await;
        world.pass_secs(80).await;
        assert!(is_there(&world).await, "unheard: {unheard}");
        // who collects its pods must hear of it
        lag.end();
        world.pass_secs(15).await;
        assert!(!is_there(&world).await, "unheard: {unheard}");
    }
}

#[tokio::test(start_paused = true)]
async fn ttl_01_a_finalizer_holds_what_is_to_go() {
    let world = World::start(succeeding(1)).await;
    let mut held = job("pi", json!({"ttlSecondsAfterFinished": 30}));
    held["metadata"]["finalizers"] = json!(["test/held"]);
    world.create::<Job>(held).await;
    world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    world.pass_secs(29).await;
    let job = world.job("pi").await;
    assert!(job.metadata.deletion_timestamp.is_none(), "not yet");
    world.pass_secs(60).await;
    let job = world.job("pi").await;
    assert!(job.metadata.deletion_timestamp.is_some());
    let free = json!({"metadata": {"finalizers": null}});
    world.patch::<Job>("pi", free).await;
    world.pass_secs(1).await;
    assert!(!is_there(&world).await);
}

#[tokio::test(start_paused = true)]
async fn ttl_03_a_job_that_has_finished_may_be_given_its_time_then() {
    let world = World::start(succeeding(1)).await;
    world.create::<Job>(job("pi", json!({}))).await;
    world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    world.pass_secs(100).await;
    assert!(is_there(&world).await, "it was given none");
    let told = world.events("pi").await;
    let late = json!({"spec": {"ttlSecondsAfterFinished": 110}});
    world.patch::<Job>("pi", late).await;
    world.pass_secs(5).await;
    assert!(is_there(&world).await, "which counts from its end");
    world.pass_secs(20).await;
    assert!(!is_there(&world).await);
    assert_eq!(
        world.events("pi").await,
        told,
        "TTL-02: no Event tells of it"
    );
}

#[tokio::test(start_paused = true)]
async fn ttl_02_a_job_of_which_nobody_knows_when_it_ended_waits_until_somebody_says() {
    let world = World::start(succeeding(1)).await;
    let spec = json!({"managedBy": "example.com/other", "ttlSecondsAfterFinished": 5});
    world.create::<Job>(job("pi", spec)).await;
    let ended = |since: Value| {
        let condition =
            |type_: &str| json!({"type": type_, "status": "True", "lastTransitionTime": since});
        json!({"status": {
            "startTime": "2026-11-23T12:00:00Z", "conditions": [condition("FailureTarget"), condition("Failed")],
        }})
    };
    let jobs = world.api::<Job>();
    let params = PatchParams::default();
    for (since, stays) in [(json!(null), true), (json!("2026-11-23T12:00:00Z"), false)] {
        let patched = jobs
            .patch_status("pi", &params, &Patch::Merge(ended(since)))
            .await;
        patched.expect("its own controller ends it");
        world.pass_secs(100).await;
        assert_eq!(is_there(&world).await, stays);
    }
}
