//! Jobs as the CronJob controller creates them (CJ-50 to CJ-52).

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use orrery_schedule::rfc3339_in;

use crate::owner::controller_reference;

/// When the slot was, on the Job that ran it.
pub const SCHEDULED_TIMESTAMP: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The name of a slot's Job; the same slot has the same name, which makes the name a lock.
pub fn job_name(cronjob: &str, slot: Timestamp) -> String {
    format!("{cronjob}-{}", slot.as_second() / 60)
}

/// The slot that this Job runs, by the name and the annotation that [`new_job`] gives.
pub fn slot_of(cronjob: &CronJob, job: &Job) -> Option<Timestamp> {
    let slot = job.annotations().get(SCHEDULED_TIMESTAMP)?;
    let slot: Timestamp = slot.parse().ok()?;
    (job.name_any() == job_name(&cronjob.name_any(), slot)).then_some(slot)
}

/// The Job of a slot.
pub fn new_job(cronjob: &CronJob, slot: Timestamp) -> Job {
    let template = cronjob.spec.job_template.clone();
    let meta = template.metadata.unwrap_or_default();
    let zone = cronjob.spec.time_zone.as_deref().unwrap_or("UTC");
    // The zone was loaded when the slot was found; UTC stands in for the impossible.
    let scheduled = rfc3339_in(slot, zone).unwrap_or_else(|_| slot.to_string());
    let mut annotations = meta.annotations.unwrap_or_default();
    annotations.insert(SCHEDULED_TIMESTAMP.to_owned(), scheduled);
    Job {
        metadata: ObjectMeta {
            name: Some(job_name(&cronjob.name_any(), slot)),
            namespace: cronjob.namespace(),
            labels: meta.labels,
            annotations: Some(annotations),
            owner_references: Some(vec![controller_reference(cronjob)]),
            ..ObjectMeta::default()
        },
        spec: template.spec,
        status: None,
    }
}
