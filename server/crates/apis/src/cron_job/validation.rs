//! Errors and warnings of a CronJob.

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec};

use super::schedule::{expression_error, time_zone_errors};
use crate::go_internal::Internal;
use crate::job_template::{indexed_warning, name_warning, non_negative, validate_job_spec};
use crate::pod_template::template_warnings;
use crate::{FieldError, FieldErrors};

/// Leaves 11 characters for the suffix of a Job's name (CJ-50).
const NAME_MAX: usize = 52;
const POLICIES: [&str; 3] = ["Allow", "Forbid", "Replace"];
const PAGE: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/";

pub(super) fn validate_create(cron_job: &CronJob) -> FieldErrors {
    let mut errors = validate_spec(&cron_job.spec, None);
    let name = cron_job.metadata.name.as_deref().unwrap_or_default();
    if name.len() > NAME_MAX {
        let detail = format!("must be no more than {NAME_MAX} characters");
        errors.push(FieldError::invalid("metadata.name", name, detail));
    }
    errors
}

pub(super) fn validate_update(new: &CronJob, old: &CronJob) -> FieldErrors {
    validate_spec(&new.spec, Some(&old.spec))
}

fn validate_spec(spec: &CronJobSpec, old: Option<&CronJobSpec>) -> FieldErrors {
    let mut errors = Vec::new();
    match spec.schedule.as_str() {
        "" => errors.push(FieldError::required("spec.schedule", "")),
        _ => validate_schedule(spec, old, &mut errors),
    }
    errors.extend(non_negative(
        spec.starting_deadline_seconds,
        "spec.startingDeadlineSeconds",
    ));
    let checked = old.is_none_or(|old| old.time_zone != spec.time_zone);
    if let Some(zone) = spec.time_zone.as_deref().filter(|_| checked) {
        let wrong = time_zone_errors(zone).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid("spec.timeZone", zone, wrong)));
    }
    match spec.concurrency_policy.as_deref().unwrap_or_default() {
        "" => errors.push(FieldError::required("spec.concurrencyPolicy", "")),
        known if POLICIES.contains(&known) => {}
        other => errors.push(FieldError::not_supported(
            "spec.concurrencyPolicy",
            other,
            &POLICIES,
        )),
    }
    validate_job_template(spec, &mut errors);
    let limits = [
        (
            "spec.successfulJobsHistoryLimit",
            spec.successful_jobs_history_limit,
        ),
        (
            "spec.failedJobsHistoryLimit",
            spec.failed_jobs_history_limit,
        ),
    ];
    errors.extend(
        limits
            .into_iter()
            .filter_map(|(path, limit)| non_negative(limit.map(i64::from), path)),
    );
    errors
}

/// A schedule that carried its zone may go on doing so, but not beside `timeZone` (CRON-11).
fn validate_schedule(spec: &CronJobSpec, old: Option<&CronJobSpec>, errors: &mut FieldErrors) {
    let schedule = spec.schedule.as_str();
    let mut invalid =
        |detail: String| errors.push(FieldError::invalid("spec.schedule", schedule, detail));
    if let Some(error) = expression_error(schedule) {
        invalid(error);
    }
    if !schedule.contains("TZ") {
        return;
    }
    let kept = old.is_some_and(|old| old.schedule.contains("TZ"));
    match (kept, spec.time_zone.is_some()) {
        (false, _) => {
            invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead".to_owned());
        }
        (true, true) => {
            invalid("cannot use both timeZone field and TZ or CRON_TZ in schedule".to_owned());
        }
        (true, false) => {}
    }
}

fn validate_job_template(spec: &CronJobSpec, errors: &mut FieldErrors) {
    let job = spec.job_template.spec.clone().unwrap_or_default();
    errors.extend(validate_job_spec(&job, "spec.jobTemplate.spec"));
    if let Some(selector) = job.selector.as_ref() {
        let path = "spec.jobTemplate.spec.selector";
        errors.push(FieldError::invalid(
            path,
            Internal::of("LabelSelector", selector),
            "`selector` will be auto-generated",
        ));
    }
    if job.manual_selector == Some(true) {
        let path = "spec.jobTemplate.spec.manualSelector";
        errors.push(FieldError::not_supported(path, true, &["nil", "false"]));
    }
}

pub(super) fn warnings(new: &CronJob, old: Option<&CronJob>) -> Vec<String> {
    let mut warnings = Vec::new();
    if old.is_none() {
        warnings.extend(name_warning(
            new.metadata.name.as_deref().unwrap_or_default(),
        ));
    }
    let changed = old.is_none_or(|old| old.metadata.generation != new.metadata.generation);
    if let Some(job) = new.spec.job_template.spec.as_ref().filter(|_| changed) {
        let path = "spec.jobTemplate.spec";
        warnings.extend(indexed_warning(job, path));
        warnings.extend(template_warnings(
            &job.template,
            &format!("{path}.template"),
        ));
    }
    if old.is_some() && new.spec.schedule.contains("TZ") {
        warnings.push(format!(
            "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see {PAGE} for more details"
        ));
    }
    warnings
}
