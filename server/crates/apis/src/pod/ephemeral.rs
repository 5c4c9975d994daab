//! Ephemeral containers: added to a running pod, never changed or removed (semantics.md 6.3).

use k8s_openapi::api::core::v1::{Container, EphemeralContainer, Pod};
use serde_json::json;

use super::validation::validate_spec;
use crate::go_internal::{Internal, difference};
use crate::{FieldError, FieldErrors};

/// Marks the pods that a node's files say, which the API cannot change.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";

const PATH: &str = "spec.ephemeralContainers";

/// What it has in common with every other container: all but the name of its target.
pub fn as_container(ephemeral: &EphemeralContainer) -> Container {
    let container = serde_json::from_value(json!(ephemeral));
    container.expect("an ephemeral container's fields are a container's")
}

/// Upstream's `ValidatePodEphemeralContainersUpdate`.
pub(super) fn validate_update(new: &Pod, old: &Pod) -> FieldErrors {
    if is_mirror(old) {
        let detail = "static pods do not support ephemeral containers";
        return vec![FieldError::forbidden("", detail)];
    }
    let mut errors = validate_spec(&new.spec.clone().unwrap_or_default());
    let sent = containers(new);
    for before in containers(old) {
        let name = &before.name;
        match sent.iter().find(|after| after.name == *name) {
            None => {
                let detail = format!("existing ephemeral containers {name:?} may not be removed\n");
                errors.push(FieldError::forbidden(PATH, detail));
            }
            Some(after) if after != before => {
                let of =
                    |container: &EphemeralContainer| Internal::of("EphemeralContainer", container);
                let difference = difference(&of(before), &of(after));
                let detail = format!(
                    "existing ephemeral containers {name:?} may not be changed\n{difference}"
                );
                errors.push(FieldError::forbidden(PATH, detail));
            }
            Some(_) => {}
        }
    }
    errors
}

pub(super) fn is_mirror(pod: &Pod) -> bool {
    let annotations = pod.metadata.annotations.as_ref();
    annotations.is_some_and(|annotations| annotations.contains_key(MIRROR))
}

fn containers(pod: &Pod) -> &[EphemeralContainer] {
    let spec = pod.spec.as_ref();
    spec.and_then(|spec| spec.ephemeral_containers.as_deref())
        .unwrap_or_default()
}
