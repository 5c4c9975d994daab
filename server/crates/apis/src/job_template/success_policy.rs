//! Validation of successPolicy (JOBV-11) and the reading of index lists (JOB-70).

use k8s_openapi::api::batch::v1::{JobSpec, SuccessPolicyRule};

use super::failure_policy::too_many;
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

/// Strictly increasing intervals below `completions`, as inclusive pairs: `1,3-5`.
pub(crate) fn parse_indexes(text: &str, completions: i32) -> Result<Vec<(i32, i32)>, String> {
    let mut intervals: Vec<(i32, i32)> = Vec::new();
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let limits: Vec<_> = part.split('-').collect();
        if limits.len() > 2 {
            return Err(format!(
                "the fragment {part:?} violates the requirement that an index interval can have at most two parts separated by '-'"
            ));
        }
        let first = parse_index(limits[0], completions)?;
        let last = limits
            .get(1)
            .map_or(Ok(first), |last| parse_index(last, completions))?;
        if limits.len() == 2 && first >= last {
            return Err(format!(
                "non-increasing order, previous: {first}, current: {last}"
            ));
        }
        if let Some((_, before)) = intervals.last().filter(|(_, before)| *before >= first) {
            return Err(format!(
                "non-increasing order, previous: {before}, current: {first}"
            ));
        }
        intervals.push((first, last));
    }
    Ok(intervals)
}

/// The first index that both lists name; what cannot be read is told elsewhere.
pub(crate) fn overlap_of_indexes(completed: &str, failed: &str, completions: i32) -> Option<i32> {
    let completed = parse_indexes(completed, completions).ok()?;
    let failed = parse_indexes(failed, completions).ok()?;
    // both increase: neither is gone through again for each of the other's
    let (mut ones, mut others) = (completed.iter().peekable(), failed.iter().peekable());
    while let (Some(one), Some(other)) = (ones.peek(), others.peek()) {
        if one.1 < other.0 {
            ones.next();
        } else if other.1 < one.0 {
            others.next();
        } else {
            return Some(one.0.max(other.0));
        }
    }
    None
}

/// As Go's `Atoi` has it, so that a number may be too large before it is no number.
fn parse_index(text: &str, completions: i32) -> Result<i32, String> {
    let index: i64 = text
        .parse()
        .map_err(|_| format!("cannot convert string to integer for index: {text:?}"))?;
    match i32::try_from(index) {
        Ok(index) if index < completions => Ok(index),
        _ => Err(format!("too large index: {text:?}")),
    }
}
