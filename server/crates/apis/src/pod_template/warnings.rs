//! Warnings that a pod specification earns: accepted, but hardly meant.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};

/// Warnings of a template whose specification lies at `path`, e.g. `spec.template.spec`.
pub fn template_warnings(template: &PodTemplateSpec, path: &str) -> Vec<String> {
    template
        .spec
        .as_ref()
        .map(|spec| pod_spec_warnings(spec, path))
        .unwrap_or_default()
}

/// Warnings of a specification at `path`.
pub(crate) fn pod_spec_warnings(spec: &PodSpec, path: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    if spec
        .termination_grace_period_seconds
        .is_some_and(|secs| secs < 0)
    {
        warnings.push(format!(
            "{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    let init = spec.init_containers.as_deref().unwrap_or_default();
    for (field, containers) in [
        ("initContainers", init),
        ("containers", spec.containers.as_slice()),
    ] {
        for (at, container) in containers.iter().enumerate() {
            duplicate_env(container, &format!("{path}.{field}[{at}]"), &mut warnings);
        }
    }
    warnings
}

/// The later of two variables of one name hides the earlier.
fn duplicate_env(container: &Container, path: &str, warnings: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (at, variable) in container.env.iter().flatten().enumerate() {
        // a value that mentions its own name extends the earlier one on purpose
        let reference = format!("$({})", variable.name);
        let extends = variable
            .value
            .as_deref()
            .is_some_and(|value| value.contains(&reference));
        if !seen.insert(variable.name.as_str()) && !extends {
            warnings.push(format!(
                "{path}.env[{at}]: hides previous definition of {:?}, which may be dropped when using apply",
                variable.name
            ));
        }
    }
}
