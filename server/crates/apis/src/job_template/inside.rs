//! Policies of Jobs as Go writes the types that upstream has inside: by their Go names.

use k8s_openapi::api::batch::v1::{PodFailurePolicy, SuccessPolicy};
use serde::Serialize;

/// A policy of either kind.
#[derive(PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy<R> {
    rules: Vec<R>,
}

#[derive(PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FailureRule<'a> {
    action: &'a str,
    on_exit_codes: Option<ExitCodes<'a>>,
    on_pod_conditions: Option<Vec<Pattern<'a>>>,
}

#[derive(PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExitCodes<'a> {
    container_name: Option<&'a str>,
    operator: &'a str,
    values: &'a [i32],
}

#[derive(PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pattern<'a> {
    #[serde(rename = "Type")]
    type_: &'a str,
    status: &'a str,
}

#[derive(PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SuccessRule<'a> {
    succeeded_indexes: Option<&'a str>,
    succeeded_count: Option<i32>,
}

pub fn failure_policy(policy: &PodFailurePolicy) -> Policy<FailureRule<'_>> {
    let rules = policy.rules.iter().map(|rule| FailureRule {
        action: &rule.action,
        on_exit_codes: rule.on_exit_codes.as_ref().map(|codes| ExitCodes {
            container_name: codes.container_name.as_deref(),
            operator: &codes.operator,
            values: &codes.values,
        }),
        on_pod_conditions: rule.on_pod_conditions.as_ref().map(|patterns| {
            let patterns = patterns.iter().map(|pattern| Pattern {
                type_: &pattern.type_,
                status: pattern.status.as_deref().unwrap_or_default(),
            });
            patterns.collect()
        }),
    });
    Policy {
        rules: rules.collect(),
    }
}

pub fn success_policy(policy: &SuccessPolicy) -> Policy<SuccessRule<'_>> {
    let rules = policy.rules.iter().map(|rule| SuccessRule {
        succeeded_indexes: rule.succeeded_indexes.as_deref(),
        succeeded_count: rule.succeeded_count,
    });
    Policy {
        rules: rules.collect(),
    }
}
