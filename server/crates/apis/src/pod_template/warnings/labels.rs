//! Labels of nodes that have another name by now.

use k8s_openapi::api::core::v1::{NodeSelectorTerm, PodSpec};

use crate::meta::label_value_errors;

const OLD_LABELS: [(&str, &str); 8] = [
    (
        "beta.kubernetes.io/arch",
        "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
    ),
    (
        "beta.kubernetes.io/os",
        "deprecated since v1.14; use \"kubernetes.io/os\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        "deprecated since v1.22; use Taints and Tolerations instead",
    ),
    (
        "node-role.kubernetes.io/master",
        "use \"node-role.kubernetes.io/control-plane\" instead",
    ),
];

fn deprecation(label: &str) -> Option<&'static str> {
    let old = OLD_LABELS.iter().find(|(old, _)| *old == label)?;
    Some(old.1)
}

/// Where the specification selects nodes or spreads over them.
pub(super) fn warnings(spec: &PodSpec, path: &str) -> Vec<String> {
    let selected = spec.node_selector.iter().flatten();
    let mut warnings: Vec<String> = selected
        .filter_map(|(key, _)| Some((key, deprecation(key)?)))
        .map(|(key, message)| format!("{path}.nodeSelector[{key}]: {message}"))
        .collect();
    of_affinity(
        spec,
        &format!("{path}.affinity.nodeAffinity"),
        &mut warnings,
    );
    let spread = spec.topology_spread_constraints.iter().flatten();
    for (at, constraint) in spread.enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{at}]");
        let key = &constraint.topology_key;
        if let Some(message) = deprecation(key) {
            warnings.push(format!("{path}.topologyKey: {key} is {message}"));
        }
        if constraint.label_selector.is_none() {
            warnings.push(format!(
                "{path}.labelSelector: a null labelSelector results in matching no pod"
            ));
        }
    }
    warnings
}

fn of_affinity(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    let affinity = spec.affinity.as_ref();
    let Some(affinity) = affinity.and_then(|affinity| affinity.node_affinity.as_ref()) else {
        return;
    };
    let required = affinity
        .required_during_scheduling_ignored_during_execution
        .iter()
        .flat_map(|required| &required.node_selector_terms);
    // what is only preferred may ask for values that no label has, at the price of a warning
    let not_looked_at = |_: &str| Vec::<String>::new();
    for (at, term) in required.enumerate() {
        let path = format!(
            "{path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{at}]"
        );
        of_term(term, &path, &not_looked_at, warnings);
    }
    let preferred = affinity
        .preferred_during_scheduling_ignored_during_execution
        .iter()
        .flatten();
    for (at, term) in preferred.enumerate() {
        let path =
            format!("{path}.preferredDuringSchedulingIgnoredDuringExecution[{at}].preference");
        of_term(&term.preference, &path, &label_value_errors, warnings);
    }
}

fn of_term(
    term: &NodeSelectorTerm,
    path: &str,
    value_errors: &dyn Fn(&str) -> Vec<String>,
    warnings: &mut Vec<String>,
) {
    for (at, expression) in term.match_expressions.iter().flatten().enumerate() {
        let key = &expression.key;
        if let Some(message) = deprecation(key) {
            warnings.push(format!(
                "{path}.matchExpressions[{at}].key: {key} is {message}"
            ));
        }
        for (index, value) in expression.values.iter().flatten().enumerate() {
            let path = format!("{path}.matchExpressions[{at}].values[{index}]");
            let errors = value_errors(value).into_iter();
            warnings.extend(errors.map(|error| format!("{path}: {value} is invalid, {error}")));
        }
    }
}
