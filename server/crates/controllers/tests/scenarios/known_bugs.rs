//! Faults that other schedulers and controllers are known for, each kept out by name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use http::Method;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};

use crate::cluster::{Cluster, lasting};
use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{Refusal, World, is_true};

/// More than four pages of a list, which are of 500.
const MANY: usize = 2_100;

const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// How many pods that are not on their way out each index has.
async fn by_index(world: &World) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let pods = world.pods().await;
    for pod in pods
        .iter()
        .filter(|pod| pod.metadata.deletion_timestamp.is_none())
    {
        *counts.entry(pod.annotations()[INDEX].clone()).or_default() += 1;
    }
    counts
}

#[tokio::test(start_paused = true)]
async fn two_pods_for_one_index_of_a_job_become_one_and_count_once() {
    let world = World::start(succeeding(30)).await;
    let spec = json!({"completions": 2, "parallelism": 2, "completionMode": "Indexed"});
    world.create::<Job>(job("pi", spec)).await;
    world.until("pi", |status| status.ready == Some(2)).await;
    let first = world.pods().await.remove(0);
    let mut twin = first.clone();
    twin.metadata.name = Some("pi-twin".to_owned());
    (twin.metadata.uid, twin.metadata.resource_version) = (None, None);
    twin.annotations_mut().remove("test/ends");
    twin.status = None;
    let made = world
        .api::<Pod>()
        .create(&PostParams::default(), &twin)
        .await;
    made.expect("the API lets it be made");
    world.pass_secs(5).await;
    let left = BTreeMap::from([("0".to_owned(), 1), ("1".to_owned(), 1)]);
    assert_eq!(by_index(&world).await, left);
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(done.completed_indexes.as_deref(), Some("0,1"));
    assert_eq!((done.succeeded, done.failed), (Some(2), None));
}

/// Refuses to change the pods of `pi`, while the switch is on.
fn pods_stay() -> (Arc<AtomicBool>, Refusal) {
    let on = Arc::new(AtomicBool::new(true));
    let switch = on.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let change = *method == Method::PATCH && path.contains("/pods/pi-");
        (change && switch.load(Ordering::SeqCst)).then_some((500, "InternalError"))
    });
    (on, refusal)
}

#[tokio::test(start_paused = true)]
async fn a_job_is_not_finished_before_all_its_pods_are_counted() {
    let (on, refusal) = pods_stay();
    let world = World::with_refusal(succeeding(1), refusal).await;
    let spec = json!({"completions": 2, "parallelism": 2});
    world.create::<Job>(job("pi", spec)).await;
    world.pass_secs(120).await;
    let status = world.job_status("pi").await;
    assert!(is_true(&status, "SuccessCriteriaMet") && !is_true(&status, "Complete"));
    assert_eq!((status.succeeded, status.completion_time), (None, None));
    let waiting = status.uncounted_terminated_pods.unwrap_or_default();
    assert_eq!(waiting.succeeded.map(|uids| uids.len()), Some(2));
    on.store(false, Ordering::SeqCst);
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(done.succeeded, Some(2));
    let waiting = done.uncounted_terminated_pods.unwrap_or_default();
    assert_eq!((waiting.succeeded, waiting.failed), (None, None));
}

#[tokio::test(start_paused = true)]
async fn no_finalizer_is_left_on_a_pod_whose_job_went_before_its_controller_could_remove_it() {
    let (_on, refusal) = pods_stay();
    let mut world = World::with_refusal(succeeding(1_000), refusal).await;
    world.create::<Job>(job("pi", json!({}))).await;
    world.until("pi", |status| status.ready == Some(1)).await;
    let jobs = world.api::<Job>();
    let deleted = jobs.delete("pi", &DeleteParams::background()).await;
    deleted.expect("it is there");
    world.pass_secs(40).await;
    let pods = world.pods().await;
    let held: Vec<_> = pods.iter().map(|pod| pod.finalizers().len()).collect();
    assert_eq!(held, [1], "its pod waits for its finalizer alone");
    world.restart_controllers().await;
    world.pass_secs(40).await;
    assert!(world.pods().await.is_empty());
}

/// Jobs that are somebody else's, before `tick-...` in the order of names.
async fn crowd(world: &World) {
    let spec = json!({"managedBy": "example.com/other"});
    let made = futures::stream::iter(0..MANY).map(|n| {
        let body = job(&format!("other-{n:04}"), spec.clone());
        world.create::<Job>(body)
    });
    made.buffer_unordered(16).count().await;
}

#[tokio::test(start_paused = true)]
async fn a_run_behind_more_jobs_than_a_page_of_a_list_is_still_seen() {
    let mut world = World::start(succeeding(150)).await;
    crowd(&world).await;
    let template = job("x", json!({}))["spec"].clone();
    let tick = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
        "spec": {"schedule": "* * * * *", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": template}},
    });
    world.create::<CronJob>(tick).await;
    world.pass_secs(61).await;
    // only a new list is long; a watch tells each Job by itself
    world.restart_controllers().await;
    world.pass_secs(90).await;
    let runs = |names: Vec<String>| {
        names
            .iter()
            .filter(|name| name.starts_with("tick-"))
            .count()
    };
    assert_eq!(runs(world.job_names().await), 1, "Forbid: one runs");
    let status = world.cronjob("tick").await.status.expect("written");
    assert_eq!(status.active.map(|active| active.len()), Some(1));
    world.pass_secs(60).await;
    assert_eq!(runs(world.job_names().await), 2, "and then the next");
}

/// The node that a daemon pod is for, bound or not.
fn meant_for(pod: &Pod) -> Option<String> {
    let affinity = pod.spec.as_ref()?.affinity.as_ref()?;
    let required = affinity.node_affinity.as_ref()?;
    let terms = &required.required_during_scheduling_ignored_during_execution;
    let fields = terms.as_ref()?.node_selector_terms[0]
        .match_fields
        .as_ref()?;
    fields[0].values.as_ref()?.first().cloned()
}

async fn never_two(cluster: &Cluster) {
    let pods = cluster.world.pods().await;
    let mut nodes: Vec<_> = pods
        .iter()
        .map(|pod| meant_for(pod).expect("a daemon"))
        .collect();
    let all = nodes.len();
    nodes.sort();
    nodes.dedup();
    assert_eq!(nodes.len(), all, "two pods on one node: {nodes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_daemon_whose_delete_meets_its_create_is_neither_missed_nor_doubled() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.create(json!({})).await;
    cluster.until_on(&["a", "b"]).await;
    let api = cluster.world.api::<Pod>();
    let (mut met, now) = (0, DeleteParams::default().grace_period(0));
    for turns in 0..40 {
        let before = cluster.world.pods().await;
        let _ = api.delete(&before[0].name_any(), &now).await;
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        let known = |pod: &Pod| before.iter().any(|old| old.uid() == pod.uid());
        let pods = cluster.world.pods().await;
        // its replacement, as far as that has come
        if let Some(new) = pods.iter().find(|pod| !known(pod)) {
            let _ = api.delete(&new.name_any(), &now).await;
            met += 1;
        }
        for _ in 0..20 {
            never_two(&cluster).await;
        }
        cluster.until_on(&["a", "b"]).await;
        never_two(&cluster).await;
    }
    assert!(met > 20, "the delete met the new pod: {met}");
}

/// How many pods a DaemonSet on one node makes in an hour of which each fails after a second.
async fn made_in_an_hour(strategy: Value) -> usize {
    let made = Arc::new(Mutex::new(BTreeSet::new()));
    let count = made.clone();
    let failing = Arc::new(move |pod: &Pod, _| {
        count.lock().expect("no panic").insert(pod.name_any());
        (1, 1)
    });
    let cluster = Cluster::start(failing, &["a"]).await;
    cluster.create(json!({"updateStrategy": strategy})).await;
    cluster.world.pass_secs(3_600).await;
    made.lock().expect("no panic").len()
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_always_fails_is_not_killed_and_made_again_in_a_loop() {
    for (surge, unavailable) in [(0, 1), (1, 0)] {
        let limits = json!({"maxSurge": surge, "maxUnavailable": unavailable});
        let rolling = json!({"type": "RollingUpdate", "rollingUpdate": limits});
        let made = made_in_an_hour(rolling).await;
        assert!(
            (8..=16).contains(&made),
            "{made} pods in an hour, surge {surge}"
        );
    }
}
