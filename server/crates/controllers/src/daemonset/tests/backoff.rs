use jiff::SignedDuration;
use serde_json::json;

use super::super::backoff::Backoffs;
use super::scene::{NEW, Scene, at, nodes, noon, phase, pod, ready_since, surging, with};

#[test]
fn ds_15_delays_double_to_a_quarter_of_an_hour() {
    let mut backoffs = Backoffs::default();
    let mut now = noon();
    let mut delays = Vec::new();
    for _ in 0..12 {
        let delay = backoffs.next(1, "a", now);
        backoffs.begin(1, [("a", delay)], now);
        let end = backoffs.ends_at(1, "a", now).expect("it has just begun");
        delays.push(end.duration_since(now).as_secs());
        assert_eq!(backoffs.ends_at(1, "a", end), None, "over when it ends");
        now = end;
    }
    assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert_eq!(backoffs.ends_at(1, "b", now), None, "another node");
    let earlier = now - SignedDuration::from_hours(1);
    assert_eq!(
        backoffs.ends_at(1, "a", earlier),
        None,
        "nor on a clock that was set back"
    );
    let later = now + SignedDuration::from_mins(31);
    let fresh = backoffs.next(1, "a", later);
    assert_eq!(
        fresh.end(),
        later + SignedDuration::from_secs(1),
        "forgotten when quiet for long"
    );
    let changed = backoffs.next(2, "a", now);
    assert_eq!(
        changed.end(),
        now + SignedDuration::from_secs(1),
        "a new generation starts anew"
    );
}

#[test]
fn ds_15_a_failed_pod_is_left_while_its_node_backs_off() {
    let mut scene = Scene::new(
        json!({}),
        nodes(1),
        vec![with(pod("p", "a", NEW), phase("Failed"))],
    );
    let delay = scene.backoffs.next(1, "a", noon());
    scene.backoffs.begin(1, [("a", delay)], noon());
    let outcome = scene.decide();
    assert_eq!(outcome.delete, [""; 0]);
    assert!(outcome.notes.is_empty());
    assert_eq!(
        outcome.wake_in_secs,
        Some(1),
        "looked at again when it ends"
    );
    scene.now = at(1);
    assert_eq!(scene.decide().delete, ["p"]);
}

#[test]
fn ds_15_36_the_first_of_all_that_is_awaited_wakes_the_next_sync() {
    let failed = |name: &str, node: &str| with(pod(name, node, NEW), phase("Failed"));
    let ready = |secs| with(pod("r", "c", NEW), ready_since(secs));
    let rows = [
        ("the first node's delay", 1, 2, -4, 1),
        ("the second node's", 4, 2, -4, 2),
        ("a pod that becomes available", 4, 2, -9, 1),
    ];
    for (why, first, second, secs, want) in rows {
        let pods = vec![failed("p", "a"), failed("q", "b"), ready(secs)];
        let patient = json!({"spec": {"minReadySeconds": 10}});
        let mut scene = Scene::new(patient, nodes(3), pods);
        for (node, delay) in [("a", first), ("b", second)] {
            // each kill doubles the delay: 1 s, 2 s, 4 s
            for _ in 0..=i64::ilog2(delay) {
                let delay = scene.backoffs.next(1, node, noon());
                scene.backoffs.begin(1, [(node, delay)], noon());
            }
        }
        let outcome = scene.decide();
        assert_eq!(outcome.delete, [""; 0], "{why}");
        assert_eq!(outcome.wake_in_secs, Some(want), "{why}");
    }
}

#[test]
fn ds_15_18_with_surge_none_is_made_beside_a_failed_pod_that_waits() {
    let failed = vec![with(pod("p", "a", NEW), phase("Failed"))];
    let mut scene = Scene::new(surging(1), nodes(1), failed);
    let outcome = scene.decide();
    assert_eq!(
        (outcome.create, outcome.delete),
        (vec!["a".to_owned()], vec!["p".to_owned()])
    );
    let delay = scene.backoffs.next(1, "a", noon());
    scene.backoffs.begin(1, [("a", delay)], noon());
    let outcome = scene.decide();
    assert_eq!(
        (outcome.create.len(), outcome.delete.len()),
        (0, 0),
        "it waits"
    );
    assert_eq!(outcome.wake_in_secs, Some(1), "until its delay ends");
    scene.now = at(1);
    assert_eq!(scene.decide().create, ["a"]);
}
