//! Jobs at the corners of upstream's rules: what wakes them, what is told, what is refused.

use std::sync::Arc;

use http::Method;
use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use crate::jobs::job;
use crate::runner::{failing_first, succeeding};
use crate::world::{Refusal, World, is_true};

const FINALIZER: &str = "batch.kubernetes.io/job-tracking";

#[tokio::test(start_paused = true)]
async fn job_01_a_finished_job_only_lets_its_pods_go() {
    let world = World::start(succeeding(1)).await;
    world.create::<Job>(job("pi", json!({}))).await;
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    world.pass_secs(1).await;
    let pod = world.pods().await.remove(0).name_any();
    world
        .patch::<Pod>(&pod, json!({"metadata": {"finalizers": [FINALIZER]}}))
        .await;
    world
        .patch::<Job>("pi", json!({"metadata": {"labels": {"a": "b"}}}))
        .await;
    world.pass_secs(2).await;
    assert_eq!(
        world.job_status("pi").await,
        done,
        "JOB-06: its status stays"
    );
    let pods = world.pods().await;
    assert_eq!(pods.len(), 1, "nothing is made");
    assert!(
        pods[0].finalizers().is_empty(),
        "JOB-11: the finalizer goes"
    );
}

#[tokio::test(start_paused = true)]
async fn job_02_a_deadline_changed_on_the_way_is_kept_to_the_second() {
    for (secs, changed_at) in [(60, 20), (10, 20)] {
        let world = World::start(succeeding(600)).await;
        world
            .create::<Job>(job("slow", json!({"activeDeadlineSeconds": 300})))
            .await;
        world.pass_secs(changed_at).await;
        world
            .patch::<Job>("slow", json!({"spec": {"activeDeadlineSeconds": secs}}))
            .await;
        let status = world
            .until("slow", |status| is_true(status, "FailureTarget"))
            .await;
        let conditions = status.conditions.expect("there are some");
        let at = conditions[0].last_transition_time.as_ref().expect("set").0;
        let took = at
            .duration_since(status.start_time.expect("set").0)
            .as_secs();
        let changed_at = i64::try_from(changed_at).expect("small");
        assert_eq!(
            took,
            secs.max(changed_at),
            "never early, and at once when it is past"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn job_03_pods_wake_the_job_that_owns_or_may_adopt_them() {
    let world = World::start(succeeding(100)).await;
    let made = world.create::<Job>(job("own", json!({}))).await;
    world.until("own", |status| status.active == Some(1)).await;
    let stray = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stray"},
        "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]},
    });
    world.create::<Pod>(stray).await;
    world.pass_secs(1).await;
    let owners = |pods: Vec<Pod>| {
        let stray = pods.into_iter().find(|pod| pod.name_any() == "stray");
        stray.map(|pod| pod.owner_references().len())
    };
    assert_eq!(
        owners(world.pods().await),
        Some(0),
        "its labels match nothing"
    );
    // not a pod of the Job's yet, and then one too many: it is adopted, and the newer one goes
    let labels =
        json!({"metadata": {"labels": {"batch.kubernetes.io/controller-uid": made.uid()}}});
    world.patch::<Pod>("stray", labels).await;
    let narrow = world
        .until("own", |status| {
            status.active == Some(1) && status.terminating == Some(0)
        })
        .await;
    assert_eq!(narrow.failed, None);
    world.pass_secs(2).await;
    let pods = world.pods().await;
    assert_eq!(pods.len(), 1, "adopted, and one of the two is surplus");
    let pods_api = world.api::<Pod>();
    pods_api
        .delete(&pods[0].name_any(), &DeleteParams::default())
        .await
        .expect("it is there");
    world.until("own", |status| status.failed == Some(1)).await;
}

#[tokio::test(start_paused = true)]
async fn job_25_what_is_told_of_pods() {
    let forbidden = Some((403, "Forbidden"));
    let seen = std::sync::Mutex::new((0, 0));
    let refusal: Refusal = Arc::new(move |method, path| {
        let mut seen = seen.lock().expect("not poisoned");
        let of_pods = path.contains("/pods");
        if of_pods && *method == Method::POST {
            seen.0 += 1;
            return forbidden.filter(|_| seen.0 == 1);
        }
        if of_pods && *method == Method::DELETE {
            seen.1 += 1;
            return forbidden.filter(|_| seen.1 == 1);
        }
        None
    });
    let world = World::with_refusal(succeeding(300), refusal).await;
    let made = world
        .create::<Job>(job("told", json!({"parallelism": 2, "completions": 2})))
        .await;
    world.until("told", |status| status.ready == Some(2)).await;
    world
        .patch::<Job>("told", json!({"spec": {"parallelism": 1}}))
        .await;
    world
        .until("told", |status| {
            status.active == Some(1) && status.terminating == Some(0)
        })
        .await;
    let events = world.events("told").await;
    for text in [
        "FailedCreate Error creating: ",
        "SuccessfulCreate Created pod: told-",
        "FailedDelete Error deleting: ",
        "SuccessfulDelete Deleted pod: told-",
    ] {
        assert!(
            events.iter().any(|event| event.starts_with(text)),
            "{text} in {events:?}"
        );
    }
    let events = world
        .api::<Event>()
        .list(&ListParams::default())
        .await
        .expect("served")
        .items;
    let created = events
        .iter()
        .find(|event| event.reason.as_deref() == Some("SuccessfulCreate"));
    let created = created.expect("told above");
    let source = created
        .source
        .as_ref()
        .and_then(|source| source.component.as_deref());
    assert_eq!(source, Some("job-controller"));
    assert_eq!(created.involved_object.uid, made.uid(), "on the Job");
}

#[tokio::test(start_paused = true)]
async fn job_65_what_a_status_says_before_and_after_the_first_sync() {
    let world = World::start(succeeding(5)).await;
    let made = world.create::<Job>(job("pi", json!({}))).await;
    let before = serde_json::to_value(&made.status).expect("a status");
    assert!(
        before == json!({}) || before.is_null(),
        "nothing before the first sync: {before}"
    );
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    let conditions = done.conditions.clone().expect("there are some");
    let complete = conditions
        .iter()
        .find(|condition| condition.type_ == "Complete");
    let at = complete
        .and_then(|c| c.last_transition_time.clone())
        .expect("set")
        .0;
    assert!(done.completion_time.clone().expect("set").0 <= at);
    let done = serde_json::to_value(&done).expect("a status");
    for field in ["ready", "terminating"] {
        assert_eq!(done[field], 0, "JOB-63: {field} is there");
    }
    assert_eq!(done["uncountedTerminatedPods"], json!({}), "JOB-63");
    for field in ["active", "failed"] {
        assert!(done[field].is_null(), "JOB-63: {field} is left out");
    }
}

#[tokio::test(start_paused = true)]
async fn job_45_a_failure_that_is_written_is_remembered_whatever_comes_after() {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let refusal: Refusal = Arc::new(move |method, path| {
        let untrack = *method == Method::PATCH && path.contains("/pods/");
        let first = untrack && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        first.then_some((409, "Conflict"))
    });
    let world = World::with_refusal(failing_first(1), refusal).await;
    world.create::<Job>(job("flaky", json!({}))).await;
    let done = world
        .until("flaky", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (Some(1), Some(1)));
    let took = done
        .completion_time
        .expect("set")
        .0
        .duration_since(done.start_time.expect("set").0);
    assert!(
        took.as_secs() > 1 + 10,
        "ten seconds between the failure and the next pod: {took}"
    );
}

#[tokio::test(start_paused = true)]
async fn job_45_a_refused_create_does_not_count_as_a_failure() {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let refusal: Refusal = Arc::new(move |method, path| {
        let create = *method == Method::POST && path.ends_with("/pods");
        let refused = create && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 4;
        refused.then_some((403, "Forbidden"))
    });
    let world = World::with_refusal(failing_first(0), refusal).await;
    world
        .create::<Job>(job("late", json!({"backoffLimit": 0})))
        .await;
    let done = world
        .until("late", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (Some(1), None));
    let took = done
        .completion_time
        .expect("set")
        .0
        .duration_since(done.start_time.expect("set").0);
    // the first status write wakes it once more at once: the fourth refusal is at 6 s, its delay 8 s
    assert_eq!(took.as_secs(), 2 + 4 + 8 + 1, "JOB-04: delays double");
}

#[tokio::test(start_paused = true)]
async fn job_04_51_a_status_that_is_refused_is_written_later_and_nothing_is_told_twice() {
    for answer in [(409, "Conflict"), (500, "InternalError")] {
        for nth in 0..4 {
            let seen = std::sync::atomic::AtomicUsize::new(0);
            let refusal: Refusal = Arc::new(move |method, path| {
                let status = *method == Method::PUT && path.ends_with("/jobs/pi/status");
                let refused =
                    status && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == nth;
                refused.then_some(answer)
            });
            let world = World::with_refusal(succeeding(5), refusal).await;
            world.create::<Job>(job("pi", json!({}))).await;
            let done = world
                .until("pi", |status| is_true(status, "Complete"))
                .await;
            world.pass_secs(5).await;
            let why = format!("{answer:?} to write {nth}");
            assert_eq!((done.succeeded, done.failed), (Some(1), None), "{why}");
            assert_eq!(world.job_status("pi").await, done, "{why}: for good");
            let pods = world.pods().await;
            assert_eq!(pods.len(), 1, "{why}: JOB-07");
            assert!(pods[0].finalizers().is_empty(), "{why}: JOB-53");
            let events = world.api::<Event>().list(&ListParams::default()).await;
            let events = events.expect("served").items;
            for reason in ["SuccessfulCreate", "Completed"] {
                let told = events
                    .iter()
                    .filter(|event| event.reason.as_deref() == Some(reason));
                let times: i32 = told.map(|event| event.count.unwrap_or(1)).sum();
                assert_eq!(times, 1, "{why}: {reason}");
            }
        }
    }
}

const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// An Indexed Job of three; index 2 ends after a second with this code, the others take a minute.
async fn of_three(code: i32) -> World {
    let script = move |pod: &Pod, _| match pod.annotations()[INDEX].as_str() {
        "2" => (1, code),
        _ => (60, 0),
    };
    let world = World::start(Arc::new(script)).await;
    let mut three = job("cube", json!({"completionMode": "Indexed"}));
    for field in ["completions", "parallelism"] {
        three["spec"][field] = json!(3);
    }
    world.create::<Job>(three).await;
    world.until("cube", |status| status.ready == Some(3)).await;
    world
}

async fn resize(world: &World, count: i32) {
    let size = json!({"spec": {"completions": count, "parallelism": count}});
    world.patch::<Job>("cube", size).await;
}

#[tokio::test(start_paused = true)]
async fn job_72_an_index_that_the_job_had_no_more_is_run_again() {
    let world = of_three(0).await;
    let last_is_done = |status: &JobStatus| status.completed_indexes.as_deref() == Some("2");
    world.until("cube", last_is_done).await;
    resize(&world, 2).await;
    let fewer = world
        .until("cube", |status| status.succeeded.is_none())
        .await;
    assert_eq!((fewer.completed_indexes, fewer.active), (None, Some(2)));
    resize(&world, 3).await;
    world.until("cube", last_is_done).await;
    let done = world
        .until("cube", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(done.completed_indexes.as_deref(), Some("0-2"));
    assert_eq!((done.succeeded, done.failed), (Some(3), None));
    let pods = world.pods().await;
    let again = pods.iter().filter(|pod| pod.annotations()[INDEX] == "2");
    assert_eq!((pods.len(), again.count()), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn job_72_failures_of_an_index_that_is_gone_still_count() {
    let world = of_three(1).await;
    world.until("cube", |status| status.failed == Some(1)).await;
    resize(&world, 1).await;
    let done = world
        .until("cube", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(done.completed_indexes.as_deref(), Some("0"));
    assert_eq!((done.succeeded, done.failed), (Some(1), Some(1)));
}

#[tokio::test(start_paused = true)]
async fn job_36_72_a_job_that_shrinks_to_nothing_is_complete() {
    let world = of_three(0).await;
    resize(&world, 0).await;
    let done = world
        .until("cube", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (None, None));
    assert_eq!((done.active, done.completed_indexes), (None, None));
    let alive = world.pods().await.into_iter();
    let alive = alive.filter(|pod| pod.metadata.deletion_timestamp.is_none());
    assert_eq!(alive.count(), 0);
}
