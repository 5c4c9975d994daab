//! The tolerations that every daemon pod has (DS-03).

use k8s_openapi::api::core::v1::{PodSpec, Toleration};

/// Key and effect of each; a node's troubles are no reason to stop what looks after the node.
const ALWAYS: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];
/// Pods on the host's network do not wait for the pods' network.
const ON_HOST_NETWORK: (&str, &str) = ("node.kubernetes.io/network-unavailable", "NoSchedule");

/// Adds the automatic tolerations to a daemon pod's spec.
pub fn add_automatic(spec: &mut PodSpec) {
    let on_host_network = (spec.host_network == Some(true)).then_some(ON_HOST_NETWORK);
    for (key, effect) in ALWAYS.into_iter().chain(on_host_network) {
        add(spec.tolerations.get_or_insert_default(), key, effect);
    }
}

/// An equal one is overwritten in place, so that it lasts for ever.
fn add(tolerations: &mut Vec<Toleration>, key: &str, effect: &str) {
    let automatic = Toleration {
        key: Some(key.to_owned()),
        operator: Some("Exists".to_owned()),
        effect: Some(effect.to_owned()),
        ..Toleration::default()
    };
    let mut found = false;
    for given in tolerations.iter_mut().filter(|t| is_same(t, &automatic)) {
        *given = automatic.clone();
        found = true;
    }
    if !found {
        tolerations.push(automatic);
    }
}

/// Upstream's `MatchToleration`: everything but the seconds.
fn is_same(a: &Toleration, b: &Toleration) -> bool {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let fields = |t: &Toleration| {
        let (key, effect) = (text(&t.key), text(&t.effect));
        (key, effect, text(&t.operator), text(&t.value))
    };
    fields(a) == fields(b)
}
