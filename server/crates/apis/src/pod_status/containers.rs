//! Counting a pod's containers: READY and RESTARTS.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod};

use super::status_word::Walk;
use crate::print::since_text;

/// A sidecar: an init container that keeps running.
pub fn is_restartable_init(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// True when the init container of this name is a sidecar.
pub(super) fn is_sidecar(pod: &Pod, name: &str) -> bool {
    let init = pod
        .spec
        .iter()
        .flat_map(|spec| spec.init_containers.iter().flatten());
    init.into_iter()
        .any(|c| c.name == name && is_restartable_init(c))
}

pub(super) fn init_statuses(pod: &Pod) -> &[ContainerStatus] {
    let statuses = pod
        .status
        .as_ref()
        .and_then(|status| status.init_container_statuses.as_deref());
    statuses.unwrap_or_default()
}

pub(super) fn statuses(pod: &Pod) -> &[ContainerStatus] {
    let statuses = pod
        .status
        .as_ref()
        .and_then(|status| status.container_statuses.as_deref());
    statuses.unwrap_or_default()
}

pub(super) fn is_running(status: &ContainerStatus) -> bool {
    status
        .state
        .as_ref()
        .is_some_and(|state| state.running.is_some())
}

/// Containers and sidecars.
pub fn total_containers(pod: &Pod) -> usize {
    let Some(spec) = pod.spec.as_ref() else {
        return 0;
    };
    let sidecars = spec
        .init_containers
        .iter()
        .flatten()
        .filter(|c| is_restartable_init(c));
    spec.containers.len() + sidecars.count()
}

/// Ready and running containers, and sidecars that are ready and started.
pub fn ready_containers(pod: &Pod) -> usize {
    Walk::of(pod).ready
}

/// `3 (5m ago)`: restarts and the last one's age; while initializing, those of init containers.
pub fn restarts_text(pod: &Pod, now: Timestamp) -> String {
    let walk = Walk::of(pod);
    match walk.last_restart {
        Some(at) if walk.restarts > 0 => {
            format!("{} ({} ago)", walk.restarts, since_text(Some(at), now))
        }
        _ => walk.restarts.to_string(),
    }
}
