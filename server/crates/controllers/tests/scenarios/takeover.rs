//! Two controller managers against one API: one leads, the other takes over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use orrery_controllers::leader::{Candidate, lead};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::cluster::{Cluster, image, is_serving, lasting};
use crate::cronjobs::{cronjob, slot};
use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{Refusal, World, is_true};

/// A manager, and the switch that cuts it off.
struct Manager {
    cut: Arc<AtomicBool>,
    working: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// True for as long as it lives.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

fn manager(world: &World, identity: &str) -> Manager {
    let cut = Arc::new(AtomicBool::new(false));
    let switch = cut.clone();
    let refusal: Refusal = Arc::new(move |_, _| {
        switch
            .load(Ordering::SeqCst)
            .then_some((503, "ServiceUnavailable"))
    });
    let (client, clock) = (world.refusing_client(refusal), world.clock.clone());
    let candidate = Candidate {
        client: client.clone(),
        clock: clock.clone(),
        identity: identity.to_owned(),
    };
    let working = Arc::new(AtomicBool::new(false));
    let flag = working.clone();
    let task = tokio::spawn(lead(candidate, move || {
        let config = orrery_controllers::Config::simulation();
        let (_, run) = orrery_controllers::start(client.clone(), clock.clone(), config);
        let flag = flag.clone();
        async move {
            flag.store(true, Ordering::SeqCst);
            let _flag = Flag(flag);
            run.await;
        }
    }));
    Manager { cut, working, task }
}

impl Manager {
    fn works(&self) -> bool {
        self.working.load(Ordering::SeqCst)
    }
}

async fn holder(world: &World) -> (String, i32) {
    let leases: Api<Lease> = Api::namespaced(world.client.clone(), "kube-system");
    let lease = leases
        .get("kube-controller-manager")
        .await
        .expect("it is held");
    let spec = lease.spec.expect("it has a spec");
    (
        spec.holder_identity.unwrap_or_default(),
        spec.lease_transitions.unwrap_or(0),
    )
}

/// `message` of every Event about the lease, in order.
async fn told(world: &World) -> Vec<String> {
    let events: Api<Event> = Api::namespaced(world.client.clone(), "kube-system");
    let mut events = events.list(&ListParams::default()).await.expect("served");
    events.items.sort_by_key(ResourceExt::creation_timestamp);
    let told = events.items.into_iter().map(|event| {
        let source = event.source.unwrap_or_default().component;
        let about = event.involved_object;
        assert_eq!(event.reason.as_deref(), Some("LeaderElection"));
        assert_eq!(about.kind.as_deref(), Some("Lease"));
        assert_eq!(about.name.as_deref(), Some("kube-controller-manager"));
        assert_eq!(source.as_deref(), Some("kube-controller-manager"));
        event.message.unwrap_or_default()
    });
    told.collect()
}

/// Every slot of so many minutes ran once: one Job, one pod.
async fn each_slot_once(world: &World, minutes: i64) {
    let slots: Vec<_> = (1..=minutes).map(|minute| slot("tick", minute)).collect();
    assert_eq!(world.job_names().await, slots, "none missed, none doubled");
    assert_eq!(world.pods().await.len(), slots.len(), "one pod each");
}

async fn ticking() -> World {
    let world = World::without_controllers(succeeding(20)).await;
    let every_minute = json!({"successfulJobsHistoryLimit": 100});
    world.create::<CronJob>(cronjob("tick", every_minute)).await;
    world
}

#[tokio::test(start_paused = true)]
async fn when_a_leader_dies_the_follower_misses_and_doubles_no_run() {
    // just after a slot, in the midst of a run, just before a slot: the takeover spans the next one
    for dies_at in [61, 75, 118] {
        let world = ticking().await;
        let first = manager(&world, "first");
        world.pass_secs(5).await;
        let second = manager(&world, "second");
        world.pass_secs(dies_at - 5).await;
        assert_eq!(holder(&world).await, ("first".to_owned(), 0));
        assert!(first.works() && !second.works());
        drop(first);
        world.pass_secs(12).await;
        assert!(!second.works(), "the lease lasts 15 s");
        world.pass_secs(8).await;
        assert!(second.works(), "and is taken at once after");
        assert_eq!(holder(&world).await, ("second".to_owned(), 1));
        let first = manager(&world, "first");
        world.pass_secs(5 * 60 + 30 - dies_at - 20).await;
        assert!(second.works() && !first.works(), "who comes back follows");
        let leaders = ["first became leader", "second became leader"];
        assert_eq!(told(&world).await, leaders);
        each_slot_once(&world, 5).await;
        let late = |job: &Job| job.creation_timestamp().expect("set").0.as_second() % 60;
        let late = world.jobs().await.iter().map(late).max();
        assert!(
            late <= Some(18),
            "the latest start: {late:?} s after its slot"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_over_a_job_counts_each_pod_once_and_makes_none_too_many() {
    for dies_at in [1, 4, 6, 11] {
        let world = World::without_controllers(succeeding(5)).await;
        let spec = json!({"parallelism": 2, "completions": 6});
        world.create::<Job>(job("pi", spec)).await;
        let first = manager(&world, "first");
        world.pass_secs(1).await;
        let second = manager(&world, "second");
        world.pass_secs(dies_at).await;
        drop(first);
        let done = world.until("pi", |status| is_true(status, "Complete"));
        let done = done.await;
        assert!(second.works(), "the first one died after {dies_at} s");
        assert_eq!((done.succeeded, done.failed), (Some(6), None));
        assert_eq!(world.pods().await.len(), 6, "died after {dies_at} s");
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_over_a_rolling_update_takes_no_node_more_than_it_may() {
    let world = World::without_controllers(lasting()).await;
    let cluster = Cluster::around(world, &["a", "b", "c"]).await;
    let first = manager(&cluster.world, "first");
    cluster.world.pass_secs(1).await;
    let second = manager(&cluster.world, "second");
    cluster.create(json!({"minReadySeconds": 3})).await;
    cluster.until_updated(3, |_| {}).await;
    let update = image("x:2");
    cluster.world.patch::<DaemonSet>("logs", update).await;
    cluster.world.pass_secs(5).await;
    drop(first);
    let enough = |pods: &[Pod]| {
        let serving = pods.iter().filter(|pod| is_serving(pod)).count();
        assert!(serving >= 2, "maxUnavailable is 1: {serving} serve");
    };
    cluster.until_updated(3, enough).await;
    assert!(second.works());
    assert_eq!(cluster.places().await, ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_cut_off_stops_before_another_begins() {
    let world = ticking().await;
    let first = manager(&world, "first");
    world.pass_secs(5).await;
    let second = manager(&world, "second");
    world.pass_secs(66).await;
    first.cut.store(true, Ordering::SeqCst);
    for _ in 0..80 {
        world
            .clock
            .sleep(std::time::Duration::from_millis(250))
            .await;
        assert!(!(first.works() && second.works()), "never both");
    }
    assert!(second.works() && !first.works());
    first.cut.store(false, Ordering::SeqCst);
    world.pass_secs(210).await;
    assert!(second.works() && !first.works());
    each_slot_once(&world, 5).await;
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_lease_is_taken_stops_and_tells() {
    let world = ticking().await;
    let first = manager(&world, "first");
    world.pass_secs(5).await;
    let leases: Api<Lease> = Api::namespaced(world.client.clone(), "kube-system");
    let taken = Patch::Merge(json!({"spec": {"holderIdentity": "by hand"}}));
    let params = PatchParams::default();
    let patched = leases.patch("kube-controller-manager", &params, &taken);
    patched.await.expect("it is there");
    world.pass_secs(13).await;
    assert!(!first.works());
    let stopped = ["first became leader", "first stopped leading"];
    assert_eq!(told(&world).await, stopped);
    world.pass_secs(10).await;
    assert!(first.works(), "nobody renews it");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_makes_no_two_leaders() {
    let world = ticking().await;
    let first = manager(&world, "first");
    world.pass_secs(5).await;
    let second = manager(&world, "second");
    for jump in [3600, -7200, 30] {
        world.pass_secs(30).await;
        world.clock.jump(jiff::SignedDuration::from_secs(jump));
        world.pass_secs(30).await;
        assert!(first.works() && !second.works(), "after a jump of {jump} s");
    }
    assert_eq!(holder(&world).await, ("first".to_owned(), 0));
}

#[tokio::test(start_paused = true)]
async fn cj_04_who_takes_over_does_not_run_the_past_of_a_changed_schedule() {
    let world = World::without_controllers(succeeding(20)).await;
    let yearly = json!({"schedule": "0 0 1 1 *"});
    world.create::<CronJob>(cronjob("moved", yearly)).await;
    let first = manager(&world, "first");
    world.pass_secs(5).await;
    let second = manager(&world, "second");
    // 12:35: 12:30 would be the latest slot of the new schedule
    world.pass_secs(35 * 60 - 5).await;
    let patch = json!({"spec": {"schedule": "*/10 * * * *"}});
    world.patch::<CronJob>("moved", patch).await;
    world.pass_secs(1).await;
    drop(first);
    world.pass_secs(60).await;
    assert!(second.works());
    assert!(world.job_names().await.is_empty(), "12:30 is past");
    world.pass_secs(5 * 60).await;
    assert_eq!(world.job_names().await, [slot("moved", 40)]);
}
