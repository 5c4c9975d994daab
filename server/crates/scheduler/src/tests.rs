//! One table: a pod, the nodes and pods that are there, and where it goes or why nowhere.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};
use orrery_informer::ObjectKey;
use serde_json::{Value, json};

use crate::{Cluster, Decision, decide};

fn node(name: &str, change: Value) -> Node {
    let mut node = json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "zone": "a"}},
        "spec": {},
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "3"}},
    });
    json_patch::merge(&mut node, &change);
    serde_json::from_value(node).expect("a node")
}

fn pod(name: &str, spec: Value) -> Pod {
    let mut pod = json!({
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "pause"}]},
    });
    json_patch::merge(&mut pod, &json!({ "spec": spec }));
    serde_json::from_value(pod).expect("a pod")
}

fn asks(cpu: &str) -> Value {
    json!({"containers": [{"name": "c", "image": "pause", "resources": {"requests": {"cpu": cpu}}}]})
}

fn host_port(port: i32, address: &str) -> Value {
    let port = json!({"containerPort": 80, "hostPort": port, "hostIP": address});
    json!({"containers": [{"name": "c", "image": "pause", "ports": [port]}]})
}

fn affinity(kind: &str, app: &str) -> Value {
    let term = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": app}}});
    json!({"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}})
}

struct Case {
    why: &'static str,
    nodes: Vec<Node>,
    placed: Vec<(&'static str, Pod)>,
    pod: Pod,
    expect: Result<&'static str, &'static str>,
}

fn three_nodes() -> Vec<Node> {
    ["node-1", "node-2", "node-3"]
        .map(|name| node(name, json!({})))
        .to_vec()
}

fn cases() -> Vec<Case> {
    let tainted =
        json!({"spec": {"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]}});
    let soft = json!({"spec": {"taints": [{"key": "gpu", "effect": "PreferNoSchedule"}]}});
    let only = |name: &str| {
        let field = json!({"key": "metadata.name", "operator": "In", "values": [name]});
        let terms = json!([{"matchFields": [field]}]);
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}})
    };
    vec![
        Case {
            why: "an empty cluster says so",
            nodes: vec![],
            placed: vec![],
            pod: pod("p", json!({})),
            expect: Err("no nodes available to schedule pods"),
        },
        Case {
            why: "among equals the emptier node, then the first by name",
            nodes: three_nodes(),
            placed: vec![("node-1", pod("a", json!({})))],
            pod: pod("p", json!({})),
            expect: Ok("node-2"),
        },
        Case {
            why: "nodeSelector limits the nodes",
            nodes: vec![
                node("node-1", json!({})),
                node("node-2", json!({"metadata": {"labels": {"disk": "ssd"}}})),
            ],
            placed: vec![],
            pod: pod("p", json!({"nodeSelector": {"disk": "ssd"}})),
            expect: Ok("node-2"),
        },
        Case {
            why: "a selector that no node has",
            nodes: three_nodes(),
            placed: vec![],
            pod: pod("p", json!({"nodeSelector": {"disk": "ssd"}})),
            expect: Err(
                "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
            ),
        },
        Case {
            why: "each node is accounted for, reasons in the order of their text",
            nodes: vec![
                node("node-1", tainted.clone()),
                node("node-2", json!({"status": {"allocatable": {"cpu": "4"}}})),
                node("node-3", json!({"spec": {"unschedulable": true}})),
            ],
            placed: vec![("node-2", pod("a", asks("3")))],
            pod: pod("p", asks("2")),
            expect: Err(
                "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
            ),
        },
        Case {
            why: "a toleration opens a tainted node",
            nodes: vec![node("node-1", tainted)],
            placed: vec![],
            pod: pod(
                "p",
                json!({"tolerations": [{"key": "gpu", "operator": "Exists"}]}),
            ),
            expect: Ok("node-1"),
        },
        Case {
            why: "a taint that evicts keeps newcomers away, too",
            nodes: vec![
                node(
                    "node-1",
                    json!({"spec": {"taints": [{"key": "gpu", "effect": "NoExecute"}]}}),
                ),
                node("node-2", json!({})),
            ],
            placed: vec![("node-2", pod("a", json!({})))],
            pod: pod("p", json!({})),
            expect: Ok("node-2"),
        },
        Case {
            why: "who tolerates a cordon's taint goes to a cordoned node (DS-03)",
            nodes: vec![node("node-1", json!({"spec": {"unschedulable": true}}))],
            placed: vec![],
            pod: pod(
                "p",
                json!({"tolerations": [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}]}),
            ),
            expect: Ok("node-1"),
        },
        Case {
            why: "a node that is preferred comes before an emptier one",
            nodes: vec![
                node("node-1", json!({})),
                node("node-2", json!({"metadata": {"labels": {"disk": "ssd"}}})),
            ],
            placed: vec![("node-2", pod("a", asks("1")))],
            pod: {
                let ssd = json!({"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]});
                let preferred = json!([{"weight": 1, "preference": ssd}]);
                pod(
                    "p",
                    json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}}),
                )
            },
            expect: Ok("node-2"),
        },
        Case {
            why: "a soft taint is avoided, not refused",
            nodes: vec![node("node-1", soft), node("node-2", json!({}))],
            placed: vec![("node-2", pod("a", json!({})))],
            pod: pod("p", json!({})),
            expect: Ok("node-2"),
        },
        Case {
            why: "two pods cannot hold one hostPort on one node; 0.0.0.0 overlaps every address",
            nodes: vec![node("node-1", json!({}))],
            placed: vec![("node-1", pod("a", host_port(18080, "127.0.1.1")))],
            pod: pod("p", host_port(18080, "")),
            expect: Err(
                "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
            ),
        },
        Case {
            why: "another node's port is free",
            nodes: three_nodes(),
            placed: vec![("node-1", pod("a", host_port(18080, "")))],
            pod: pod("p", host_port(18080, "")),
            expect: Ok("node-2"),
        },
        Case {
            why: "a node takes as many pods as it says",
            nodes: vec![node(
                "node-1",
                json!({"status": {"allocatable": {"pods": "1"}}}),
            )],
            placed: vec![("node-1", pod("a", json!({})))],
            pod: pod("p", json!({})),
            expect: Err(
                "0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
            ),
        },
        Case {
            why: "a daemon's pod goes to the node it names (DS-10)",
            nodes: three_nodes(),
            placed: vec![],
            pod: pod("p", only("node-3")),
            expect: Ok("node-3"),
        },
        Case {
            why: "a daemon's pod whose node is full: the other nodes were not asked (DS-10)",
            nodes: three_nodes(),
            placed: vec![("node-3", pod("a", asks("2")))],
            pod: {
                let mut spec = only("node-3");
                json_patch::merge(&mut spec, &asks("1"));
                pod("p", spec)
            },
            expect: Err(
                "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
            ),
        },
        Case {
            why: "a daemon's pod whose node does not exist (DS-10)",
            nodes: three_nodes(),
            placed: vec![],
            pod: pod("p", only("node-4")),
            expect: Err(
                "0/3 nodes are available: 3 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
            ),
        },
        Case {
            why: "a node with two reasons, both final, is one node that preemption does not help",
            nodes: vec![
                node(
                    "node-1",
                    json!({"status": {"allocatable": {"cpu": "1", "memory": "1Gi"}}}),
                ),
                node("node-2", json!({})),
            ],
            placed: vec![("node-2", pod("a", asks("1")))],
            pod: pod(
                "p",
                json!({"containers": [{"name": "c", "image": "pause", "resources": {"requests": {"cpu": "2", "memory": "2Gi"}}}]}),
            ),
            expect: Err(
                "0/2 nodes are available: 1 Insufficient memory, 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
            ),
        },
        Case {
            why: "anti-affinity keeps a zone apart",
            nodes: vec![
                node("node-1", json!({})),
                node("node-2", json!({"metadata": {"labels": {"zone": "b"}}})),
            ],
            placed: vec![("node-1", pod("web", json!({})))],
            pod: pod("p", affinity("podAntiAffinity", "web")),
            expect: Ok("node-2"),
        },
        Case {
            why: "a placed pod's anti-affinity holds against newcomers",
            nodes: vec![node("node-1", json!({}))],
            placed: vec![("node-1", pod("web", affinity("podAntiAffinity", "p")))],
            pod: pod("p", json!({})),
            expect: Err(
                "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
            ),
        },
        Case {
            why: "affinity follows the pod it names",
            nodes: vec![
                node("node-1", json!({})),
                node("node-2", json!({"metadata": {"labels": {"zone": "b"}}})),
            ],
            placed: vec![("node-2", pod("web", json!({})))],
            pod: pod("p", affinity("podAffinity", "web")),
            expect: Ok("node-2"),
        },
        Case {
            why: "the first of a group that wants its own kind near may go anywhere",
            nodes: vec![node("node-1", json!({}))],
            placed: vec![],
            pod: pod("p", affinity("podAffinity", "p")),
            expect: Ok("node-1"),
        },
    ]
}

#[test]
fn decisions() {
    for case in cases() {
        let mut cluster = Cluster::default();
        for node in case.nodes {
            cluster.put_node(Arc::new(node));
        }
        for (node, pod) in case.placed {
            let key = ObjectKey::of(&pod.metadata);
            cluster.assume(key, Arc::new(pod), node.to_owned());
        }
        let expected = match case.expect {
            Ok(node) => Decision::Bind {
                node: node.to_owned(),
            },
            Err(message) => Decision::Unschedulable {
                message: message.to_owned(),
            },
        };
        assert_eq!(decide(&case.pod, &cluster), expected, "{}", case.why);
    }
}

#[test]
fn room_comes_back_when_a_pod_goes() {
    let mut cluster = Cluster::default();
    cluster.put_node(Arc::new(node("node-1", json!({}))));
    let first = pod("first", asks("2"));
    let key = ObjectKey::of(&first.metadata);
    cluster.assume(key.clone(), Arc::new(first), "node-1".to_owned());
    let second = pod("second", asks("1"));
    assert!(matches!(
        decide(&second, &cluster),
        Decision::Unschedulable { .. }
    ));
    cluster.remove_pod(&key);
    let node = "node-1".to_owned();
    assert_eq!(decide(&second, &cluster), Decision::Bind { node });
}

#[test]
fn a_pod_that_has_ended_holds_nothing() {
    let placed = |phase: &str| {
        let mut placed = pod("first", asks("2"));
        placed.spec.get_or_insert_default().node_name = Some("node-1".to_owned());
        placed.status.get_or_insert_default().phase = Some(phase.to_owned());
        Arc::new(placed)
    };
    let rows = [("Running", false), ("Succeeded", true), ("Failed", true)];
    for (phase, room) in rows {
        let mut cluster = Cluster::default();
        cluster.put_node(Arc::new(node("node-1", json!({}))));
        cluster.put_pod(&placed("Running"));
        cluster.put_pod(&placed(phase));
        let decision = decide(&pod("second", asks("1")), &cluster);
        let bind = matches!(decision, Decision::Bind { .. });
        assert_eq!(bind, room, "{phase}");
    }
}

#[test]
fn a_binding_that_failed_takes_no_room_unless_the_pod_was_seen_there() {
    let wide = || pod("wide", asks("2"));
    let mut bound = wide();
    bound.spec.get_or_insert_default().node_name = Some("node-1".to_owned());
    for (seen, room) in [(None, true), (Some(Arc::new(bound)), false)] {
        let mut cluster = Cluster::default();
        cluster.put_node(Arc::new(node("node-1", json!({}))));
        let key = ObjectKey::of(&wide().metadata);
        cluster.assume(key.clone(), Arc::new(wide()), "node-1".to_owned());
        seen.iter().for_each(|pod| cluster.put_pod(pod));
        cluster.forget(&key);
        let decision = decide(&pod("other", asks("1")), &cluster);
        let bind = matches!(decision, Decision::Bind { .. });
        assert_eq!(bind, room, "seen {}", seen.is_some());
    }
}

#[test]
fn namespace_selectors_see_the_labels_of_the_namespaces() {
    let labels = |labels: &[(&str, &str)]| {
        let labels = labels
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Some(labels.collect::<std::collections::BTreeMap<_, _>>())
    };
    let mut web = pod("web", json!({}));
    web.metadata.namespace = Some("shop".to_owned());
    let near = |selector: Value| {
        let term = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}, "namespaceSelector": selector});
        pod(
            "p",
            json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}),
        )
    };
    let team = || near(json!({"matchLabels": {"team": "a"}}));
    let name = json!({"matchLabels": {"kubernetes.io/metadata.name": "shop"}});
    let shop = &[("kubernetes.io/metadata.name", "shop"), ("team", "a")];
    let rows = [
        ("a label of its own", labels(shop), team(), true),
        ("another value", labels(&[("team", "b")]), team(), false),
        ("the label that all have", labels(shop), near(name), true),
        ("the empty selector finds all", None, near(json!({})), true),
        ("a namespace that is not known", None, team(), false),
    ];
    for (why, labels, pod, fits) in rows {
        let mut cluster = Cluster::default();
        cluster.put_node(Arc::new(node("node-1", json!({}))));
        let key = ObjectKey::of(&web.metadata);
        cluster.assume(key, Arc::new(web.clone()), "node-1".to_owned());
        cluster.set_namespace("shop", labels);
        let decision = decide(&pod, &cluster);
        assert_eq!(
            matches!(decision, Decision::Bind { .. }),
            fits,
            "{why}: {decision:?}"
        );
    }
}
