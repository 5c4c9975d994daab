use serde_json::{Value, json};

use super::super::spec::Spec;
use super::super::status::{Counts, next};
use super::scene::{
    NEW, OLD, Scene, created, daemonset, leaving, node, nodes, not_ready, phase, pod, ready_since,
    with,
};

#[test]
fn ds_50_nodes_are_counted_by_their_oldest_pod() {
    let counts = |desired, current, misscheduled, ready, available, updated| Counts {
        desired,
        current,
        misscheduled,
        ready,
        available,
        updated,
        generation: Some(2),
    };
    let on_delete =
        || json!({"spec": {"minReadySeconds": 10, "updateStrategy": {"type": "OnDelete"}}});
    let rows: [(&str, Vec<Value>, Vec<Value>, Counts); 8] = [
        ("no pods yet", nodes(2), vec![], counts(2, 0, 0, 0, 0, 0)),
        (
            "ready, available, updated",
            nodes(2),
            vec![pod("p", "a", NEW)],
            counts(2, 1, 0, 1, 1, 1),
        ),
        (
            "old",
            nodes(1),
            vec![pod("p", "a", OLD)],
            counts(1, 1, 0, 1, 1, 0),
        ),
        (
            "ready, not yet available",
            nodes(1),
            vec![with(pod("p", "a", NEW), ready_since(-4))],
            counts(1, 1, 0, 1, 0, 1),
        ),
        (
            "the oldest of two counts",
            nodes(1),
            vec![
                pod("p", "a", NEW),
                with(with(pod("q", "a", OLD), not_ready()), created(-99)),
            ],
            counts(1, 1, 0, 0, 0, 0),
        ),
        (
            "misscheduled",
            vec![node("a", &[("k", "NoSchedule")])],
            vec![pod("p", "a", NEW)],
            counts(0, 0, 1, 0, 0, 0),
        ),
        (
            "on its way out",
            nodes(1),
            vec![with(pod("p", "a", NEW), leaving())],
            counts(1, 1, 0, 1, 1, 1),
        ),
        (
            "on its way out and ended",
            nodes(1),
            vec![with(
                with(pod("p", "a", NEW), leaving()),
                phase("Succeeded"),
            )],
            counts(1, 0, 0, 0, 0, 0),
        ),
    ];
    for (why, nodes, pods, want) in rows {
        assert_eq!(
            Scene::new(on_delete(), nodes, pods).decide().counts,
            want,
            "{why}"
        );
    }
}

#[test]
fn ds_36_a_sync_comes_when_a_ready_pod_becomes_available() {
    let patient = || json!({"spec": {"minReadySeconds": 10}});
    let rows = [
        (
            "ready for four of ten seconds",
            patient(),
            ready_since(-4),
            Some(6),
        ),
        ("available", patient(), ready_since(-10), None),
        ("not ready", patient(), not_ready(), None),
        ("ready is enough", json!({}), ready_since(0), None),
    ];
    for (why, spec, state, want) in rows {
        let scene = Scene::new(spec, nodes(1), vec![with(pod("p", "a", NEW), state)]);
        assert_eq!(scene.decide().wake_in_secs, want, "{why}");
    }
    let ready = |name: &str, node: &str, secs| with(pod(name, node, NEW), ready_since(secs));
    let several = vec![
        ready("p", "a", -4),
        ready("q", "b", -7),
        ready("r", "c", -20),
    ];
    let scene = Scene::new(patient(), nodes(3), several);
    assert_eq!(scene.decide().wake_in_secs, Some(3), "the first of several");
}

#[test]
fn ds_51_the_status_is_written_only_when_it_changes() {
    let counts = Counts {
        desired: 3,
        current: 3,
        ready: 2,
        available: 2,
        updated: 3,
        generation: Some(2),
        ..Counts::default()
    };
    let same = json!({
        "desiredNumberScheduled": 3, "currentNumberScheduled": 3, "numberMisscheduled": 0,
        "numberReady": 2, "numberAvailable": 2, "numberUnavailable": 1, "updatedNumberScheduled": 3,
        "observedGeneration": 2, "collisionCount": 1,
    });
    let unobserved = Counts {
        generation: None,
        ..counts
    };
    let rows = [
        ("nothing written yet", json!({}), counts, Some(Some(2))),
        ("all the same", same.clone(), counts, None),
        (
            "one count differs",
            with(same.clone(), json!({"numberReady": 1})),
            counts,
            Some(Some(2)),
        ),
        (
            "the generation is not observed yet",
            with(same.clone(), json!({"observedGeneration": 1})),
            counts,
            Some(Some(2)),
        ),
        (
            "DS-21 counts differ, but nothing was acted on",
            json!({}),
            unobserved,
            Some(Some(1)),
        ),
        (
            "DS-21 counts are the same, and nothing was acted on",
            with(same, json!({"observedGeneration": 1})),
            unobserved,
            None,
        ),
    ];
    for (why, stored, counts, observed) in rows {
        let daemonset = daemonset(json!({"status": stored}));
        let next = next(Spec::of(&daemonset).expect("it has a spec"), counts);
        assert_eq!(
            next.as_ref().map(|next| next.observed_generation),
            observed,
            "{why}"
        );
        let kept = next.is_none_or(|next| {
            next.collision_count
                == daemonset
                    .status
                    .clone()
                    .and_then(|status| status.collision_count)
        });
        assert!(kept, "{why}: collisionCount is kept");
    }
}
