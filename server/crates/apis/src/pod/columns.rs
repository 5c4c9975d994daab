//! The table of pods (PR-13).

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use crate::conditions;
use crate::pod_status::{phase, ready_containers, restarts_text, status_word, total_containers};
use crate::print::{age, age_cell, cell, name, none_if_empty, string_column, wide};
use crate::{Column, Printed};

pub(super) const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Ready",
        "The aggregate readiness state of this pod for accepting traffic.",
    ),
    string_column(
        "Status",
        "The aggregate status of the containers in this pod.",
    ),
    string_column(
        "Restarts",
        "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    ),
    age(),
    wide(
        "IP",
        "podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.",
    ),
    wide(
        "Node",
        "NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName. Once this field is set, the kubelet for this node becomes responsible for the lifecycle of this pod. This field should not be used to express a desire for the pod to be scheduled on a specific node. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",
    ),
    wide(
        "Nominated Node",
        "nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.",
    ),
    wide(
        "Readiness Gates",
        "If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to \"True\" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates",
    ),
];

pub(super) fn print(pod: &Pod, now: Timestamp) -> Printed {
    let status = pod.status.as_ref();
    let ips = status
        .and_then(|status| status.pod_ips.as_ref())
        .and_then(|ips| ips.first());
    let ip = ips
        .map(|ip| ip.ip.clone())
        .or_else(|| status.and_then(|status| status.pod_ip.clone()));
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let nominated = status.and_then(|status| status.nominated_node_name.clone());
    Printed {
        cells: vec![
            cell(pod.metadata.name.clone().unwrap_or_default()),
            cell(format!(
                "{}/{}",
                ready_containers(pod),
                total_containers(pod)
            )),
            cell(status_word(pod)),
            cell(restarts_text(pod, now)),
            age_cell(&pod.metadata, now),
            cell(none_if_empty(ip.unwrap_or_default())),
            cell(none_if_empty(node.unwrap_or_default())),
            cell(none_if_empty(nominated.unwrap_or_default())),
            cell(readiness_gates(pod)),
        ],
        conditions: row_conditions(pod),
    }
}

/// `true/total`; `<none>` without gates.
fn readiness_gates(pod: &Pod) -> String {
    let gates = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.readiness_gates.as_deref())
        .unwrap_or_default();
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let conditions = pod
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let open = gates
        .iter()
        .filter(|gate| conditions::is_true(conditions, &gate.condition_type));
    format!("{}/{}", open.count(), gates.len())
}

/// A finished pod's row says so, so that clients can dim or hide it.
fn row_conditions(pod: &Pod) -> Vec<serde_json::Value> {
    let message = match phase(pod) {
        "Succeeded" => "The pod has completed successfully.",
        "Failed" => "The pod failed.",
        _ => return Vec::new(),
    };
    vec![json!({"type": "Completed", "status": "True", "reason": phase(pod), "message": message})]
}
