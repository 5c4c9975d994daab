//! Validation of a Job's specification (section 2.9), without its selector.

use k8s_openapi::api::batch::v1::JobSpec;

use super::failure_policy::validate_failure_policy;
use super::success_policy::validate_success_policy;
use crate::meta::dns_subdomain_errors;
use crate::pod_template::validation::validate_pod_template;
use crate::{ErrorType, FieldError, FieldErrors};

const MODES: [&str; 2] = ["Indexed", "NonIndexed"];
const REPLACEMENTS: [&str; 2] = ["Failed", "TerminatingOrFailed"];
const MANAGER_MAX: usize = 63;
/// Limits that keep the lists of indexes in the status small (JOBV-07).
const PARALLELISM_MAX: i32 = 100_000;
const FAILED_INDEXES_MAX: i32 = 100_000;
const MANY_COMPLETIONS: i32 = 100_000;
const MANY_PARALLELISM_MAX: i32 = 10_000;
const MANY_FAILED_INDEXES_MAX: i32 = 10_000;

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
    if manager.is_empty() {
        errors.push(FieldError::required(field, ""));
        return;
    }
    match manager.split_once('/') {
        Some((domain, name)) if !domain.is_empty() && !name.is_empty() => {
            let wrong = dns_subdomain_errors(domain).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), domain, wrong)));
        }
        _ => {
            let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            errors.push(FieldError::invalid(field.as_str(), manager, detail));
        }
    }
    if manager.len() > MANAGER_MAX {
        let detail = format!("may not be more than {MANAGER_MAX} bytes");
        errors.push(FieldError::new(ErrorType::TooLong, field, "", detail));
    }
}

fn validate_mode(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    match spec.completion_mode.as_deref() {
        Some("Indexed") => validate_indexed(spec, path, errors),
        Some("NonIndexed") | None => validate_non_indexed(spec, path, errors),
        Some(other) => {
            let field = format!("{path}.completionMode");
            errors.push(FieldError::not_supported(field, other, &MODES));
        }
    }
}

fn at_most(value: Option<i32>, max: i32, path: String, errors: &mut FieldErrors) {
    if let Some(value) = value.filter(|value| *value > max) {
        let detail = format!("must be less than or equal to {max}");
        errors.push(FieldError::invalid(path, value, detail));
    }
}

fn validate_indexed(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let (parallelism, failed) = (
        format!("{path}.parallelism"),
        format!("{path}.maxFailedIndexes"),
    );
    let Some(completions) = spec.completions else {
        let field = format!("{path}.completions");
        errors.push(FieldError::required(
            field,
            "when completion mode is Indexed",
        ));
        at_most(spec.parallelism, PARALLELISM_MAX, parallelism, errors);
        return;
    };
    at_most(
        spec.parallelism,
        PARALLELISM_MAX,
        parallelism.clone(),
        errors,
    );
    at_most(spec.max_failed_indexes, completions, failed.clone(), errors);
    at_most(
        spec.max_failed_indexes,
        FAILED_INDEXES_MAX,
        failed.clone(),
        errors,
    );
    if spec.backoff_limit_per_index.is_none() || completions <= MANY_COMPLETIONS {
        return;
    }
    if spec.max_failed_indexes.is_none() {
        let detail = format!("must be specified when completions is above {MANY_COMPLETIONS}");
        errors.push(FieldError::required(failed.clone(), detail));
    }
    at_most(spec.parallelism, MANY_PARALLELISM_MAX, parallelism, errors);
    at_most(
        spec.max_failed_indexes,
        MANY_FAILED_INDEXES_MAX,
        failed,
        errors,
    );
}

fn validate_non_indexed(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let rows = [
        (
            "backoffLimitPerIndex",
            spec.backoff_limit_per_index.map(|limit| limit.into()),
        ),
        (
            "maxFailedIndexes",
            spec.max_failed_indexes.map(|count| count.into()),
        ),
        (
            "successPolicy",
            spec.success_policy
                .as_ref()
                .and_then(|policy| serde_json::to_value(policy).ok()),
        ),
    ];
    for (field, value) in rows {
        if let Some(value) = value {
            let field = format!("{path}.{field}");
            errors.push(FieldError::invalid(
                field,
                value,
                "requires indexed completion mode",
            ));
        }
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
            field.as_str(),
            "valid values: \"OnFailure\", \"Never\"",
        )),
        "OnFailure" | "Never" => {}
        other => errors.push(FieldError::not_supported(
            field.as_str(),
            other,
            &["OnFailure", "Never"],
        )),
    }
    if spec.pod_failure_policy.is_some() && policy != "Never" {
        let detail = "only \"Never\" is supported when podFailurePolicy is specified";
        errors.push(FieldError::invalid(field, policy, detail));
    }
}
