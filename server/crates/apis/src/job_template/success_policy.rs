//! Validation of successPolicy (JOBV-11).

use k8s_openapi::api::batch::v1::{JobSpec, SuccessPolicyRule};

use super::failure_policy::too_many;
use super::indexes::parse_indexes;
use super::validation::{REQUIRES_INDEXES, non_negative};
use crate::go_internal::Internal;
use crate::{FieldError, FieldErrors};

const RULES_MAX: usize = 20;
const INDEXES_MAX_BYTES: usize = 64 * 1024;

pub(super) fn validate_success_policy(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let Some(policy) = spec.success_policy.as_ref() else {
        return;
    };
    if spec.completion_mode.as_deref() != Some("Indexed") {
        let field = format!("{path}.successPolicy");
        errors.push(FieldError::invalid(
            field,
            Internal::of("SuccessPolicy", policy),
            REQUIRES_INDEXES,
        ));
        return;
    }
    let path = format!("{path}.successPolicy.rules");
    if policy.rules.is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        errors.push(FieldError::required(path.as_str(), detail));
    }
    too_many(policy.rules.len(), RULES_MAX, &path, errors);
    // without completions there is nothing to compare with: that error is told elsewhere (JOBV-19)
    let completions = spec.completions.unwrap_or(i32::MAX);
    for (at, rule) in policy.rules.iter().enumerate() {
        validate_rule(rule, completions, &format!("{path}[{at}]"), errors);
    }
}

fn validate_rule(rule: &SuccessPolicyRule, completions: i32, path: &str, errors: &mut FieldErrors) {
    if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
        let detail = "at least one of succeededCount or succeededIndexes must be specified";
        errors.push(FieldError::required(path, detail));
    }
    let mut listed = None;
    if let Some(indexes) = rule.succeeded_indexes.as_deref() {
        let path = format!("{path}.succeededIndexes");
        if indexes.len() > INDEXES_MAX_BYTES {
            errors.push(FieldError::too_long(path.as_str(), INDEXES_MAX_BYTES));
        }
        match parse_indexes(indexes, completions) {
            Ok(intervals) => {
                listed = Some(
                    intervals
                        .iter()
                        .map(|(first, last)| last - first + 1)
                        .sum::<i32>(),
                )
            }
            Err(error) => {
                let detail = format!("error parsing succeededIndexes: {error}");
                errors.push(FieldError::invalid(path, indexes, detail));
                listed = Some(0);
            }
        }
    }
    let Some(count) = rule.succeeded_count else {
        return;
    };
    let path = format!("{path}.succeededCount");
    errors.extend(non_negative(Some(i64::from(count)), path.as_str()));
    if count > completions {
        let detail = format!(
            "must be less than or equal to {completions} (the number of specified completions)"
        );
        errors.push(FieldError::invalid(path.as_str(), count, detail));
    }
    if let Some(listed) = listed.filter(|listed| count > *listed) {
        let detail = format!(
            "must be less than or equal to {listed} (the number of indexes in the specified succeededIndexes field)"
        );
        errors.push(FieldError::invalid(path, count, detail));
    }
}
