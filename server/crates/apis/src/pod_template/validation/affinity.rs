//! Node and pod affinity.

use k8s_openapi::api::core::v1::{
    Affinity, NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm,
    WeightedPodAffinityTerm,
};

use super::label_keys::validate_affinity_keys;
use crate::meta::{
    dns_label_errors, dns_subdomain_errors, label_value_errors, validate_label_name,
};
use crate::selector::validate_label_selector;
use crate::{FieldError, FieldErrors};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn validate_affinity(affinity: Option<&Affinity>, path: &str, errors: &mut FieldErrors) {
    let Some(affinity) = affinity else {
        return;
    };
    if let Some(node) = affinity.node_affinity.as_ref() {
        validate_node_affinity(node, &format!("{path}.nodeAffinity"), errors);
    }
    if let Some(pod) = affinity.pod_affinity.as_ref() {
        let (required, preferred) = (
            pod.required_during_scheduling_ignored_during_execution
                .as_deref(),
            pod.preferred_during_scheduling_ignored_during_execution
                .as_deref(),
        );
        validate_pod_terms(required, preferred, &format!("{path}.podAffinity"), errors);
    }
    if let Some(pod) = affinity.pod_anti_affinity.as_ref() {
        let (required, preferred) = (
            pod.required_during_scheduling_ignored_during_execution
                .as_deref(),
            pod.preferred_during_scheduling_ignored_during_execution
                .as_deref(),
        );
        validate_pod_terms(
            required,
            preferred,
            &format!("{path}.podAntiAffinity"),
            errors,
        );
    }
}

fn validate_node_affinity(affinity: &NodeAffinity, path: &str, errors: &mut FieldErrors) {
    if let Some(required) = affinity
        .required_during_scheduling_ignored_during_execution
        .as_ref()
    {
        let path = format!("{path}.{REQUIRED}.nodeSelectorTerms");
        if required.node_selector_terms.is_empty() {
            let detail = "must have at least one node selector term";
            errors.push(FieldError::required(path.as_str(), detail));
        }
        for (at, term) in required.node_selector_terms.iter().enumerate() {
            validate_term(term, true, &format!("{path}[{at}]"), errors);
        }
    }
    let preferred = affinity
        .preferred_during_scheduling_ignored_during_execution
        .iter()
        .flatten();
    for (at, term) in preferred.enumerate() {
        let path = format!("{path}.{PREFERRED}[{at}]");
        validate_weight(term.weight, &path, errors);
        validate_term(
            &term.preference,
            false,
            &format!("{path}.preference"),
            errors,
        );
    }
}

fn validate_weight(weight: i32, path: &str, errors: &mut FieldErrors) {
    if !(1..=100).contains(&weight) {
        let detail = "must be in the range 1-100";
        errors.push(FieldError::invalid(
            format!("{path}.weight"),
            weight,
            detail,
        ));
    }
}

/// The values of a required term only are looked at: a preferred one that cannot be met does no harm.
fn validate_term(term: &NodeSelectorTerm, required: bool, path: &str, errors: &mut FieldErrors) {
    for (at, expression) in term.match_expressions.iter().flatten().enumerate() {
        let path = format!("{path}.matchExpressions[{at}]");
        validate_expression(expression, &path, errors);
        if required {
            validate_values(expression, &path, errors);
        }
    }
    for (at, field) in term.match_fields.iter().flatten().enumerate() {
        validate_field(field, &format!("{path}.matchFields[{at}]"), errors);
    }
}

fn validate_values(expression: &NodeSelectorRequirement, path: &str, errors: &mut FieldErrors) {
    for (at, value) in expression.values.iter().flatten().enumerate() {
        let field = format!("{path}.values[{at}]");
        let wrong = label_value_errors(value).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), value, wrong)));
    }
}

fn validate_expression(expression: &NodeSelectorRequirement, path: &str, errors: &mut FieldErrors) {
    let count = expression.values.as_ref().map_or(0, Vec::len);
    let values = format!("{path}.values");
    match (expression.operator.as_str(), count) {
        ("In" | "NotIn", 0) => errors.push(FieldError::required(
            values,
            "must be specified when `operator` is 'In' or 'NotIn'",
        )),
        ("Exists" | "DoesNotExist", 1..) => errors.push(FieldError::forbidden(
            values,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        )),
        ("Gt" | "Lt", count) if count != 1 => errors.push(FieldError::required(
            values,
            "must be specified single value when `operator` is 'Lt' or 'Gt'",
        )),
        ("In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt", _) => {}
        (other, _) => errors.push(FieldError::invalid(
            format!("{path}.operator"),
            other,
            "not a valid selector operator",
        )),
    }
    errors.extend(validate_label_name(&expression.key, &format!("{path}.key")));
}

fn validate_field(field: &NodeSelectorRequirement, path: &str, errors: &mut FieldErrors) {
    let count = field.values.as_ref().map_or(0, Vec::len);
    match field.operator.as_str() {
        "In" | "NotIn" if count != 1 => errors.push(FieldError::required(
            format!("{path}.values"),
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
        )),
        "In" | "NotIn" => {}
        other => errors.push(FieldError::invalid(
            format!("{path}.operator"),
            other,
            "not a valid selector operator",
        )),
    }
    if field.key != "metadata.name" {
        let detail = "not a valid field selector key";
        errors.push(FieldError::invalid(
            format!("{path}.key"),
            field.key.as_str(),
            detail,
        ));
        return;
    }
    for (at, name) in field.values.iter().flatten().enumerate() {
        let field = format!("{path}.values[{at}]");
        let wrong = dns_subdomain_errors(name).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
    }
}

fn validate_pod_terms(
    required: Option<&[PodAffinityTerm]>,
    preferred: Option<&[WeightedPodAffinityTerm]>,
    path: &str,
    errors: &mut FieldErrors,
) {
    for (at, term) in required.unwrap_or_default().iter().enumerate() {
        validate_pod_term(term, &format!("{path}.{REQUIRED}[{at}]"), errors);
    }
    for (at, term) in preferred.unwrap_or_default().iter().enumerate() {
        let path = format!("{path}.{PREFERRED}[{at}]");
        validate_weight(term.weight, &path, errors);
        validate_pod_term(
            &term.pod_affinity_term,
            &format!("{path}.podAffinityTerm"),
            errors,
        );
    }
}

fn validate_pod_term(term: &PodAffinityTerm, path: &str, errors: &mut FieldErrors) {
    errors.extend(validate_label_selector(
        term.label_selector.as_ref(),
        &format!("{path}.labelSelector"),
    ));
    let namespaces = format!("{path}.namespaceSelector");
    errors.extend(validate_label_selector(
        term.namespace_selector.as_ref(),
        &namespaces,
    ));
    for name in term.namespaces.iter().flatten() {
        let wrong = dns_label_errors(name).into_iter();
        let field = format!("{path}.namespace");
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
    }
    validate_affinity_keys(term, path, errors);
    let field = format!("{path}.topologyKey");
    if term.topology_key.is_empty() {
        errors.push(FieldError::required(field.as_str(), "can not be empty"));
    }
    errors.extend(validate_label_name(&term.topology_key, &field));
}
