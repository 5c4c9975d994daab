//! CronJobs that are due together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::runtime::watcher;
use kube::{Api, ResourceExt};
use orrery_informer::Cache;
use parking_lot::Mutex;
use serde_json::json;
use tokio::task::JoinSet;

use crate::crashes::crashes;
use crate::cronjobs::{active, cronjob, slot};
use crate::runner::succeeding;
use crate::world::{Refusal, World};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// What the controllers have written, in order: a method and the end of a path.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<String>>>);

impl Written {
    /// Refuses nothing.
    fn noting(&self) -> Refusal {
        let written = self.0.clone();
        Arc::new(move |method, path| {
            if *method != Method::GET {
                let end = path.split_once("/namespaces/default/");
                let end = end.map_or(path, |(_, end)| end);
                written.lock().push(format!("{method} {end}"));
            }
            None
        })
    }

    fn clear(&self) {
        self.0.lock().clear();
    }

    fn places(&self, what: &str) -> Vec<usize> {
        let written = self.0.lock();
        let places = written.iter().enumerate();
        places
            .filter_map(|(place, line)| (line == what).then_some(place))
            .collect()
    }
}

#[tokio::test(start_paused = true)]
async fn cj_53_the_jobs_of_a_slot_come_before_all_that_follows_from_them() {
    let written = Written::default();
    let world = World::with_refusal(succeeding(30), written.noting()).await;
    for name in NAMES {
        world.create::<CronJob>(cronjob(name, json!({}))).await;
    }
    world.pass_secs(59).await;
    written.clear();
    world.pass_secs(2).await;
    let jobs = written.places("POST jobs");
    assert_eq!(jobs.len(), NAMES.len(), "{:?}", written.0.lock());
    let statuses = NAMES.map(|name| format!("PUT cronjobs/{name}/status"));
    for follows in ["POST pods", "POST events"]
        .into_iter()
        .chain(statuses.iter().map(String::as_str))
    {
        let places = written.places(follows);
        assert!(
            !places.is_empty() && jobs.last() < places.first(),
            "{follows}: {:?}",
            written.0.lock()
        );
    }
    for name in NAMES {
        assert_eq!(active(&world, name).await, [slot(name, 1)]);
        let events = world.events(name).await;
        let created = format!("SuccessfulCreate Created job {}", slot(name, 1));
        assert_eq!(events, [created], "and nothing is amiss");
    }
    let statuses = statuses.map(|status| written.places(&status).len());
    assert_eq!(statuses, [1, 1, 1], "one write each");
}

/// The names of all Jobs that there ever were, for as long as the tasks are held.
fn jobs_made(world: &World) -> (Arc<Mutex<Vec<String>>>, JoinSet<()>) {
    let made = Arc::<Mutex<Vec<String>>>::default();
    let names = made.clone();
    let jobs = Cache::<Job>::builder().build();
    jobs.on(move |change| {
        if change.old.is_none() {
            names.lock().push(change.object().name_any());
        }
    });
    let api = Api::all(world.client.clone());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { jobs.watch(api, watcher::Config::default()).await });
    (made, tasks)
}

#[tokio::test(start_paused = true)]
async fn cj_54_a_slot_never_runs_twice_though_its_job_has_ended_and_is_to_go_before_it_is_told() {
    for crash in crashes() {
        let mut world = World::with_crash(succeeding(0), Some(crash)).await;
        let (made, _tasks) = jobs_made(&world);
        for name in NAMES {
            let mut brief = cronjob(name, json!({}));
            brief["spec"]["jobTemplate"]["spec"]["ttlSecondsAfterFinished"] = json!(0);
            world.create::<CronJob>(brief).await;
        }
        world.pass_secs(75).await;
        world.restart_controllers().await;
        world.pass_secs(30).await;
        let mut made = made.lock().clone();
        made.sort();
        assert_eq!(made, NAMES.map(|name| slot(name, 1)), "{crash:?}");
        let left = world.job_names().await;
        assert!(left.is_empty(), "{crash:?}: {left:?}");
        for name in NAMES {
            let status = world.cronjob(name).await.status.expect("written");
            let last = status.last_schedule_time.expect("set").0.to_string();
            assert_eq!(last, "2026-11-23T12:01:00Z", "{crash:?}: {name}");
            assert!(status.active.is_none(), "{crash:?}: {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ttl_01_cj_54_a_run_does_not_go_before_its_slot_is_told() {
    let refused = Arc::new(AtomicBool::new(true));
    let switch = refused.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let status = *method == Method::PUT && path.contains("/cronjobs/brief/status");
        (status && switch.load(Ordering::SeqCst)).then_some((403, "Forbidden"))
    });
    let world = World::with_refusal(succeeding(1), refusal).await;
    let mut brief = cronjob("brief", json!({}));
    brief["spec"]["jobTemplate"]["spec"]["ttlSecondsAfterFinished"] = json!(0);
    world.create::<CronJob>(brief).await;
    world.pass_secs(65).await;
    assert_eq!(world.job_names().await, [slot("brief", 1)], "it stays");
    refused.store(false, Ordering::SeqCst);
    world.pass_secs(45).await;
    let left = world.job_names().await;
    assert!(left.is_empty(), "told, it goes: {left:?}");
    let status = world.cronjob("brief").await.status.expect("written");
    let scheduled = status.last_schedule_time.expect("set").0;
    assert_eq!(scheduled.to_string(), "2026-11-23T12:01:00Z");
    assert!(status.last_successful_time.is_some());
    let events = world.events("brief").await;
    let created = events
        .iter()
        .filter(|event| event.starts_with("SuccessfulCreate"));
    assert_eq!(created.count(), 1, "{events:?}");
}
