//! Validation of a Job's status (JOBV-13), in upstream's order.
//!
//! Most rules look only at what the write changes: a status that broke one before the rule existed, or
//! that the specification has just made wrong, may still be written otherwise.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{Job, JobSpec, JobStatus};
use serde_json::json;

use crate::conditions;
use crate::go_internal::Internal;
use crate::job_template::{non_negative, overlap_of_indexes, parse_indexes};
use crate::{ErrorType, FieldError, FieldErrors};

pub(super) fn validate_status_update(new: &Job, old: &Job) -> FieldErrors {
    let (status, before) = (
        new.status.clone().unwrap_or_default(),
        old.status.clone().unwrap_or_default(),
    );
    // /status cannot change the specification, so the stored one counts
    let spec = old.spec.clone().unwrap_or_default();
    let write = Write {
        status: &status,
        before: &before,
        spec: &spec,
    };
    let mut errors = validate_counters(&status);
    write.validate_completion(&mut errors);
    write.validate_interim_conditions(&mut errors);
    write.validate_finished(&mut errors);
    write.validate_indexes(&mut errors);
    write.validate_pods(&mut errors);
    write.validate_success(&mut errors);
    write.validate_transition(&mut errors);
    write.validate_start(&mut errors);
    write.validate_success_transition(&mut errors);
    errors
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
                errors.push(FieldError::duplicate(path, uid));
            }
        }
    }
    errors
}

fn has(status: &JobStatus, type_: &str) -> bool {
    conditions::is_true(status.conditions.as_ref(), type_)
}

/// Whether the status says of itself that it is not so.
fn has_not(status: &JobStatus, type_: &str) -> bool {
    let mut all = status.conditions.iter().flatten();
    all.any(|condition| condition.type_ == type_ && condition.status == "False")
}

fn is_finished(status: &JobStatus) -> bool {
    has(status, "Complete") || has(status, "Failed")
}

/// Conditions are too many to show.
fn conditions_error(detail: impl Into<String>) -> FieldError {
    FieldError::without_value(ErrorType::Invalid, "status.conditions", detail)
}

fn count(number: Option<i32>) -> i32 {
    number.unwrap_or_default()
}

/// One write of a status.
struct Write<'a> {
    status: &'a JobStatus,
    before: &'a JobStatus,
    spec: &'a JobSpec,
}

impl Write<'_> {
    /// True when the write sets or unsets the condition.
    fn turns(&self, type_: &str) -> bool {
        has(self.status, type_) != has(self.before, type_)
    }

    fn changes<T: PartialEq>(&self, field: impl Fn(&JobStatus) -> T) -> bool {
        field(self.status) != field(self.before)
    }

    fn validate_completion(&self, errors: &mut FieldErrors) {
        const PATH: &str = "status.completionTime";
        let status = self.status;
        let complete = has(status, "Complete");
        if (self.turns("Complete") || self.turns("Failed")) && complete && has(status, "Failed") {
            let detail = "cannot set Complete=True and Failed=true conditions";
            errors.push(conditions_error(detail));
        }
        let turned = self.turns("Complete") || self.turns("FailureTarget");
        if turned && complete && has(status, "FailureTarget") {
            let detail = "cannot set Complete=True and FailureTarget=true conditions";
            errors.push(conditions_error(detail));
        }
        let timed = self.changes(|status| status.completion_time.clone());
        if let Some(time) = status.completion_time.as_ref() {
            if (self.turns("Complete") || timed) && !complete {
                let detail = "cannot set completionTime when there is no Complete=True condition";
                errors.push(FieldError::invalid(PATH, time, detail));
            }
            let started = self.changes(|status| status.start_time.clone());
            let early = status
                .start_time
                .as_ref()
                .is_some_and(|start| time.0 < start.0);
            if (started || timed) && early {
                let detail = "must be equal to or after `startTime`";
                errors.push(FieldError::invalid(PATH, time, detail));
            }
        } else if (self.turns("Complete") || timed) && complete {
            let detail = "completionTime is required for Complete jobs";
            errors.push(FieldError::required(PATH, detail));
        }
    }

    /// What a Job is before it is finished.
    fn validate_interim_conditions(&self, errors: &mut FieldErrors) {
        let indexes = self.changes(|status| status.failed_indexes.clone());
        let rows = [
            ("Failed", "FailureTarget", indexes),
            (
                "Complete",
                "SuccessCriteriaMet",
                self.turns("SuccessCriteriaMet"),
            ),
        ];
        for (terminal, interim, otherwise) in rows {
            let looked_at = self.turns(terminal) || otherwise;
            if looked_at && has(self.status, terminal) && !has(self.status, interim) {
                errors.push(conditions_error(format!(
                    "cannot set {terminal}=True condition without the {interim}=true condition"
                )));
            }
        }
    }

    fn validate_finished(&self, errors: &mut FieldErrors) {
        let status = self.status;
        if !is_finished(status) {
            return;
        }
        let finishes = !is_finished(self.before);
        let active = count(status.active);
        if (finishes || self.changes(|status| count(status.active))) && active > 0 {
            let detail = "active>0 is invalid for finished job";
            errors.push(FieldError::invalid("status.active", active, detail));
        }
        let never_ran = self.spec.suspend == Some(true) && self.spec.completions == Some(0);
        let started = self.changes(|status| status.start_time.clone());
        if (finishes || started) && status.start_time.is_none() && !never_ran {
            let detail = "startTime is required for finished job";
            errors.push(FieldError::required("status.startTime", detail));
        }
        let uncounted = status.uncounted_terminated_pods.clone().unwrap_or_default();
        let any = [&uncounted.succeeded, &uncounted.failed]
            .into_iter()
            .any(|uids| uids.as_ref().is_some_and(|uids| !uids.is_empty()));
        let counts = self.changes(|status| status.uncounted_terminated_pods.clone());
        if (finishes || counts) && any {
            let path = "status.uncountedTerminatedPods";
            let detail = "must be empty for finished job";
            let shown = Internal::of("UncountedTerminatedPods", &uncounted);
            errors.push(FieldError::invalid(path, shown, detail));
        }
    }

    fn validate_indexes(&self, errors: &mut FieldErrors) {
        let completed = self.status.completed_indexes.as_deref().unwrap_or_default();
        let failed = self.status.failed_indexes.as_deref();
        let completes = self.changes(|status| status.completed_indexes.clone().unwrap_or_default());
        let fails = self.changes(|status| status.failed_indexes.clone());
        let per_index = self.spec.backoff_limit_per_index.is_some();
        let rows = [
            ("completedIndexes", Some(completed), completes),
            ("failedIndexes", failed, fails && per_index),
        ];
        for (field, text, looked_at) in rows {
            let (Some(completions), Some(text)) = (self.spec.completions, text) else {
                continue;
            };
            if looked_at && let Err(error) = parse_indexes(text, completions) {
                let detail = format!("error parsing {field}: {error}");
                errors.push(FieldError::invalid(format!("status.{field}"), text, detail));
            }
        }
        let indexed = self.spec.completion_mode.as_deref() == Some("Indexed");
        if completes && !completed.is_empty() && !indexed {
            let detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
            let path = "status.completedIndexes";
            errors.push(FieldError::invalid(path, completed, detail));
        }
        let Some(failed) = failed else { return };
        if fails && !per_index {
            let detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
            errors.push(FieldError::invalid("status.failedIndexes", failed, detail));
        }
        let both = self
            .spec
            .completions
            .filter(|_| completes || fails)
            .and_then(|completions| overlap_of_indexes(completed, failed, completions));
        if let Some(index) = both {
            let detail = format!("failedIndexes and completedIndexes overlap at index: {index}");
            errors.push(FieldError::invalid("status.failedIndexes", failed, detail));
        }
    }

    fn validate_pods(&self, errors: &mut FieldErrors) {
        let terminating = count(self.status.terminating);
        let finished = is_finished(self.status);
        let looked_at =
            finished != is_finished(self.before) || self.changes(|status| status.terminating);
        if looked_at && terminating > 0 && finished {
            let detail = "terminating>0 is invalid for finished job";
            let path = "status.terminating";
            errors.push(FieldError::invalid(path, terminating, detail));
        }
        let (ready, active) = (count(self.status.ready), count(self.status.active));
        let looked_at = self.changes(|status| (status.ready, count(status.active)));
        if looked_at && ready > active {
            let detail = "cannot set more ready pods than active";
            errors.push(FieldError::invalid("status.ready", ready, detail));
        }
    }

    fn validate_success(&self, errors: &mut FieldErrors) {
        let met = has(self.status, "SuccessCriteriaMet");
        for other in ["Failed", "FailureTarget"] {
            if met && has(self.status, other) {
                errors.push(conditions_error(format!(
                    "cannot set SuccessCriteriaMet=True and {other}=true conditions"
                )));
            }
        }
        if self.spec.success_policy.is_some() && !met && has(self.status, "Complete") {
            let detail = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True";
            errors.push(conditions_error(detail));
        }
    }

    /// What is over stays over, what is counted stays counted.
    fn validate_transition(&self, errors: &mut FieldErrors) {
        let (status, before) = (self.status, self.before);
        for type_ in ["Failed", "Complete", "FailureTarget"] {
            if has(before, type_) && !has(status, type_) {
                errors.push(conditions_error(format!(
                    "cannot disable the terminal {type_}=True condition"
                )));
            }
        }
        if count(status.failed) < count(before.failed) {
            let detail = "cannot decrease the failed counter";
            let failed = count(status.failed);
            errors.push(FieldError::invalid("status.failed", failed, detail));
        }
        // an elastic Indexed Job may forget completed indexes (JOB-72)
        let elastic = self.spec.completion_mode.as_deref() == Some("Indexed")
            && self.spec.completions == self.spec.parallelism;
        if count(status.succeeded) < count(before.succeeded) && !elastic {
            let detail = "cannot decrease the succeeded counter";
            let succeeded = count(status.succeeded);
            errors.push(FieldError::invalid("status.succeeded", succeeded, detail));
        }
        if let (Some(new), Some(old)) = (&status.completion_time, &before.completion_time)
            && new != old
        {
            let path = "status.completionTime";
            errors.push(FieldError::invalid(path, new, "field is immutable"));
        }
    }

    fn validate_start(&self, errors: &mut FieldErrors) {
        // a condition that is gone says nothing: it has to be said that the Job runs again
        let resumed = has(self.before, "Suspended") && has_not(self.status, "Suspended");
        let free = self.spec.suspend == Some(true) || resumed;
        let moved = self.changes(|status| status.start_time.clone());
        if self.before.start_time.is_some() && moved && !free {
            let detail = "field is immutable for unsuspended job once set";
            let value = match &self.status.start_time {
                Some(time) => json!(time),
                // upstream calls a pointer to nothing by this word
                None => json!("null"),
            };
            errors.push(FieldError::invalid("status.startTime", value, detail));
        }
    }

    fn validate_success_transition(&self, errors: &mut FieldErrors) {
        let (met, was_met) = (
            has(self.status, "SuccessCriteriaMet"),
            has(self.before, "SuccessCriteriaMet"),
        );
        if was_met && !met {
            let detail = "cannot disable the SuccessCriteriaMet=True condition";
            errors.push(conditions_error(detail));
        }
        if has(self.before, "Complete") && met && !was_met {
            let detail =
                "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
            errors.push(conditions_error(detail));
        }
    }
}
