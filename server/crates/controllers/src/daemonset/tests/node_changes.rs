use k8s_openapi::api::core::v1::Node;
use serde_json::json;

use super::super::eligibility::Verdict;
use super::super::node_changes::{is_of_interest, needs_sync};
use super::scene::{node, with};

#[test]
fn ds_04_changes_of_a_node_that_are_looked_at() {
    let plain = || node("a", &[]);
    let rows = [
        ("a new node", None, plain(), true),
        ("nothing changed", Some(plain()), plain(), false),
        (
            "a heartbeat",
            Some(plain()),
            with(plain(), json!({"status": {"phase": "x"}})),
            false,
        ),
        (
            "a label",
            Some(plain()),
            with(plain(), json!({"metadata": {"labels": {"gpu": "yes"}}})),
            true,
        ),
        (
            "a taint",
            Some(plain()),
            node("a", &[("k", "NoSchedule")]),
            true,
        ),
        (
            "a taint that is gone",
            Some(node("a", &[("k", "NoSchedule")])),
            plain(),
            true,
        ),
        (
            "room",
            Some(plain()),
            with(
                plain(),
                json!({"status": {"allocatable": {"memory": "200M"}}}),
            ),
            false,
        ),
        (
            "a cordon without its taint",
            Some(plain()),
            with(plain(), json!({"spec": {"unschedulable": true}})),
            false,
        ),
    ];
    let read = |node| serde_json::from_value::<Node>(node).expect("a literal Node");
    for (why, old, new, want) in rows {
        assert_eq!(
            is_of_interest(old.map(read).as_ref(), &read(new)),
            want,
            "{why}"
        );
    }
}

#[test]
fn ds_04_05_06_daemonsets_that_a_node_concerns() {
    let verdict = |should_run, should_continue| Verdict {
        should_run,
        should_continue,
    };
    let rows = [
        ("should run, has none", verdict(true, true), false, 0, true),
        ("should run, has one", verdict(true, true), true, 0, false),
        (
            "should run, has one, and others are misplaced",
            verdict(true, true),
            true,
            1,
            true,
        ),
        (
            "DS-06 only tolerated by what runs",
            verdict(false, true),
            true,
            0,
            false,
        ),
        (
            "DS-06 the same, and some are misplaced",
            verdict(false, true),
            true,
            1,
            true,
        ),
        ("DS-05 must go", verdict(false, false), true, 0, true),
        (
            "not wanted, has none",
            verdict(false, false),
            false,
            3,
            false,
        ),
    ];
    for (why, verdict, has_pod, misscheduled, want) in rows {
        assert_eq!(needs_sync(verdict, has_pod, misscheduled), want, "{why}");
    }
}
