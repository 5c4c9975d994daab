//! Validation of a Job's specification (section 2.9), without its selector.

use k8s_openapi::api::batch::v1::JobSpec;

use super::failure_policy::validate_failure_policy;
use super::success_policy::validate_success_policy;
use crate::meta::domain_prefixed_path_errors;
use crate::pod_template::validation::validate_pod_template;
use crate::{FieldError, FieldErrors};

const MODES: [&str; 2] = ["NonIndexed", "Indexed"];
const REPLACEMENTS: [&str; 2] = ["Failed", "TerminatingOrFailed"];
const MANAGER_MAX: usize = 63;
/// Limits that keep the lists of indexes in the status small (JOBV-07).
const PARALLELISM_MAX: i32 = 100_000;
const FAILED_INDEXES_MAX: i32 = 100_000;
const MANY_COMPLETIONS: i32 = 100_000;
const MANY_PARALLELISM_MAX: i32 = 10_000;
const MANY_FAILED_INDEXES_MAX: i32 = 10_000;

pub(super) const REQUIRES_INDEXES: &str = "requires indexed completion mode";

/// The error of a negative number.
pub fn non_negative(value: Option<i64>, path: impl Into<String>) -> Option<FieldError> {
    let value = value.filter(|value| *value < 0)?;
    Some(FieldError::invalid(
        path,
        value,
        "must be greater than or equal to 0",
    ))
}

/// Errors of the specification at `path`.
pub fn validate_job_spec(spec: &JobSpec, path: &str) -> FieldErrors {
    let mut errors = Vec::new();
    let numbers = [
        ("parallelism", spec.parallelism.map(i64::from)),
        ("completions", spec.completions.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", spec.backoff_limit.map(i64::from)),
        (
            "ttlSecondsAfterFinished",
            spec.ttl_seconds_after_finished.map(i64::from),
        ),
        (
            "backoffLimitPerIndex",
            spec.backoff_limit_per_index.map(i64::from),
        ),
    ];
    for (field, value) in numbers {
        errors.extend(non_negative(value, format!("{path}.{field}")));
    }
    if let Some(count) = spec.max_failed_indexes {
        errors.extend(non_negative(
            Some(i64::from(count)),
            format!("{path}.maxFailedIndexes"),
        ));
        if spec.backoff_limit_per_index.is_none() {
            let field = format!("{path}.backoffLimitPerIndex");
            errors.push(FieldError::required(
                field,
                "when maxFailedIndexes is specified",
            ));
        }
    }
    validate_manager(spec, path, &mut errors);
    validate_mode(spec, path, &mut errors);
    validate_failure_policy(spec, path, &mut errors);
    validate_success_policy(spec, path, &mut errors);
    validate_replacement(spec, path, &mut errors);
    errors.extend(validate_pod_template(
        &spec.template,
        &format!("{path}.template"),
    ));
    validate_restart_policy(spec, path, &mut errors);
    errors
}

fn validate_manager(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let Some(manager) = spec.managed_by.as_deref() else {
        return;
    };
    let field = format!("{path}.managedBy");
    errors.extend(domain_prefixed_path_errors(manager, &field));
    if manager.len() > MANAGER_MAX {
        errors.push(FieldError::too_long(field, MANAGER_MAX));
    }
}

fn validate_mode(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    match spec.completion_mode.as_deref() {
        Some("Indexed") => errors.extend(validate_indexed(spec, path)),
        Some("NonIndexed") | None => validate_non_indexed(spec, path, errors),
        Some(other) => {
            let field = format!("{path}.completionMode");
            errors.push(FieldError::not_supported(field, other, &MODES));
        }
    }
}

/// What is beyond a limit, and `when` the limit holds.
fn above(value: Option<i32>, max: i32, path: &str, when: &str) -> Option<FieldError> {
    let value = value.filter(|value| *value > max)?;
    let detail = format!("must be less than or equal to {max}{when}");
    Some(FieldError::invalid(path, value, detail))
}

fn validate_indexed(spec: &JobSpec, path: &str) -> FieldErrors {
    const INDEXED: &str = " when completion mode is Indexed";
    let field = |name: &str| format!("{path}.{name}");
    let (parallelism, failed) = (field("parallelism"), field("maxFailedIndexes"));
    let (completions, max_failed) = (spec.completions, spec.max_failed_indexes);
    let beyond = completions.and_then(|completions| max_failed.filter(|max| *max > completions));
    let many = completions > Some(MANY_COMPLETIONS) && spec.backoff_limit_per_index.is_some();
    let used = format!(
        " when completions are above {MANY_COMPLETIONS} and used with backoff limit per index"
    );
    let found = [
        completions
            .is_none()
            .then(|| FieldError::required(field("completions"), INDEXED.trim())),
        above(spec.parallelism, PARALLELISM_MAX, &parallelism, INDEXED),
        beyond.map(|max| {
            let detail = "must be less than or equal to completions";
            FieldError::invalid(failed.as_str(), max, detail)
        }),
        above(max_failed, FAILED_INDEXES_MAX, &failed, ""),
        (many && max_failed.is_none()).then(|| {
            let detail = format!("must be specified when completions is above {MANY_COMPLETIONS}");
            FieldError::required(failed.as_str(), detail)
        }),
        above(
            spec.parallelism.filter(|_| many),
            MANY_PARALLELISM_MAX,
            &parallelism,
            &used,
        ),
        above(
            max_failed.filter(|_| many),
            MANY_FAILED_INDEXES_MAX,
            &failed,
            &used,
        ),
    ];
    found.into_iter().flatten().collect()
}

fn validate_non_indexed(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let rows = [
        ("backoffLimitPerIndex", spec.backoff_limit_per_index),
        ("maxFailedIndexes", spec.max_failed_indexes),
    ];
    for (field, value) in rows {
        errors.extend(
            value.map(|value| {
                FieldError::invalid(format!("{path}.{field}"), value, REQUIRES_INDEXES)
            }),
        );
    }
}

fn validate_replacement(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let Some(policy) = spec.pod_replacement_policy.as_deref() else {
        return;
    };
    let supported: &[&str] = match spec.pod_failure_policy {
        Some(_) => &["Failed"],
        None => &REPLACEMENTS,
    };
    if !supported.contains(&policy) {
        let field = format!("{path}.podReplacementPolicy");
        errors.push(FieldError::not_supported(field, policy, supported));
    }
}

fn validate_restart_policy(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let pod = spec.template.spec.as_ref();
    let policy = pod
        .and_then(|pod| pod.restart_policy.as_deref())
        .unwrap_or_default();
    let field = format!("{path}.template.spec.restartPolicy");
    match policy {
        // a default that Jobs cannot use counts as nothing said (JOBV-06)
        "" | "Always" => errors.push(FieldError::required(
            field,
            "valid values: \"OnFailure\", \"Never\"",
        )),
        "OnFailure" if spec.pod_failure_policy.is_some() => {
            let detail = "only \"Never\" is supported when podFailurePolicy is specified";
            errors.push(FieldError::invalid(field, policy, detail));
        }
        "OnFailure" | "Never" => {}
        other => errors.push(FieldError::not_supported(
            field,
            other,
            &["OnFailure", "Never"],
        )),
    }
}
