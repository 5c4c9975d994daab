//! CronJobs that all fire in the same minute.

use std::time::Instant;

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::Api;
use kube::api::PostParams;
use orrery_sim::{Build, cronjob};

use crate::quantile;
use crate::rig::Rig;

/// So many pods of 110 a node fit at once.
const PODS_PER_NODE: usize = 110;

/// Creates the CronJobs, waits for their minute, and prints how late their Jobs were created and how
/// long all of them took.
pub async fn fire(count: usize) {
    let rig = Rig::start((count / PODS_PER_NODE + 2) as u32).await;
    let api: Api<CronJob> = Api::namespaced(rig.client.clone(), "default");
    let slot = next_minute_with_room(&rig, count);
    let minute = slot.strftime("%M").to_string();
    for number in 0..count {
        let cronjob = cronjob(&format!("tick-{number:05}"))
            .schedule(&format!("{minute} * * * *"))
            .runs_for(0)
            .build();
        let created = api.create(&PostParams::default(), &cronjob).await;
        created.expect("a literal CronJob is valid");
    }
    rig.until(|caches| caches.cronjobs.len() == count).await;
    assert!(
        rig.clock.now() < slot,
        "the machine was too slow to be ready"
    );
    rig.clock.sleep_until(slot).await;
    let began = Instant::now();
    rig.until(|caches| {
        caches
            .jobs
            .list()
            .iter()
            .filter(|job| is_complete(job))
            .count()
            == count
    })
    .await;
    let secs = began.elapsed().as_secs_f64();
    let mut late: Vec<f64> = rig
        .log
        .jobs_created
        .lock()
        .iter()
        .map(|at| at.duration_since(slot).as_secs_f64() * 1000.0)
        .collect();
    late.sort_by(f64::total_cmp);
    assert_eq!(late.len(), count, "one Job of each");
    println!("cronjobs-{count}-early-ms {:.1}", late[0]);
    println!("cronjobs-{count}-late-p50-ms {:.1}", quantile(&late, 0.5));
    println!("cronjobs-{count}-late-p99-ms {:.1}", quantile(&late, 0.99));
    println!("cronjobs-{count}-all-complete-s {secs:.1}");
}

/// The first minute before which so many CronJobs can be created.
fn next_minute_with_room(rig: &Rig, count: usize) -> Timestamp {
    let ready = rig.clock.now() + SignedDuration::from_millis(3000 + 2 * count as i64);
    let up = TimestampRound::new()
        .smallest(Unit::Minute)
        .mode(RoundMode::Ceil);
    ready.round(up).expect("a minute divides a day")
}

fn is_complete(job: &Job) -> bool {
    let status = job.status.as_ref();
    let mut conditions = status
        .into_iter()
        .flat_map(|s| s.conditions.iter().flatten());
    conditions.any(|c| c.type_ == "Complete" && c.status == "True")
}
