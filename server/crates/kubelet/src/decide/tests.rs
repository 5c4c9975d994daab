//! Tables: pod and state in, actions and status out.

mod anew;
mod mounts;
mod untold;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::*;

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a literal time")
}

fn pod(spec: Value) -> Pod {
    let meta = json!({"name": "p", "namespace": "default", "uid": "u", "generation": 3});
    serde_json::from_value(json!({"metadata": meta, "spec": spec})).expect("a pod")
}

fn one(policy: &str) -> Pod {
    pod(json!({"restartPolicy": policy, "containers": [{"name": "c", "image": "x"}]}))
}

fn running() -> PodState {
    let mut state = PodState {
        sandbox: SandboxState::Ready,
        start_time: Some(noon()),
        ..PodState::default()
    };
    put(
        &mut state,
        "c",
        Current::Running {
            id: "1".into(),
            started_at: noon(),
        },
    );
    state
}

fn put(state: &mut PodState, name: &str, current: Current) {
    let record = state.containers.entry(name.into()).or_default();
    record.startup_passed = matches!(current, Current::Running { .. });
    record.readiness_passed = record.startup_passed;
    record.current = current;
    record.attempts = 1;
}

fn ended(code: i32) -> Current {
    Current::Ended(Ended {
        id: "1".into(),
        exit_code: code,
        signal: None,
        reason: if code == 0 { "Completed" } else { "Error" }.into(),
        message: None,
        started_at: Some(noon()),
        finished_at: Some(noon()),
    })
}

fn with(current: Current) -> PodState {
    let mut state = running();
    put(&mut state, "c", current);
    state
}

fn start(name: &str) -> Action {
    Action::StartContainer { name: name.into() }
}

#[test]
fn phases_and_actions() {
    let absent = PodState {
        start_time: Some(noon()),
        ..PodState::default()
    };
    let ready = PodState {
        sandbox: SandboxState::Ready,
        ..absent.clone()
    };
    let rows = [
        (
            "a new pod gets its sandbox first",
            one("Never"),
            absent,
            vec![Action::StartSandbox],
            "Pending",
        ),
        (
            "then its container",
            one("Never"),
            ready,
            vec![start("c")],
            "Pending",
        ),
        (
            "a running pod is left alone",
            one("Never"),
            running(),
            vec![],
            "Running",
        ),
        (
            "Never and 0 succeeds",
            one("Never"),
            with(ended(0)),
            vec![Action::StopSandbox],
            "Succeeded",
        ),
        (
            "Never and not 0 fails",
            one("Never"),
            with(ended(3)),
            vec![Action::StopSandbox],
            "Failed",
        ),
        (
            "OnFailure and 0 succeeds",
            one("OnFailure"),
            with(ended(0)),
            vec![Action::StopSandbox],
            "Succeeded",
        ),
        (
            "OnFailure starts again, at once the first time",
            one("OnFailure"),
            with(ended(1)),
            vec![start("c")],
            "Running",
        ),
        (
            "Always starts again after 0 too",
            one("Always"),
            with(ended(0)),
            vec![start("c")],
            "Running",
        ),
    ];
    for (why, pod, mut state, actions, phase) in rows {
        let plan = decide(&pod, &mut state, noon());
        assert_eq!(plan.actions, actions, "{why}");
        assert_eq!(plan.status.phase.as_deref(), Some(phase), "{why}");
    }
}

#[test]
fn pod_01_conditions_of_a_finished_pod() {
    let mut state = with(ended(0));
    let status = decide(&one("Never"), &mut state, noon()).status;
    let shown: Vec<_> = status
        .conditions
        .into_iter()
        .flatten()
        .map(|c| (c.type_, c.status, c.reason, c.observed_generation))
        .collect();
    let row = |type_: &str, status: &str, reason: Option<&str>| {
        (
            type_.to_owned(),
            status.to_owned(),
            reason.map(str::to_owned),
            Some(3),
        )
    };
    let want = [
        row("PodReadyToStartContainers", "True", None),
        row("Initialized", "True", Some("PodCompleted")),
        row("Ready", "False", Some("PodCompleted")),
        row("ContainersReady", "False", Some("PodCompleted")),
        row("PodScheduled", "True", None),
    ];
    assert_eq!(shown, want);
    assert_eq!(status.observed_generation, Some(3));
}

#[test]
fn crash_loop_back_off_doubles_to_five_minutes_and_forgets() {
    let mut record = Record::default();
    let mut delays = Vec::new();
    let mut now = noon();
    for _ in 0..7 {
        record.backoff = Some(raised(&record, now));
        let (delay, _) = record.backoff.expect("just set");
        delays.push(delay.as_secs());
        now += delay;
    }
    assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300]);
    now += BACKOFF_FORGET + BACKOFF_CAP;
    assert_eq!(
        raised(&record, now + SignedDuration::from_secs(1)).0,
        BACKOFF_BASE,
        "a long run forgets"
    );
}

#[test]
fn a_container_that_is_held_back_says_so() {
    let mut state = with(ended(1));
    state.containers.get_mut("c").expect("it is there").backoff = Some((BACKOFF_BASE, noon()));
    let plan = decide(
        &one("Always"),
        &mut state,
        noon() + SignedDuration::from_secs(1),
    );
    assert_eq!(plan.actions, [Action::EnterBackoff { name: "c".into() }]);
    assert_eq!(plan.wake_at, Some(noon() + BACKOFF_BASE));
    let container = plan
        .status
        .container_statuses
        .into_iter()
        .flatten()
        .next()
        .expect("one container");
    let waiting = container.state.and_then(|s| s.waiting).expect("it waits");
    assert_eq!(waiting.reason.as_deref(), Some("CrashLoopBackOff"));
    assert_eq!(
        waiting.message.as_deref(),
        Some("back-off 10s restarting failed container=c pod=p_default(u)")
    );
    assert_eq!(
        container
            .last_state
            .and_then(|s| s.terminated)
            .map(|t| t.exit_code),
        Some(1)
    );
}

#[test]
fn kubelet_01_a_deleted_pod_ends_before_it_goes() {
    let mut pod = one("Always");
    pod.metadata.deletion_timestamp = Some(seconds(noon()));
    pod.metadata.deletion_grace_period_seconds = Some(5);
    let mut state = running();
    let plan = decide(&pod, &mut state, noon());
    assert!(matches!(plan.actions[..], [Action::StopContainer { .. }]));
    assert_eq!(
        plan.status.phase.as_deref(),
        Some("Running"),
        "it still runs"
    );
    assert_eq!(plan.wake_at, Some(noon() + SignedDuration::from_secs(5)));
    state.containers.get_mut("c").expect("it is there").stopping = true;
    assert_eq!(
        decide(&pod, &mut state, noon() + SignedDuration::from_secs(4)).actions,
        []
    );
    let plan = decide(&pod, &mut state, noon() + SignedDuration::from_secs(5));
    assert_eq!(plan.actions, [Action::KillContainer { name: "c".into() }]);
    put(&mut state, "c", ended(137));
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [Action::StopSandbox]);
    state.sandbox = SandboxState::Stopped;
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [Action::RemoveObject]);
    assert_eq!(plan.status.phase.as_deref(), Some("Failed"));
}

#[test]
fn kubelet_01_how_a_deleted_pod_has_ended_is_its_containers_to_say() {
    for (code, phase) in [(0, "Succeeded"), (143, "Failed")] {
        let mut pod = one("Always");
        pod.metadata.deletion_timestamp = Some(seconds(noon()));
        let mut state = running();
        decide(&pod, &mut state, noon());
        put(&mut state, "c", ended(code));
        state.sandbox = SandboxState::Stopped;
        let plan = decide(&pod, &mut state, noon());
        assert_eq!(
            plan.status.phase.as_deref(),
            Some(phase),
            "exit code {code}"
        );
        assert_eq!(plan.actions, [Action::RemoveObject], "exit code {code}");
    }
}

#[test]
fn a_grace_may_be_as_long_as_it_likes() {
    let spec = json!({"terminationGracePeriodSeconds": i64::MAX, "containers": [{"name": "c"}]});
    let mut pod = pod(spec);
    pod.metadata.deletion_timestamp = Some(seconds(noon()));
    let plan = decide(&pod, &mut running(), noon());
    assert!(matches!(plan.actions[..], [Action::StopContainer { .. }]));
    assert_eq!(plan.wake_at, Some(Timestamp::MAX));
}

#[test]
fn a_deadline_fails_the_pod() {
    let spec = json!({"restartPolicy": "Never", "activeDeadlineSeconds": 10, "containers": [{"name": "c"}]});
    let mut state = running();
    assert_eq!(
        decide(&pod(spec.clone()), &mut state, noon()).wake_at,
        Some(noon() + SignedDuration::from_secs(10))
    );
    let plan = decide(
        &pod(spec.clone()),
        &mut state,
        noon() + SignedDuration::from_secs(10),
    );
    assert!(matches!(
        plan.actions[..],
        [Action::ReportDeadline, Action::StopContainer { .. }]
    ));
    put(&mut state, "c", ended(143));
    let status = decide(
        &pod(spec),
        &mut state,
        noon() + SignedDuration::from_secs(11),
    )
    .status;
    assert_eq!(
        (status.phase.as_deref(), status.reason.as_deref()),
        (Some("Failed"), Some("DeadlineExceeded"))
    );
}

#[test]
fn init_containers_run_in_order_and_sidecars_beside() {
    let spec = json!({
        "restartPolicy": "Never",
        "initContainers": [{"name": "first"}, {"name": "side", "restartPolicy": "Always"}, {"name": "second"}],
        "containers": [{"name": "c"}],
    });
    let pod = pod(spec);
    let mut state = PodState {
        sandbox: SandboxState::Ready,
        start_time: Some(noon()),
        ..PodState::default()
    };
    let runs = || Current::Running {
        id: "1".into(),
        started_at: noon(),
    };
    assert_eq!(decide(&pod, &mut state, noon()).actions, [start("first")]);
    put(&mut state, "first", ended(0));
    assert_eq!(decide(&pod, &mut state, noon()).actions, [start("side")]);
    put(&mut state, "side", runs());
    assert_eq!(decide(&pod, &mut state, noon()).actions, [start("second")]);
    put(&mut state, "second", ended(0));
    assert_eq!(decide(&pod, &mut state, noon()).actions, [start("c")]);
    put(&mut state, "c", runs());
    assert_eq!(
        decide(&pod, &mut state, noon()).status.phase.as_deref(),
        Some("Running")
    );
    put(&mut state, "c", ended(0));
    let plan = decide(&pod, &mut state, noon());
    assert!(matches!(&plan.actions[..], [Action::StopContainer { name, .. }] if name == "side"));
    assert_eq!(
        plan.status.phase.as_deref(),
        Some("Running"),
        "a sidecar still runs"
    );
    put(&mut state, "side", ended(143));
    assert_eq!(
        decide(&pod, &mut state, noon()).status.phase.as_deref(),
        Some("Succeeded")
    );
}

#[test]
fn pod_02_container_rules_restart_by_exit_code() {
    let rules = json!([{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]);
    let container = json!({"name": "c", "restartPolicy": "Never", "restartPolicyRules": rules});
    let pod = pod(json!({"restartPolicy": "Never", "containers": [container]}));
    assert_eq!(
        decide(&pod, &mut with(ended(42)), noon()).actions,
        [start("c")]
    );
    assert_eq!(
        decide(&pod, &mut with(ended(1)), noon()).actions,
        [Action::StopSandbox]
    );
}

#[test]
fn a_pod_of_an_earlier_life_lost_its_containers() {
    let status = json!({
        "phase": "Running", "startTime": "2026-11-23T11:00:00Z",
        "containerStatuses": [{"name": "c", "image": "x", "imageID": "", "ready": true, "restartCount": 2,
            "state": {"running": {"startedAt": "2026-11-23T11:00:00Z"}}}],
    });
    for (policy, want) in [("Always", start("c")), ("Never", Action::StopSandbox)] {
        let mut pod = one(policy);
        pod.status = serde_json::from_value(status.clone()).expect("a status");
        let mut state = PodState::recovered(&pod, noon(), |_, _| Past::Absent);
        state.sandbox = SandboxState::Ready;
        let plan = decide(&pod, &mut state, noon());
        assert_eq!(plan.actions, [want], "{policy}");
        assert_eq!(state.record("c").map(|r| r.attempts), Some(3));
        if policy == "Never" {
            assert_eq!(
                plan.status.phase.as_deref(),
                Some("Failed"),
                "the Job counts it and tries again"
            );
        }
    }
}

#[test]
fn readiness_gates_say_what_they_wait_for() {
    let absent = "corresponding condition of pod readiness gate \"my.io/gate\" does not exist.";
    let closed = "the status of pod readiness gate \"my.io/gate\" is not \"True\", but Unknown";
    let rows = [
        ("absent", json!([]), Some(absent)),
        (
            "not true",
            json!([{"type": "my.io/gate", "status": "Unknown"}]),
            Some(closed),
        ),
        (
            "open",
            json!([{"type": "my.io/gate", "status": "True"}]),
            None,
        ),
    ];
    for (why, conditions, want) in rows {
        let spec = json!({"readinessGates": [{"conditionType": "my.io/gate"}], "containers": [{"name": "c"}]});
        let mut pod = pod(spec);
        let status = json!({"conditions": conditions});
        pod.status = serde_json::from_value(status).expect("a status");
        let status = decide(&pod, &mut running(), noon()).status;
        let mut conditions = status.conditions.into_iter().flatten();
        let ready = conditions.find(|c| c.type_ == "Ready");
        let message = ready.and_then(|c| c.message);
        assert_eq!(message.as_deref(), want, "{why}");
    }
}

#[test]
fn a_pod_that_was_not_taken_on_has_failed_and_says_nothing_of_its_containers() {
    let mut state = PodState {
        sandbox: SandboxState::Stopped,
        rejected: Some(("OutOfcpu".into(), "too much".into())),
        ..PodState::default()
    };
    let mut pod = one("Always");
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, []);
    let want = json!({"phase": "Failed", "reason": "OutOfcpu", "message": "Pod was rejected: too much", "observedGeneration": 3});
    assert_eq!(serde_json::to_value(plan.status).expect("a status"), want);
    pod.metadata.deletion_timestamp = Some(seconds(noon()));
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [Action::RemoveObject]);
}

#[test]
fn last_words_are_shared_out_among_the_containers() {
    let containers: Vec<_> = (0..5).map(|n| json!({"name": format!("c{n}")})).collect();
    let pod = pod(json!({"restartPolicy": "Never", "containers": containers}));
    let mut state = running();
    let said = Ended {
        message: Some("é".repeat(2000)),
        ..Ended::default()
    };
    put(&mut state, "c0", Current::Ended(said));
    let status = decide(&pod, &mut state, noon()).status;
    let mut shown = status.container_statuses.into_iter().flatten();
    let message = shown.find_map(|c| c.state?.terminated?.message);
    let message = message.expect("it said something");
    // 12288 / 5 = 2457, in the middle of a letter
    assert_eq!(message.len(), 2456);
}
