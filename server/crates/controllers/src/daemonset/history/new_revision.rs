//! A ControllerRevision as the controller creates it (DS-40).

use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use serde_json::Value;

use super::super::pod_facts::HASH_LABEL;
use super::super::spec::Spec;
use super::hash::revision_hash;
use crate::owner::controller_reference;

/// The revision of the current template, whose data is given.
pub fn new_revision(spec: Spec<'_>, data: &Value, revision: i64) -> ControllerRevision {
    let hash = revision_hash(&data.to_string(), spec.collision_count());
    let template = spec.spec.template.metadata.as_ref();
    let labels = template.and_then(|template| template.labels.clone());
    let mut labels = labels.unwrap_or_default();
    labels.insert(HASH_LABEL.to_owned(), hash.clone());
    ControllerRevision {
        metadata: ObjectMeta {
            name: Some(format!("{}-{hash}", spec.name())),
            namespace: Some(spec.namespace().to_owned()),
            labels: Some(labels),
            annotations: spec.daemonset.metadata.annotations.clone(),
            owner_references: Some(vec![controller_reference(spec.daemonset)]),
            ..ObjectMeta::default()
        },
        data: Some(RawExtension(data.clone())),
        revision,
    }
}
