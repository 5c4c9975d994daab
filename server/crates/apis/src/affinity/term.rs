//! Terms of a node selector.

use k8s_openapi::api::core::v1::{Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm};

use crate::selector::{Operator, Requirement};

/// True when one of the terms matches; without terms nothing does.
pub fn required_matches(selector: &NodeSelector, node: &Node) -> bool {
    selector
        .node_selector_terms
        .iter()
        .any(|term| term_matches(term, node))
}

/// True when all expressions and fields match; an empty term matches nothing.
pub fn term_matches(term: &NodeSelectorTerm, node: &Node) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let empty = expressions.is_empty() && fields.is_empty();
    let by_labels = || {
        let labels = node.metadata.labels.as_ref();
        let value = |key: &str| {
            labels
                .and_then(|labels| labels.get(key))
                .map(String::as_str)
        };
        expressions
            .iter()
            .all(|expression| holds(expression, value(&expression.key)))
    };
    !empty && by_labels() && fields.iter().all(|field| field_holds(field, node))
}

/// Whether an expression holds of a label's value; a malformed one never does.
fn holds(expression: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let values = expression.values.clone().unwrap_or_default();
    let operator = match (expression.operator.as_str(), values.len()) {
        ("In", 1..) => Operator::In,
        ("NotIn", 1..) => Operator::NotIn,
        ("Exists", 0) => Operator::Exists,
        ("DoesNotExist", 0) => Operator::DoesNotExist,
        ("Gt", 1) => Operator::GreaterThan,
        ("Lt", 1) => Operator::LessThan,
        _ => return false,
    };
    let key = expression.key.clone();
    Requirement {
        key,
        operator,
        values,
    }
    .matches_value(value)
}

/// Only `metadata.name` with In or NotIn of one value is a field.
fn field_holds(field: &NodeSelectorRequirement, node: &Node) -> bool {
    let name = node.metadata.name.as_deref().unwrap_or_default();
    match (
        field.key.as_str(),
        field.operator.as_str(),
        field.values.as_deref(),
    ) {
        ("metadata.name", "In", Some([want])) => want == name,
        ("metadata.name", "NotIn", Some([want])) => want != name,
        _ => false,
    }
}
