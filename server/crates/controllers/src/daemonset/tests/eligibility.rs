use k8s_openapi::api::core::v1::{Node, PodSpec};
use orrery_apis::daemon_set::add_automatic;
use serde_json::{Value, json};

use super::super::eligibility::{Eligibility, Verdict};
use super::super::spec::Spec;
use super::scene::{daemonset, node, with};

#[test]
fn ds_01_02_nodes_a_daemonset_is_meant_for() {
    let tainted = |key, effect| node("a", &[(key, effect)]);
    let labelled = |key: &str| {
        with(
            node("a", &[]),
            json!({"metadata": {"labels": {key: "yes"}}}),
        )
    };
    let required = |term: Value| json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}});
    let tolerating = |effect: &str| json!({"tolerations": [{"key": "k", "operator": "Exists", "effect": effect}]});
    let rows = [
        (
            "DS-01 any node will do",
            json!({}),
            node("a", &[]),
            true,
            true,
        ),
        (
            "DS-01a the node it names",
            json!({"nodeName": "a"}),
            node("a", &[]),
            true,
            true,
        ),
        (
            "DS-01a another node than it names",
            json!({"nodeName": "b"}),
            node("a", &[]),
            false,
            false,
        ),
        (
            "DS-01b selected",
            json!({"nodeSelector": {"gpu": "yes"}}),
            labelled("gpu"),
            true,
            true,
        ),
        (
            "DS-01b not selected",
            json!({"nodeSelector": {"gpu": "yes"}}),
            node("a", &[]),
            false,
            false,
        ),
        (
            "DS-01b required by label",
            required(json!({"matchExpressions": [{"key": "gpu", "operator": "Exists"}]})),
            node("a", &[]),
            false,
            false,
        ),
        (
            "DS-01b required by label, and it has it",
            required(
                json!({"matchExpressions": [{"key": "gpu", "operator": "In", "values": ["yes"]}]}),
            ),
            labelled("gpu"),
            true,
            true,
        ),
        (
            "DS-01b selected, and required to be another",
            json!({
                "nodeSelector": {"gpu": "yes"},
                "affinity": required(json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]}))["affinity"],
            }),
            labelled("gpu"),
            false,
            false,
        ),
        (
            "DS-01b required by field",
            required(
                json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}),
            ),
            node("a", &[]),
            true,
            true,
        ),
        (
            "DS-01c NoSchedule lets what runs go on",
            json!({}),
            tainted("k", "NoSchedule"),
            false,
            true,
        ),
        (
            "DS-01c NoExecute does not",
            json!({}),
            tainted("k", "NoExecute"),
            false,
            false,
        ),
        (
            "DS-01c PreferNoSchedule is ignored",
            json!({}),
            tainted("k", "PreferNoSchedule"),
            true,
            true,
        ),
        (
            "DS-01c NoExecute beside a NoSchedule that is tolerated",
            tolerating("NoSchedule"),
            node("a", &[("k", "NoSchedule"), ("k", "NoExecute")]),
            false,
            false,
        ),
        (
            "DS-01c NoSchedule beside a NoExecute that is tolerated",
            tolerating("NoExecute"),
            node("a", &[("k", "NoSchedule"), ("k", "NoExecute")]),
            false,
            true,
        ),
        (
            "DS-01c tolerated",
            tolerating("NoExecute"),
            tainted("k", "NoExecute"),
            true,
            true,
        ),
        (
            "DS-01c tolerates the wrong effect",
            tolerating("NoSchedule"),
            tainted("k", "NoExecute"),
            false,
            false,
        ),
        (
            "DS-02 a cordon's taint is tolerated, the cordon itself not looked at",
            json!({}),
            with(
                tainted("node.kubernetes.io/unschedulable", "NoSchedule"),
                json!({"spec": {"unschedulable": true}}),
            ),
            true,
            true,
        ),
        (
            "DS-02 a node that is gone for the moment",
            json!({}),
            tainted("node.kubernetes.io/unreachable", "NoExecute"),
            true,
            true,
        ),
        (
            "DS-02 ports, resources and pod affinity are the scheduler's",
            json!({"containers": [{"name": "main", "ports": [{"containerPort": 1, "hostPort": 1}], "resources": {"requests": {"cpu": "999"}}}]}),
            node("a", &[]),
            true,
            true,
        ),
        (
            "DS-03 no pod network",
            json!({}),
            tainted("node.kubernetes.io/network-unavailable", "NoSchedule"),
            false,
            true,
        ),
        (
            "DS-03 no pod network, and none needed",
            json!({"hostNetwork": true}),
            tainted("node.kubernetes.io/network-unavailable", "NoSchedule"),
            true,
            true,
        ),
    ];
    for (why, template, node, should_run, should_continue) in rows {
        let daemonset = daemonset(json!({"spec": {"template": {"spec": template}}}));
        let node: Node = serde_json::from_value(node).expect("a literal Node");
        let want = Verdict {
            should_run,
            should_continue,
        };
        let spec = Spec::of(&daemonset).expect("it has a spec");
        assert_eq!(Eligibility::of(spec).judge(&node), want, "{why}");
    }
}

#[test]
fn ds_03_automatic_tolerations() {
    let keys = |given: Value| {
        let mut spec: PodSpec = serde_json::from_value(given).expect("a literal spec");
        add_automatic(&mut spec);
        let told = spec.tolerations.into_iter().flatten().map(|t| {
            let exists = t.operator.as_deref() == Some("Exists") && t.value.is_none();
            assert!(
                exists || t.toleration_seconds.is_some(),
                "ours exist: {t:?}"
            );
            let key = t.key.unwrap_or_default().replace("node.kubernetes.io/", "");
            let seconds = t
                .toleration_seconds
                .map(|s| format!(" for {s}s"))
                .unwrap_or_default();
            format!("{key}:{}{seconds}", t.effect.unwrap_or_default())
        });
        told.collect::<Vec<_>>()
    };
    let all = [
        "not-ready:NoExecute",
        "unreachable:NoExecute",
        "disk-pressure:NoSchedule",
        "memory-pressure:NoSchedule",
        "pid-pressure:NoSchedule",
        "unschedulable:NoSchedule",
    ];
    let unreachable = |operator: &str| {
        json!({"containers": [], "tolerations": [
            {"key": "node.kubernetes.io/unreachable", "operator": operator, "effect": "NoExecute", "tolerationSeconds": 5},
        ]})
    };
    assert_eq!(keys(json!({"containers": []})), all, "all, in order");
    assert_eq!(
        keys(json!({"containers": [], "hostNetwork": true}))[6..],
        ["network-unavailable:NoSchedule"],
        "one more on the host's network"
    );
    let overwritten = keys(unreachable("Exists"));
    assert_eq!(overwritten.len(), 6, "an equal one is overwritten");
    assert_eq!(
        overwritten[0], "unreachable:NoExecute",
        "in place, without its seconds"
    );
    let kept = keys(unreachable("Equal"));
    assert_eq!(
        kept.len(),
        7,
        "another operator makes it another toleration"
    );
    assert_eq!(kept[0], "unreachable:NoExecute for 5s", "which is kept");
    let any_effect = json!({"containers": [], "tolerations": [
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists"},
    ]});
    let kept = keys(any_effect);
    assert_eq!(kept.len(), 7, "so does another effect");
    assert_eq!(kept[0], "unreachable:");
}
