//! Where two features meet: what becomes of each is upstream's doing, step by step.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use kube::api::DeleteParams;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::cluster::{Cluster, image, is_serving, lasting, place};
use crate::cronjobs::{active, cronjob, slot};
use crate::jobs::job;
use crate::runner::{Script, succeeding};
use crate::world::{World, conditions, is_true};

const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";

/// Runs by index; the second number counts the pods of that index that have started before.
fn by_index(script: fn(&str, usize) -> (i64, i32)) -> Script {
    let started: Mutex<Vec<(String, String)>> = Mutex::default();
    Arc::new(move |pod: &Pod, _| {
        let mut started = started.lock();
        let index = pod.annotations()[INDEX].clone();
        let uid = pod.uid().unwrap_or_default();
        let of_index = |(of, _): &&(String, String)| *of == index;
        let before = started.iter().filter(of_index);
        let before = before.take_while(|(_, known)| *known != uid).count();
        if !started.iter().any(|(_, known)| *known == uid) {
            started.push((index.clone(), uid));
        }
        script(&index, before)
    })
}

fn indexed(count: i32, more: Value) -> Value {
    let mut spec = json!({
        "completionMode": "Indexed", "completions": count, "parallelism": count,
    });
    for (key, value) in more.as_object().expect("a literal object") {
        spec[key] = value.clone();
    }
    job("pi", spec)
}

fn is_staying(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    pod.metadata.deletion_timestamp.is_none() && phase == Some("Running")
}

#[tokio::test(start_paused = true)]
async fn job_75_91_an_index_that_waits_for_its_replacement_waits_over_a_suspension() {
    let script = by_index(|index, _| if index == "0" { (2, 1) } else { (100, 0) });
    let world = World::start(script).await;
    let more = json!({"backoffLimitPerIndex": 1, "podReplacementPolicy": "Failed"});
    world.create::<Job>(indexed(2, more)).await;
    world.pass_secs(5).await;
    world
        .patch::<Job>("pi", json!({"spec": {"suspend": true}}))
        .await;
    world.pass_secs(30).await;
    let held = world.job_status("pi").await;
    assert_eq!(conditions(&held), ["Suspended=True JobSuspended"]);
    let counts = (held.active, held.failed, held.terminating);
    assert_eq!(
        counts,
        (None, None, Some(0)),
        "neither pod has been counted"
    );
    assert_eq!(held.failed_indexes.as_deref(), Some(""));
    let pods = world.pods().await;
    assert_eq!(pods.len(), 1, "the failed pod of index 0 is kept");
    assert!(!pods[0].finalizers().is_empty(), "for the count it carries");

    world
        .patch::<Job>("pi", json!({"spec": {"suspend": false}}))
        .await;
    world.pass_secs(1).await;
    let carried: Vec<_> = world
        .pods()
        .await
        .iter()
        .filter(|pod| is_staying(pod))
        .map(|pod| {
            (
                pod.annotations()[INDEX].clone(),
                pod.annotations()[FAILURES].clone(),
            )
        })
        .collect();
    let pair = |index: &str, failures: &str| (index.to_owned(), failures.to_owned());
    assert_eq!(carried, [pair("0", "1"), pair("1", "0")], "JOB-23");
    let done = world.until("pi", |status| is_true(status, "Failed")).await;
    let told = [
        "Suspended=False JobResumed",
        "FailureTarget=True FailedIndexes",
        "Failed=True FailedIndexes",
    ];
    assert_eq!(conditions(&done), told);
    assert_eq!((done.succeeded, done.failed), (Some(1), Some(2)));
    let indexes = (done.completed_indexes, done.failed_indexes);
    assert_eq!(indexes, (Some("1".to_owned()), Some("0".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn job_45_72_a_job_that_shrinks_while_an_index_backs_off_forgets_what_it_has_no_more() {
    let script = by_index(|index, before| match (index, before) {
        ("0", 0) => (2, 1),
        ("0", _) => (3, 0),
        ("1", _) => (20, 0),
        ("3", _) => (1, 0),
        _ => (100, 0),
    });
    let world = World::start(script).await;
    world.create::<Job>(indexed(4, json!({}))).await;
    world.pass_secs(5).await;
    let before = world.job_status("pi").await;
    assert_eq!(before.completed_indexes.as_deref(), Some("3"));
    assert_eq!((before.succeeded, before.failed), (Some(1), Some(1)));
    let smaller = json!({"spec": {"completions": 2, "parallelism": 2}});
    world.patch::<Job>("pi", smaller).await;
    world.pass_secs(2).await;
    let after = world.job_status("pi").await;
    assert_eq!((after.succeeded, after.completed_indexes), (None, None));
    assert_eq!(
        after.active,
        Some(1),
        "index 0 backs off, index 2 is stopped"
    );
    assert_eq!(after.failed, Some(1), "which is no failure");
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(done.completed_indexes.as_deref(), Some("0,1"));
    assert_eq!((done.succeeded, done.failed), (Some(2), Some(1)));
    let ended = done.completion_time.expect("it is complete").0;
    let took = ended.duration_since("2026-11-23T12:00:00Z".parse().expect("a time"));
    assert!((20..=21).contains(&took.as_secs()), "as index 1: {took}");
}

#[tokio::test(start_paused = true)]
async fn job_36_93_a_job_that_is_suspended_with_all_that_it_wants_is_complete() {
    let script = by_index(|index, _| if index == "0" { (2, 0) } else { (100, 0) });
    let world = World::start(script).await;
    world.create::<Job>(indexed(2, json!({}))).await;
    world.pass_secs(5).await;
    let one = json!({"spec": {"suspend": true, "completions": 1, "parallelism": 1}});
    world.patch::<Job>("pi", one).await;
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    let told = [
        "SuccessCriteriaMet=True CompletionsReached",
        "Complete=True CompletionsReached",
    ];
    assert_eq!(conditions(&done), told, "complete, and not suspended");
    assert_eq!((done.succeeded, done.failed), (Some(1), None));
}

#[tokio::test(start_paused = true)]
async fn cj_20_43_replace_goes_on_beside_a_job_that_a_finalizer_holds() {
    let world = World::start(succeeding(1_000)).await;
    let spec = json!({"concurrencyPolicy": "Replace"});
    world.create::<CronJob>(cronjob("last", spec)).await;
    world.pass_secs(61).await;
    let held = slot("last", 1);
    let hold = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    world.patch::<Job>(&held, hold).await;
    world.pass_secs(60).await;
    let both = [held.clone(), slot("last", 2)];
    assert_eq!(world.job_names().await, both);
    assert_eq!(active(&world, "last").await, [slot("last", 2)]);
    let told =
        format!("UnexpectedJob Saw a job that the controller did not create or forgot: {held}");
    let events = world.events("last").await;
    assert!(events.contains(&told), "{events:?}");
    let pods = world.pods().await;
    let of_held = |pod: &&Pod| pod.labels().get("job-name") == Some(&held);
    let pod = pods.iter().find(of_held).expect("JOB-27: nobody stops it");
    assert!(
        is_staying(pod) && pod.finalizers().is_empty(),
        "nor counts it"
    );

    world.pass_secs(60).await;
    assert_eq!(active(&world, "last").await, [slot("last", 3)]);
    let free = json!({"metadata": {"finalizers": null}});
    world.patch::<Job>(&held, free).await;
    world.pass_secs(5).await;
    assert_eq!(world.job_names().await, [slot("last", 3)]);
    assert_eq!(world.pods().await.len(), 1, "its pod went with it");
}

#[tokio::test(start_paused = true)]
async fn cj_42_job_90_a_run_that_is_suspended_by_hand_still_forbids_the_next() {
    let world = World::start(succeeding(30)).await;
    let spec = json!({"concurrencyPolicy": "Forbid"});
    world.create::<CronJob>(cronjob("one", spec)).await;
    world.pass_secs(65).await;
    let first = slot("one", 1);
    let suspend = |yes: bool| json!({"spec": {"suspend": yes}});
    world.patch::<Job>(&first, suspend(true)).await;
    world.pass_secs(4 * 60).await;
    assert_eq!(
        world.job_names().await,
        std::slice::from_ref(&first),
        "12:05 is skipped"
    );
    assert_eq!(active(&world, "one").await, std::slice::from_ref(&first));
    assert!(world.pods().await.is_empty());
    world.patch::<Job>(&first, suspend(false)).await;
    world
        .until(&first, |status| is_true(status, "Complete"))
        .await;
    world.pass_secs(1).await;
    let both = [first, slot("one", 5)];
    assert_eq!(
        world.job_names().await,
        both,
        "the latest unmet slot, at once"
    );
}

#[tokio::test(start_paused = true)]
async fn cj_22_ttl_01_a_run_that_goes_as_it_ends_has_been_seen_to_succeed() {
    let world = World::start(succeeding(10)).await;
    let mut brief = cronjob("brief", json!({"successfulJobsHistoryLimit": 3}));
    brief["spec"]["jobTemplate"]["spec"]["ttlSecondsAfterFinished"] = json!(0);
    world.create::<CronJob>(brief).await;
    world.pass_secs(3 * 60 + 30).await;
    assert!(world.job_names().await.is_empty());
    assert!(world.pods().await.is_empty(), "their pods went before them");
    let status = world.cronjob("brief").await.status.expect("it is written");
    assert!(status.active.is_none());
    let time = |time: Option<Time>| time.map(|time| time.0.to_string());
    let last = time(status.last_schedule_time);
    assert_eq!(last.as_deref(), Some("2026-11-23T12:03:00Z"));
    let successful = time(status.last_successful_time);
    assert_eq!(successful.as_deref(), Some("2026-11-23T12:03:10Z"));
    let events = world.events("brief").await;
    for (reason, times) in [
        ("SuccessfulCreate", 3),
        ("SawCompletedJob", 3),
        ("MissingJob", 0),
    ] {
        let told = events.iter().filter(|event| event.starts_with(reason));
        assert_eq!(told.count(), times, "{reason}: {events:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn cj_04_51_a_zone_that_gets_another_name_runs_its_slot_once() {
    let world = World::start(succeeding(1)).await;
    // 12:05 in UTC
    let spec = json!({"schedule": "35 17 * * *", "timeZone": "Asia/Calcutta"});
    world.create::<CronJob>(cronjob("india", spec)).await;
    world.pass_secs(4 * 60).await;
    let renamed = json!({"spec": {"timeZone": "Asia/Kolkata"}});
    world.patch::<CronJob>("india", renamed).await;
    world.pass_secs(50).await;
    assert!(world.job_names().await.is_empty(), "never early");
    world.pass_secs(20).await;
    assert_eq!(world.job_names().await, [slot("india", 5)]);
    let again = json!({"spec": {"timeZone": "Asia/Calcutta"}});
    world.patch::<CronJob>("india", again).await;
    world.pass_secs(3_600).await;
    let jobs = world.jobs().await;
    assert_eq!(
        jobs.len(),
        1,
        "a slot that has run is not run by another name"
    );
    let at = &jobs[0].annotations()["batch.kubernetes.io/cronjob-scheduled-timestamp"];
    assert_eq!(at, "2026-11-23T17:35:00+05:30");
}

#[tokio::test(start_paused = true)]
async fn dst_01_a_clock_set_over_the_hour_that_is_not_runs_what_there_is() {
    let world = World::start(succeeding(1)).await;
    let at = |text: &str| -> Timestamp { text.parse().expect("a literal time") };
    let set_to = |text: &str| world.clock.jump(at(text).duration_since(world.clock.now()));
    // in Berlin 02:00 is 03:00 that night, at 01:00 in UTC
    set_to("2027-03-28T00:29:30Z");
    world.pass_secs(10).await;
    let spec = json!({"schedule": "30 1,2,3 * * *", "timeZone": "Europe/Berlin"});
    world.create::<CronJob>(cronjob("night", spec)).await;
    world.pass_secs(30).await;
    let slot = |text: &str| format!("night-{}", at(text).as_second() / 60);
    let first = slot("2027-03-28T00:30:00Z");
    assert_eq!(
        world.job_names().await,
        std::slice::from_ref(&first),
        "01:30"
    );
    set_to("2027-03-28T01:31:00Z");
    world.pass_secs(10).await;
    let second = slot("2027-03-28T01:30:00Z");
    assert_eq!(
        world.job_names().await,
        [first, second],
        "03:30, and no 02:30"
    );
    world.pass_secs(3_600).await;
    assert_eq!(world.job_names().await.len(), 2);
    let events = world.events("night").await;
    let missed = events.iter().any(|event| event.contains("missed"));
    assert!(!missed, "none was missed: {events:?}");
}

#[tokio::test(start_paused = true)]
async fn ds_15_33_a_new_template_does_not_wait_for_the_back_off_of_the_old_one() {
    let script: Script = Arc::new(|pod: &Pod, _| {
        let spec = pod.spec.as_ref().expect("every pod has one");
        match spec.containers[0].image.as_deref() {
            Some("x:1") => (1, 1),
            _ => (1_000_000, 0),
        }
    });
    let cluster = Cluster::start(script, &["a"]).await;
    cluster.create(json!({})).await;
    // killed after 1, 2, 4, 8, 16 and 32 s; the next time would be after 64
    cluster.world.pass_secs(45).await;
    let pods = cluster.world.pods().await;
    let phase = |pod: &Pod| pod.status.clone().and_then(|status| status.phase);
    assert_eq!(phase(&pods[0]).as_deref(), Some("Failed"), "it is left");
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.world.pass_secs(5).await;
    let pods = cluster.world.pods().await;
    assert_eq!(pods.len(), 1);
    assert!(is_serving(&pods[0]), "an unavailable old pod goes at once");
    let kills = cluster.world.events("logs").await;
    let told = kills
        .iter()
        .filter(|event| event.starts_with("FailedDaemonPod"));
    assert!(told.count() >= 5, "{kills:?}");
}

#[tokio::test(start_paused = true)]
async fn ds_03_18_34_a_node_that_is_drained_amid_a_surging_update_is_updated_too() {
    let cluster = Cluster::start(lasting(), &["a", "b", "c"]).await;
    let surge = json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}});
    let spec = json!({"minReadySeconds": 3, "updateStrategy": surge});
    cluster.create(spec).await;
    cluster.until_updated(3, |_| {}).await;
    let cordon = json!({"spec": {"unschedulable": true}});
    cluster.patch_node("b", cordon).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.world.pass_secs(1).await;
    let pods = cluster.world.pods().await;
    let on_b = pods.iter().find(|pod| place(pod) == "b" && is_staying(pod));
    let name = on_b.expect("a cordon moves no daemon").name_any();
    let pods = cluster.world.api::<Pod>();
    let drained = pods.delete(&name, &DeleteParams::default()).await;
    drained.expect("it is there");
    let enough = |pods: &[Pod]| {
        let elsewhere = |pod: &&Pod| is_serving(pod) && place(pod) != "b";
        let serving = pods.iter().filter(elsewhere).count();
        assert!(serving >= 2, "a surge takes no node's only pod: {serving}");
    };
    let status = cluster.until_updated(3, enough).await;
    let numbers = (status.desired_number_scheduled, status.number_misscheduled);
    assert_eq!(numbers, (3, 0), "the cordoned node counts");
    cluster.world.pass_secs(60).await;
    assert_eq!(cluster.places().await, ["a", "b", "c"]);
    assert!(cluster.world.pods().await.iter().all(is_serving));
}
