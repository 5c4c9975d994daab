//! CronJobs at the corners of upstream's rules: what is refused, edited, deleted, made by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::Method;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};

use crate::cronjobs::{active, cronjob, slot};
use crate::runner::succeeding;
use crate::world::{Refusal, World, is_true};

/// Refuses the first `times` requests of this method whose path has `part` in it.
fn first(times: usize, method: Method, part: &'static str, with: (u16, &'static str)) -> Refusal {
    let seen = AtomicUsize::new(0);
    Arc::new(move |asked, path| {
        let meant = *asked == method && path.contains(part);
        (meant && seen.fetch_add(1, Ordering::SeqCst) < times).then_some(with)
    })
}

const FORBIDDEN: (u16, &str) = (403, "Forbidden");

#[tokio::test(start_paused = true)]
async fn cj_01_a_cronjob_that_is_gone_starts_nothing() {
    let world = World::start(succeeding(1)).await;
    world.create::<CronJob>(cronjob("gone", json!({}))).await;
    world.pass_secs(30).await;
    let cronjobs = world.api::<CronJob>();
    let gone = cronjobs.delete("gone", &DeleteParams::background()).await;
    gone.expect("it is there");
    world.pass_secs(120).await;
    assert!(world.job_names().await.is_empty());
    assert!(world.events("gone").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn cj_05_the_status_is_written_though_the_start_fails() {
    // The slot at 12:02 cannot be started; the Job of 12:01 has ended and is over the limit.
    let failing = Arc::new(AtomicBool::new(false));
    let switch = failing.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let create = *method == Method::POST && path.ends_with("/jobs");
        (create && switch.load(Ordering::SeqCst)).then_some(FORBIDDEN)
    });
    let world = World::with_refusal(succeeding(59), refusal).await;
    world
        .create::<CronJob>(cronjob("busy", json!({"successfulJobsHistoryLimit": 0})))
        .await;
    world.pass_secs(61).await;
    failing.store(true, Ordering::SeqCst);
    world.pass_secs(62).await;
    let status = world.cronjob("busy").await.status.expect("written");
    assert_eq!(status.active, None, "CJ-14: what has ended left the list");
    let succeeded = status.last_successful_time.expect("set").0;
    assert_eq!(succeeded.to_string(), "2026-11-23T12:01:59Z");
    let scheduled = status.last_schedule_time.expect("set").0;
    assert_eq!(scheduled.to_string(), "2026-11-23T12:01:00Z", "not started");
    assert!(world.job_names().await.is_empty());
    let events = world.events("busy").await;
    let told = |text: &str| events.iter().position(|event| event.starts_with(text));
    let deleted = told("SuccessfulDelete Deleted job busy-");
    let failed = told("FailedCreate Error creating job: ");
    assert!(
        deleted.is_some() && failed.is_some() && deleted < failed,
        "history first: {events:?}"
    );
    failing.store(false, Ordering::SeqCst);
    world.pass_secs(20).await;
    assert_eq!(
        world.job_names().await,
        [slot("busy", 2)],
        "CJ-55: and is tried again"
    );
}

#[tokio::test(start_paused = true)]
async fn cj_14_54_a_slot_does_not_run_again_because_the_history_forgot_its_job() {
    let (removed, lost) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(true)),
    );
    let (count, switch) = (removed.clone(), lost.clone());
    let refusal: Refusal = Arc::new(move |method, path| {
        if *method == Method::DELETE && path.contains("/jobs/") {
            count.fetch_add(1, Ordering::SeqCst);
        }
        let status = *method == Method::PUT && path.contains("/cronjobs/once/status");
        (status && switch.load(Ordering::SeqCst)).then_some(FORBIDDEN)
    });
    let world = World::with_refusal(succeeding(1), refusal).await;
    let spec = json!({"successfulJobsHistoryLimit": 0});
    world.create::<CronJob>(cronjob("once", spec)).await;
    world.pass_secs(65).await;
    assert_eq!(world.job_names().await, [slot("once", 1)], "it stays");
    lost.store(false, Ordering::SeqCst);
    world.pass_secs(45).await;
    assert_eq!(removed.load(Ordering::SeqCst), 1, "one Job for one slot");
    let status = world.cronjob("once").await.status.expect("written");
    let scheduled = status.last_schedule_time.expect("set").0;
    assert_eq!(scheduled.to_string(), "2026-11-23T12:01:00Z");
    assert!(status.last_successful_time.is_some());
    let left = world.job_names().await;
    assert!(left.is_empty(), "told, it is forgotten: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn cj_06_a_status_that_meets_a_conflict_is_made_again() {
    let refusal = first(3, Method::PUT, "/cronjobs/again/status", (409, "Conflict"));
    let world = World::with_refusal(succeeding(30), refusal).await;
    world.create::<CronJob>(cronjob("again", json!({}))).await;
    world.pass_secs(65).await;
    assert_eq!(
        world.job_names().await,
        [slot("again", 1)],
        "CJ-54: and runs once"
    );
    assert_eq!(active(&world, "again").await, [slot("again", 1)]);
    world.pass_secs(30).await;
    let status = world.cronjob("again").await.status.expect("written");
    assert!(status.last_successful_time.is_some());
}

#[tokio::test(start_paused = true)]
async fn cj_13_a_deletion_that_fails_is_told_and_the_rest_goes_on() {
    let refusal = first(1, Method::DELETE, "/jobs/", FORBIDDEN);
    let world = World::with_refusal(succeeding(1), refusal).await;
    world
        .create::<CronJob>(cronjob("kept", json!({"successfulJobsHistoryLimit": 0})))
        .await;
    world.pass_secs(90).await;
    let events = world.events("kept").await;
    let failed = "FailedDelete Deleted job: ";
    assert!(
        events.iter().any(|event| event.starts_with(failed)),
        "{events:?}"
    );
    world.pass_secs(60).await;
    assert!(
        world.job_names().await.is_empty(),
        "later syncs delete both"
    );
}

#[tokio::test(start_paused = true)]
async fn cj_15_a_job_made_by_hand_counts_in_the_history() {
    let world = World::start(succeeding(1)).await;
    let spec = json!({"schedule": "0 0 1 1 *", "successfulJobsHistoryLimit": 1});
    let made = world.create::<CronJob>(cronjob("hand", spec)).await;
    for (name, controller) in [("first", true), ("second", true), ("apart", false)] {
        let mut job = crate::jobs::job(name, json!({}));
        job["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "batch/v1", "kind": "CronJob", "name": "hand", "uid": made.uid(), "controller": controller,
        }]);
        world.create::<Job>(job).await;
        world.pass_secs(10).await;
    }
    assert_eq!(
        world.job_names().await,
        ["apart", "second"],
        "the newest that it controls stays"
    );
}

/// How often something of this reason was told about `name`.
pub async fn times_told(world: &World, name: &str, reason: &str) -> i32 {
    // The recorder works in the background.
    world.pass_secs(1).await;
    let events = world.api::<Event>().list(&ListParams::default()).await;
    let events = events.expect("served").items;
    let told = events.iter().filter(|event| {
        let about = event.involved_object.name.as_deref();
        about == Some(name) && event.reason.as_deref() == Some(reason)
    });
    told.filter_map(|event| event.count).sum()
}

#[tokio::test(start_paused = true)]
async fn cj_20_a_job_made_by_hand_is_told_of_at_every_sync_while_it_runs() {
    let world = World::start(succeeding(500)).await;
    let spec = json!({"schedule": "0 0 1 1 *"});
    let made = world.create::<CronJob>(cronjob("yearly", spec)).await;
    let mut job = crate::jobs::job("by-hand", json!({}));
    job["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": "yearly", "uid": made.uid(), "controller": true,
    }]);
    world.create::<Job>(job).await;
    world
        .until("by-hand", |status| status.ready == Some(1))
        .await;
    let wake = |n: i32| json!({"metadata": {"labels": {"wake": n.to_string()}}});
    let before = times_told(&world, "yearly", "UnexpectedJob").await;
    assert!(before > 0, "its own changes woke the CronJob");
    for n in 1..=3 {
        world.patch::<CronJob>("yearly", wake(n)).await;
        let told = times_told(&world, "yearly", "UnexpectedJob").await;
        assert_eq!(told, before + n, "once a sync");
    }
    assert!(active(&world, "yearly").await.is_empty(), "never taken in");
    world
        .until("by-hand", |status| is_true(status, "Complete"))
        .await;
    let before = times_told(&world, "yearly", "UnexpectedJob").await;
    world.patch::<CronJob>("yearly", wake(4)).await;
    let told = times_told(&world, "yearly", "UnexpectedJob").await;
    assert_eq!(told, before, "one that has ended is nothing unexpected");
}

#[tokio::test(start_paused = true)]
async fn cj_24_58_an_active_entry_and_the_events_name_their_object() {
    let world = World::start(succeeding(90)).await;
    let made = world.create::<CronJob>(cronjob("tick", json!({}))).await;
    world.pass_secs(61).await;
    let job = world.job(&slot("tick", 1)).await;
    let status = world.cronjob("tick").await.status.expect("written");
    let entry = serde_json::to_value(&status.active.expect("one")[0]).expect("an entry");
    let revision = entry["resourceVersion"]
        .as_str()
        .expect("set")
        .parse::<u64>();
    let now = job.resource_version().expect("set").parse::<u64>();
    assert!(
        revision.expect("a number") <= now.expect("a number"),
        "of the create"
    );
    let mut rest = entry;
    rest.as_object_mut()
        .expect("an object")
        .remove("resourceVersion");
    assert_eq!(
        rest,
        json!({"apiVersion": "batch/v1", "kind": "Job", "namespace": "default", "name": slot("tick", 1), "uid": job.uid()}),
        "CJ-24"
    );
    world.pass_secs(1).await;
    let events = world
        .api::<Event>()
        .list(&ListParams::default())
        .await
        .expect("served")
        .items;
    let created = events.iter().find(|event| {
        event.message.as_deref() == Some(&format!("Created job {}", slot("tick", 1)))
    });
    let created = created.expect("CJ-53: it is told");
    let source = created
        .source
        .as_ref()
        .and_then(|source| source.component.as_deref());
    assert_eq!(source, Some("cronjob-controller"), "CJ-58");
    let about = &created.involved_object;
    assert_eq!(
        (about.kind.as_deref(), about.uid.clone()),
        (Some("CronJob"), made.uid()),
        "CJ-58"
    );
}

#[tokio::test(start_paused = true)]
async fn cj_24_an_active_entry_has_the_version_that_was_created() {
    let world = World::start(succeeding(1)).await;
    let mut far = cronjob("far", json!({}));
    // nobody writes to such a Job after its creation
    far["spec"]["jobTemplate"]["spec"]["managedBy"] = json!("example.com/other");
    world.create::<CronJob>(far).await;
    world.pass_secs(61).await;
    let job = world.job(&slot("far", 1)).await;
    let status = world.cronjob("far").await.status.expect("written");
    let active = status.active.expect("one");
    assert_eq!(active[0].resource_version, job.resource_version());
}

#[tokio::test(start_paused = true)]
async fn cj_56_an_edit_is_for_jobs_to_come_and_deletion_takes_all() {
    let world = World::start(succeeding(500)).await;
    world.create::<CronJob>(cronjob("tick", json!({}))).await;
    world.pass_secs(61).await;
    let edit = json!({"spec": {"jobTemplate": {"metadata": {"labels": {"app": "edited"}}}}});
    world.patch::<CronJob>("tick", edit).await;
    world.pass_secs(60).await;
    let jobs = world.jobs().await;
    let labels: Vec<_> = jobs
        .iter()
        .map(|job| job.labels()["app"].as_str())
        .collect();
    assert_eq!(labels, ["tick", "edited"]);

    let cronjobs = world.api::<CronJob>();
    cronjobs
        .delete("tick", &DeleteParams::orphan())
        .await
        .expect("it is there");
    world.pass_secs(5).await;
    let jobs = world.jobs().await;
    assert_eq!(jobs.len(), 2, "orphans stay");
    assert!(jobs.iter().all(|job| job.owner_references().is_empty()));

    world.create::<CronJob>(cronjob("other", json!({}))).await;
    world.pass_secs(61).await;
    let owned = |jobs: Vec<Job>| {
        jobs.into_iter()
            .filter(|job| job.name_any().starts_with("other-"))
            .count()
    };
    assert_eq!(owned(world.jobs().await), 1);
    cronjobs
        .delete("other", &DeleteParams::background())
        .await
        .expect("it is there");
    world.pass_secs(40).await;
    assert_eq!(owned(world.jobs().await), 0, "Background takes its Jobs");
    let pods = world.pods().await;
    assert!(
        pods.iter().all(|pod| !pod.name_any().starts_with("other-")),
        "and their pods"
    );
}

/// Posts a body as kubectl does and gives the object that is answered.
async fn post(world: &World, path: &str, body: Value) -> Value {
    let uri = format!("{path}?fieldManager=kubectl-create&fieldValidation=Strict");
    let request = http::Request::post(uri).header("content-type", "application/json");
    let request = request
        .body(body.to_string().into_bytes())
        .expect("a literal request");
    world
        .client
        .request(request)
        .await
        .expect("kubectl's body is valid")
}

#[tokio::test(start_paused = true)]
async fn cj_60_64_65_what_kubectl_create_sends_runs() {
    let world = World::start(succeeding(1)).await;
    let container =
        json!({"name": "one", "image": "busybox", "command": ["true"], "resources": {}});
    let template = |policy: &str| json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": policy}});
    let job = json!({
        "kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": "one"},
        "spec": {"template": template("Never")}, "status": {},
    });
    let made = post(&world, "/apis/batch/v1/namespaces/default/jobs", job).await;
    assert_eq!(
        made["spec"]["completions"], 1,
        "CJ-64: the rest is defaulted"
    );
    world
        .until("one", |status| is_true(status, "Complete"))
        .await;

    let cronjob = json!({
        "kind": "CronJob", "apiVersion": "batch/v1", "metadata": {"name": "many"},
        "spec": {"schedule": "*/1 * * * *", "jobTemplate": {"metadata": {"name": "many"}, "spec": {"template": template("OnFailure")}}},
        "status": {},
    });
    let made = post(
        &world,
        "/apis/batch/v1/namespaces/default/cronjobs",
        cronjob,
    )
    .await;
    assert_eq!(
        made["spec"]["concurrencyPolicy"], "Allow",
        "CJ-65: the rest is defaulted"
    );
    world.pass_secs(60).await;
    let names = world.job_names().await;
    let runs: Vec<_> = names
        .iter()
        .filter(|name| name.starts_with("many"))
        .collect();
    assert_eq!(runs.len(), 1, "{names:?}");
    assert!(
        runs[0].starts_with("many-"),
        "CJ-65: the template's name is not the Job's"
    );

    let template = &made["spec"]["jobTemplate"];
    let owner = json!({"apiVersion": "batch/v1", "kind": "CronJob", "name": "many", "uid": made["metadata"]["uid"], "controller": true});
    let manual = json!({
        "kind": "Job", "apiVersion": "batch/v1",
        "metadata": {"name": "by-hand", "annotations": {"cronjob.kubernetes.io/instantiate": "manual"}, "ownerReferences": [owner]},
        "spec": template["spec"], "status": {},
    });
    post(&world, "/apis/batch/v1/namespaces/default/jobs", manual).await;
    world
        .until("by-hand", |status| is_true(status, "Complete"))
        .await;
    let pods = world
        .api::<Pod>()
        .list(&ListParams::default().labels("job-name=by-hand"))
        .await;
    assert_eq!(pods.expect("served").items.len(), 1, "CJ-60");
}
