//! What controllers ask of pods.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodCondition, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time};
use serde_json::{Value, json};

/// The condition that says that somebody ends the pod, which did not end by itself.
pub const DISRUPTION_TARGET: &str = "DisruptionTarget";

/// The pod's uid, `""` for one that the API server has not seen.
pub fn uid(pod: &Pod) -> &str {
    pod.metadata.uid.as_deref().unwrap_or_default()
}

/// status.phase, `""` when there is none yet.
pub fn phase(pod: &Pod) -> &str {
    pod.status
        .as_ref()
        .and_then(|status| status.phase.as_deref())
        .unwrap_or_default()
}

/// Succeeded or Failed.
pub fn is_terminal(pod: &Pod) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Being deleted.
pub fn is_leaving(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

/// Neither terminal nor being deleted (JOB-30).
pub fn is_active(pod: &Pod) -> bool {
    !is_terminal(pod) && !is_leaving(pod)
}

/// The condition of this type.
pub fn condition<'a>(pod: &'a Pod, type_: &str) -> Option<&'a PodCondition> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// Since when the condition has that status, if it has and tells.
fn since(pod: &Pod, type_: &str, status: &str) -> Option<Timestamp> {
    let condition = condition(pod, type_).filter(|condition| condition.status == status)?;
    condition.last_transition_time.as_ref().map(|time| time.0)
}

/// [`DISRUPTION_TARGET`], for a patch of the pod's status. As upstream's UpdatePodCondition has it, one that gets but
/// another reason keeps its time.
pub fn disrupted(pod: &Pod, reason: &str, message: &str, now: Timestamp) -> Value {
    let since = since(pod, DISRUPTION_TARGET, "True").unwrap_or(now);
    json!({
        "type": DISRUPTION_TARGET,
        "status": "True",
        "reason": reason,
        "message": message,
        "observedGeneration": pod.metadata.generation,
        "lastTransitionTime": Time(since),
    })
}

/// Condition Ready is True.
pub fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready").is_some_and(|ready| ready.status == "True")
}

/// Since when the pod has been ready.
pub fn ready_since(pod: &Pod) -> Option<Timestamp> {
    since(pod, "Ready", "True")
}

/// The node it is bound to, `""` when none.
pub fn node_name(pod: &Pod) -> &str {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.node_name.as_deref())
        .unwrap_or_default()
}

/// Statuses of regular containers.
pub fn container_statuses(pod: &Pod) -> &[ContainerStatus] {
    let statuses = pod
        .status
        .as_ref()
        .and_then(|status| status.container_statuses.as_deref());
    statuses.unwrap_or_default()
}

/// Statuses of init containers.
pub fn init_container_statuses(pod: &Pod) -> &[ContainerStatus] {
    let statuses = pod
        .status
        .as_ref()
        .and_then(|status| status.init_container_statuses.as_deref());
    statuses.unwrap_or_default()
}

/// Statuses of sidecars: init containers that restart for as long as the pod lives.
pub fn sidecar_statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let sidecars = sidecar_names(pod);
    let statuses = init_container_statuses(pod).iter();
    statuses.filter(move |status| sidecars.contains(&status.name.as_str()))
}

/// When the pod ended (JOB-46).
pub fn finished_at(pod: &Pod) -> Timestamp {
    containers_finished_at(pod)
        .or_else(|| unready_since(pod))
        .or_else(|| deletion_began_at(pod))
        .or_else(|| pod.metadata.creation_timestamp.as_ref().map(|time| time.0))
        .unwrap_or(Timestamp::MIN)
}

/// The latest finishedAt, when all regular containers and sidecars have one.
fn containers_finished_at(pod: &Pod) -> Option<Timestamp> {
    let mut latest = None;
    for status in container_statuses(pod).iter().chain(sidecar_statuses(pod)) {
        let terminated = status.state.as_ref()?.terminated.as_ref()?;
        let at = terminated.finished_at.as_ref()?.0;
        latest = latest.max(Some(at));
    }
    latest
}

fn sidecar_names(pod: &Pod) -> Vec<&str> {
    let inits = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.init_containers.as_deref());
    let inits = inits.unwrap_or_default().iter();
    let restartable = inits.filter(|init| init.restart_policy.as_deref() == Some("Always"));
    restartable.map(|init| init.name.as_str()).collect()
}

fn unready_since(pod: &Pod) -> Option<Timestamp> {
    since(pod, "Ready", "False")
}

fn deletion_began_at(pod: &Pod) -> Option<Timestamp> {
    let ends = pod.metadata.deletion_timestamp.as_ref()?.0;
    let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
    ends.checked_sub(SignedDuration::from_secs(grace)).ok()
}

/// A pod as a controller creates it: the template's labels, annotations and finalizers, its spec, and
/// the owner (JOB-21, DS-12).
pub fn from_template(
    template: &PodTemplateSpec,
    namespace: &str,
    generate_name: String,
    owner: OwnerReference,
) -> Pod {
    let meta = template.metadata.clone().unwrap_or_default();
    Pod {
        metadata: ObjectMeta {
            generate_name: Some(generate_name),
            namespace: Some(namespace.to_owned()),
            labels: meta.labels,
            annotations: meta.annotations,
            finalizers: meta.finalizers,
            owner_references: Some(vec![owner]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ev_02_a_condition_that_gets_another_reason_keeps_its_time() {
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let minute = SignedDuration::from_mins(1);
        let said = |type_: &str, status: &str| json!([{"type": type_, "status": status, "lastTransitionTime": (noon - minute).to_string()}]);
        let rows: [(&str, Value, Timestamp); 4] = [
            ("nothing was said", json!([]), noon),
            ("it was so", said(DISRUPTION_TARGET, "True"), noon - minute),
            ("it was not so", said(DISRUPTION_TARGET, "False"), noon),
            ("something else was", said("Ready", "True"), noon),
        ];
        for (why, conditions, want) in rows {
            let pod = json!({"metadata": {}, "status": {"conditions": conditions}});
            let pod: Pod = serde_json::from_value(pod).expect("a literal pod");
            let told = disrupted(&pod, "another", "m", noon);
            assert_eq!(told["lastTransitionTime"], json!(Time(want)), "{why}");
            assert_eq!(told["reason"], "another", "{why}");
        }
    }
}
