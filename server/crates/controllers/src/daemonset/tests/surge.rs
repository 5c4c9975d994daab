use serde_json::json;

use super::scene::{
    NEW, OLD, Row, Scene, check, node, nodes, not_ready, pod, ready_since, surging, with,
};

#[test]
fn ds_34_new_pods_come_before_old_ones_go() {
    let patient = || with(surging(1), json!({"spec": {"minReadySeconds": 10}}));
    let tainted = || vec![node("a", &[("k", "NoSchedule")]), node("b", &[])];
    let old = || vec![pod("p", "a", OLD), pod("q", "b", OLD), pod("r", "c", OLD)];
    check(vec![
        Row {
            why: "one node surges",
            spec: surging(1),
            nodes: nodes(3),
            pods: old(),
            create: &["a"],
            delete: &[],
        },
        Row {
            why: "two nodes surge",
            spec: surging(2),
            nodes: nodes(3),
            pods: old(),
            create: &["a", "b"],
            delete: &[],
        },
        Row {
            why: "an unavailable old pod gets its new one at once, beside the surge",
            spec: surging(1),
            nodes: nodes(3),
            pods: vec![
                pod("p", "a", OLD),
                with(pod("q", "b", OLD), not_ready()),
                pod("r", "c", OLD),
            ],
            create: &["b", "a"],
            delete: &[],
        },
        Row {
            why: "a new pod that is not available counts as surge",
            spec: surging(1),
            nodes: nodes(2),
            pods: vec![
                pod("p", "a", OLD),
                with(pod("n", "a", NEW), not_ready()),
                pod("q", "b", OLD),
            ],
            create: &[],
            delete: &[],
        },
        Row {
            why: "so does one that is not for long enough",
            spec: patient(),
            nodes: nodes(2),
            pods: vec![
                pod("p", "a", OLD),
                with(pod("n", "a", NEW), ready_since(-9)),
                pod("q", "b", OLD),
            ],
            create: &[],
            delete: &[],
        },
        Row {
            why: "an available new pod ends its node's surge",
            spec: patient(),
            nodes: nodes(2),
            pods: vec![
                pod("p", "a", OLD),
                with(pod("n", "a", NEW), ready_since(-10)),
                pod("q", "b", OLD),
            ],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "nodes that are done need nothing",
            spec: surging(1),
            nodes: nodes(1),
            pods: vec![pod("n", "a", NEW)],
            create: &[],
            delete: &[],
        },
        Row {
            why: "an unavailable old pod where nothing should run goes",
            spec: surging(1),
            nodes: tainted(),
            pods: vec![with(pod("p", "a", OLD), not_ready()), pod("n", "b", NEW)],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "an available one goes when enough others are available",
            spec: surging(1),
            nodes: tainted(),
            pods: vec![pod("p", "a", OLD), pod("n", "b", NEW)],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "and stays while they are not",
            spec: surging(1),
            nodes: tainted(),
            pods: vec![pod("p", "a", OLD), with(pod("n", "b", NEW), not_ready())],
            create: &[],
            delete: &[],
        },
        Row {
            why: "of two nodes one serves by its old pod: the unwanted one is not missed",
            spec: surging(1),
            nodes: tainted(),
            pods: vec![
                pod("p", "a", OLD),
                pod("q", "b", OLD),
                with(pod("n", "b", NEW), not_ready()),
            ],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "of two unwanted ones only as many go as are to spare",
            spec: surging(1),
            nodes: vec![
                node("a", &[("k", "NoSchedule")]),
                node("b", &[("k", "NoSchedule")]),
                node("c", &[]),
                node("d", &[]),
            ],
            pods: vec![
                pod("p", "a", OLD),
                pod("q", "b", OLD),
                pod("n", "c", NEW),
                with(pod("o", "d", NEW), not_ready()),
            ],
            create: &[],
            delete: &["p"],
        },
    ]);
}

#[test]
fn ds_34_a_node_with_several_pods_of_a_kind_counts_as_surge() {
    let rows = [
        ("a new one alone", vec![pod("n", "a", NEW)], vec!["b"]),
        (
            "two new ones",
            vec![pod("n", "a", NEW), pod("m", "a", NEW)],
            vec![],
        ),
        (
            "two old ones",
            vec![pod("o", "a", OLD), pod("p", "a", OLD)],
            vec![],
        ),
    ];
    for (why, mut pods, want) in rows {
        pods.push(pod("z", "b", OLD));
        let scene = Scene::new(surging(1), nodes(2), pods);
        assert_eq!(scene.surged(1), want, "{why}");
        assert_eq!(scene.surged(2), ["b"], "{why}, where two may");
    }
}

#[test]
fn ds_38_surge_waits_for_pods_of_nodes_that_are_gone() {
    let gone = || pod("q", "z", OLD);
    for (why, gone) in [
        ("an available one", gone()),
        ("another", with(gone(), not_ready())),
    ] {
        let pods = vec![pod("p", "a", OLD), gone];
        let outcome = Scene::new(surging(1), nodes(1), pods).decide();
        assert_eq!(outcome.missing_node.as_deref(), Some("z"), "{why}");
        assert_eq!(
            (outcome.create.len(), outcome.delete.len()),
            (0, 0),
            "{why}"
        );
    }
}
