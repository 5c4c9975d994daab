//! `matchLabelKeys`: a new pod's own labels become part of the selectors that name their keys.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

type Labels = BTreeMap<String, String>;

/// `mutatePodAffinity` and `mutateTopologySpreadConstraints`.
pub(super) fn merge_label_keys(pod: &mut Pod) {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let Some(spec) = pod.spec.as_mut() else {
        return;
    };
    if let Some(affinity) = spec.affinity.as_mut() {
        let (near, apart) = (
            affinity.pod_affinity.as_mut(),
            affinity.pod_anti_affinity.as_mut(),
        );
        let near = near.map(|of| {
            (
                &mut of.preferred_during_scheduling_ignored_during_execution,
                &mut of.required_during_scheduling_ignored_during_execution,
            )
        });
        let apart = apart.map(|of| {
            (
                &mut of.preferred_during_scheduling_ignored_during_execution,
                &mut of.required_during_scheduling_ignored_during_execution,
            )
        });
        for (preferred, required) in near.into_iter().chain(apart) {
            let preferred = preferred.iter_mut().flatten();
            preferred.for_each(|term| merge_term(&mut term.pod_affinity_term, &labels));
            let required = required.iter_mut().flatten();
            required.for_each(|term| merge_term(term, &labels));
        }
    }
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        let keys = constraint.match_label_keys.as_deref().unwrap_or_default();
        merge(constraint.label_selector.as_mut(), keys, "In", &labels);
    }
}

fn merge_term(term: &mut PodAffinityTerm, labels: &Labels) {
    let selector = &mut term.label_selector;
    let same = term.match_label_keys.as_deref().unwrap_or_default();
    merge(selector.as_mut(), same, "In", labels);
    let other = term.mismatch_label_keys.as_deref().unwrap_or_default();
    merge(selector.as_mut(), other, "NotIn", labels);
}

/// Nothing is added to a selector that is not there, since it matches nothing.
fn merge(selector: Option<&mut LabelSelector>, keys: &[String], operator: &str, labels: &Labels) {
    let Some(selector) = selector else {
        return;
    };
    for (key, value) in keys.iter().filter_map(|key| labels.get_key_value(key)) {
        let expressions = selector.match_expressions.get_or_insert_default();
        expressions.push(LabelSelectorRequirement {
            key: key.clone(),
            operator: operator.to_owned(),
            values: Some(vec![value.clone()]),
        });
    }
}
