//! What is done about a running container whose resources have changed (`pods/resize`): most changes
//! are made while it runs, some want it to start anew.

use k8s_openapi::api::core::v1::{Container, ResourceRequirements};

use super::state::PodState;
use super::{Action, Plan};

/// Adds what brings the container's run to what it was granted.
pub fn consider(container: &Container, state: &PodState, plan: &mut Plan) {
    let name = &container.name;
    if !state.is_outgrown(container) || state.is_stopping(name) {
        return;
    }
    let has = state.record(name).map(|record| record.resources.clone());
    let restarts = wants_restart(
        container,
        &has.unwrap_or_default(),
        &state.granted(container),
    );
    let name = name.clone();
    plan.actions.push(match restarts {
        true => Action::RestartContainer {
            message: format!("Container {name} resize requires restart"),
            name,
        },
        false => Action::ResizeContainer { name },
    });
}

/// As upstream's kubelet decides it: a request of memory changes nothing about a process.
fn wants_restart(
    container: &Container,
    has: &ResourceRequirements,
    granted: &ResourceRequirements,
) -> bool {
    let policies = container.resize_policy.as_deref().unwrap_or_default();
    let by_policy = |resource: &str| {
        policies.iter().any(|policy| {
            policy.resource_name == resource && policy.restart_policy == "RestartContainer"
        })
    };
    let limit = |of: &ResourceRequirements, name: &str| of.limits.as_ref()?.get(name).cloned();
    let request = |of: &ResourceRequirements, name: &str| of.requests.as_ref()?.get(name).cloned();
    let cpu = limit(has, "cpu") != limit(granted, "cpu")
        || request(has, "cpu") != request(granted, "cpu");
    let memory = limit(has, "memory") != limit(granted, "memory");
    (cpu && by_policy("cpu")) || (memory && by_policy("memory"))
}
