//! What containers say in vain.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{EnvVar, PodSpec, ResourceRequirements, SecurityContext};

use crate::pod_template::placed::Placed;
use crate::quantity::{Quantity, ResourceList};

/// Upstream's text has the backslashes.
pub(super) const NO_SECCOMP: &str =
    r#"non-functional in v1.27+; use the \"seccompProfile\" field instead"#;
const OLD_APP_ARMOR: &str = r#"deprecated since v1.30; use the \"appArmorProfile\" field instead"#;
const SECCOMP_OF: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR_OF: &str = "container.apparmor.security.beta.kubernetes.io/";

pub(super) fn warn(
    spec: &PodSpec,
    containers: &[Placed<'_>],
    annotations: &BTreeMap<String, String>,
    annotated: &dyn Fn(&str) -> String,
    warnings: &mut Vec<String>,
) {
    let of_pod = spec.security_context.as_ref();
    let pod_profile = of_pod.is_some_and(|context| context.app_armor_profile.is_some());
    for (container, path) in containers {
        if !annotations.is_empty() {
            let context = container.security_context.as_ref();
            let old = old_annotations(&container.name, context, pod_profile);
            let old = old.into_iter();
            let there = old.filter(|(key, _)| annotations.contains_key(key));
            warnings.extend(there.map(|(key, why)| format!("{}: {why}", annotated(&key))));
        }
        if let Some(resources) = container.resources.as_ref() {
            fractions_of(resources, &format!("{path}.resources"), warnings);
        }
        let env = container.env.as_deref().unwrap_or_default();
        hidden_variables(env, path, warnings);
    }
}

/// Keys of annotations that fields have replaced, where the field is not set.
fn old_annotations(
    name: &str,
    context: Option<&SecurityContext>,
    pod_profile: bool,
) -> Vec<(String, &'static str)> {
    let mut keys = Vec::new();
    if context.is_none_or(|context| context.seccomp_profile.is_none()) {
        keys.push((format!("{SECCOMP_OF}{name}"), NO_SECCOMP));
    }
    if !pod_profile && context.is_none_or(|context| context.app_armor_profile.is_none()) {
        keys.push((format!("{APP_ARMOR_OF}{name}"), OLD_APP_ARMOR));
    }
    keys
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

fn fraction(list: Option<&ResourceList>, resource: &str, path: &str, warnings: &mut Vec<String>) {
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
