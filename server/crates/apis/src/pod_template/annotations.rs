//! Annotations that mean something to a pod (`ValidatePodSpecificAnnotations`), and the field that one of
//! them became.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{AppArmorProfile, PodSpec, Toleration};

use super::placed;
use super::validation::{validate_descending_path, validate_tolerations};
use crate::{FieldError, FieldErrors, go_syntax};

type Annotations = BTreeMap<String, String>;

pub(crate) const APP_ARMOR_OF: &str = "container.apparmor.security.beta.kubernetes.io/";
pub(super) const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
pub(super) const SECCOMP_OF: &str = "container.seccomp.security.alpha.kubernetes.io/";
const MIRROR: &str = "kubernetes.io/config.mirror";
const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What containers that come first were before they had a field: dropped wherever it is read.
const INIT_CONTAINERS: [&str; 4] = [
    "pod.alpha.kubernetes.io/init-container-statuses",
    "pod.alpha.kubernetes.io/init-containers",
    "pod.beta.kubernetes.io/init-container-statuses",
    "pod.beta.kubernetes.io/init-containers",
];

/// `dropInitContainerAnnotations`.
pub(crate) fn drop_init_containers(annotations: &mut Option<Annotations>) {
    let Some(kept) = annotations else {
        return;
    };
    for key in INIT_CONTAINERS {
        kept.remove(key);
    }
    if kept.is_empty() {
        *annotations = None;
    }
}

/// Errors of the annotations at `path`.
pub(crate) fn validate(
    annotations: Option<&Annotations>,
    spec: &PodSpec,
    path: &str,
    errors: &mut FieldErrors,
) {
    let Some(annotations) = annotations else {
        return;
    };
    if let Some(value) = annotations.get(MIRROR)
        && spec.node_name.as_deref().is_none_or(str::is_empty)
    {
        let detail = "must set spec.nodeName if mirror pod annotation is set";
        errors.push(FieldError::invalid(
            format!("{path}[{MIRROR}]"),
            value,
            detail,
        ));
    }
    if let Some(text) = annotations.get(TOLERATIONS).filter(|text| !text.is_empty()) {
        match go_syntax::list::<Toleration>(text, "core.Toleration") {
            Ok(tolerations) => {
                let path = format!("{path}.{TOLERATIONS}");
                errors.extend(validate_tolerations(&tolerations, &path));
            }
            Err(why) => errors.push(FieldError::invalid(path, TOLERATIONS, why)),
        }
    }
    if let Some(cost) = annotations.get(DELETION_COST).filter(|cost| !is_cost(cost)) {
        let field = format!("{path}[{DELETION_COST}]");
        errors.push(FieldError::invalid(field, cost, "must be a 32bit integer"));
    }
    let seccomp = annotations
        .iter()
        .filter(|(key, _)| key.as_str() == SECCOMP || key.starts_with(SECCOMP_OF));
    for (key, profile) in seccomp {
        validate_seccomp(profile, &format!("{path}.{key}"), errors);
    }
    let names: Vec<String> = placed::all(spec, "")
        .into_iter()
        .map(|(c, _)| c.name.clone())
        .collect();
    for (key, profile) in annotations {
        let Some(name) = key.strip_prefix(APP_ARMOR_OF) else {
            continue;
        };
        let field = format!("{path}[{key}]");
        if !names.iter().any(|known| known == name) {
            errors.push(FieldError::invalid(
                field.as_str(),
                name,
                "container not found",
            ));
        }
        if !profile.is_empty() && app_armor_profile(profile).is_none() {
            let detail = format!("invalid AppArmor profile name: {profile:?}");
            errors.push(FieldError::invalid(field, profile, detail));
        }
    }
}

/// What an update of a pod may not do to them.
pub(crate) fn validate_update(
    new: Option<&Annotations>,
    old: Option<&Annotations>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let none = Annotations::new();
    let (new, old) = (new.unwrap_or(&none), old.unwrap_or(&none));
    let lost = old
        .iter()
        .filter(|(key, value)| new.get(*key) != Some(value));
    let added = new.keys().filter(|key| !old.contains_key(*key));
    let lost = lost.map(|(key, _)| (key, "may not remove or update"));
    for (key, verb) in lost.chain(added.map(|key| (key, "may not add"))) {
        let what = match key.as_str() {
            MIRROR => "mirror pod annotation",
            key if key.starts_with(APP_ARMOR_OF) => "AppArmor annotations",
            _ => continue,
        };
        errors.push(FieldError::forbidden(
            format!("{path}[{key}]"),
            format!("{verb} {what}"),
        ));
    }
}

/// A number that is written in one way only.
fn is_cost(text: &str) -> bool {
    let plain = text == "0" || text.starts_with(|c: char| c == '-' || ('1'..='9').contains(&c));
    plain && text.parse::<i32>().is_ok()
}

fn validate_seccomp(profile: &str, path: &str, errors: &mut FieldErrors) {
    match profile.strip_prefix("localhost/") {
        Some(file) => validate_descending_path(file, path, errors),
        None if matches!(profile, "runtime/default" | "docker/default" | "unconfined") => {}
        None => {
            let detail = "must be a valid seccomp profile";
            errors.push(FieldError::invalid(path, profile, detail));
        }
    }
}

/// The profile that an annotation's value names.
pub(crate) fn app_armor_profile(annotation: &str) -> Option<AppArmorProfile> {
    let (type_, file) = match annotation {
        "runtime/default" => ("RuntimeDefault", None),
        "unconfined" => ("Unconfined", None),
        other => ("Localhost", Some(other.strip_prefix("localhost/")?)),
    };
    Some(AppArmorProfile {
        type_: type_.to_owned(),
        localhost_profile: file.map(str::to_owned),
    })
}

/// The profile that an annotation puts into its container's field: one that is valid there, and other than
/// the pod's.
pub(crate) fn app_armor_field(annotation: &str, spec: &PodSpec) -> Option<AppArmorProfile> {
    let context = spec.security_context.as_ref();
    let of_pod = context.and_then(|context| context.app_armor_profile.as_ref());
    app_armor_profile(annotation)
        .filter(|profile| {
            let file = profile.localhost_profile.as_deref();
            file.is_none_or(|file| !file.is_empty() && file.trim() == file)
        })
        .filter(|profile| Some(profile) != of_pod)
}
