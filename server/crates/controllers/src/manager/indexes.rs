//! The caches' indexes: their names and the values that objects are found under.
//!
//! A controller never scans a kind; what it must find has an index here.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use orrery_apis::job::CONTROLLER_UID_LABEL;
use orrery_informer::controller_of;

use crate::job::is_tracked;
use crate::pods;

/// Objects by the uid of their controller.
pub const CONTROLLER: &str = "controller";
/// A controller's pods by its uid, without those that are [`settled`].
pub const UNSETTLED: &str = "unsettled";
/// Ownerless objects by [`label_value`] of each of their labels; those that a selector may adopt.
pub const OWNERLESS: &str = "ownerless";
/// Jobs by `namespace/name` of their controller, whatever its kind and uid (CJ-02).
pub const CONTROLLER_NAME: &str = "controller-name";
/// Objects with a selector by [`selector_value`].
pub const SELECTOR: &str = "selector";
/// Pods by the node they are bound to.
pub const NODE: &str = "node";

/// Pods that pod collection looks at: under [`ENDED`] those that have ended, under [`LEAVING`] those that
/// are being deleted.
pub const GARBAGE: &str = "garbage";
pub const ENDED: &str = "ended";
pub const LEAVING: &str = "leaving";
/// Nodes by [`pair_value`] of each of their labels.
pub const LABEL: &str = "label";
/// DaemonSets by [`pair_value`] of the first pair of their template's node selector, or [`ANY_NODE`].
pub const NODE_SELECTOR: &str = "node-selector";
pub const ANY_NODE: &str = "";

/// Values of [`CONTROLLER`].
pub fn controller(meta: &ObjectMeta) -> Vec<String> {
    controller_of(meta)
        .map(|owner| owner.uid.clone())
        .into_iter()
        .collect()
}

/// Values of [`UNSETTLED`].
pub fn unsettled(pod: &Pod) -> Vec<String> {
    match settled(pod) {
        true => Vec::new(),
        false => controller(&pod.metadata),
    }
}

/// The pod has ended, its Job has counted it, and it bears the label by which the selector that the
/// API server makes finds it: nothing about it concerns the Job any more.
fn settled(pod: &Pod) -> bool {
    let owner = controller_of(&pod.metadata).map(|owner| &owner.uid);
    let labels = pod.metadata.labels.as_ref();
    let label = labels.and_then(|labels| labels.get(CONTROLLER_UID_LABEL));
    pods::is_terminal(pod) && !is_tracked(pod) && owner.is_some() && label == owner
}

/// Values of [`OWNERLESS`].
pub fn ownerless(meta: &ObjectMeta) -> Vec<String> {
    match controller_of(meta) {
        Some(_) => Vec::new(),
        None => label_values(meta),
    }
}

/// Values of [`CONTROLLER_NAME`].
pub fn controller_name(meta: &ObjectMeta) -> Vec<String> {
    let namespace = meta.namespace.as_deref().unwrap_or_default();
    let owner = controller_of(meta).map(|owner| format!("{namespace}/{}", owner.name));
    owner.into_iter().collect()
}

/// Values of [`SELECTOR`] for a Job.
pub fn job_selector(job: &Job) -> Vec<String> {
    let selector = job.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    vec![selector_value(&job.metadata, selector)]
}

/// Values of [`SELECTOR`] for a DaemonSet.
pub fn daemonset_selector(daemonset: &DaemonSet) -> Vec<String> {
    let selector = daemonset.spec.as_ref().map(|spec| &spec.selector);
    vec![selector_value(&daemonset.metadata, selector)]
}

/// Every value under which a selector that matches these labels can stand in [`SELECTOR`].
pub fn label_values(meta: &ObjectMeta) -> Vec<String> {
    let namespace = meta.namespace.as_deref().unwrap_or_default();
    let labels = meta.labels.iter().flatten();
    let mut values: Vec<_> = labels.map(|(k, v)| label_value(namespace, k, v)).collect();
    values.push(any_label(namespace));
    values
}

/// One required label of the selector, or the whole namespace when it requires none: what it
/// matches is found under this value in [`OWNERLESS`].
pub fn selector_value(meta: &ObjectMeta, selector: Option<&LabelSelector>) -> String {
    let namespace = meta.namespace.as_deref().unwrap_or_default();
    let labels = selector.and_then(|selector| selector.match_labels.as_ref());
    let first = labels.and_then(|labels| labels.iter().next());
    match first {
        Some((key, value)) => label_value(namespace, key, value),
        None => any_label(namespace),
    }
}

fn label_value(namespace: &str, key: &str, value: &str) -> String {
    format!("{namespace}/{key}={value}")
}

fn any_label(namespace: &str) -> String {
    format!("{namespace}/")
}

/// Values of [`NODE`].
pub fn pod_node(pod: &Pod) -> Vec<String> {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    node.filter(|node| !node.is_empty()).into_iter().collect()
}

/// Values of [`GARBAGE`].
pub fn garbage(pod: &Pod) -> Vec<String> {
    let values = [
        (pods::is_terminal(pod), ENDED),
        (pods::is_leaving(pod), LEAVING),
    ];
    let values = values.into_iter().filter(|(is_so, _)| *is_so);
    values.map(|(_, value)| value.to_owned()).collect()
}

/// Values of [`LABEL`], and those of [`NODE_SELECTOR`] under which a DaemonSet for this node stands.
pub fn label_pairs(node: &Node) -> Vec<String> {
    let labels = node.metadata.labels.iter().flatten();
    labels.map(|(key, value)| pair_value(key, value)).collect()
}

/// The one value of [`NODE_SELECTOR`].
pub fn node_selector(daemonset: &DaemonSet) -> String {
    let spec = daemonset.spec.as_ref();
    let pod = spec.and_then(|spec| spec.template.spec.as_ref());
    let selector = pod.and_then(|pod| pod.node_selector.as_ref());
    let first = selector.and_then(|selector| selector.iter().next());
    first.map_or_else(
        || ANY_NODE.to_owned(),
        |(key, value)| pair_value(key, value),
    )
}

fn pair_value(key: &str, value: &str) -> String {
    format!("{key}={value}")
}
