//! `ValidateObjectMetaUpdate`: what an update must leave as it is.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::json;

use super::object_meta::validate_common;
use crate::go_internal::Internal;
use crate::{FieldError, FieldErrors};

/// `ValidateImmutableField`.
pub fn immutable<T: PartialEq + Serialize>(new: &T, old: &T, path: &str) -> FieldErrors {
    match new == old {
        true => Vec::new(),
        false => vec![changed(new, path)],
    }
}

/// The same of a field that messages show as the type `of` that upstream has inside.
pub fn immutable_inside<T: PartialEq + Serialize>(
    of: &'static str,
    new: &T,
    old: &T,
    path: &str,
) -> FieldErrors {
    match new == old {
        true => Vec::new(),
        false => vec![changed(&Internal::of(of, new), path)],
    }
}

fn changed(new: &impl Serialize, path: &str) -> FieldError {
    let detail = "field is immutable";
    match serde_json::to_string(new).as_deref() {
        // upstream calls a pointer to nothing by this word
        Ok("null") | Err(_) => FieldError::invalid(path, "null", detail),
        Ok(_) => FieldError::invalid(path, new, detail),
    }
}

/// Upstream's generic validation of an update's metadata, at `metadata`: what is asked of any, then what an
/// update may not do. What upstream silently keeps (uid when empty, creationTimestamp, that something is being
/// deleted) the caller has already put back.
pub fn validate_object_meta_update(new: &ObjectMeta, old: &ObjectMeta) -> FieldErrors {
    let mut errors = Vec::new();
    validate_common(new, &mut errors);
    validate_finalizer_update(new, old, &mut errors);
    if new
        .resource_version
        .as_deref()
        .unwrap_or_default()
        .is_empty()
    {
        let detail = "must be specified for an update";
        errors.push(FieldError::invalid("metadata.resourceVersion", "", detail));
    }
    if new.generation < old.generation {
        let detail = "must not be decremented";
        errors.push(FieldError::invalid(
            "metadata.generation",
            json!(new.generation),
            detail,
        ));
    }
    errors.extend(immutable(&new.name, &old.name, "metadata.name"));
    errors.extend(immutable(
        &new.namespace,
        &old.namespace,
        "metadata.namespace",
    ));
    errors.extend(immutable(&new.uid, &old.uid, "metadata.uid"));
    errors.extend(immutable(
        &new.creation_timestamp,
        &old.creation_timestamp,
        "metadata.creationTimestamp",
    ));
    errors.extend(immutable(
        &new.deletion_timestamp,
        &old.deletion_timestamp,
        "metadata.deletionTimestamp",
    ));
    errors.extend(immutable(
        &new.deletion_grace_period_seconds,
        &old.deletion_grace_period_seconds,
        "metadata.deletionGracePeriodSeconds",
    ));
    errors
}

/// GC-07: nothing may start to hold an object that is being deleted.
fn validate_finalizer_update(new: &ObjectMeta, old: &ObjectMeta, errors: &mut FieldErrors) {
    if old.deletion_timestamp.is_none() {
        return;
    }
    let had: BTreeSet<_> = old.finalizers.iter().flatten().collect();
    let added: Vec<_> = new
        .finalizers
        .iter()
        .flatten()
        .filter(|name| !had.contains(name))
        .collect();
    if !added.is_empty() {
        let list = added
            .iter()
            .map(|name| format!("{name:?}"))
            .collect::<Vec<_>>()
            .join(", ");
        let detail = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{list}}}"
        );
        errors.push(FieldError::forbidden("metadata.finalizers", detail));
    }
}
