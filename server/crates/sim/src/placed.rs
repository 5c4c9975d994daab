//! Where the pods of a DaemonSet are, whatever its status says of it.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;

use crate::mirror::Mirror;
use crate::scene::{is_active, is_ready, pod_node};

/// What nodes are tainted with for their conditions, which daemons tolerate (DS-03).
const OF_CONDITIONS: &str = "node.kubernetes.io/";

/// A node that has not one ready pod of the DaemonSet where it should, or has one where it should not.
pub(crate) fn misplaced(daemonset: &DaemonSet, mirror: &Mirror) -> Option<String> {
    let name = daemonset.name_any();
    let pods = mirror.controlled_by::<Pod>(&daemonset.uid().unwrap_or_default());
    mirror.nodes.values().find_map(|node| {
        let node_name = node.name_any();
        let is_here = |pod: &&Pod| is_active(pod) && pod_node(pod).as_ref() == Some(&node_name);
        let here: Vec<&Pod> = pods.iter().map(AsRef::as_ref).filter(is_here).collect();
        let ready = here.iter().filter(|pod| is_ready(pod)).count();
        let wanted = usize::from(is_meant_for(daemonset, node));
        let there = here.len();
        let right = there == wanted && ready == wanted;
        (!right).then(|| {
            format!(
                "DaemonSet misplaced: {name} has {there} on {node_name}, {ready} ready, of {wanted}"
            )
        })
    })
}

/// DS-01, of what the workload makes: a node selector, and no tolerations of its own.
fn is_meant_for(daemonset: &DaemonSet, node: &Node) -> bool {
    let template = daemonset.spec.as_ref().map(|spec| &spec.template);
    let pod = template.and_then(|template| template.spec.as_ref());
    let selector = pod.and_then(|pod| pod.node_selector.as_ref());
    let mut selector = selector.into_iter().flatten();
    let chosen = selector.all(|(label, value)| node.labels().get(label) == Some(value));
    let spec = node.spec.as_ref();
    let mut taints = spec
        .into_iter()
        .flat_map(|spec| spec.taints.iter().flatten());
    let barred = taints.any(|taint| {
        let of_a_person = !taint.key.starts_with(OF_CONDITIONS);
        of_a_person && taint.effect != "PreferNoSchedule"
    });
    chosen && !barred
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::mirror::put;
    use crate::sim::EPOCH;

    fn node(disk: &str, taints: Value) -> Value {
        json!({
            "metadata": {"name": "node-1", "labels": {"disk": disk}}, "spec": {"taints": taints},
        })
    }

    fn pod(name: &str, ready: &str) -> Value {
        let owner = json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "agent",
            "controller": true,
        });
        json!({
            "metadata": {"name": name, "uid": name, "ownerReferences": [owner]},
            "spec": {"nodeName": "node-1", "containers": []},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]},
        })
    }

    #[test]
    fn ds_01_each_node_has_what_it_should() {
        let taint = |key: &str, effect: &str| json!([{"key": key, "effect": effect}]);
        let plain = || node("ssd", json!(null));
        let ready = || pod("a", "True");
        let mut leaving = pod("b", "True");
        leaving["metadata"]["deletionTimestamp"] = json!(EPOCH);
        let mut another = ready();
        another["metadata"]["ownerReferences"][0]["uid"] = json!("before");
        let rows = [
            ("one that is ready", plain(), vec![ready()], true),
            ("none", plain(), vec![], false),
            (
                "one that is not ready",
                plain(),
                vec![pod("a", "False")],
                false,
            ),
            ("two", plain(), vec![ready(), pod("b", "True")], false),
            ("two, and one goes", plain(), vec![ready(), leaving], true),
            (
                "one of an earlier DaemonSet's",
                plain(),
                vec![another],
                false,
            ),
            (
                "none where none is wanted",
                node("hdd", json!(null)),
                vec![],
                true,
            ),
            (
                "one where none is wanted",
                node("hdd", json!(null)),
                vec![ready()],
                false,
            ),
            (
                "none where a person wants none",
                node("ssd", taint("own", "NoSchedule")),
                vec![],
                true,
            ),
            (
                "one there",
                node("ssd", taint("own", "NoExecute")),
                vec![ready()],
                false,
            ),
            (
                "none where a person would rather have none",
                node("ssd", taint("own", "PreferNoSchedule")),
                vec![],
                false,
            ),
            (
                "none on a node that is not well",
                node("ssd", taint("node.kubernetes.io/unreachable", "NoExecute")),
                vec![],
                false,
            ),
        ];
        let daemonset = json!({
            "metadata": {"name": "agent", "uid": "agent"},
            "spec": {"selector": {}, "template": {"spec": {"nodeSelector": {"disk": "ssd"}, "containers": []}}},
        });
        let daemonset: DaemonSet = serde_json::from_value(daemonset).expect("a literal DaemonSet");
        for (why, node, pods, right) in rows {
            let mut mirror = Mirror::default();
            put::<Node>(&mut mirror, node);
            for pod in pods {
                put::<Pod>(&mut mirror, pod);
            }
            assert_eq!(misplaced(&daemonset, &mirror).is_none(), right, "{why}");
        }
    }
}
