//! What each controller does about what it is refused, and about names and owners that are not its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::Method;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::cluster::{Cluster, image, lasting};
use crate::cronjobs::{active, cronjob, slot};
use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{Refusal, World};

/// Refuses every request of this method whose path has `part` in it, while the switch is on.
pub fn while_on(method: Method, part: &'static str) -> (Arc<AtomicBool>, Refusal) {
    answered(method, part, (403, "Forbidden"))
}

/// Answers such requests so, and does nothing.
fn answered(
    method: Method,
    part: &'static str,
    answer: (u16, &'static str),
) -> (Arc<AtomicBool>, Refusal) {
    let on = Arc::new(AtomicBool::new(false));
    let switch = on.clone();
    let refusal: Refusal = Arc::new(move |asked, path| {
        let meant = *asked == method && path.contains(part);
        (meant && switch.load(Ordering::SeqCst)).then_some(answer)
    });
    (on, refusal)
}

fn creations_fail(resource: &'static str) -> Refusal {
    Arc::new(move |method, path| {
        let creates = *method == Method::POST && path.ends_with(resource);
        creates.then_some((403, "NamespaceTerminating"))
    })
}

pub fn owned(mut job: Value, by: &CronJob, controller: bool) -> Value {
    job["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": by.name_any(), "uid": by.uid(),
        "controller": controller,
    }]);
    job
}

pub async fn told(world: &World, about: &str, begin: &str) -> bool {
    let events = world.events(about).await;
    events.iter().any(|event| event.starts_with(begin))
}

#[tokio::test(start_paused = true)]
async fn cj_43_a_job_that_cannot_be_replaced_keeps_the_next_one_from_starting() {
    let rows = [
        (Method::GET, "FailedGet Get job: "),
        (Method::DELETE, "FailedDelete Deleted job: "),
    ];
    for (method, event) in rows {
        let (on, refusal) = while_on(method, "/jobs/last-");
        let world = World::with_refusal(succeeding(600), refusal).await;
        let spec = json!({"concurrencyPolicy": "Replace"});
        world.create::<CronJob>(cronjob("last", spec)).await;
        world.pass_secs(61).await;
        on.store(true, Ordering::SeqCst);
        world.pass_secs(61).await;
        assert!(told(&world, "last", event).await, "{event}");
        assert_eq!(world.job_names().await, [slot("last", 1)], "{event}");
        assert_eq!(active(&world, "last").await, [slot("last", 1)], "{event}");
        on.store(false, Ordering::SeqCst);
        world.pass_secs(50).await;
        let names = active(&world, "last").await;
        assert_eq!(names, [slot("last", 2)], "{event}: tried again");
    }
}

#[tokio::test(start_paused = true)]
async fn cj_23_a_job_of_which_nobody_says_whether_it_is_there_stays_active() {
    let (on, refusal) = while_on(Method::GET, "/jobs/lost-");
    let world = World::with_refusal(succeeding(500), refusal).await;
    let spec = json!({"schedule": "1 * * * *"});
    world.create::<CronJob>(cronjob("lost", spec)).await;
    world.pass_secs(65).await;
    on.store(true, Ordering::SeqCst);
    let jobs = world.api::<Job>();
    let background = DeleteParams::background();
    let deleted = jobs.delete(&slot("lost", 1), &background).await;
    deleted.expect("it is there");
    world.pass_secs(5).await;
    assert_eq!(active(&world, "lost").await, [slot("lost", 1)]);
    assert!(!told(&world, "lost", "MissingJob").await);
    on.store(false, Ordering::SeqCst);
    world.pass_secs(20).await;
    assert!(active(&world, "lost").await.is_empty(), "tried again");
    assert!(told(&world, "lost", "MissingJob").await);
}

#[tokio::test(start_paused = true)]
async fn cj_03_23_a_job_that_changes_hands_wakes_both_cronjobs() {
    let asked: Arc<AtomicUsize> = Arc::default();
    let count = asked.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        if *method == Method::GET && path.ends_with("/jobs/handed") {
            count.fetch_add(1, Ordering::SeqCst);
        }
        None
    });
    let world = World::with_refusal(succeeding(500), refusal).await;
    let yearly = || json!({"schedule": "0 0 1 1 *"});
    let first = world.create::<CronJob>(cronjob("first", yearly())).await;
    let second = world.create::<CronJob>(cronjob("second", yearly())).await;
    let handed = owned(job("handed", json!({})), &first, true);
    let made = world.create::<Job>(handed.clone()).await;
    let entry = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "handed", "namespace": "default", "uid": made.uid()});
    let status = Patch::Merge(json!({"status": {"active": [entry]}}));
    let cronjobs = world.api::<CronJob>();
    let params = PatchParams::default();
    let listed = cronjobs.patch_status("first", &params, &status).await;
    listed.expect("it is there");
    world.pass_secs(5).await;
    let before = asked.load(Ordering::SeqCst);
    let owners = owned(handed, &second, true)["metadata"]["ownerReferences"].take();
    let patch = json!({"metadata": {"ownerReferences": owners}});
    world.patch::<Job>("handed", patch).await;
    world.pass_secs(5).await;
    assert!(told(&world, "second", "UnexpectedJob").await, "the new one");
    assert!(asked.load(Ordering::SeqCst) > before, "the one before asks");
    let left = active(&world, "first").await;
    assert_eq!(left, ["handed"], "and keeps what it finds");
}

#[tokio::test(start_paused = true)]
async fn cj_03_a_job_of_another_kind_of_owner_or_of_an_earlier_one_wakes_nobody() {
    let world = World::start(succeeding(500)).await;
    let spec = json!({"schedule": "0 0 1 1 *"});
    let made = world.create::<CronJob>(cronjob("yearly", spec)).await;
    world.pass_secs(5).await;
    let mut kind = owned(job("kind", json!({})), &made, true);
    kind["metadata"]["ownerReferences"][0]["kind"] = json!("Calendar");
    let mut earlier = owned(job("earlier", json!({})), &made, true);
    earlier["metadata"]["ownerReferences"][0]["uid"] = json!("earlier");
    // it stays although its owner has gone
    earlier["metadata"]["finalizers"] = json!(["test/held"]);
    for body in [kind, earlier] {
        world.create::<Job>(body).await;
        world.pass_secs(5).await;
        let events = world.events("yearly").await;
        assert!(events.is_empty(), "{events:?}");
    }
    let own = owned(job("own", json!({})), &made, true);
    world.create::<Job>(own).await;
    world.pass_secs(5).await;
    let unexpected = "UnexpectedJob Saw a job that the controller did not create or forgot: ";
    let mut events = world.events("yearly").await;
    events.sort();
    // once awake it sees them all, for it knows them by their owner's name (CJ-02)
    let want = ["earlier", "kind", "own"].map(|name| format!("{unexpected}{name}"));
    assert_eq!(events, want);
}

#[tokio::test(start_paused = true)]
async fn cj_54_a_slots_name_that_is_taken() {
    let world = World::start(succeeding(600)).await;
    let made = world.create::<CronJob>(cronjob("tick", json!({}))).await;
    world.create::<Job>(job(&slot("tick", 1), json!({}))).await;
    world.pass_secs(65).await;
    assert!(
        active(&world, "tick").await.is_empty(),
        "another's is left alone"
    );
    let status = world.cronjob("tick").await.status.unwrap_or_default();
    assert_eq!(status.last_schedule_time, None);
    assert!(!told(&world, "tick", "SuccessfulCreate").await);
    assert!(!told(&world, "tick", "FailedCreate").await);

    let own = owned(job(&slot("tick", 2), json!({})), &made, true);
    world.create::<Job>(own).await;
    world.pass_secs(60).await;
    assert_eq!(
        active(&world, "tick").await,
        [slot("tick", 2)],
        "its own is taken"
    );
    let status = world.cronjob("tick").await.status.unwrap_or_default();
    let last = status.last_schedule_time.expect("set").0.to_string();
    assert_eq!(last, "2026-11-23T12:02:00Z");
    assert!(
        !told(&world, "tick", "SuccessfulCreate").await,
        "nobody created it now"
    );
    world.pass_secs(60).await;
    assert!(
        told(&world, "tick", "SuccessfulCreate").await,
        "the next is created"
    );
}

#[tokio::test(start_paused = true)]
async fn cj_54_whose_job_has_a_slots_name_is_asked_again_where_nobody_says() {
    let (on, refusal) = while_on(Method::GET, "/jobs/tick-");
    let world = World::with_refusal(succeeding(600), refusal).await;
    let made = world.create::<CronJob>(cronjob("tick", json!({}))).await;
    let own = owned(job(&slot("tick", 1), json!({})), &made, true);
    world.create::<Job>(own).await;
    on.store(true, Ordering::SeqCst);
    world.pass_secs(65).await;
    let status = world.cronjob("tick").await.status.unwrap_or_default();
    assert_eq!((status.active, status.last_schedule_time), (None, None));
    on.store(false, Ordering::SeqCst);
    world.pass_secs(20).await;
    assert_eq!(active(&world, "tick").await, [slot("tick", 1)]);
    assert!(!told(&world, "tick", "FailedCreate").await);
}

#[tokio::test(start_paused = true)]
async fn cj_55_in_a_namespace_that_goes_nothing_is_told() {
    let world = World::with_refusal(succeeding(1), creations_fail("/jobs")).await;
    world.create::<CronJob>(cronjob("tick", json!({}))).await;
    world.pass_secs(70).await;
    assert!(world.job_names().await.is_empty());
    let events = world.events("tick").await;
    assert!(events.is_empty(), "{events:?}");
    let status = world.cronjob("tick").await.status.unwrap_or_default();
    assert_eq!(status.last_schedule_time, None, "the slot is still open");
}

#[tokio::test(start_paused = true)]
async fn cj_62_a_job_made_by_hand_is_in_no_slots_way() {
    for policy in ["Forbid", "Replace"] {
        let world = World::start(succeeding(90)).await;
        let spec = json!({"concurrencyPolicy": policy});
        let made = world.create::<CronJob>(cronjob("hand", spec)).await;
        let manual = owned(job("by-hand", json!({})), &made, true);
        world.create::<Job>(manual).await;
        world.pass_secs(61).await;
        let names = world.job_names().await;
        assert_eq!(names, ["by-hand".to_owned(), slot("hand", 1)], "{policy}");
        assert_eq!(active(&world, "hand").await, [slot("hand", 1)], "{policy}");
    }
}

#[tokio::test(start_paused = true)]
async fn cj_62_a_job_that_its_cronjob_owns_and_does_not_control_goes_with_it() {
    let world = World::start(succeeding(90)).await;
    let spec = json!({"schedule": "0 0 1 1 *"});
    let made = world.create::<CronJob>(cronjob("hand", spec)).await;
    world
        .create::<Job>(owned(job("apart", json!({})), &made, false))
        .await;
    world.pass_secs(5).await;
    assert!(world.events("hand").await.is_empty(), "it is ignored");
    let cronjobs = world.api::<CronJob>();
    let deleted = cronjobs.delete("hand", &DeleteParams::background()).await;
    deleted.expect("it is there");
    world.pass_secs(40).await;
    assert!(world.job_names().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn cj_30_a_cronjob_that_is_held_back_from_going_is_looked_after_and_starts_nothing() {
    let world = World::start(succeeding(90)).await;
    let mut held = cronjob("held", json!({"successfulJobsHistoryLimit": 0}));
    held["metadata"]["finalizers"] = json!(["test/held"]);
    world.create::<CronJob>(held).await;
    world.pass_secs(61).await;
    assert_eq!(active(&world, "held").await, [slot("held", 1)]);
    let cronjobs = world.api::<CronJob>();
    let deleted = cronjobs.delete("held", &DeleteParams::background()).await;
    deleted.expect("it is there");
    world.pass_secs(200).await;
    assert!(
        active(&world, "held").await.is_empty(),
        "what ended left the list"
    );
    assert!(
        world.job_names().await.is_empty(),
        "CJ-10: and the history; none is new"
    );
    let status = world.cronjob("held").await.status.expect("written");
    assert!(status.last_successful_time.is_some());
}

#[tokio::test(start_paused = true)]
async fn job_24_in_a_namespace_that_goes_pods_count_as_created_and_nothing_is_told() {
    let world = World::with_refusal(succeeding(1), creations_fail("/pods")).await;
    let spec = json!({"parallelism": 2, "completions": 2});
    world.create::<Job>(job("pi", spec)).await;
    world.pass_secs(5).await;
    let events = world.events("pi").await;
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(world.job_status("pi").await.active, Some(2));
    assert!(world.pods().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn ds_14_in_a_namespace_that_goes_nothing_is_told() {
    let world = World::with_refusal(lasting(), creations_fail("/pods")).await;
    let cluster = Cluster::around(world, &["a", "b"]).await;
    cluster.create(json!({})).await;
    cluster.world.pass_secs(30).await;
    let events = cluster.world.events("logs").await;
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(cluster.status().await.desired_number_scheduled, 2);
}

#[tokio::test(start_paused = true)]
async fn ds_20_a_daemonset_that_is_held_back_from_going_is_left_alone() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.create(json!({})).await;
    cluster.until_on(&["a", "b"]).await;
    cluster.world.pass_secs(5).await;
    let held = json!({"metadata": {"finalizers": ["test/held"]}});
    cluster.world.patch::<DaemonSet>("logs", held).await;
    let daemonsets = cluster.world.api::<DaemonSet>();
    let deleted = daemonsets.delete("logs", &DeleteParams::background()).await;
    deleted.expect("it is there");
    cluster.world.pass_secs(1).await;
    let before = cluster.status().await;
    let pods = cluster.world.pods().await;
    let gone = cluster.world.api::<Pod>();
    let one = gone
        .delete(&pods[0].name_any(), &DeleteParams::default())
        .await;
    one.expect("it is there");
    cluster.add_node("c").await;
    cluster.world.pass_secs(60).await;
    assert_eq!(cluster.world.pods().await.len(), 1, "no pod is made");
    assert_eq!(cluster.status().await, before, "the status stays");
}

#[tokio::test(start_paused = true)]
async fn ds_51_a_status_that_is_refused_is_written_over_the_live_one_at_once_and_then_later() {
    let rows: [(usize, &[&str]); 3] = [
        (0, &["PUT"]),
        (1, &["PUT", "GET", "PUT"]),
        (2, &["PUT", "GET", "PUT", "PUT"]),
    ];
    for (refusals, requests) in rows {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (seen, writes) = (asked.clone(), AtomicUsize::new(0));
        let refusal: Refusal = Arc::new(move |method, path| {
            if !path.contains("/daemonsets/logs") {
                return None;
            }
            seen.lock().push(method.to_string());
            let write = *method == Method::PUT;
            let refused = write && writes.fetch_add(1, Ordering::SeqCst) < refusals;
            refused.then_some((500, "InternalError"))
        });
        let world = World::with_refusal(lasting(), refusal).await;
        let cluster = Cluster::around(world, &["a"]).await;
        cluster.create(json!({})).await;
        cluster.until_updated(1, |_| {}).await;
        let asked = asked.lock().clone();
        assert_eq!(asked[..requests.len()], *requests, "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn job_26_a_deletion_that_nobody_sees_is_repeated_after_five_minutes_and_not_before() {
    let (on, refusal) = answered(Method::DELETE, "/pods/", (200, "Lost"));
    let world = World::with_refusal(succeeding(10_000), refusal).await;
    let spec = json!({"parallelism": 2, "completions": 2});
    world.create::<Job>(job("pi", spec)).await;
    world.until("pi", |status| status.ready == Some(2)).await;
    world.pass_secs(1).await;
    on.store(true, Ordering::SeqCst);
    let fewer = json!({"spec": {"parallelism": 1}});
    world.patch::<Job>("pi", fewer).await;
    world.pass_secs(1).await;
    on.store(false, Ordering::SeqCst);
    let staying = async || {
        let pods = world.pods().await.into_iter();
        let staying = pods.filter(|pod| pod.metadata.deletion_timestamp.is_none());
        staying.count()
    };
    for (secs, left) in [(290, 2), (12, 1)] {
        world.pass_secs(secs).await;
        assert_eq!(staying().await, left, "after {secs} s more");
    }
}

#[tokio::test(start_paused = true)]
async fn ds_21_a_deletion_that_nobody_sees_is_repeated_after_five_minutes_and_not_before() {
    let (on, refusal) = answered(Method::DELETE, "/pods/", (200, "Lost"));
    let world = World::with_refusal(lasting(), refusal).await;
    let cluster = Cluster::around(world, &["a", "b"]).await;
    let spec = |zone: &str| json!({"nodeSelector": {"zone": zone}, "containers": [{"name": "main", "image": "x:1"}]});
    let zoned = json!({"metadata": {"labels": {"zone": "north"}}});
    for node in ["a", "b"] {
        cluster.patch_node(node, zoned.clone()).await;
    }
    let template = json!({"metadata": {"labels": {"app": "logs"}}, "spec": spec("north")});
    cluster.create(json!({"template": template})).await;
    cluster.until_updated(2, |_| {}).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.until_updated(2, |_| {}).await;
    cluster.world.pass_secs(1).await;
    on.store(true, Ordering::SeqCst);
    let moved = json!({"metadata": {"labels": {"zone": "south"}}});
    cluster.patch_node("b", moved).await;
    cluster.world.pass_secs(1).await;
    on.store(false, Ordering::SeqCst);
    let none_kept = json!({"spec": {"revisionHistoryLimit": 0}});
    cluster.world.patch::<DaemonSet>("logs", none_kept).await;
    for (secs, places, observed, revisions) in [(290, vec!["a", "b"], 2, 2), (60, vec!["a"], 3, 1)]
    {
        cluster.world.pass_secs(secs).await;
        assert_eq!(cluster.places().await, places, "after {secs} s more");
        let generation = cluster.status().await.observed_generation;
        assert_eq!(generation, Some(observed), "after {secs} s more");
        let kept = cluster.revisions().await.len();
        assert_eq!(kept, revisions, "DS-39: after {secs} s more");
    }
}
