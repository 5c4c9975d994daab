//! What the API's `/metrics` tells of the process and of the controllers, in upstream's names. Upstream's
//! controller manager tells its part itself; here all is one process.

mod process;

use std::sync::{Arc, OnceLock};

use orrery_apiserver::{Exposition, MetricKind, MoreMetrics};
use orrery_controllers::{Handles, SKEW_BOUNDS};

/// The controllers, once they are made: they come after the API server that they are clients of.
pub type Told = Arc<OnceLock<Handles>>;

/// Writes all of it down.
pub fn more(told: Told) -> MoreMetrics {
    Arc::new(move |metrics: &mut Exposition| {
        process::tell(metrics);
        if let Some(controllers) = told.get() {
            queues(controllers, metrics);
            jobs(controllers, metrics);
        }
    })
}

fn queues(controllers: &Handles, metrics: &mut Exposition) {
    let counts = controllers
        .queues
        .iter()
        .map(|queue| (queue.name, queue.counts()));
    let counts: Vec<_> = counts.collect();
    let (depth, adds) = ("workqueue_depth", "workqueue_adds_total");
    let help = "Total number of adds handled by workqueue";
    metrics.begin(adds, MetricKind::Counter, help);
    for (name, counts) in &counts {
        metrics.sample(adds, &[("name", *name)], counts.adds);
    }
    metrics.begin(depth, MetricKind::Gauge, "Current depth of workqueue");
    for (name, counts) in &counts {
        metrics.sample(depth, &[("name", *name)], counts.depth);
    }
}

fn jobs(controllers: &Handles, metrics: &mut Exposition) {
    let skew = controllers.meters.skew();
    let name = "cronjob_controller_job_creation_skew_duration_seconds";
    let help = "Time between when a cronjob is scheduled to be run, and when the corresponding job is created";
    metrics.begin(name, MetricKind::Histogram, help);
    metrics.histogram(name, &[], &SKEW_BOUNDS, &skew.buckets, skew.sum_secs);
    let name = "job_controller_jobs_finished_total";
    let help = "The number of finished jobs";
    metrics.begin(name, MetricKind::Counter, help);
    for (finished, count) in controllers.meters.jobs_finished() {
        let labels = [
            ("completion_mode", finished.completion_mode.as_str()),
            ("reason", finished.reason.as_str()),
            ("result", finished.result),
        ];
        metrics.sample(name, &labels, count);
    }
}
