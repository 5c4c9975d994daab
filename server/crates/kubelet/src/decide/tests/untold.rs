//! Runs that an earlier life had begun, and what is known of their ends.

use super::*;

/// What is left of the runs of `c` from that attempt on.
fn from(first: u32, runs: &[Past]) -> impl Fn(&str, u32) -> Past {
    move |name, attempt| {
        let at = attempt.checked_sub(first).filter(|_| name == "c");
        let found = at.and_then(|at| runs.get(at as usize));
        found.cloned().unwrap_or(Past::Absent)
    }
}

fn past(exit_code: i32) -> Past {
    match ended(exit_code) {
        Current::Ended(ended) => Past::Ended(ended),
        _ => Past::Begun,
    }
}

/// A status that tells of run `restarts`, and nothing later.
fn told(restarts: u32, state: Value) -> Value {
    json!({"containerStatuses": [{"name": "c", "image": "x", "imageID": "", "ready": false,
        "restartCount": restarts, "containerID": "orrery://told", "state": state}]})
}

fn recovered(pod: &mut Pod, status: Value, past: impl Fn(&str, u32) -> Past) -> PodState {
    pod.status = serde_json::from_value(status).expect("a status");
    let mut state = PodState::recovered(pod, noon(), past);
    state.sandbox = SandboxState::Ready;
    state
}

#[test]
fn a_run_that_nobody_was_told_of_is_not_begun_again() {
    let untold = || json!({});
    let failed = || told(0, json!({"terminated": {"exitCode": 1}}));
    let stop = || Action::StopSandbox;
    let rows = [
        (
            "lost",
            "Never",
            untold(),
            0,
            vec![Past::Begun],
            stop(),
            "Failed",
        ),
        (
            "lost",
            "OnFailure",
            untold(),
            0,
            vec![Past::Begun],
            start("c"),
            "Running",
        ),
        (
            "lost",
            "OnFailure",
            failed(),
            1,
            vec![Past::Begun],
            start("c"),
            "Running",
        ),
        (
            "it succeeded",
            "Never",
            untold(),
            0,
            vec![past(0)],
            stop(),
            "Succeeded",
        ),
        (
            "it succeeded",
            "OnFailure",
            untold(),
            0,
            vec![past(0)],
            stop(),
            "Succeeded",
        ),
        (
            "it succeeded",
            "OnFailure",
            failed(),
            1,
            vec![past(0)],
            stop(),
            "Succeeded",
        ),
        (
            "it succeeded",
            "Always",
            untold(),
            0,
            vec![past(0)],
            start("c"),
            "Running",
        ),
        (
            "it failed",
            "Never",
            untold(),
            0,
            vec![past(3)],
            stop(),
            "Failed",
        ),
        (
            "it failed",
            "OnFailure",
            untold(),
            0,
            vec![past(3)],
            start("c"),
            "Running",
        ),
        (
            "twice",
            "OnFailure",
            untold(),
            0,
            vec![past(3), past(0)],
            stop(),
            "Succeeded",
        ),
        (
            "twice",
            "Always",
            failed(),
            1,
            vec![past(0), Past::Begun],
            start("c"),
            "Running",
        ),
    ];
    for (why, policy, status, first, runs, want, phase) in rows {
        let why = format!("{why}, {policy}, from run {first}");
        let mut pod = one(policy);
        let mut state = recovered(&mut pod, status, from(first, &runs));
        let record = state.record("c").expect("it is known");
        let begun = first + u32::try_from(runs.len()).expect("a few");
        assert_eq!(
            (record.restart_count, record.attempts),
            (begun - 1, begun),
            "{why}"
        );
        assert_eq!(record.last.is_some(), begun > 1, "{why}");
        assert!(state.initialized, "{why}: its init containers had run");
        assert!(state.has_run(), "{why}");
        let plan = decide(&pod, &mut state, noon());
        assert_eq!(plan.actions, [want], "{why}");
        assert_eq!(plan.status.phase.as_deref(), Some(phase), "{why}");
    }
}

#[test]
fn of_runs_without_end_no_more_are_taken_in_than_there_can_have_been() {
    let mut pod = one("OnFailure");
    let made_up = |name: &str, _: u32| match name {
        "c" => past(3),
        _ => Past::Absent,
    };
    let mut state = recovered(&mut pod, told(4, json!({"running": {}})), made_up);
    let record = state.record("c").expect("it is known");
    assert_eq!((record.restart_count, record.attempts), (1_004, 1_005));
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [start("c")]);
}

#[test]
fn what_was_never_begun_begins() {
    let pod = one("Never");
    let state = PodState::recovered(&pod, noon(), from(0, &[]));
    assert_eq!(state, PodState::default());
    assert!(!state.has_run());
}

#[test]
fn a_run_that_was_told_to_go_on_had_ended_as_it_did() {
    let started = "2026-11-23T11:00:00Z";
    let running = || told(2, json!({"running": {"startedAt": started}}));
    let rows = [
        (
            "it is lost",
            vec![Past::Begun],
            137,
            "ContainerStatusUnknown",
            2,
        ),
        ("its log is gone", vec![], 137, "ContainerStatusUnknown", 2),
        ("it succeeded", vec![past(0)], 0, "Completed", 2),
        ("it failed", vec![past(3)], 3, "Error", 2),
        (
            "the next one, too",
            vec![past(3), past(0)],
            0,
            "Completed",
            3,
        ),
        (
            "the next one is lost",
            vec![past(3), Past::Begun],
            137,
            "ContainerStatusUnknown",
            3,
        ),
    ];
    for (why, runs, code, reason, restarts) in rows {
        let mut pod = one("Never");
        let state = recovered(&mut pod, running(), from(2, &runs));
        let record = state.record("c").expect("it is known");
        let Current::Ended(ended) = &record.current else {
            panic!("{why}: nothing runs any more");
        };
        let told = (ended.exit_code, ended.reason.as_str(), record.restart_count);
        assert_eq!(told, (code, reason, restarts), "{why}");
        let first = record.last.as_ref().unwrap_or(ended);
        let told = (first.id.as_str(), first.started_at);
        assert_eq!(
            told,
            ("told", started.parse().ok()),
            "{why}: as was said of it"
        );
    }
}

#[test]
fn of_several_containers_each_ended_as_it_did() {
    let rows = [
        ("both succeeded", past(0), past(0), "Succeeded"),
        ("one failed", past(0), past(1), "Failed"),
        ("one went on", past(0), Past::Begun, "Failed"),
    ];
    for (why, of_c, of_d, want) in rows {
        let spec = json!({"restartPolicy": "Never", "initContainers": [{"name": "first"}],
            "containers": [{"name": "c"}, {"name": "d"}]});
        let mut pod = pod(spec);
        let left = |name: &str, attempt: u32| match (name, attempt) {
            ("first", 0) => past(0),
            ("c", 0) => of_c.clone(),
            ("d", 0) => of_d.clone(),
            _ => Past::Absent,
        };
        let mut state = recovered(&mut pod, json!({}), left);
        let plan = decide(&pod, &mut state, noon());
        assert_eq!(plan.actions, [Action::StopSandbox], "{why}");
        assert_eq!(plan.status.phase.as_deref(), Some(want), "{why}");
        let told = plan.status.container_statuses.into_iter().flatten();
        let codes = told.filter_map(|c| Some(c.state?.terminated?.exit_code));
        assert_eq!(codes.count(), 2, "{why}");
    }
}

#[test]
fn an_init_container_that_succeeded_runs_again_only_for_those_that_have_not_begun() {
    let rows = [
        (
            "it succeeded",
            past(0),
            "Never",
            Action::StartSandbox,
            "Pending",
        ),
        (
            "it failed for good",
            past(3),
            "Never",
            Action::StopSandbox,
            "Failed",
        ),
        (
            "it failed",
            past(3),
            "OnFailure",
            Action::StartSandbox,
            "Pending",
        ),
    ];
    for (why, of_first, policy, want, phase) in rows {
        let spec = json!({"restartPolicy": policy, "initContainers": [{"name": "first"}],
            "containers": [{"name": "c"}]});
        let mut pod = pod(spec);
        let left = |name: &str, attempt: u32| match (name, attempt) {
            ("first", 0) => of_first.clone(),
            _ => Past::Absent,
        };
        let mut state = recovered(&mut pod, json!({}), left);
        state.sandbox = SandboxState::Absent;
        let plan = decide(&pod, &mut state, noon());
        assert_eq!(plan.actions, [want], "{why}");
        assert_eq!(plan.status.phase.as_deref(), Some(phase), "{why}");
    }
}
