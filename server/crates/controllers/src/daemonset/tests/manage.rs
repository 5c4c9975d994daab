use orrery_informer::ObjectKey;
use serde_json::json;

use super::super::memory::Memories;
use super::super::spec::Spec;
use super::scene::{
    NEW, OLD, Row, Scene, at, check, created, daemonset, leaving, node, nodes, not_ready, phase,
    pod, ready_since, surging, unbound, with,
};
use crate::note::Note;

#[test]
fn ds_05_10_17_19_each_node_gets_what_it_lacks() {
    let no_schedule = || vec![node("a", &[("k", "NoSchedule")])];
    let no_execute = || vec![node("a", &[("k", "NoExecute")])];
    let none = || json!({});
    check(vec![
        Row {
            why: "DS-10 one pod per eligible node",
            spec: none(),
            nodes: nodes(3),
            pods: vec![pod("p", "b", NEW)],
            create: &["a", "c"],
            delete: &[],
        },
        Row {
            why: "DS-10 a pod that waits for its node counts",
            spec: none(),
            nodes: nodes(1),
            pods: vec![with(pod("p", "a", NEW), unbound("a"))],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-05 NoSchedule: what runs stays",
            spec: none(),
            nodes: no_schedule(),
            pods: vec![pod("p", "a", NEW)],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-05 NoSchedule: once gone it is not made again",
            spec: none(),
            nodes: no_schedule(),
            pods: vec![],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-05 NoExecute: all go",
            spec: none(),
            nodes: no_execute(),
            pods: vec![pod("p", "a", NEW), pod("q", "a", OLD)],
            create: &[],
            delete: &["p", "q"],
        },
        Row {
            why: "DS-05 those on their way are left",
            spec: none(),
            nodes: no_execute(),
            pods: vec![with(pod("p", "a", NEW), leaving())],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-17 the oldest of several is kept",
            spec: none(),
            nodes: nodes(1),
            pods: vec![pod("p", "a", NEW), with(pod("q", "a", NEW), created(-95))],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "DS-17 a bound one before an older unbound one",
            spec: none(),
            nodes: nodes(1),
            pods: vec![
                with(with(pod("p", "a", NEW), unbound("a")), created(-95)),
                pod("q", "a", NEW),
            ],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "DS-17 then by name",
            spec: none(),
            nodes: nodes(1),
            pods: vec![pod("q", "a", NEW), pod("p", "a", NEW)],
            create: &[],
            delete: &["q"],
        },
        Row {
            why: "DS-17 a pod on its way out blocks its node",
            spec: none(),
            nodes: nodes(1),
            pods: vec![with(pod("p", "a", NEW), leaving())],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-17 not once it has ended",
            spec: none(),
            nodes: nodes(1),
            pods: vec![with(with(pod("p", "a", NEW), leaving()), phase("Failed"))],
            create: &["a"],
            delete: &[],
        },
        Row {
            why: "DS-19 made for a node that is gone",
            spec: none(),
            nodes: vec![],
            pods: vec![with(pod("p", "a", NEW), unbound("a"))],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "DS-19 and on its way already",
            spec: none(),
            nodes: vec![],
            pods: vec![with(with(pod("p", "a", NEW), unbound("a")), leaving())],
            create: &[],
            delete: &[],
        },
        Row {
            why: "DS-19 bound to a node that is gone: the pod collector's",
            spec: none(),
            nodes: vec![],
            pods: vec![pod("p", "a", NEW)],
            create: &[],
            delete: &[],
        },
    ]);
}

#[test]
fn ds_18_with_surge_two_pods_may_share_a_node() {
    let surge = || surging(1);
    let fresh = || with(surging(1), json!({"spec": {"minReadySeconds": 10}}));
    check(vec![
        Row {
            why: "a pod on its way out does not block",
            spec: surge(),
            nodes: nodes(1),
            pods: vec![with(pod("p", "a", NEW), leaving())],
            create: &["a"],
            delete: &[],
        },
        Row {
            why: "nor does one that has to be killed",
            spec: surge(),
            nodes: nodes(1),
            pods: vec![with(pod("p", "a", NEW), phase("Succeeded"))],
            create: &["a"],
            delete: &["p"],
        },
        Row {
            why: "not where nothing should run",
            spec: surge(),
            nodes: vec![node("a", &[("k", "NoSchedule")])],
            pods: vec![with(pod("p", "a", NEW), leaving())],
            create: &[],
            delete: &[],
        },
        Row {
            why: "old ready, new not: both stay",
            spec: surge(),
            nodes: nodes(1),
            pods: vec![pod("p", "a", OLD), with(pod("q", "a", NEW), not_ready())],
            create: &[],
            delete: &[],
        },
        Row {
            why: "old ready, new ready but not for long enough",
            spec: fresh(),
            nodes: nodes(1),
            pods: vec![
                pod("p", "a", OLD),
                with(pod("q", "a", NEW), ready_since(-5)),
            ],
            create: &[],
            delete: &[],
        },
        Row {
            why: "new available: old goes",
            spec: fresh(),
            nodes: nodes(1),
            pods: vec![
                pod("p", "a", OLD),
                with(pod("q", "a", NEW), ready_since(-10)),
            ],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "old not ready: it is of no use",
            spec: surge(),
            nodes: nodes(1),
            pods: vec![
                with(pod("p", "a", OLD), not_ready()),
                with(pod("q", "a", NEW), not_ready()),
            ],
            create: &[],
            delete: &["p"],
        },
        Row {
            why: "one of each at most",
            spec: surge(),
            nodes: nodes(1),
            pods: vec![
                pod("p", "a", OLD),
                pod("q", "a", OLD),
                with(pod("r", "a", NEW), not_ready()),
                with(pod("s", "a", NEW), not_ready()),
            ],
            create: &[],
            delete: &["s", "q"],
        },
        Row {
            why: "a younger old one goes too, though it is ready and the oldest is not",
            spec: surge(),
            nodes: nodes(1),
            pods: vec![
                with(pod("p", "a", OLD), not_ready()),
                pod("q", "a", OLD),
                with(pod("r", "a", NEW), not_ready()),
            ],
            create: &[],
            delete: &["q", "p"],
        },
        Row {
            why: "old and new are told apart by the hash alone, not by the template generation",
            spec: surge(),
            nodes: nodes(1),
            pods: vec![
                with(
                    pod("p", "a", OLD),
                    json!({"metadata": {"labels": {"pod-template-generation": "2"}}}),
                ),
                with(pod("q", "a", NEW), not_ready()),
            ],
            create: &[],
            delete: &[],
        },
        Row {
            why: "a node whose pod is on its way out gets another beyond the surge that is used up",
            spec: surge(),
            nodes: nodes(3),
            pods: vec![
                pod("p", "a", OLD),
                with(pod("q", "a", NEW), not_ready()),
                pod("r", "b", OLD),
                with(pod("s", "c", OLD), leaving()),
            ],
            create: &["c"],
            delete: &[],
        },
    ]);
}

#[test]
fn ds_15_16_ended_pods_are_replaced() {
    let failed = Scene::new(
        json!({}),
        nodes(1),
        vec![with(pod("p", "a", NEW), phase("Failed"))],
    );
    let outcome = failed.decide();
    assert_eq!(outcome.delete, ["p"], "DS-15");
    assert_eq!(outcome.create, [""; 0], "DS-15: the next sync replaces it");
    let told = "Found failed daemon pod default/p on node a, will try to kill it";
    assert_eq!(outcome.notes, [Note::warning("FailedDaemonPod", told)]);

    let succeeded = Scene::new(
        json!({}),
        nodes(1),
        vec![with(pod("p", "a", NEW), phase("Succeeded"))],
    );
    let outcome = succeeded.decide();
    assert_eq!(outcome.delete, ["p"], "DS-16");
    let told = "Found succeeded daemon pod default/p on node a, will try to delete it";
    assert_eq!(outcome.notes, [Note::normal("SucceededDaemonPod", told)]);

    let two = vec![
        with(pod("p", "a", NEW), phase("Failed")),
        with(pod("q", "a", NEW), phase("Failed")),
    ];
    let outcome = Scene::new(json!({}), nodes(1), two).decide();
    assert_eq!(
        (outcome.delete, outcome.wake_in_secs),
        (vec!["p".to_owned()], Some(1)),
        "DS-15: one, then the delay"
    );

    let apart = vec![
        with(pod("p", "a", NEW), phase("Failed")),
        with(pod("q", "b", NEW), phase("Failed")),
    ];
    let outcome = Scene::new(json!({}), nodes(2), apart).decide();
    assert_eq!(outcome.delete, ["p", "q"], "DS-15: each node by itself");

    let unwanted = vec![node("a", &[("k", "NoSchedule")])];
    for ended in ["Failed", "Succeeded"] {
        let pods = vec![with(pod("p", "a", NEW), phase(ended))];
        let outcome = Scene::new(json!({}), unwanted.clone(), pods).decide();
        assert_eq!(
            (outcome.delete, outcome.notes.len()),
            (vec!["p".to_owned()], 1),
            "DS-05: {ended} also where none is made again"
        );
    }
}

#[test]
fn ds_14_21_at_most_250_at_once_and_none_before_the_last_are_seen() {
    let many = (0..300).map(|n| node(&format!("n{n:03}"), &[])).collect();
    let mut scene = Scene::new(json!({}), many, vec![]);
    assert_eq!(scene.decide().create.len(), 250, "DS-14");
    scene.settled = false;
    let outcome = scene.decide();
    assert_eq!(outcome.create.len(), 0, "DS-21");
    assert_eq!(outcome.counts.desired, 300, "DS-21: counted all the same");
    assert_eq!(
        outcome.counts.generation, None,
        "DS-21: but the generation is not observed"
    );
}

#[test]
fn ds_14_at_most_250_go_at_once() {
    let name = |n: i32| format!("n{n:03}");
    let taint = [("k", "NoExecute")];
    let many = (0..300).map(|n| node(&name(n), &taint)).collect();
    let pods = (0..300).map(|n| pod(&name(n), &name(n), NEW)).collect();
    let outcome = Scene::new(json!({}), many, pods).decide();
    assert_eq!((outcome.create.len(), outcome.delete.len()), (0, 250));
}

#[test]
fn ds_20_what_is_being_deleted_or_selects_everything_is_left_alone() {
    let rows = [
        ("as usual", json!({}), (false, false)),
        (
            "being deleted",
            json!({"metadata": {"deletionTimestamp": created(0)["metadata"]["creationTimestamp"]}}),
            (true, false),
        ),
        (
            "an empty selector",
            json!({"spec": {"selector": {"matchLabels": null}}}),
            (false, true),
        ),
        (
            "one with empty parts",
            json!({"spec": {"selector": {"matchLabels": {"app": null}, "matchExpressions": []}}}),
            (false, true),
        ),
    ];
    for (why, patch, (leaving, everything)) in rows {
        let daemonset = daemonset(patch);
        let spec = Spec::of(&daemonset).expect("it has a spec");
        assert_eq!(spec.is_leaving(), leaving, "{why}");
        let told = spec.selects_everything();
        let want = "This daemon set is selecting all pods. A non-empty selector is required.";
        let want = everything.then(|| Note::warning("SelectingAll", want));
        assert_eq!(told, want, "{why}");
    }
}

#[test]
fn ds_22_one_made_again_under_the_name_waits_for_nothing() {
    let (key, memories) = (ObjectKey::new("default", "logs"), Memories::default());
    let first = daemonset(json!({}));
    let first = Spec::of(&first).expect("it has a spec");
    let mut memory = memories.take(&key, first);
    memory.deleting.insert("p".to_owned(), at(0));
    memories.put(key.clone(), memory);
    let again = memories.take(&key, first);
    assert_eq!(again.deleting.len(), 1, "DS-21: the same one does");
    memories.put(key.clone(), again);
    let second = daemonset(json!({"metadata": {"uid": "another"}}));
    let second = Spec::of(&second).expect("it has a spec");
    assert!(memories.take(&key, second).deleting.is_empty());
}
