use serde_json::json;

use super::super::spec::Spec;
use super::scene::{
    NEW, OLD, Row, Scene, check, daemonset, leaving, node, nodes, not_ready, pod, ready_since,
    surging, unavailable, with,
};

#[test]
fn ds_31_32_33_36_37_old_pods_go_a_few_at_a_time() {
    let one = || json!({});
    let two = || unavailable(json!(2));
    let old = || vec![pod("p", "a", OLD), pod("q", "b", OLD), pod("r", "c", OLD)];
    let patient = || json!({"spec": {"minReadySeconds": 10}});
    check(vec![
        Row {
            why: "DS-33 one at a time",
            spec: one(),
            nodes: nodes(3),
            pods: old(),
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "DS-33 two at a time",
            spec: two(),
            nodes: nodes(3),
            pods: old(),
            create: &[],
            delete: &["p", "q"],
        },
        Row {
            why: "DS-32 half of three, rounded up",
            spec: unavailable(json!("50%")),
            nodes: nodes(3),
            pods: old(),
            create: &[],
            delete: &["p", "q"],
        },
        Row {
            why: "DS-31 OnDelete touches nothing",
            spec: json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}),
            nodes: nodes(3),
            pods: old(),
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-33 a node whose pod is on its way out is unavailable",
            spec: one(),
            nodes: nodes(2),
            pods: vec![with(pod("p", "a", OLD), leaving()), pod("q", "b", OLD)],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-33 so is one whose new pod is not ready",
            spec: one(),
            nodes: nodes(2),
            pods: vec![with(pod("p", "a", NEW), not_ready()), pod("q", "b", OLD)],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-36 or not for long enough",
            spec: patient(),
            nodes: nodes(2),
            pods: vec![
                with(pod("p", "a", NEW), ready_since(-9)),
                pod("q", "b", OLD),
            ],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-33 an available new pod lets the next go",
            spec: patient(),
            nodes: nodes(2),
            pods: vec![
                with(pod("p", "a", NEW), ready_since(-10)),
                pod("q", "b", OLD),
            ],
            create: &[],
            delete: &["q"],
        },
        Row {
            why: "DS-33 unavailable old pods all go at once, and use up the limit",
            spec: one(),
            nodes: nodes(3),
            pods: vec![
                with(pod("p", "a", OLD), not_ready()),
                with(pod("q", "b", OLD), not_ready()),
                pod("r", "c", OLD),
            ],
            create: &[],
            delete: &["p", "q"],
        },
        Row {
            why: "DS-33 what they leave of it lets available ones go",
            spec: two(),
            nodes: nodes(3),
            pods: vec![
                pod("p", "a", OLD),
                pod("q", "b", OLD),
                with(pod("r", "c", OLD), not_ready()),
            ],
            create: &[],
            delete: &["r", "p"],
        },
        Row {
            why: "DS-33 they go although new ones have used it up",
            spec: one(),
            nodes: nodes(4),
            pods: vec![
                with(pod("n", "a", NEW), not_ready()),
                with(pod("o", "b", NEW), not_ready()),
                with(pod("p", "c", OLD), not_ready()),
                pod("q", "d", OLD),
            ],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "DS-33 the pod of a node that is gone counts as well",
            spec: one(),
            nodes: nodes(1),
            pods: vec![pod("p", "a", OLD), with(pod("q", "z", NEW), not_ready())],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-33 old pods on nodes that only tolerate what runs go too",
            spec: one(),
            nodes: vec![node("a", &[("k", "NoSchedule")])],
            pods: vec![pod("p", "a", OLD)],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "DS-37 not in a sync that creates",
            spec: two(),
            nodes: nodes(2),
            pods: vec![pod("p", "a", OLD)],
            create: &["b"],
            delete: &[],
        },
        Row {
            why: "DS-30 the template generation makes a pod current",
            spec: one(),
            nodes: nodes(1),
            pods: vec![with(
                pod("p", "a", OLD),
                json!({"metadata": {"labels": {"pod-template-generation": "2"}}}),
            )],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-13 an adopted pod without hash is old",
            spec: one(),
            nodes: nodes(1),
            pods: vec![with(
                pod("p", "a", OLD),
                json!({"metadata": {"labels": {"controller-revision-hash": null}}}),
            )],
            create: &[],
            delete: &["p"],
        },
    ]);
}

/// A sync that has pods of such nodes to delete does not get so far: the next one does.
#[test]
fn ds_33_a_node_with_two_pods_counts_as_unavailable() {
    let rows = [
        ("a new one alone", vec![pod("n", "a", NEW)], vec!["z"]),
        (
            "an old and a new one",
            vec![pod("n", "a", NEW), pod("o", "a", OLD)],
            vec![],
        ),
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
        let scene = Scene::new(json!({}), nodes(2), pods);
        assert_eq!(scene.replaced(1), want, "{why}");
        assert_eq!(scene.replaced(2), ["z"], "{why}, where two may be");
    }
}

#[test]
fn ds_32_limits_of_ten_nodes() {
    let share = |surge: &str| {
        with(
            surging(1),
            json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxSurge": surge}}}}),
        )
    };
    let rows = [
        ("a count", unavailable(json!(3)), 3, 0),
        ("a share, rounded up", unavailable(json!("11%")), 2, 0),
        (
            "neither: one may be unavailable",
            unavailable(json!(0)),
            1,
            0,
        ),
        ("surge only", surging(2), 0, 2),
        ("a share of surge, rounded up", share("11%"), 0, 2),
        ("no share of it: one may be unavailable", share("0%"), 1, 0),
        (
            "OnDelete",
            json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}),
            1,
            0,
        ),
    ];
    for (why, patch, max_unavailable, max_surge) in rows {
        let daemonset = daemonset(patch);
        let spec = Spec::of(&daemonset).expect("it has a spec");
        assert_eq!(spec.max_unavailable(10), max_unavailable, "{why}");
        assert_eq!(spec.max_surge(10), max_surge, "{why}");
        assert_eq!(spec.allows_surge(), max_surge > 0, "DS-18 {why}");
    }
    let shares = [
        ("no nodes, none unavailable", unavailable(json!(0)), 0, 0, 0),
        ("half of two", unavailable(json!("50%")), 2, 1, 0),
        ("half of three", unavailable(json!("50%")), 3, 2, 0),
        ("all of two", share("100%"), 2, 0, 2),
    ];
    for (why, patch, nodes, max_unavailable, max_surge) in shares {
        let daemonset = daemonset(patch);
        let spec = Spec::of(&daemonset).expect("it has a spec");
        assert_eq!(spec.max_unavailable(nodes), max_unavailable, "{why}");
        assert_eq!(spec.max_surge(nodes), max_surge, "{why}");
    }
}
