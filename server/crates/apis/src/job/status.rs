//! Validation of a Job's status (JOBV-13).

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{Job, JobSpec, JobStatus};
use serde_json::json;

use crate::conditions;
use crate::job_template::{non_negative, parse_indexes};
use crate::{ErrorType, FieldError, FieldErrors};

pub(super) fn validate_status_update(new: &Job, old: &Job) -> FieldErrors {
    let (status, before) = (
        new.status.clone().unwrap_or_default(),
        old.status.clone().unwrap_or_default(),
    );
    // /status cannot change the specification, so the stored one counts
    let spec = old.spec.clone().unwrap_or_default();
    let mut errors = validate_counters(&status);
    validate_conditions(&status, &before, &mut errors);
    validate_progress(&status, &before, &spec, &mut errors);
    validate_times(&status, &before, &spec, &mut errors);
    validate_indexes(&status, &spec, &mut errors);
    errors
}

fn has(status: &JobStatus, type_: &str) -> bool {
    conditions::is_true(status.conditions.as_ref(), type_)
}

fn is_finished(status: &JobStatus) -> bool {
    has(status, "Complete") || has(status, "Failed")
}

fn validate_counters(status: &JobStatus) -> FieldErrors {
    let counters = [
        ("active", status.active),
        ("succeeded", status.succeeded),
        ("failed", status.failed),
        ("ready", status.ready),
        ("terminating", status.terminating),
    ];
    let mut errors: FieldErrors = counters
        .into_iter()
        .filter_map(|(field, count)| non_negative(count.map(i64::from), format!("status.{field}")))
        .collect();
    let uncounted = status.uncounted_terminated_pods.clone().unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (field, uids) in [
        ("succeeded", uncounted.succeeded),
        ("failed", uncounted.failed),
    ] {
        for (at, uid) in uids.unwrap_or_default().into_iter().enumerate() {
            let path = format!("status.uncountedTerminatedPods.{field}[{at}]");
            if uid.is_empty() {
                errors.push(FieldError::invalid(path, uid, "must not be empty"));
            } else if !seen.insert(uid.clone()) {
                errors.push(FieldError::new(ErrorType::Duplicate, path, uid, ""));
            }
        }
    }
    errors
}

fn validate_conditions(status: &JobStatus, before: &JobStatus, errors: &mut FieldErrors) {
    const PATH: &str = "status.conditions";
    let mut invalid = |detail: String| {
        errors.push(FieldError::invalid(PATH, json!(status.conditions), detail));
    };
    let exclusive = [
        ("Complete", "Failed"),
        ("Complete", "FailureTarget"),
        ("Failed", "SuccessCriteriaMet"),
        ("FailureTarget", "SuccessCriteriaMet"),
    ];
    let unchanged = status.conditions == before.conditions;
    for (one, other) in exclusive.into_iter().filter(|_| !unchanged) {
        if has(status, one) && has(status, other) {
            invalid(format!("cannot set {one}=True and {other}=true conditions"));
        }
    }
    for (terminal, interim) in [
        ("Failed", "FailureTarget"),
        ("Complete", "SuccessCriteriaMet"),
    ] {
        if has(status, terminal) && !has(before, terminal) && !has(status, interim) {
            invalid(format!(
                "cannot set {terminal}=True condition without the {interim}=true condition"
            ));
        }
    }
    for type_ in ["Failed", "Complete", "FailureTarget"] {
        if has(before, type_) && !has(status, type_) {
            invalid(format!(
                "cannot disable the terminal {type_}=True condition"
            ));
        }
    }
    if has(before, "SuccessCriteriaMet") && !has(status, "SuccessCriteriaMet") {
        invalid("cannot disable the SuccessCriteriaMet=True condition".to_owned());
    }
    if has(before, "Complete")
        && has(status, "SuccessCriteriaMet")
        && !has(before, "SuccessCriteriaMet")
    {
        invalid(
            "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
                .to_owned(),
        );
    }
}

fn validate_progress(
    status: &JobStatus,
    before: &JobStatus,
    spec: &JobSpec,
    errors: &mut FieldErrors,
) {
    let count = Option::unwrap_or_default;
    if count(status.failed) < count(before.failed) {
        let detail = "must not be decremented";
        errors.push(FieldError::invalid(
            "status.failed",
            count(status.failed),
            detail,
        ));
    }
    // an elastic Indexed Job may forget completed indexes (JOB-72)
    let elastic =
        spec.completion_mode.as_deref() == Some("Indexed") && spec.completions == spec.parallelism;
    if count(status.succeeded) < count(before.succeeded) && !elastic {
        let detail = "must not be decremented";
        errors.push(FieldError::invalid(
            "status.succeeded",
            count(status.succeeded),
            detail,
        ));
    }
    if count(status.ready) > count(status.active)
        && (status.ready, status.active) != (before.ready, before.active)
    {
        let detail = "cannot set more ready pods than active";
        errors.push(FieldError::invalid(
            "status.ready",
            count(status.ready),
            detail,
        ));
    }
    if !is_finished(status) || is_finished(before) {
        return;
    }
    let finished = [
        (
            "status.active",
            count(status.active),
            "active>0 is invalid for finished job",
        ),
        (
            "status.terminating",
            count(status.terminating),
            "terminating>0 is invalid for finished job",
        ),
    ];
    for (path, number, detail) in finished {
        if number > 0 {
            errors.push(FieldError::invalid(path, number, detail));
        }
    }
    let uncounted = status.uncounted_terminated_pods.clone().unwrap_or_default();
    if [&uncounted.succeeded, &uncounted.failed]
        .iter()
        .any(|uids| uids.as_ref().is_some_and(|uids| !uids.is_empty()))
    {
        let detail = "uncountedTerminatedPods needs to be empty for finished job";
        errors.push(FieldError::invalid(
            "status.uncountedTerminatedPods",
            json!(uncounted),
            detail,
        ));
    }
}

fn validate_times(
    status: &JobStatus,
    before: &JobStatus,
    spec: &JobSpec,
    errors: &mut FieldErrors,
) {
    let completed = status.completion_time.as_ref();
    let path = "status.completionTime";
    if has(status, "Complete") && completed.is_none() {
        errors.push(FieldError::required(
            path,
            "completionTime is required for Complete jobs",
        ));
    }
    if let Some(time) = completed {
        if !has(status, "Complete") {
            let detail = "cannot set completionTime when there is no Complete=True condition";
            errors.push(FieldError::invalid(path, json!(time), detail));
        }
        if status
            .start_time
            .as_ref()
            .is_some_and(|start| time.0 < start.0)
        {
            let detail = "completionTime cannot be set before startTime";
            errors.push(FieldError::invalid(path, json!(time), detail));
        }
    }
    if before.completion_time.is_some() && before.completion_time != status.completion_time {
        errors.push(FieldError::invalid(
            path,
            json!(completed),
            "field is immutable",
        ));
    }
    validate_start(status, before, spec, errors);
}

fn validate_start(
    status: &JobStatus,
    before: &JobStatus,
    spec: &JobSpec,
    errors: &mut FieldErrors,
) {
    let path = "status.startTime";
    let never_ran = spec.suspend == Some(true) && spec.completions == Some(0);
    if is_finished(status) && status.start_time.is_none() && !never_ran {
        errors.push(FieldError::required(
            path,
            "startTime is required for finished job",
        ));
    }
    let resumed = has(before, "Suspended") && !has(status, "Suspended");
    let free = spec.suspend == Some(true) || resumed;
    if before.start_time.is_some() && before.start_time != status.start_time && !free {
        let detail = "field is immutable for unsuspended job once set";
        errors.push(FieldError::required(path, detail));
    }
}

fn validate_indexes(status: &JobStatus, spec: &JobSpec, errors: &mut FieldErrors) {
    let indexed = spec.completion_mode.as_deref() == Some("Indexed");
    let completed = status.completed_indexes.as_deref().unwrap_or_default();
    let completions = spec.completions.unwrap_or(i32::MAX);
    if !completed.is_empty() && !indexed {
        let detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
        errors.push(FieldError::invalid(
            "status.completedIndexes",
            completed,
            detail,
        ));
    }
    let failed = status.failed_indexes.as_deref();
    if failed.is_some() && spec.backoff_limit_per_index.is_none() {
        let detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
        errors.push(FieldError::invalid("status.failedIndexes", failed, detail));
    }
    let mut read = |field: &str, text: &str| match parse_indexes(text, completions) {
        Ok(intervals) => intervals,
        Err(error) => {
            let detail = format!("error parsing {field}: {error}");
            errors.push(FieldError::invalid(format!("status.{field}"), text, detail));
            Vec::new()
        }
    };
    let completed_intervals = if indexed {
        read("completedIndexes", completed)
    } else {
        Vec::new()
    };
    let failed_intervals = read("failedIndexes", failed.unwrap_or_default());
    let overlap = completed_intervals.iter().find(|(first, last)| {
        failed_intervals
            .iter()
            .any(|(a, b)| first <= b && a <= last)
    });
    if overlap.is_some() {
        let detail = "failedIndexes and completedIndexes cannot overlap";
        errors.push(FieldError::invalid("status.failedIndexes", failed, detail));
    }
}
