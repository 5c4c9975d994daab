//! What containers say in vain.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{EnvVar, PodSpec, ResourceRequirements};

use crate::pod_template::annotations::{APP_ARMOR_OF, app_armor_profile};
use crate::pod_template::placed::Placed;
use crate::quantity::{Quantity, ResourceList};

pub(super) const NO_SECCOMP: &str =
    "non-functional in v1.27+; use the \"seccompProfile\" field instead";
const OLD_APP_ARMOR: &str = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
const SECCOMP_OF: &str = "container.seccomp.security.alpha.kubernetes.io/";

pub(super) fn warn(
    spec: &PodSpec,
    containers: &[Placed<'_>],
    annotations: &BTreeMap<String, String>,
    annotated: &dyn Fn(&str) -> String,
    warnings: &mut Vec<String>,
) {
    for (container, path) in containers {
        if !annotations.is_empty() {
            let context = container.security_context.as_ref();
            let seccomp = format!("{SECCOMP_OF}{}", container.name);
            let unset = context.is_none_or(|context| context.seccomp_profile.is_none());
            if unset && annotations.contains_key(&seccomp) {
                warnings.push(format!("{}: {NO_SECCOMP}", annotated(&seccomp)));
            }
            let armor = format!("{APP_ARMOR_OF}{}", container.name);
            let unset = context.is_none_or(|context| context.app_armor_profile.is_none());
            let said = annotations.get(&armor).filter(|_| unset);
            if said.is_some_and(|value| !is_of_pod(value, spec, path)) {
                warnings.push(format!("{}: {OLD_APP_ARMOR}", annotated(&armor)));
            }
        }
        if let Some(resources) = container.resources.as_ref() {
            fractions_of(resources, &format!("{path}.resources"), warnings);
        }
        let env = container.env.as_deref().unwrap_or_default();
        hidden_variables(env, path, warnings);
    }
}

/// Whether the pod's own profile says the same. Upstream spares a template the comparison.
fn is_of_pod(annotation: &str, spec: &PodSpec, path: &str) -> bool {
    let context = spec.security_context.as_ref();
    let profile = context.and_then(|context| context.app_armor_profile.as_ref());
    match path.starts_with("spec.") {
        true => profile.is_some() && app_armor_profile(annotation).as_ref() == profile,
        false => profile.is_some(),
    }
}

fn fractions_of(resources: &ResourceRequirements, path: &str, warnings: &mut Vec<String>) {
    for resource in ["memory", "ephemeral-storage"] {
        for (field, list) in [
            ("limits", resources.limits.as_ref()),
            ("requests", resources.requests.as_ref()),
        ] {
            fraction(list, resource, &format!("{path}.{field}"), warnings);
        }
    }
}

/// Parts of bytes, which there are not.
pub(super) fn fractions(list: Option<&ResourceList>, path: &str, warnings: &mut Vec<String>) {
    for resource in ["memory", "ephemeral-storage"] {
        fraction(list, resource, path, warnings);
    }
}

pub(super) fn fraction(
    list: Option<&ResourceList>,
    resource: &str,
    path: &str,
    warnings: &mut Vec<String>,
) {
    let Some(quantity) = list.and_then(|list| list.get(resource)) else {
        return;
    };
    let parts = Quantity::of(quantity).is_ok_and(|amount| amount.milli() % 1_000 != 0);
    if parts {
        warnings.push(format!(
            "{path}[{resource}]: fractional byte value {:?} is invalid, must be an integer",
            quantity.0
        ));
    }
}

/// The later of two variables of one name hides the earlier.
fn hidden_variables(env: &[EnvVar], path: &str, warnings: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (at, variable) in env.iter().enumerate() {
        // a value that mentions its own name extends the earlier one on purpose
        let reference = format!("$({})", variable.name);
        let value = variable.value.as_deref().unwrap_or_default();
        let extends =
            variable.value_from.is_none() && value != reference && value.contains(&reference);
        if !seen.insert(variable.name.as_str()) && !extends {
            warnings.push(format!(
                "{path}.env[{at}]: hides previous definition of {:?}, which may be dropped when using apply",
                variable.name
            ));
        }
    }
}
