//! Jobs as the CronJob controller creates them (CJ-50 to CJ-52).

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use orrery_informer::controller_of;
use orrery_schedule::rfc3339_in;

use crate::owner::controller_reference;

/// When the slot was, on the Job that ran it.
pub const SCHEDULED_TIMESTAMP: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The name of a slot's Job; the same slot has the same name, which makes the name a lock.
pub fn job_name(cronjob: &str, slot: Timestamp) -> String {
    format!("{cronjob}-{}", slot.as_second() / 60)
}

/// The slot that this Job runs, by the name and the annotation that [`new_job`] gives. An earlier
/// CronJob of the same name gave them too: its Jobs are not this one's.
pub fn slot_of(cronjob: &CronJob, job: &Job) -> Option<Timestamp> {
    let owner = controller_of(&job.metadata)?;
    if cronjob.metadata.uid.as_ref() != Some(&owner.uid) {
        return None;
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cronjob(uid: &str) -> CronJob {
        let cronjob = json!({
            "metadata": {"name": "tick", "namespace": "default", "uid": uid},
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {}}}},
        });
        serde_json::from_value(cronjob).expect("a literal CronJob")
    }

    #[test]
    fn cj_20_only_a_job_of_this_very_cronjob_runs_its_slot() {
        let slot = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let own = new_job(&cronjob("b"), slot);
        let mut renamed = own.clone();
        renamed.metadata.name = Some("tick-1".to_owned());
        let mut manual = own.clone();
        manual.metadata.annotations = None;
        let mut stray = own.clone();
        stray.metadata.owner_references = None;
        let rows = [
            ("its own", own, Some(slot)),
            (
                "an earlier one's of the name",
                new_job(&cronjob("a"), slot),
                None,
            ),
            ("another name than the slot's", renamed, None),
            ("made by hand", manual, None),
            ("nobody's", stray, None),
        ];
        for (why, job, expected) in rows {
            assert_eq!(slot_of(&cronjob("b"), &job), expected, "{why}");
        }
    }
}
