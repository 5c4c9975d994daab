//! Owner references: who controls an object, and validation.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use serde::Serialize;

use crate::{FieldError, FieldErrors};

/// The owner that says `controller: true`.
pub fn controller_of(meta: &ObjectMeta) -> Option<&OwnerReference> {
    let owners = meta.owner_references.iter().flatten();
    owners
        .into_iter()
        .find(|owner| owner.controller == Some(true))
}

/// True when the controlling owner has this uid.
pub fn is_controlled_by(meta: &ObjectMeta, uid: &str) -> bool {
    controller_of(meta).is_some_and(|owner| owner.uid == uid)
}

/// `ValidateOwnerReferences`.
pub fn validate_owner_references(owners: &[OwnerReference], path: &str) -> FieldErrors {
    let mut errors = Vec::new();
    let mut first_controller: Option<&OwnerReference> = None;
    for owner in owners {
        validate_one(owner, path, &mut errors);
        if owner.controller != Some(true) {
            continue;
        }
        match first_controller {
            None => first_controller = Some(owner),
            Some(first) => {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
                    kind_and_name(first),
                    kind_and_name(owner),
                );
                let shown: Vec<_> = owners.iter().map(Shown::of).collect();
                errors.push(FieldError::invalid(path, shown, detail));
            }
        }
    }
    errors
}

fn kind_and_name(owner: &OwnerReference) -> String {
    format!("{}/{}", owner.kind, owner.name)
}

fn validate_one(owner: &OwnerReference, path: &str, errors: &mut FieldErrors) {
    let (group, version) = group_version(&owner.api_version);
    let rows = [
        (
            "apiVersion",
            version,
            &owner.api_version,
            "version must not be empty",
        ),
        (
            "kind",
            owner.kind.as_str(),
            &owner.kind,
            "must not be empty",
        ),
        (
            "name",
            owner.name.as_str(),
            &owner.name,
            "must not be empty",
        ),
        ("uid", owner.uid.as_str(), &owner.uid, "must not be empty"),
    ];
    for (field, checked, value, detail) in rows {
        if checked.is_empty() {
            errors.push(FieldError::invalid(
                format!("{path}.{field}"),
                value.as_str(),
                detail,
            ));
        }
    }
    // events come and go by the thousand: nothing may hang on them
    if owner.kind == "Event" && (group, version) == ("", "v1") {
        let detail = "/v1, Kind=Event is disallowed from being an owner";
        errors.push(FieldError::invalid(path, Shown::of(owner), detail));
    }
}

/// `FromAPIVersionAndKind`: what has more than one slash is no version at all.
fn group_version(api_version: &str) -> (&str, &str) {
    match api_version.split_once('/') {
        None => ("", api_version),
        Some((_, version)) if version.contains('/') => ("", ""),
        Some(both) => both,
    }
}

/// A reference as Go writes it, field by field in the type's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    api_version: &'a str,
    kind: &'a str,
    name: &'a str,
    uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    controller: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_owner_deletion: Option<bool>,
}

impl<'a> Shown<'a> {
    fn of(owner: &'a OwnerReference) -> Self {
        Self {
            api_version: &owner.api_version,
            kind: &owner.kind,
            name: &owner.name,
            uid: &owner.uid,
            controller: owner.controller,
            block_owner_deletion: owner.block_owner_deletion,
        }
    }
}
