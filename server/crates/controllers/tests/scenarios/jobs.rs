//! Jobs from create to end.

use jiff::SignedDuration;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::DeleteParams;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::runner::{failing_first, succeeding};
use crate::world::{World, conditions, is_true};

/// A Job with this spec; its pods sit on a node, so that they are deleted gracefully.
pub fn job(name: &str, spec: Value) -> Value {
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {"template": {"spec": {
            "restartPolicy": "Never", "nodeName": "node-1",
            "containers": [{"name": "main", "image": "x", "command": ["true"]}],
        }}},
    });
    for (key, value) in spec.as_object().expect("a literal object") {
        job["spec"][key] = value.clone();
    }
    job
}

fn has_tracking_finalizer(pod: &Pod) -> bool {
    pod.finalizers()
        .iter()
        .any(|finalizer| finalizer == "batch.kubernetes.io/job-tracking")
}

#[tokio::test(start_paused = true)]
async fn job_36_49_51_a_job_runs_its_completions_with_its_parallelism() {
    let world = World::start(succeeding(5)).await;
    world
        .create::<Job>(job("pi", json!({"completions": 5, "parallelism": 2})))
        .await;
    let running = world
        .until("pi", |status| {
            status.active == Some(2) && status.ready == Some(2)
        })
        .await;
    assert!(
        running.start_time.is_some(),
        "JOB-52: startTime comes with the first sync"
    );
    assert_eq!(
        (running.terminating, running.succeeded, running.failed),
        (Some(0), None, None),
        "JOB-63"
    );
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(done.succeeded, Some(5));
    assert_eq!(
        (done.active, done.ready, done.terminating, done.failed),
        (None, Some(0), Some(0), None)
    );
    assert_eq!(
        conditions(&done),
        [
            "SuccessCriteriaMet=True CompletionsReached",
            "Complete=True CompletionsReached"
        ]
    );
    assert!(done.completion_time.is_some());
    let took = done
        .completion_time
        .expect("set")
        .0
        .duration_since(done.start_time.expect("set").0);
    assert_eq!(
        took.as_secs(),
        15,
        "three waves of five seconds, nothing early, nothing late"
    );
    let pods = world.pods().await;
    assert_eq!(pods.len(), 5, "JOB-53: pods are kept");
    assert!(
        !pods.iter().any(has_tracking_finalizer),
        "JOB-53: without the finalizer"
    );
    let events = world.events("pi").await;
    assert_eq!(
        events
            .iter()
            .filter(|event| event.starts_with("SuccessfulCreate Created pod: pi-"))
            .count(),
        5
    );
    assert_eq!(
        events.last().map(String::as_str),
        Some("Completed Job completed")
    );
}

#[tokio::test(start_paused = true)]
async fn job_22_61_an_indexed_job_gives_each_index_a_pod() {
    let world = World::start(succeeding(1)).await;
    let spec = json!({"completions": 4, "parallelism": 3, "completionMode": "Indexed"});
    world.create::<Job>(job("cube", spec)).await;
    let done = world
        .until("cube", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(done.completed_indexes.as_deref(), Some("0-3"));
    assert_eq!(done.succeeded, Some(4));
    let mut pods = world.pods().await;
    pods.sort_by_key(ResourceExt::name_any);
    for (index, pod) in pods.iter().enumerate() {
        let index = index.to_string();
        let key = "batch.kubernetes.io/job-completion-index";
        assert!(
            pod.name_any().starts_with(&format!("cube-{index}-")),
            "JOB-20"
        );
        assert_eq!(
            (pod.annotations().get(key), pod.labels().get(key)),
            (Some(&index), Some(&index))
        );
        let spec = pod.spec.as_ref().expect("a pod has a spec");
        assert_eq!(
            spec.hostname.as_deref(),
            Some(format!("cube-{index}").as_str())
        );
        let env = spec.containers[0].env.as_deref().unwrap_or_default();
        assert_eq!(env[0].name, "JOB_COMPLETION_INDEX");
    }
}

#[tokio::test(start_paused = true)]
async fn job_45_failures_back_off_ten_seconds_doubling() {
    let world = World::start(failing_first(3)).await;
    world
        .create::<Job>(job("flaky", json!({"backoffLimit": 5})))
        .await;
    let done = world
        .until("flaky", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.failed, done.succeeded), (Some(3), Some(1)));
    let took = done
        .completion_time
        .expect("set")
        .0
        .duration_since(done.start_time.expect("set").0);
    assert_eq!(
        took.as_secs(),
        4 + 10 + 20 + 40,
        "four runs of a second and three delays"
    );
}

#[tokio::test(start_paused = true)]
async fn job_41_48_too_many_failures_fail_the_job_in_two_phases() {
    let world = World::start(failing_first(9)).await;
    world
        .create::<Job>(job("bad", json!({"backoffLimit": 1})))
        .await;
    let done = world.until("bad", |status| is_true(status, "Failed")).await;
    assert_eq!(done.failed, Some(2));
    assert_eq!(
        conditions(&done),
        [
            "FailureTarget=True BackoffLimitExceeded",
            "Failed=True BackoffLimitExceeded"
        ]
    );
    assert!(done.completion_time.is_none(), "JOB-49: never for Failed");
    let events = world.events("bad").await;
    let last = "BackoffLimitExceeded Job has reached the specified backoff limit";
    assert_eq!(events.last().map(String::as_str), Some(last));
}

#[tokio::test(start_paused = true)]
async fn job_43_50_a_deadline_ends_the_job_exactly() {
    let world = World::start(succeeding(600)).await;
    world
        .create::<Job>(job(
            "slow",
            json!({"activeDeadlineSeconds": 30, "parallelism": 2, "completions": 2}),
        ))
        .await;
    let interim = world
        .until("slow", |status| is_true(status, "FailureTarget"))
        .await;
    let done = world
        .until("slow", |status| is_true(status, "Failed"))
        .await;
    assert_eq!(
        conditions(&done),
        [
            "FailureTarget=True DeadlineExceeded",
            "Failed=True DeadlineExceeded"
        ]
    );
    let started = done.start_time.clone().expect("set").0;
    let condition = &interim.conditions.expect("there is one")[0];
    let at = condition.last_transition_time.as_ref().expect("set").0;
    assert_eq!(
        at.duration_since(started),
        SignedDuration::from_secs(30),
        "at the deadline, to the second"
    );
    assert_eq!(
        done.failed,
        Some(2),
        "JOB-50: what has not succeeded has failed"
    );
    assert_eq!((done.active, done.terminating), (None, Some(0)));
    let events = world.events("slow").await;
    assert_eq!(
        events.last().map(String::as_str),
        Some("DeadlineExceeded Job was active longer than specified deadline")
    );
}

#[tokio::test(start_paused = true)]
async fn job_90_91_92_suspend_and_resume() {
    let world = World::start(succeeding(20)).await;
    world
        .create::<Job>(job(
            "nap",
            json!({"suspend": true, "parallelism": 2, "completions": 2}),
        ))
        .await;
    let asleep = world
        .until("nap", |status| is_true(status, "Suspended"))
        .await;
    assert_eq!(
        (asleep.start_time.is_some(), asleep.ready),
        (false, Some(0)),
        "JOB-90"
    );
    assert!(world.pods().await.is_empty());

    world
        .patch::<Job>("nap", json!({"spec": {"suspend": false}}))
        .await;
    let awake = world.until("nap", |status| status.active == Some(2)).await;
    assert_eq!(conditions(&awake), ["Suspended=False JobResumed"], "JOB-92");

    world.pass_secs(5).await;
    world
        .patch::<Job>("nap", json!({"spec": {"suspend": true}}))
        .await;
    let asleep = world
        .until("nap", |status| {
            is_true(status, "Suspended") && status.active.is_none()
        })
        .await;
    assert!(asleep.start_time.is_none(), "JOB-91: startTime is cleared");
    world.pass_secs(60).await;
    let asleep = world.job_status("nap").await;
    assert_eq!(
        (asleep.failed, asleep.terminating),
        (None, Some(0)),
        "JOB-91: not failures"
    );
    assert!(world.pods().await.is_empty());

    world
        .patch::<Job>("nap", json!({"spec": {"suspend": false}}))
        .await;
    let done = world
        .until("nap", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (Some(2), None));
    let events = world.events("nap").await;
    for reason in ["Suspended Job suspended", "Resumed Job resumed"] {
        assert!(
            events.iter().any(|event| event == reason),
            "{reason} in {events:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn job_33_37_scaling_down_deletes_without_counting() {
    let world = World::start(succeeding(50)).await;
    world
        .create::<Job>(job("wide", json!({"parallelism": 5, "completions": 10})))
        .await;
    world.until("wide", |status| status.ready == Some(5)).await;
    world
        .patch::<Job>("wide", json!({"spec": {"parallelism": 2}}))
        .await;
    let narrow = world
        .until("wide", |status| {
            status.active == Some(2) && status.terminating == Some(0)
        })
        .await;
    assert_eq!(narrow.failed, None);
    let done = world
        .until("wide", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (Some(10), None));
}

#[tokio::test(start_paused = true)]
async fn job_73_74_75_each_index_has_its_own_failures() {
    let script = |pod: &Pod, _| {
        let index = pod
            .annotations()
            .get("batch.kubernetes.io/job-completion-index")
            .cloned();
        (1, i32::from(index.as_deref() == Some("1")))
    };
    let world = World::start(std::sync::Arc::new(script)).await;
    let spec = json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed", "backoffLimitPerIndex": 1});
    world.create::<Job>(job("some", spec)).await;
    let done = world
        .until("some", |status| is_true(status, "Failed"))
        .await;
    assert_eq!(
        conditions(&done),
        [
            "FailureTarget=True FailedIndexes",
            "Failed=True FailedIndexes"
        ]
    );
    assert_eq!(
        (
            done.completed_indexes.as_deref(),
            done.failed_indexes.as_deref()
        ),
        (Some("0,2"), Some("1"))
    );
    assert_eq!((done.succeeded, done.failed), (Some(2), Some(2)));
    let pods = world.pods().await;
    let mut counts: Vec<_> = pods
        .iter()
        .map(|pod| pod.annotations()["batch.kubernetes.io/job-index-failure-count"].clone())
        .collect();
    counts.sort();
    assert_eq!(counts, ["0", "0", "0", "1"], "JOB-23");
    assert!(!pods.iter().any(has_tracking_finalizer));
}

#[tokio::test(start_paused = true)]
async fn job_80_a_success_policy_ends_the_job_early() {
    let script = |pod: &Pod, _| {
        let leader = pod
            .annotations()
            .get("batch.kubernetes.io/job-completion-index")
            .map(String::as_str)
            == Some("0");
        (if leader { 2 } else { 500 }, 0)
    };
    let world = World::start(std::sync::Arc::new(script)).await;
    let spec = json!({
        "completions": 3, "parallelism": 3, "completionMode": "Indexed",
        "successPolicy": {"rules": [{"succeededIndexes": "0"}]},
    });
    world.create::<Job>(job("leader", spec)).await;
    let done = world
        .until("leader", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(
        conditions(&done),
        [
            "SuccessCriteriaMet=True SuccessPolicy",
            "Complete=True SuccessPolicy"
        ]
    );
    assert_eq!(
        (done.succeeded, done.failed),
        (Some(1), None),
        "the rest is deleted, not counted"
    );
}

#[tokio::test(start_paused = true)]
async fn job_10_a_matching_ownerless_pod_is_adopted_and_a_relabelled_one_released() {
    let world = World::start(succeeding(100)).await;
    let made = world
        .create::<Job>(job("own", json!({"parallelism": 1, "completions": 1})))
        .await;
    world.until("own", |status| status.active == Some(1)).await;
    let pod = world.pods().await.remove(0);
    let labels = json!({"metadata": {"labels": {"batch.kubernetes.io/controller-uid": "other"}}});
    world.patch::<Pod>(&pod.name_any(), labels).await;
    world.pass_secs(2).await;
    let pods = world.pods().await;
    let released = pods
        .iter()
        .find(|p| p.name_any() == pod.name_any())
        .expect("it stays");
    assert!(released.owner_references().is_empty() && !has_tracking_finalizer(released));
    assert_eq!(pods.len(), 2, "another takes its place");

    let labels =
        json!({"metadata": {"labels": {"batch.kubernetes.io/controller-uid": made.uid()}}});
    world.patch::<Pod>(&pod.name_any(), labels).await;
    world.pass_secs(2).await;
    let owned = world
        .pods()
        .await
        .into_iter()
        .filter(|pod| !pod.owner_references().is_empty())
        .count();
    assert_eq!(owned, 1, "adopted, and then one of the two is surplus");
}

#[tokio::test(start_paused = true)]
async fn job_11_64_pods_of_a_deleted_job_lose_their_finalizer() {
    let policies = [
        ("Background", DeleteParams::background(), 0),
        ("Foreground", DeleteParams::foreground(), 0),
        ("Orphan", DeleteParams::orphan(), 2),
    ];
    for (why, policy, left) in policies {
        let world = World::start(succeeding(100)).await;
        world
            .create::<Job>(job("gone", json!({"parallelism": 2, "completions": 2})))
            .await;
        world.until("gone", |status| status.active == Some(2)).await;
        let jobs: Api<Job> = world.api();
        jobs.delete("gone", &policy).await.expect("it is there");
        world.pass_secs(5).await;
        let pods = world.pods().await;
        assert!(!pods.iter().any(has_tracking_finalizer), "{why}");
        world.pass_secs(40).await;
        let pods = world.pods().await;
        assert_eq!(pods.len(), left, "{why}: JOB-64: they can vanish");
        let owned = pods.iter().filter(|pod| !pod.owner_references().is_empty());
        assert_eq!(owned.count(), 0, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn job_05_a_job_managed_elsewhere_is_left_alone() {
    let world = World::start(succeeding(1)).await;
    world
        .create::<Job>(job("far", json!({"managedBy": "example.com/other"})))
        .await;
    world.pass_secs(30).await;
    assert!(world.pods().await.is_empty());
    assert_eq!(world.job_status("far").await, Default::default());
    let near = json!({"managedBy": "kubernetes.io/job-controller"});
    world.create::<Job>(job("near", near)).await;
    world
        .until("near", |status| is_true(status, "Complete"))
        .await;
}
