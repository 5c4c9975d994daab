//! What `pods/resize` may change: CPU and memory of containers, and how a change of them is carried out
//! (semantics.md 6.3).

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, ResourceRequirements};

use super::ephemeral::is_mirror;
use super::qos::qos_class;
use super::validation::validate_spec;
use crate::pod_status::is_restartable_init;
use crate::quantity::ResourceList;
use crate::{FieldError, FieldErrors};

const RESIZED: [&str; 2] = ["cpu", "memory"];

/// Upstream's `ValidatePodResize`, in its order.
pub(super) fn validate_update(new: &Pod, old: &Pod) -> FieldErrors {
    if is_mirror(old) {
        return vec![FieldError::forbidden("", "static pods cannot be resized")];
    }
    let (spec, before) = (
        new.spec.clone().unwrap_or_default(),
        old.spec.clone().unwrap_or_default(),
    );
    if before.os.as_ref().is_some_and(|os| os.name == "windows") {
        return vec![FieldError::forbidden("", "windows pods cannot be resized")];
    }
    let mut errors = validate_spec(&spec);
    validate_class(new, old, &mut errors);
    if !is_resizable(old) {
        let detail = "Pod running on node without support for resize";
        errors.push(FieldError::forbidden("spec", detail));
    }
    let mut munged = spec.clone();
    validate_pod_level(&mut munged, &before, &mut errors);
    let known = errors.len();
    validate_order(&spec, &before, &mut errors);
    if errors.len() > known {
        return errors;
    }
    validate_nothing_removed(&spec, &before, &mut errors);
    validate_containers(&mut munged, &before, &mut errors);
    validate_init_containers(&mut munged, &before, &mut errors);
    if errors.is_empty() && munged != before {
        errors.push(only_cpu_and_memory("spec", ""));
    }
    errors
}

fn only_cpu_and_memory(field: impl Into<String>, of: &str) -> FieldError {
    FieldError::forbidden(
        field,
        format!("only cpu and memory resources{of} are mutable"),
    )
}

fn validate_class(new: &Pod, old: &Pod, errors: &mut FieldErrors) {
    let status = old.status.as_ref();
    let recorded = status.and_then(|status| status.qos_class.as_deref());
    let class = recorded.unwrap_or_else(|| qos_class(old));
    if class != qos_class(new) {
        // upstream prints the class that stays
        let detail = "Pod QOS Class may not change as a result of resizing";
        errors.push(FieldError::invalid("spec", class, detail));
    }
}

/// A node that says what its running containers have can change it.
fn is_resizable(pod: &Pod) -> bool {
    let statuses = pod
        .status
        .iter()
        .flat_map(|status| status.container_statuses.iter().flatten());
    let is_running = |state: &k8s_openapi::api::core::v1::ContainerState| state.running.is_some();
    statuses
        .into_iter()
        .find(|status| status.state.as_ref().is_some_and(is_running))
        .is_none_or(|status| status.resources.is_some())
}

/// The pod's own resources, which are put back in `munged` as far as they may change.
fn validate_pod_level(munged: &mut PodSpec, before: &PodSpec, errors: &mut FieldErrors) {
    match (munged.resources.as_mut(), before.resources.as_ref()) {
        (None, None) => return,
        (None, Some(_)) => {
            let detail = "pod-level resources cannot be removed";
            errors.push(FieldError::forbidden("spec.resources", detail));
            munged.resources.clone_from(&before.resources);
            return;
        }
        (Some(resources), old) => {
            let path = "spec.resources";
            if let Some(old) = old {
                validate_kept(resources, old, path, "pod-level resource", errors);
            }
            put_back(resources, old);
            let empty = ResourceRequirements::default();
            if old.is_none() && *resources == empty {
                munged.resources = None;
            }
        }
    }
    if munged.resources != before.resources {
        let detail = "only cpu and memory resources are mutable at pod-level";
        errors.push(FieldError::forbidden("spec", detail));
    }
}

fn validate_order(spec: &PodSpec, before: &PodSpec, errors: &mut FieldErrors) {
    let lists = [
        ("containers", &*spec.containers, &*before.containers),
        ("initContainers", init(spec), init(before)),
    ];
    for (field, new, old) in lists {
        if new.len() != old.len() {
            let detail = format!("{field} may not be added or removed on resize");
            errors.push(FieldError::forbidden(format!("spec.{field}"), detail));
            continue;
        }
        for (at, (new, old)) in new.iter().zip(old).enumerate() {
            if new.name != old.name {
                let detail = format!("{field} may not be renamed or reordered on resize");
                let field = format!("spec.{field}[{at}].name");
                errors.push(FieldError::forbidden(field, detail));
            }
        }
    }
}

fn init(spec: &PodSpec) -> &[Container] {
    spec.init_containers.as_deref().unwrap_or_default()
}

fn validate_nothing_removed(spec: &PodSpec, before: &PodSpec, errors: &mut FieldErrors) {
    let none = ResourceRequirements::default();
    let lists = [
        ("initContainers", init(spec), init(before)),
        ("containers", &*spec.containers, &*before.containers),
    ];
    for (field, new, old) in lists {
        for (at, (new, old)) in new.iter().zip(old).enumerate() {
            let path = format!("spec.{field}[{at}].resources");
            let new = new.resources.as_ref().unwrap_or(&none);
            let old = old.resources.as_ref().unwrap_or(&none);
            validate_kept(new, old, &path, "resource", errors);
        }
    }
}

/// What was requested or limited stays so, by whatever amount.
fn validate_kept(
    new: &ResourceRequirements,
    old: &ResourceRequirements,
    path: &str,
    what: &str,
    errors: &mut FieldErrors,
) {
    let lost = |new: Option<&ResourceList>, old: Option<&ResourceList>| {
        old.into_iter()
            .flatten()
            .any(|(name, _)| new.is_none_or(|new| !new.contains_key(name)))
    };
    let rows = [
        (
            "requests",
            lost(new.requests.as_ref(), old.requests.as_ref()),
        ),
        ("limits", lost(new.limits.as_ref(), old.limits.as_ref())),
    ];
    for (field, lost) in rows {
        if lost {
            let detail = format!("{what} {field} cannot be removed");
            errors.push(FieldError::forbidden(format!("{path}.{field}"), detail));
        }
    }
}

fn validate_containers(munged: &mut PodSpec, before: &PodSpec, errors: &mut FieldErrors) {
    for (container, old) in munged.containers.iter_mut().zip(&before.containers) {
        put_back_container(container, old);
        if container != old {
            errors.push(only_cpu_and_memory("spec", ""));
        }
    }
}

fn validate_init_containers(munged: &mut PodSpec, before: &PodSpec, errors: &mut FieldErrors) {
    let init = munged.init_containers.iter_mut().flatten();
    for (at, (container, old)) in init
        .zip(before.init_containers.iter().flatten())
        .enumerate()
    {
        let field = format!("spec.initContainers[{at}]");
        let changes = container != old;
        put_back_container(container, old);
        if container != old {
            errors.push(only_cpu_and_memory(
                field.as_str(),
                " for init or sidecar containers",
            ));
        }
        let restarts = |container: &Container| {
            let policies = container.resize_policy.iter().flatten();
            policies
                .into_iter()
                .any(|policy| policy.restart_policy == "RestartContainer")
        };
        if changes && !is_restartable_init(container) && restarts(container) {
            let detail = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
            errors.push(FieldError::forbidden(field, detail));
        }
    }
}

fn put_back_container(container: &mut Container, old: &Container) {
    put_back(
        container.resources.get_or_insert_default(),
        old.resources.as_ref(),
    );
    if old.resources.is_none() && container.resources == Some(ResourceRequirements::default()) {
        container.resources = None;
    }
}

/// CPU and memory as they were; what then differs was not to be changed.
fn put_back(resources: &mut ResourceRequirements, old: Option<&ResourceRequirements>) {
    let lists = [
        (
            &mut resources.requests,
            old.and_then(|old| old.requests.as_ref()),
        ),
        (
            &mut resources.limits,
            old.and_then(|old| old.limits.as_ref()),
        ),
    ];
    for (list, old) in lists {
        let mut munged = list.take().unwrap_or_default();
        for name in RESIZED {
            munged.remove(name);
            if let Some(amount) = old.and_then(|old| old.get(name)) {
                munged.insert(name.to_owned(), amount.clone());
            }
        }
        *list = (!munged.is_empty()).then_some(munged);
    }
}
