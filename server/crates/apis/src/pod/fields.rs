//! Selectable fields of pods (K-39).

use k8s_openapi::api::core::v1::Pod;

pub(super) const LABELS: &[&str] = &[
    "spec.nodeName",
    "spec.host",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
];

pub(super) fn values(pod: &Pod) -> Vec<(&'static str, String)> {
    let spec = pod.spec.as_ref();
    let status = pod.status.as_ref();
    let node = spec
        .and_then(|spec| spec.node_name.clone())
        .unwrap_or_default();
    let ip = status
        .and_then(|status| status.pod_ip.clone())
        .unwrap_or_default();
    let host_network = spec.and_then(|spec| spec.host_network).unwrap_or_default();
    let of_spec = |text: Option<&String>| text.cloned().unwrap_or_default();
    vec![
        ("spec.nodeName", node.clone()),
        ("spec.host", node),
        (
            "spec.restartPolicy",
            of_spec(spec.and_then(|s| s.restart_policy.as_ref())),
        ),
        (
            "spec.schedulerName",
            of_spec(spec.and_then(|s| s.scheduler_name.as_ref())),
        ),
        (
            "spec.serviceAccountName",
            of_spec(spec.and_then(|s| s.service_account_name.as_ref())),
        ),
        ("spec.hostNetwork", host_network.to_string()),
        (
            "status.phase",
            of_spec(status.and_then(|s| s.phase.as_ref())),
        ),
        ("status.podIP", ip),
        // a label that upstream knows, without a value
        ("status.podIPs", String::new()),
        (
            "status.nominatedNodeName",
            of_spec(status.and_then(|s| s.nominated_node_name.as_ref())),
        ),
    ]
}
