//! Containers of which nothing is known although their pod has ended: they count as failed, so that no pod
//! is taken for one that succeeded (upstream's `TerminatePod`).

use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateTerminated, ContainerStatus, PodSpec,
};

use super::recovery::{LOST_EXIT_CODE, LOST_REASON};
use super::restart::is_sidecar;

const UNSEEN: &str = "The container could not be located when the pod was terminated";

/// Writes over what waits. What came before a container that has begun must have begun, too; of a pod that
/// never came beyond its init containers their failure says enough.
pub fn conclude(spec: &PodSpec, init: &mut [ContainerStatus], regular: &mut [ContainerStatus]) {
    if is_initialized(spec, init, regular) {
        regular.iter_mut().for_each(fail_unless_ended);
    }
    let begun = init.iter().rposition(has_begun).unwrap_or(0);
    init.iter_mut().take(begun + 1).for_each(fail_unless_ended);
}

fn is_initialized(spec: &PodSpec, init: &[ContainerStatus], regular: &[ContainerStatus]) -> bool {
    let mut declared = spec.init_containers.iter().flatten();
    let Some((declared, told)) = declared.next_back().zip(init.last()) else {
        return true;
    };
    let ended = told.state.as_ref().and_then(|s| s.terminated.as_ref());
    let succeeded = ended.is_some_and(|ended| ended.exit_code == 0);
    regular.iter().any(has_begun) || succeeded && !is_sidecar(spec, declared)
}

fn has_begun(status: &ContainerStatus) -> bool {
    let waits = status.state.as_ref().is_none_or(|s| s.waiting.is_some());
    let ended = status
        .last_state
        .as_ref()
        .and_then(|s| s.terminated.as_ref());
    !waits || ended.is_some()
}

fn fail_unless_ended(status: &mut ContainerStatus) {
    let state = status.state.get_or_insert_default();
    if state.terminated.is_none() {
        *state = ContainerState {
            terminated: Some(ContainerStateTerminated {
                exit_code: LOST_EXIT_CODE,
                reason: Some(LOST_REASON.to_owned()),
                message: Some(UNSEEN.to_owned()),
                ..ContainerStateTerminated::default()
            }),
            ..ContainerState::default()
        };
    }
}
