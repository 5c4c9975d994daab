//! Required affinity and anti-affinity between pods. Preferred terms do not count.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Node, Pod, PodAffinityTerm};
use orrery_apis::selector::matches_labels;

use crate::cluster::Cluster;
use crate::filter::Rejection;

/// A topology domain: label key and value.
type Domain = (String, String);

/// What the pods that are there mean for one incoming pod; worked out once per decision.
pub struct PodAffinity {
    /// For each required term: its topology key and the values where a matching pod runs.
    near: Vec<(String, BTreeSet<String>)>,
    /// No pod matches any term, but the pod itself does: the first of a group may go anywhere.
    first_of_group: bool,
    away_from: BTreeSet<Domain>,
    /// Domains whose pods refuse this one.
    refused_by: BTreeSet<Domain>,
}

impl PodAffinity {
    pub fn of(pod: &Pod, cluster: &Cluster) -> Self {
        let near_terms = affinity_terms(pod);
        let away_terms = anti_affinity_terms(pod);
        let mut near: Vec<_> = near_terms
            .iter()
            .map(|term| (term.topology_key.clone(), BTreeSet::new()))
            .collect();
        let mut away_from = BTreeSet::new();
        if !near_terms.is_empty() || !away_terms.is_empty() {
            for (_, node, state) in cluster.nodes() {
                for other in state.pods.values() {
                    for (term, (_, values)) in near_terms.iter().zip(&mut near) {
                        let near = domain(cluster, node, term, pod, other);
                        values.extend(near.map(|(_, value)| value));
                    }
                    away_from.extend(
                        away_terms
                            .iter()
                            .filter_map(|term| domain(cluster, node, term, pod, other)),
                    );
                }
            }
        }
        let self_selected = near_terms
            .iter()
            .all(|term| selects(cluster, term, pod, pod));
        let alone = near.iter().all(|(_, values)| values.is_empty());
        Self {
            first_of_group: alone && self_selected,
            near,
            away_from,
            refused_by: refused_by(pod, cluster),
        }
    }

    pub fn filter(&self, node: &Node) -> Result<(), Rejection> {
        let labels = node.metadata.labels.as_ref();
        let value = |key: &str| labels.and_then(|labels| labels.get(key));
        let near = self.near.iter().all(|(key, values)| {
            value(key).is_some_and(|value| self.first_of_group || values.contains(value))
        });
        let inside = |domains: &BTreeSet<Domain>| {
            domains
                .iter()
                .any(|(key, domain)| value(key) == Some(domain))
        };
        if !near {
            return Err(Rejection::always("node(s) didn't match pod affinity rules"));
        }
        if inside(&self.away_from) {
            let reason = "node(s) didn't match pod anti-affinity rules";
            return Err(Rejection::for_now(reason));
        }
        if inside(&self.refused_by) {
            let reason = "node(s) didn't satisfy existing pods anti-affinity rules";
            return Err(Rejection::for_now(reason));
        }
        Ok(())
    }
}

fn refused_by(pod: &Pod, cluster: &Cluster) -> BTreeSet<Domain> {
    let mut domains = BTreeSet::new();
    for (node, other) in cluster.standoffish() {
        for term in anti_affinity_terms(other) {
            domains.extend(domain(cluster, node, term, other, pod));
        }
    }
    domains
}

/// The domain of `node` under the term's key, when the term of `owner` selects `other`.
fn domain(
    cluster: &Cluster,
    node: &Node,
    term: &PodAffinityTerm,
    owner: &Pod,
    other: &Pod,
) -> Option<Domain> {
    let value = node.metadata.labels.as_ref()?.get(&term.topology_key)?;
    let selected = selects(cluster, term, owner, other);
    selected.then(|| (term.topology_key.clone(), value.clone()))
}

fn selects(cluster: &Cluster, term: &PodAffinityTerm, owner: &Pod, other: &Pod) -> bool {
    let namespace = other.metadata.namespace.as_deref().unwrap_or_default();
    let named = term.namespaces.as_deref().unwrap_or_default();
    let in_namespace = match &term.namespace_selector {
        Some(_) if named.iter().any(|name| name == namespace) => true,
        Some(selector) => matches_labels(Some(selector), cluster.namespace_labels(namespace)),
        None if named.is_empty() => other.metadata.namespace == owner.metadata.namespace,
        None => named.iter().any(|name| name == namespace),
    };
    in_namespace && matches_labels(term.label_selector.as_ref(), other.metadata.labels.as_ref())
}

/// Which pods are near decides where this one may go.
pub fn minds_others(pod: &Pod) -> bool {
    !affinity_terms(pod).is_empty() || !anti_affinity_terms(pod).is_empty()
}

fn affinity_terms(pod: &Pod) -> &[PodAffinityTerm] {
    let affinity = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref());
    let required = affinity.and_then(|affinity| affinity.pod_affinity.as_ref());
    let terms = required.and_then(|a| {
        a.required_during_scheduling_ignored_during_execution
            .as_deref()
    });
    terms.unwrap_or_default()
}

/// The required anti-affinity terms of a pod.
pub fn anti_affinity_terms(pod: &Pod) -> &[PodAffinityTerm] {
    let affinity = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref());
    let required = affinity.and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    let terms = required.and_then(|a| {
        a.required_during_scheduling_ignored_during_execution
            .as_deref()
    });
    terms.unwrap_or_default()
}
