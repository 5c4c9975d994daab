//! First status, and what each door keeps.

use k8s_openapi::api::core::v1::{Container, Pod, PodCondition, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::keys;
use super::qos::qos_class;
use crate::Update;
use crate::pod_template::annotations::{APP_ARMOR_OF, app_armor_field};

pub(super) fn prepare_create(pod: &mut Pod) {
    keys::merge_label_keys(pod);
    pod.status = Some(PodStatus {
        phase: Some("Pending".to_owned()),
        qos_class: Some(qos_class(pod).to_owned()),
        conditions: gated(pod).then(|| vec![gated_condition()]),
        ..PodStatus::default()
    });
}

/// An annotation of old, as the field that it became (`applyAppArmorVersionSkew`).
pub(super) fn complete_create(pod: &mut Pod) {
    let Some(spec) = pod.spec.as_mut() else {
        return;
    };
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return;
    }
    let annotations = pod.metadata.annotations.iter().flatten();
    let named: Vec<_> = annotations
        .filter_map(|(key, value)| Some((key.strip_prefix(APP_ARMOR_OF)?, value)))
        .filter_map(|(name, value)| Some((name, app_armor_field(value, spec)?)))
        .collect();
    let first = spec.init_containers.iter_mut().flatten();
    for container in first.chain(&mut spec.containers) {
        let profile = named.iter().find(|(name, _)| *name == container.name);
        if let Some((_, profile)) = profile {
            let context = container.security_context.get_or_insert_default();
            context
                .app_armor_profile
                .get_or_insert_with(|| profile.clone());
        }
    }
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
            // /status cannot change who owns the pod (POD-01), nor when it ends
            let (metadata, before) = (&mut new.metadata, &old.metadata);
            metadata
                .owner_references
                .clone_from(&before.owner_references);
            metadata
                .deletion_timestamp
                .clone_from(&before.deletion_timestamp);
            let status = new.status.get_or_insert_default();
            keep_observed(status, &old.status.clone().unwrap_or_default());
        }
        Update::EphemeralContainers => {
            let sent = new.spec.take().unwrap_or_default().ephemeral_containers;
            keep_all(new, old);
            new.spec.get_or_insert_default().ephemeral_containers = sent;
        }
        Update::Resize => {
            let sent = new.spec.take().unwrap_or_default();
            keep_all(new, old);
            let spec = new.spec.get_or_insert_default();
            resize(spec, sent);
        }
    }
}

/// A subresource of the specification changes nothing else: neither status nor what clients say of the
/// metadata (upstream's `ResetObjectMetaForStatus`).
fn keep_all(new: &mut Pod, old: &Pod) {
    let sent = std::mem::take(&mut new.metadata);
    new.metadata = ObjectMeta {
        resource_version: sent.resource_version,
        managed_fields: sent.managed_fields,
        ..old.metadata.clone()
    };
    new.spec.clone_from(&old.spec);
    new.status.clone_from(&old.status);
}

/// Lets in resources and resize policies. Containers that are not the same ones in the same order come
/// in whole, for the validation to refuse.
fn resize(spec: &mut PodSpec, sent: PodSpec) {
    spec.resources = sent.resources;
    resize_containers(&mut spec.containers, sent.containers);
    let init = spec.init_containers.get_or_insert_default();
    resize_containers(init, sent.init_containers.unwrap_or_default());
    spec.init_containers = spec.init_containers.take().filter(|init| !init.is_empty());
}

fn resize_containers(containers: &mut Vec<Container>, sent: Vec<Container>) {
    let names = |list: &[Container]| list.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    if names(containers) != names(&sent) {
        *containers = sent;
        return;
    }
    for (container, sent) in containers.iter_mut().zip(sent) {
        container.resources = sent.resources;
        container.resize_policy = sent.resize_policy;
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
