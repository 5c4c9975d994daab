//! A day of a minutely CronJob, to be timed: `time cargo run --release -p orrery-sim --example day`.

use k8s_openapi::api::batch::v1::CronJob;
use orrery_sim::{Options, cronjob, run_with};

const DAY_SECS: u64 = 24 * 3600;

fn main() {
    run_with(Options::new(1).nodes(1), |sim| async move {
        sim.create(cronjob("tick").every_minute().forbid().runs_for(5))
            .await;
        sim.pass_secs(DAY_SECS).await;
        let status = sim
            .get::<CronJob>("tick")
            .status
            .clone()
            .unwrap_or_default();
        let (requests, changes) = (sim.requests(), sim.changes());
        println!(
            "{requests} requests, {changes} changes; last run {:?}",
            status.last_schedule_time
        );
    });
}
