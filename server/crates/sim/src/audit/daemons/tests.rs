//! Too many pods of a DaemonSet, put before the rules by hand.

use orrery_store::ChangeKind::Put;
use serde_json::{Value, json};

use super::{ONE, ONE_OF_A_KIND};
use crate::audit::histories::judged;
use crate::sim::EPOCH;

fn daemonset(max_surge: Value) -> Value {
    json!({
        "kind": "DaemonSet", "metadata": {"name": "agent", "uid": "agent"},
        "spec": {
            "selector": {}, "template": {},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": max_surge}},
        },
    })
}

fn pod(name: &str, node: &str, revision: &str) -> Value {
    let owner = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "agent",
        "controller": true,
    });
    json!({
        "kind": "Pod",
        "metadata": {
            "name": name, "uid": name, "ownerReferences": [owner],
            "labels": {"controller-revision-hash": revision},
        },
        "spec": {"nodeName": node, "containers": []}, "status": {"phase": "Running"},
    })
}

fn ended(mut pod: Value) -> Value {
    pod["status"]["phase"] = json!("Failed");
    pod
}

fn leaving(mut pod: Value) -> Value {
    pod["metadata"]["deletionTimestamp"] = json!(EPOCH);
    pod
}

/// Not bound yet (DS-10).
fn waiting(mut pod: Value) -> Value {
    let node = pod["spec"]["nodeName"].take();
    let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let terms = json!({"nodeSelectorTerms": [{"matchFields": [field]}]});
    let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": terms});
    pod["spec"]["affinity"] = json!({"nodeAffinity": required});
    pod
}

#[test]
fn one_on_a_node_and_two_of_different_revisions_where_it_surges() {
    let (none, one, no_share) = (json!(0), json!(1), json!("0%"));
    let (a, b) = (|| pod("a", "node-1", "old"), || pod("b", "node-1", "new"));
    let rows = [
        (
            "one on each node",
            &none,
            vec![a(), pod("b", "node-2", "old")],
            vec![],
        ),
        ("two on one", &none, vec![a(), b()], vec![ONE]),
        (
            "beside one that has ended",
            &none,
            vec![ended(a()), b()],
            vec![],
        ),
        (
            "beside one on its way out",
            &none,
            vec![leaving(a()), b()],
            vec![ONE],
        ),
        (
            "beside one that waits for the node",
            &none,
            vec![waiting(a()), waiting(b())],
            vec![ONE],
        ),
        ("a new one beside the old one", &one, vec![a(), b()], vec![]),
        (
            "beside one of its own revision",
            &one,
            vec![a(), pod("b", "node-1", "old")],
            vec![ONE_OF_A_KIND],
        ),
        (
            "which is on its way out",
            &one,
            vec![leaving(a()), pod("b", "node-1", "old")],
            vec![],
        ),
        (
            "a third",
            &one,
            vec![a(), b(), pod("c", "node-1", "newest")],
            vec![ONE],
        ),
        ("no share is no surge", &no_share, vec![a(), b()], vec![ONE]),
    ];
    for (why, max_surge, pods, expected) in rows {
        let pods = pods.into_iter().map(|pod| (1, Put, pod));
        let history: Vec<_> = [(0, Put, daemonset(max_surge.clone()))]
            .into_iter()
            .chain(pods)
            .collect();
        assert_eq!(judged(&history), expected, "{why}");
    }
}

#[test]
fn a_surge_that_was_taken_back_may_still_be_acted_on_for_a_moment() {
    for (secs, expected) in [(55, vec![]), (65, vec![ONE])] {
        let history = [
            (0, Put, daemonset(json!(1))),
            (0, Put, pod("a", "node-1", "old")),
            (50, Put, daemonset(json!(0))),
            (secs, Put, pod("b", "node-1", "new")),
        ];
        assert_eq!(judged(&history), expected, "after {secs} s");
    }
}
