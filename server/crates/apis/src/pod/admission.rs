//! What upstream's admission plugins give every new pod: service account, priority and the two
//! default tolerations. Absent: the volume with the account's token, and classes of priority beyond the
//! built-in two, which need a lookup and are the API server's.

use k8s_openapi::api::core::v1::{Pod, PodSpec, Toleration};

use super::ephemeral::MIRROR;

/// Pods that a node needs to work at all.
pub const SYSTEM_NODE_CRITICAL: &str = "system-node-critical";
/// Pods that the cluster needs to work at all.
pub const SYSTEM_CLUSTER_CRITICAL: &str = "system-cluster-critical";

/// How long pods stay on a node that vanished (`DefaultTolerationSeconds`).
const NODE_LOSS_TOLERATION_SECS: i64 = 300;

pub(super) fn admit(pod: &mut Pod) {
    let annotations = pod.metadata.annotations.as_ref();
    let is_mirror = annotations.is_some_and(|annotations| annotations.contains_key(MIRROR));
    let spec = pod.spec.get_or_insert_default();
    if !is_mirror {
        admit_service_account(spec);
    }
    admit_priority(spec);
    for key in [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ] {
        tolerate_node_loss(spec, key);
    }
}

fn admit_service_account(spec: &mut PodSpec) {
    let name = spec
        .service_account_name
        .take()
        .filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "default".to_owned());
    spec.service_account_name = Some(name.clone());
    spec.service_account = Some(name);
}

/// The priority of a built-in class.
pub fn priority_of_class(name: &str) -> Option<i32> {
    match name {
        SYSTEM_NODE_CRITICAL => Some(2_000_001_000),
        SYSTEM_CLUSTER_CRITICAL => Some(2_000_000_000),
        "" => Some(0),
        _ => None,
    }
}

fn admit_priority(spec: &mut PodSpec) {
    let class = spec.priority_class_name.as_deref().unwrap_or_default();
    if let Some(priority) = priority_of_class(class) {
        spec.priority.get_or_insert(priority);
    }
    spec.preemption_policy
        .get_or_insert_with(|| "PreemptLowerPriority".to_owned());
}

fn tolerate_node_loss(spec: &mut PodSpec, key: &str) {
    let tolerations = spec.tolerations.get_or_insert_default();
    let given = tolerations.iter().any(|toleration| {
        let (t_key, effect) = (toleration.key.as_deref(), toleration.effect.as_deref());
        let same_key = t_key.is_none_or(|t_key| t_key.is_empty() || t_key == key);
        same_key && effect.is_none_or(|effect| effect.is_empty() || effect == "NoExecute")
    });
    if !given {
        tolerations.push(Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            effect: Some("NoExecute".to_owned()),
            toleration_seconds: Some(NODE_LOSS_TOLERATION_SECS),
            value: None,
        });
    }
}
