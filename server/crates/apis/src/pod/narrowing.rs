//! Where a pod may run, while gates hold it: fewer nodes than before, never others.

use k8s_openapi::api::core::v1::{Affinity, NodeAffinity, NodeSelectorTerm, PodSpec};

use crate::go_internal::Internal;
use crate::{FieldError, FieldErrors};

const TERMS: &str =
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

/// The selector may gain labels (`validateNodeSelectorMutation`). What is judged here is put back.
pub(super) fn validate_selector(munged: &mut PodSpec, old: &PodSpec) -> Option<FieldError> {
    let wanted = munged.node_selector.take().unwrap_or_default();
    munged.node_selector.clone_from(&old.node_selector);
    let mut before = old.node_selector.iter().flatten();
    let kept = before.all(|(key, value)| wanted.get(key) == Some(value));
    let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
    (!kept).then(|| FieldError::invalid("spec.nodeSelector", wanted, detail))
}

/// Each required term may gain conditions (`validateNodeAffinityMutation`), preferences are free.
pub(super) fn validate_affinity(munged: &mut PodSpec, old: &PodSpec) -> FieldErrors {
    let of = |spec: &PodSpec| {
        spec.affinity
            .as_ref()
            .and_then(|of| of.node_affinity.clone())
    };
    let (now, before) = (of(munged), of(old));
    if now == before {
        return FieldErrors::new();
    }
    restore(munged, old, before.clone());
    judge(now.as_ref(), before.as_ref())
}

/// An affinity that says nothing but this is not there where there was none.
fn restore(munged: &mut PodSpec, old: &PodSpec, before: Option<NodeAffinity>) {
    let rest = munged.affinity.take().unwrap_or_default();
    let restored = Affinity {
        node_affinity: before,
        ..rest
    };
    let said = restored != Affinity::default() || old.affinity.is_some();
    munged.affinity = said.then_some(restored);
}

fn judge(now: Option<&NodeAffinity>, before: Option<&NodeAffinity>) -> FieldErrors {
    let terms = |affinity: Option<&NodeAffinity>| -> Vec<NodeSelectorTerm> {
        let required = affinity.and_then(|of| {
            of.required_during_scheduling_ignored_during_execution
                .as_ref()
        });
        required
            .map(|of| of.node_selector_terms.clone())
            .unwrap_or_default()
    };
    let (now, before) = (terms(now), terms(before));
    if before.is_empty() {
        return FieldErrors::new();
    }
    if now.len() != before.len() {
        let detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        let shown = (!now.is_empty()).then(|| now.iter().map(shown).collect::<Vec<_>>());
        return vec![FieldError::invalid(TERMS, shown, detail)];
    }
    let pairs = now.iter().zip(&before).enumerate();
    let widened = pairs.filter(|(_, (now, before))| !only_adds(now, before));
    widened
        .map(|(at, (now, _))| {
            let detail = "only additions are allowed (no mutations or deletions)";
            FieldError::invalid(format!("{TERMS}[{at}]"), shown(now), detail)
        })
        .collect()
}

fn shown(term: &NodeSelectorTerm) -> Internal {
    Internal::of("NodeSelectorTerm", term)
}

/// An empty term matches nothing: any condition would widen it.
fn only_adds(now: &NodeSelectorTerm, before: &NodeSelectorTerm) -> bool {
    let list = |list: &Option<Vec<_>>| list.clone().unwrap_or_default();
    let labels = (
        list(&now.match_expressions),
        list(&before.match_expressions),
    );
    let fields = (list(&now.match_fields), list(&before.match_fields));
    let was_empty = labels.1.is_empty() && fields.1.is_empty();
    let is_empty = labels.0.is_empty() && fields.0.is_empty();
    (!was_empty || is_empty) && labels.0.starts_with(&labels.1) && fields.0.starts_with(&fields.1)
}
