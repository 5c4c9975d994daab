//! The table of DaemonSets (PR-12).

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::DaemonSet;
use serde_json::json;

use crate::print::{
    age, age_cell, cell, containers, integer, label_selector_text, labels_text, name,
    string_column, wide,
};
use crate::{Column, Printed};

pub(super) const COLUMNS: &[Column] = &[
    name(),
    integer(
        "Desired",
        "The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
    ),
    integer(
        "Current",
        "The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
    ),
    integer(
        "Ready",
        "numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.",
    ),
    integer(
        "Up-to-date",
        "The total number of nodes that are running updated daemon pod",
    ),
    integer(
        "Available",
        "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)",
    ),
    string_column(
        "Node Selector",
        "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
    ),
    age(),
    wide("Containers", "Names of each container in the template."),
    wide(
        "Images",
        "Images referenced by each container in the template.",
    ),
    wide(
        "Selector",
        "A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

pub(super) fn print(daemon_set: &DaemonSet, now: Timestamp) -> Printed {
    let spec = daemon_set.spec.as_ref();
    let pod = spec.and_then(|spec| spec.template.spec.as_ref());
    let status = daemon_set.status.clone().unwrap_or_default();
    let [names, images] = containers(pod.map(|pod| pod.containers.as_slice()).unwrap_or_default());
    Printed {
        cells: vec![
            cell(daemon_set.metadata.name.clone().unwrap_or_default()),
            json!(status.desired_number_scheduled),
            json!(status.current_number_scheduled),
            json!(status.number_ready),
            json!(status.updated_number_scheduled.unwrap_or_default()),
            json!(status.number_available.unwrap_or_default()),
            cell(labels_text(pod.and_then(|pod| pod.node_selector.as_ref()))),
            age_cell(&daemon_set.metadata, now),
            names,
            images,
            cell(label_selector_text(spec.map(|spec| &spec.selector))),
        ],
        conditions: Vec::new(),
    }
}
