//! `ValidateObjectMeta`: what a create must satisfy.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::json;

use super::names::{NameRule, dns_label_errors};
use super::{
    qualified_name_errors, validate_annotations, validate_labels, validate_owner_references,
};
use crate::{FieldError, FieldErrors};

/// Upstream's generic validation of a new object's metadata, at `metadata`. The name must be
/// generated already where generateName is given.
pub fn validate_object_meta(meta: &ObjectMeta, namespaced: bool, rule: NameRule) -> FieldErrors {
    let mut errors = Vec::new();
    let generate_name = meta.generate_name.as_deref().unwrap_or_default();
    for wrong in rule.errors(generate_name, true) {
        if !generate_name.is_empty() {
            errors.push(FieldError::invalid(
                "metadata.generateName",
                generate_name,
                wrong,
            ));
        }
    }
    match meta.name.as_deref().unwrap_or_default() {
        "" => errors.push(FieldError::required(
            "metadata.name",
            "name or generateName is required",
        )),
        name => {
            for wrong in rule.errors(name, false) {
                errors.push(FieldError::invalid("metadata.name", name, wrong));
            }
        }
    }
    validate_namespace(meta, namespaced, &mut errors);
    validate_common(meta, &mut errors);
    errors
}

fn validate_namespace(meta: &ObjectMeta, namespaced: bool, errors: &mut FieldErrors) {
    match (namespaced, meta.namespace.as_deref().unwrap_or_default()) {
        (true, "") => errors.push(FieldError::required("metadata.namespace", "")),
        (true, namespace) => {
            for wrong in dns_label_errors(namespace) {
                errors.push(FieldError::invalid("metadata.namespace", namespace, wrong));
            }
        }
        (false, "") => {}
        (false, _) => errors.push(FieldError::forbidden(
            "metadata.namespace",
            "not allowed on this type",
        )),
    }
}

/// What creates and updates check alike.
pub(super) fn validate_common(meta: &ObjectMeta, errors: &mut FieldErrors) {
    if let Some(generation) = meta.generation.filter(|generation| *generation < 0) {
        let detail = "must be greater than or equal to 0";
        errors.push(FieldError::invalid(
            "metadata.generation",
            generation,
            detail,
        ));
    }
    errors.extend(validate_labels(meta.labels.as_ref(), "metadata.labels"));
    errors.extend(validate_annotations(
        meta.annotations.as_ref(),
        "metadata.annotations",
    ));
    let owners = meta.owner_references.as_deref().unwrap_or_default();
    errors.extend(validate_owner_references(
        owners,
        "metadata.ownerReferences",
    ));
    validate_finalizers(meta, errors);
}

fn validate_finalizers(meta: &ObjectMeta, errors: &mut FieldErrors) {
    let finalizers = meta.finalizers.as_deref().unwrap_or_default();
    for finalizer in finalizers {
        for wrong in qualified_name_errors(finalizer) {
            errors.push(FieldError::invalid(
                "metadata.finalizers",
                finalizer.as_str(),
                wrong,
            ));
        }
    }
    let has = |name: &str| finalizers.iter().any(|finalizer| finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.push(FieldError::invalid(
            "metadata.finalizers",
            json!(finalizers),
            detail,
        ));
    }
    // what Kubernetes asks of them comes after what its machinery asks of any
    for (at, finalizer) in finalizers.iter().enumerate() {
        let path = format!("metadata.finalizers[{at}]");
        errors.extend(unqualified_finalizer(finalizer, &path));
    }
}

/// A finalizer that has no domain, and is none of those that need none.
pub fn unqualified_finalizer(finalizer: &str, path: &str) -> Option<FieldError> {
    let well_known = ["kubernetes", "orphan", "foregroundDeletion"].contains(&finalizer);
    let detail = "name is neither a standard finalizer name nor is it fully qualified";
    (!finalizer.contains('/') && !well_known).then(|| FieldError::invalid(path, finalizer, detail))
}
