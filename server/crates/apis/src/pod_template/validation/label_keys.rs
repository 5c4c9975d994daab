//! `matchLabelKeys` and `mismatchLabelKeys`, beside the selector that they are added to.

use k8s_openapi::api::core::v1::{PodAffinityTerm, TopologySpreadConstraint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::meta::validate_label_name;
use crate::{FieldError, FieldErrors};

/// `validateMatchLabelKeysAndMismatchLabelKeys`.
pub(super) fn validate_affinity_keys(term: &PodAffinityTerm, path: &str, errors: &mut FieldErrors) {
    let same = term.match_label_keys.as_deref().unwrap_or_default();
    let other = term.mismatch_label_keys.as_deref().unwrap_or_default();
    let (same_path, other_path) = (
        format!("{path}.matchLabelKeys"),
        format!("{path}.mismatchLabelKeys"),
    );
    let selector = term.label_selector.as_ref();
    validate_keys(same, selector, &same_path, errors);
    validate_keys(other, selector, &other_path, errors);
    // upstream tells it of the term rather than of the list
    validate_selected(same, selector, path, errors);
    for (at, key) in same
        .iter()
        .enumerate()
        .filter(|(_, key)| other.contains(key))
    {
        let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
        let field = format!("{same_path}[{at}]");
        errors.push(FieldError::invalid(field, key, detail));
    }
}

/// `validateMatchLabelKeysInTopologySpread`.
pub(super) fn validate_spread_keys(
    constraint: &TopologySpreadConstraint,
    path: &str,
    errors: &mut FieldErrors,
) {
    let keys = constraint.match_label_keys.as_deref().unwrap_or_default();
    let selector = constraint.label_selector.as_ref();
    let path = format!("{path}.matchLabelKeys");
    validate_keys(keys, selector, &path, errors);
    validate_selected(keys, selector, &path, errors);
}

fn validate_keys(
    keys: &[String],
    selector: Option<&LabelSelector>,
    path: &str,
    errors: &mut FieldErrors,
) {
    if !keys.is_empty() && selector.is_none() {
        let detail = "must not be specified when labelSelector is not set";
        errors.push(FieldError::forbidden(path, detail));
        return;
    }
    for (at, key) in keys.iter().enumerate() {
        errors.extend(validate_label_name(key, &format!("{path}[{at}]")));
    }
}

/// A pod's own keys are in the selector by now, as expressions: one whose key stands before it was asked for
/// by both.
fn validate_selected(
    keys: &[String],
    selector: Option<&LabelSelector>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let Some(selector) = selector else {
        return;
    };
    let mut seen: Vec<&String> = selector
        .match_labels
        .iter()
        .flatten()
        .map(|(key, _)| key)
        .collect();
    for expression in selector.match_expressions.iter().flatten() {
        let key = &expression.key;
        let at = keys.iter().rposition(|own| own == key);
        if let Some(at) = at.filter(|_| seen.contains(&key)) {
            let detail = "exists in both matchLabelKeys and labelSelector";
            errors.push(FieldError::invalid(format!("{path}[{at}]"), key, detail));
        }
        seen.push(key);
    }
}
