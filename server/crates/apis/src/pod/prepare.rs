//! First status, and what each door keeps.

use k8s_openapi::api::core::v1::{Pod, PodCondition, PodStatus};

use super::qos::qos_class;
use crate::Update;

pub(super) fn prepare_create(pod: &mut Pod) {
    pod.status = Some(PodStatus {
        phase: Some("Pending".to_owned()),
        qos_class: Some(qos_class(pod).to_owned()),
        conditions: gated(pod).then(|| vec![gated_condition()]),
        ..PodStatus::default()
    });
}

fn gated(pod: &Pod) -> bool {
    let gates = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.scheduling_gates.as_ref());
    gates.is_some_and(|gates| !gates.is_empty())
}

fn gated_condition() -> PodCondition {
    PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "False".to_owned(),
        reason: Some("SchedulingGated".to_owned()),
        message: Some("Scheduling is blocked due to non-empty scheduling gates".to_owned()),
        ..PodCondition::default()
    }
}

pub(super) fn prepare_update(new: &mut Pod, old: &Pod, door: Update) {
    match door {
        Update::Main => new.status.clone_from(&old.status),
        Update::Status => {
            new.spec.clone_from(&old.spec);
            // /status cannot change who owns the pod (POD-01)
            new.metadata
                .owner_references
                .clone_from(&old.metadata.owner_references);
            let status = new.status.get_or_insert_default();
            keep_observed(status, &old.status.clone().unwrap_or_default());
        }
    }
}

/// A writer that knows no observedGeneration leaves the stored ones (POD-01).
fn keep_observed(status: &mut PodStatus, old: &PodStatus) {
    if status.qos_class.is_none() {
        status.qos_class.clone_from(&old.qos_class);
    }
    status.observed_generation = status.observed_generation.or(old.observed_generation);
    for condition in status.conditions.iter_mut().flatten() {
        let before = old
            .conditions
            .iter()
            .flatten()
            .find(|c| c.type_ == condition.type_);
        let kept = before.and_then(|before| before.observed_generation);
        condition.observed_generation = condition.observed_generation.or(kept);
    }
}
