//! CronJobs over several minutes.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::runner::{failing_first, succeeding};
use crate::world::{World, is_true};

pub fn cronjob(name: &str, spec: Value) -> Value {
    let mut cronjob = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
        "spec": {"schedule": "* * * * *", "jobTemplate": {
            "metadata": {"labels": {"app": name}, "annotations": {"note": "kept"}},
            "spec": {"template": {"spec": {
                "restartPolicy": "Never", "nodeName": "node-1",
                "containers": [{"name": "main", "image": "x", "command": ["true"]}],
            }}},
        }},
    });
    for (key, value) in spec.as_object().expect("a literal object") {
        cronjob["spec"][key] = value.clone();
    }
    cronjob
}

/// Noon's slot; minute n after it has this number plus n.
const NOON: i64 = 1_795_435_200 / 60;

pub fn slot(name: &str, minute: i64) -> String {
    format!("{name}-{}", NOON + minute)
}

pub async fn active(world: &World, name: &str) -> Vec<String> {
    let status = world.cronjob(name).await.status.unwrap_or_default();
    status
        .active
        .iter()
        .flatten()
        .filter_map(|entry| entry.name.clone())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn cj_44_50_allow_starts_a_job_at_every_slot() {
    let world = World::start(succeeding(90)).await;
    world.create::<CronJob>(cronjob("tick", json!({}))).await;
    world.pass_secs(59).await;
    assert!(world.job_names().await.is_empty(), "never early");
    world.pass_secs(2).await;
    assert_eq!(
        world.job_names().await,
        [slot("tick", 1)],
        "as soon as possible"
    );
    world.pass_secs(60).await;
    assert_eq!(
        active(&world, "tick").await,
        [slot("tick", 1), slot("tick", 2)],
        "two at once"
    );
    let job = world.job(&slot("tick", 1)).await;
    assert_eq!(job.labels().get("app").map(String::as_str), Some("tick"));
    assert_eq!(job.annotations()["note"], "kept");
    assert_eq!(
        job.annotations()["batch.kubernetes.io/cronjob-scheduled-timestamp"],
        "2026-11-23T12:01:00Z"
    );
    let owner = &job.owner_references()[0];
    assert_eq!(
        (
            owner.kind.as_str(),
            owner.controller,
            owner.block_owner_deletion
        ),
        ("CronJob", Some(true), Some(true))
    );
    let created = job.creation_timestamp().expect("set").0;
    assert_eq!(created.to_string(), "2026-11-23T12:01:00Z");

    world.pass_secs(90).await;
    let status = world.cronjob("tick").await.status.expect("written");
    assert_eq!(
        status.last_schedule_time.expect("set").0.to_string(),
        "2026-11-23T12:03:00Z",
        "CJ-53: the slot, not the time of the write"
    );
    assert_eq!(
        status.last_successful_time.expect("CJ-22").0.to_string(),
        "2026-11-23T12:03:30Z"
    );
    let events = world.events("tick").await;
    let want = [
        format!("SuccessfulCreate Created job {}", slot("tick", 1)),
        format!("SuccessfulCreate Created job {}", slot("tick", 2)),
        format!(
            "SawCompletedJob Saw completed job: {}, condition: Complete",
            slot("tick", 1)
        ),
        format!("SuccessfulCreate Created job {}", slot("tick", 3)),
        format!(
            "SawCompletedJob Saw completed job: {}, condition: Complete",
            slot("tick", 2)
        ),
    ];
    let mut events = events;
    events.sort();
    let mut want = want.to_vec();
    want.sort();
    assert_eq!(events, want);
}

#[tokio::test(start_paused = true)]
async fn cj_42_forbid_never_overlaps() {
    let world = World::start(succeeding(90)).await;
    world
        .create::<CronJob>(cronjob("once", json!({"concurrencyPolicy": "Forbid"})))
        .await;
    world.pass_secs(121).await;
    assert_eq!(
        world.job_names().await,
        [slot("once", 1)],
        "the second slot waits"
    );
    let status = world.cronjob("once").await.status.expect("written");
    assert_eq!(
        status.last_schedule_time.expect("set").0.to_string(),
        "2026-11-23T12:01:00Z",
        "not advanced"
    );
    world.pass_secs(31).await;
    let names = world.job_names().await;
    assert_eq!(
        names,
        [slot("once", 1), slot("once", 2)],
        "CJ-03: run at once when the first has finished"
    );
    let created = world
        .job(&slot("once", 2))
        .await
        .creation_timestamp()
        .expect("set")
        .0;
    assert_eq!(created.to_string(), "2026-11-23T12:02:30Z");
    let events = world.events("once").await;
    let skipped = "JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid";
    assert!(events.iter().any(|event| event == skipped), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn cj_43_replace_leaves_one() {
    let world = World::start(succeeding(300)).await;
    world
        .create::<CronJob>(cronjob("last", json!({"concurrencyPolicy": "Replace"})))
        .await;
    for minute in 1..=4 {
        world.pass_secs(61).await;
        let running: Vec<_> = world
            .jobs()
            .await
            .into_iter()
            .filter(|job| job.metadata.deletion_timestamp.is_none())
            .collect();
        let names: Vec<_> = running.iter().map(ResourceExt::name_any).collect();
        assert_eq!(names, [slot("last", minute)]);
        assert_eq!(active(&world, "last").await, names);
    }
    let events = world.events("last").await;
    assert!(
        events.contains(&format!("SuccessfulDelete Deleted job {}", slot("last", 1))),
        "{events:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn cj_12_14_history_keeps_the_newest() {
    let world = World::start(succeeding(1)).await;
    world
        .create::<CronJob>(cronjob("kept", json!({"successfulJobsHistoryLimit": 2})))
        .await;
    world.pass_secs(60 * 5 + 5).await;
    assert_eq!(world.job_names().await, [slot("kept", 4), slot("kept", 5)]);

    let world = World::start(failing_first(100)).await;
    let mut failing = cronjob("none", json!({"failedJobsHistoryLimit": 0}));
    failing["spec"]["jobTemplate"]["spec"]["backoffLimit"] = json!(0);
    world.create::<CronJob>(failing).await;
    world.pass_secs(90).await;
    assert!(world.job_names().await.is_empty(), "CJ-14");
    let events = world.events("none").await;
    assert!(
        !events
            .iter()
            .any(|event| event.starts_with("SawCompletedJob")),
        "CJ-14: {events:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn cj_32_36_resuming_runs_the_latest_missed_slot_only() {
    let world = World::start(succeeding(1)).await;
    world
        .create::<CronJob>(cronjob("pause", json!({"suspend": true})))
        .await;
    world.pass_secs(3 * 3600 + 30).await;
    assert!(world.job_names().await.is_empty());
    world
        .patch::<CronJob>("pause", json!({"spec": {"suspend": false}}))
        .await;
    world.pass_secs(5).await;
    assert_eq!(world.job_names().await, [slot("pause", 180)]);
    let events = world.events("pause").await;
    assert!(
        events
            .iter()
            .any(|event| event.starts_with("TooManyMissedTimes too many missed start times."))
    );
}

#[tokio::test(start_paused = true)]
async fn cj_39_a_late_slot_is_dropped() {
    let world = World::start(succeeding(1)).await;
    world
        .create::<CronJob>(cronjob(
            "late",
            json!({"suspend": true, "startingDeadlineSeconds": 20}),
        ))
        .await;
    world.pass_secs(3630).await;
    world
        .patch::<CronJob>("late", json!({"spec": {"suspend": false}}))
        .await;
    world.pass_secs(5).await;
    assert!(world.job_names().await.is_empty());
    world.pass_secs(30).await;
    assert_eq!(world.job_names().await, [slot("late", 61)]);
}

#[tokio::test(start_paused = true)]
async fn cj_04_a_changed_schedule_does_not_run_its_past() {
    let world = World::start(succeeding(1)).await;
    world
        .create::<CronJob>(cronjob("moved", json!({"schedule": "0 0 1 1 *"})))
        .await;
    world.pass_secs(1830).await;
    world
        .patch::<CronJob>("moved", json!({"spec": {"schedule": "*/10 * * * *"}}))
        .await;
    world.pass_secs(5).await;
    world
        .patch::<CronJob>("moved", json!({"metadata": {"labels": {"wake": "up"}}}))
        .await;
    world.pass_secs(5).await;
    assert!(world.job_names().await.is_empty(), "12:30 is past");
    world.pass_secs(600).await;
    assert_eq!(world.job_names().await, [slot("moved", 40)]);
}

#[tokio::test(start_paused = true)]
async fn cj_62_a_manual_job_is_seen_but_not_active() {
    let world = World::start(succeeding(30)).await;
    let cronjob = world
        .create::<CronJob>(cronjob("hand", json!({"schedule": "0 0 1 1 *"})))
        .await;
    let mut manual = crate::jobs::job("hand-manual-1", json!({}));
    manual["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": "hand", "uid": cronjob.uid(), "controller": true,
    }]);
    world.create::<Job>(manual).await;
    world
        .until("hand-manual-1", |status| is_true(status, "Complete"))
        .await;
    world.pass_secs(1).await;
    assert!(active(&world, "hand").await.is_empty());
    let status = world.cronjob("hand").await.status.expect("written");
    assert!(status.last_successful_time.is_some());
    let events = world.events("hand").await;
    let unexpected =
        "UnexpectedJob Saw a job that the controller did not create or forgot: hand-manual-1";
    assert!(events.iter().any(|event| event == unexpected), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn cj_23_a_job_that_is_gone_leaves_the_active_list() {
    let world = World::start(succeeding(500)).await;
    world
        .create::<CronJob>(cronjob("lost", json!({"schedule": "1 * * * *"})))
        .await;
    world.pass_secs(65).await;
    let jobs: kube::Api<Job> = world.api();
    jobs.delete(&slot("lost", 1), &kube::api::DeleteParams::background())
        .await
        .expect("it is there");
    world.pass_secs(2).await;
    assert!(active(&world, "lost").await.is_empty());
    let events = world.events("lost").await;
    assert!(
        events.contains(&format!(
            "MissingJob Active job went missing: {}",
            slot("lost", 1)
        )),
        "{events:?}"
    );
}
