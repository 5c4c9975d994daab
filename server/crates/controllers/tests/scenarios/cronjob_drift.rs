//! CronJobs whose status or Jobs are not what their controller left.

use std::sync::atomic::Ordering;

use http::Method;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use crate::cronjob_rules::times_told;
use crate::cronjobs::{active, cronjob, slot};
use crate::jobs::job;
use crate::refusals::{owned, told, while_on};
use crate::runner::succeeding;
use crate::world::{Lag, World};

#[tokio::test(start_paused = true)]
async fn cj_20_of_a_job_nothing_is_told_while_nobody_says_what_the_cronjob_knows() {
    let (on, refusal) = while_on(Method::GET, "/cronjobs/yearly");
    let world = World::with_refusal(succeeding(500), refusal).await;
    let spec = json!({"schedule": "0 0 1 1 *"});
    let made = world.create::<CronJob>(cronjob("yearly", spec)).await;
    world.pass_secs(1).await;
    on.store(true, Ordering::SeqCst);
    let by_hand = owned(job("by-hand", json!({})), &made, true);
    world.create::<Job>(by_hand).await;
    world.pass_secs(10).await;
    assert!(!told(&world, "yearly", "UnexpectedJob").await);
    on.store(false, Ordering::SeqCst);
    world.pass_secs(20).await;
    assert!(told(&world, "yearly", "UnexpectedJob").await, "asked again");
}

#[tokio::test(start_paused = true)]
async fn cj_20_53_an_earlier_run_that_the_status_lost_is_back_and_the_last_slot_stays_the_last() {
    let world = World::start(succeeding(500)).await;
    world.create::<CronJob>(cronjob("tick", json!({}))).await;
    world.pass_secs(121).await;
    let status = world.cronjob("tick").await.status.expect("written");
    let entries = status.active.expect("two");
    let second = Patch::Merge(json!({"status": {"active": [entries[1]]}}));
    let cronjobs = world.api::<CronJob>();
    let params = PatchParams::default();
    let lost = cronjobs.patch_status("tick", &params, &second).await;
    lost.expect("it is there");
    world.pass_secs(5).await;
    assert_eq!(
        active(&world, "tick").await,
        [slot("tick", 2), slot("tick", 1)]
    );
    let status = world.cronjob("tick").await.status.expect("written");
    let last = status.last_schedule_time.expect("set").0.to_string();
    assert_eq!(last, "2026-11-23T12:02:00Z");
    assert!(!told(&world, "tick", "UnexpectedJob").await);
    assert_eq!(world.job_names().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn cj_23_another_job_that_has_the_name_by_now_is_not_the_run() {
    let lag = Lag::of("/jobs");
    let world = World::with_lag(succeeding(500), &lag).await;
    let spec = json!({"schedule": "1 * * * *", "concurrencyPolicy": "Forbid"});
    world.create::<CronJob>(cronjob("lost", spec)).await;
    world.pass_secs(65).await;
    let run = slot("lost", 1);
    let jobs = world.api::<Job>();
    lag.begin();
    let gone = jobs.delete(&run, &DeleteParams::background()).await;
    gone.expect("it is there");
    world.create::<Job>(job(&run, json!({}))).await;
    lag.end();
    world.pass_secs(5).await;
    assert!(active(&world, "lost").await.is_empty());
    let missing = format!("MissingJob Active job went missing: {run}");
    assert!(told(&world, "lost", &missing).await);
    assert_eq!(
        world.job_names().await,
        [run],
        "the other one is left alone"
    );
}

#[tokio::test(start_paused = true)]
async fn cj_13_a_finished_job_that_a_finalizer_holds_is_deleted_and_told_of_once() {
    let world = World::start(succeeding(30)).await;
    let spec = json!({"schedule": "1 * * * *", "successfulJobsHistoryLimit": 0});
    world.create::<CronJob>(cronjob("kept", spec)).await;
    world.pass_secs(65).await;
    let run = slot("kept", 1);
    let hold = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    world.patch::<Job>(&run, hold).await;
    world.pass_secs(60).await;
    assert_eq!(times_told(&world, "kept", "SuccessfulDelete").await, 1);
    for n in 1..=3 {
        let wake = json!({"metadata": {"labels": {"wake": n.to_string()}}});
        world.patch::<CronJob>("kept", wake).await;
        assert_eq!(times_told(&world, "kept", "SuccessfulDelete").await, 1);
    }
    let held = world.job(&run).await;
    assert!(held.metadata.deletion_timestamp.is_some());
    let free = json!({"metadata": {"finalizers": null}});
    world.patch::<Job>(&run, free).await;
    world.pass_secs(5).await;
    assert!(world.job_names().await.is_empty());
    assert_eq!(times_told(&world, "kept", "FailedDelete").await, 0);
}

#[tokio::test(start_paused = true)]
async fn cj_04_a_change_that_may_not_be_left_on_the_object_holds_all_the_same() {
    let (on, refusal) = while_on(Method::PATCH, "/cronjobs/moved");
    on.store(true, Ordering::SeqCst);
    let world = World::with_refusal(succeeding(1), refusal).await;
    let yearly = json!({"schedule": "0 0 1 1 *"});
    world.create::<CronJob>(cronjob("moved", yearly)).await;
    world.pass_secs(1_830).await;
    let often = json!({"spec": {"schedule": "*/10 * * * *"}});
    world.patch::<CronJob>("moved", often).await;
    world.pass_secs(5).await;
    let wake = json!({"metadata": {"labels": {"wake": "up"}}});
    world.patch::<CronJob>("moved", wake).await;
    world.pass_secs(5).await;
    assert!(world.job_names().await.is_empty(), "12:30 is past");
    let moved = world.cronjob("moved").await;
    assert!(moved.annotations().is_empty());
    world.pass_secs(600).await;
    assert_eq!(world.job_names().await, [slot("moved", 40)]);
}

#[tokio::test(start_paused = true)]
async fn cj_53_what_an_earlier_cronjob_of_the_name_ran_is_not_told_of_the_new_one() {
    let (on, refusal) = while_on(Method::PUT, "/cronjobs/tick/status");
    on.store(true, Ordering::SeqCst);
    let world = World::with_refusal(succeeding(500), refusal).await;
    world.create::<CronJob>(cronjob("tick", json!({}))).await;
    world.pass_secs(65).await;
    assert_eq!(world.job_names().await, [slot("tick", 1)]);
    let cronjobs = world.api::<CronJob>();
    let gone = cronjobs.delete("tick", &DeleteParams::background()).await;
    gone.expect("it is there");
    on.store(false, Ordering::SeqCst);
    world.create::<CronJob>(cronjob("tick", json!({}))).await;
    world.pass_secs(30).await;
    let status = world.cronjob("tick").await.status.unwrap_or_default();
    assert_eq!((status.active, status.last_schedule_time), (None, None));
    assert!(!told(&world, "tick", "MissingJob").await);
    world.pass_secs(30).await;
    assert_eq!(active(&world, "tick").await, [slot("tick", 2)]);
}
