//! Pods that begin anew in their place, and pods that end one container after the other.

use super::*;

fn runs() -> Current {
    Current::Running {
        id: "1".into(),
        started_at: noon(),
    }
}

fn ready_sandbox() -> PodState {
    PodState {
        sandbox: SandboxState::Ready,
        start_time: Some(noon()),
        ..PodState::default()
    }
}

fn condition(status: &PodStatus, type_: &str) -> (String, Option<String>) {
    let mut conditions = status.conditions.iter().flatten();
    let found = conditions.find(|c| c.type_ == type_);
    let found = found.unwrap_or_else(|| panic!("no condition {type_}"));
    (found.status.clone(), found.reason.clone())
}

#[test]
fn a_new_sandbox_begins_with_the_init_containers() {
    let spec = json!({"initContainers": [{"name": "init"}], "containers": [{"name": "c"}]});
    let pod = pod(spec);
    let mut state = ready_sandbox();
    put(&mut state, "init", ended(0));
    put(&mut state, "c", runs());
    decide(&pod, &mut state, noon());
    put(&mut state, "c", ended(137));
    state.sandbox = SandboxState::Absent;
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [Action::StartSandbox]);
    state.sandbox = SandboxState::Ready;
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [start("init")], "not the container yet");
    let phase = plan.status.phase.as_deref();
    assert_eq!(
        phase,
        Some("Running"),
        "a pod that ran is not pending again"
    );
    assert_eq!(
        condition(&plan.status, "Initialized"),
        ("True".into(), None)
    );
    let init = plan.status.init_container_statuses.into_iter().flatten();
    let last = init.flat_map(|c| c.last_state?.terminated).next();
    assert_eq!(last.map(|t| t.exit_code), Some(0), "its first run is kept");
    put(&mut state, "init", ended(0));
    assert_eq!(decide(&pod, &mut state, noon()).actions, [start("c")]);
}

#[test]
fn after_a_reboot_a_pod_that_is_not_restarted_keeps_its_init_containers() {
    let spec = json!({"restartPolicy": "Never", "initContainers": [{"name": "init"}], "containers": [{"name": "c"}]});
    let mut state = ready_sandbox();
    state.sandbox = SandboxState::Absent;
    state.initialized = true;
    put(&mut state, "init", ended(0));
    put(&mut state, "c", ended(137));
    let plan = decide(&pod(spec), &mut state, noon());
    assert_eq!(plan.actions, [Action::StopSandbox]);
    assert_eq!(plan.status.phase.as_deref(), Some("Failed"));
    assert!(state.has_succeeded("init"));
}

#[test]
fn pod_02_a_rule_restarts_all_containers() {
    let rule =
        json!({"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [88]}});
    let pod = pod(json!({
        "restartPolicy": "Never",
        "initContainers": [{"name": "init"}, {"name": "side", "restartPolicy": "Always"}],
        "containers": [
            {"name": "watched", "restartPolicy": "Never", "restartPolicyRules": [rule]},
            {"name": "c"},
        ],
    }));
    let mut state = ready_sandbox();
    put(&mut state, "init", ended(0));
    for name in ["side", "watched", "c"] {
        put(&mut state, name, runs());
    }
    let calm = ("False".to_owned(), None);
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(condition(&plan.status, "AllContainersRestarting"), calm);
    put(&mut state, "watched", ended(88));
    let plan = decide(&pod, &mut state, noon());
    let kill = |name: &str| Action::KillContainer { name: name.into() };
    assert_eq!(plan.actions, [kill("side"), kill("c")]);
    assert_eq!(plan.status.phase.as_deref(), Some("Running"));
    assert_eq!(
        condition(&plan.status, "AllContainersRestarting"),
        ("True".into(), Some("RestartAllContainersStarted".into()))
    );
    put(&mut state, "c", ended(137));
    let record = state.containers.get_mut("side").expect("it is there");
    record.killed = true;
    assert_eq!(decide(&pod, &mut state, noon()).actions, []);
    put(&mut state, "side", ended(137));
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(
        plan.actions,
        [start("init")],
        "from the beginning, in its place"
    );
    assert_eq!(condition(&plan.status, "AllContainersRestarting"), calm);
    put(&mut state, "init", ended(0));
    put(&mut state, "side", runs());
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [start("watched"), start("c")]);
    for name in ["watched", "c"] {
        put(&mut state, name, ended(0));
    }
    put(&mut state, "side", ended(143));
    let status = decide(&pod, &mut state, noon()).status;
    assert_eq!(status.phase.as_deref(), Some("Succeeded"));
}

#[test]
fn pod_02_restarting_all_again_and_again_backs_off() {
    let rule = json!({"action": "RestartAllContainers", "exitCodes": {"operator": "NotIn", "values": [0]}});
    let container = json!({"name": "c", "restartPolicy": "Never", "restartPolicyRules": [rule]});
    let pod = pod(json!({"restartPolicy": "Never", "containers": [container]}));
    let mut state = with(ended(1));
    state.containers.get_mut("c").expect("it is there").backoff = Some((BACKOFF_BASE, noon()));
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(
        (plan.actions, plan.wake_at),
        (vec![], Some(noon() + BACKOFF_BASE))
    );
    let shown = plan.status.container_statuses.into_iter().flatten();
    let waits = shown
        .flat_map(|c| c.state?.waiting)
        .next()
        .expect("it waits");
    assert_eq!(waits.reason.as_deref(), Some("CrashLoopBackOff"));
    let plan = decide(&pod, &mut state, noon() + BACKOFF_BASE);
    assert_eq!(plan.actions, [start("c")]);
}

#[test]
fn sidecars_end_one_after_the_other_last_declared_first() {
    let side = |name: &str| json!({"name": name, "restartPolicy": "Always"});
    let mut pod = pod(json!({
        "initContainers": [side("first"), side("second")], "containers": [{"name": "c"}],
    }));
    pod.metadata.deletion_timestamp = Some(seconds(noon()));
    pod.metadata.deletion_grace_period_seconds = Some(30);
    let mut state = ready_sandbox();
    for name in ["first", "second", "c"] {
        put(&mut state, name, runs());
    }
    let stop = |name: &str| Action::StopContainer {
        name: name.into(),
        message: format!("Stopping container {name}"),
    };
    let kill = |name: &str| Action::KillContainer { name: name.into() };
    let tell = |state: &mut PodState, name: &str| {
        state
            .containers
            .get_mut(name)
            .expect("it is there")
            .stopping = true;
    };
    let at = |secs: i64| noon() + SignedDuration::from_secs(secs);
    assert_eq!(decide(&pod, &mut state, noon()).actions, [stop("c")]);
    tell(&mut state, "c");
    let plan = decide(&pod, &mut state, at(1));
    assert_eq!((plan.actions, plan.wake_at), (vec![], Some(at(30))));
    put(&mut state, "c", ended(143));
    assert_eq!(decide(&pod, &mut state, at(2)).actions, [stop("second")]);
    tell(&mut state, "second");
    assert_eq!(decide(&pod, &mut state, at(3)).actions, []);
    let mut late = state.clone();
    put(&mut state, "second", ended(143));
    assert_eq!(decide(&pod, &mut state, at(4)).actions, [stop("first")]);

    // what nobody waits for any more still gets a moment
    let plan = decide(&pod, &mut late, at(30));
    assert_eq!(plan.actions, [stop("first"), kill("second")]);
    tell(&mut late, "first");
    put(&mut late, "second", ended(137));
    let plan = decide(&pod, &mut late, at(31));
    assert_eq!((plan.actions, plan.wake_at), (vec![], Some(at(32))));
    assert_eq!(decide(&pod, &mut late, at(32)).actions, [kill("first")]);
}

#[test]
fn a_container_counts_as_running_once_its_post_start_hook_has_returned() {
    let hook = json!({"postStart": {"sleep": {"seconds": 5}}});
    let pod = pod(json!({
        "initContainers": [{"name": "side", "restartPolicy": "Always", "lifecycle": hook}],
        "containers": [{"name": "a", "lifecycle": hook}, {"name": "b"}],
    }));
    let mut state = ready_sandbox();
    let hooked = |state: &mut PodState, name: &str, hooked: bool| {
        put(state, name, runs());
        state.containers.get_mut(name).expect("put").hooked = hooked;
    };
    assert_eq!(decide(&pod, &mut state, noon()).actions, [start("side")]);
    hooked(&mut state, "side", true);
    let plan = decide(&pod, &mut state, noon());
    assert!(plan.actions.is_empty(), "the others wait");
    hooked(&mut state, "side", false);
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [start("a")], "also those of its own kind");
    hooked(&mut state, "a", true);
    let plan = decide(&pod, &mut state, noon());
    assert!(plan.actions.is_empty());
    assert_eq!(plan.status.phase.as_deref(), Some("Pending"));
    let told = |plan: Plan| {
        let status = plan.status.container_statuses.into_iter().flatten().next();
        let status = serde_json::to_value(status.expect("of a")).expect("a status");
        let keys = [
            "state",
            "lastState",
            "ready",
            "started",
            "restartCount",
            "containerID",
        ];
        keys.map(|key| status[key].clone())
    };
    let want = [
        json!({"waiting": {"reason": "PodInitializing"}}),
        json!({}),
        json!(false),
        json!(false),
        json!(0),
        Value::Null,
    ];
    assert_eq!(told(plan), want);
    hooked(&mut state, "a", false);
    let plan = decide(&pod, &mut state, noon());
    assert_eq!(plan.actions, [start("b")]);

    // a run after the first one: what is told is how the one before ended
    let record = state.containers.get_mut("a").expect("put");
    (record.hooked, record.restart_count) = (true, 1);
    let Current::Ended(before) = ended(3) else {
        panic!("an end")
    };
    record.last = Some(before);
    let [current, last_state, ready, .., restarts, id] = told(decide(&pod, &mut state, noon()));
    assert_eq!(current["terminated"]["exitCode"], 3);
    assert_eq!(
        (last_state, ready, restarts),
        (json!({}), json!(false), json!(0))
    );
    assert_eq!(id, "orrery://1");
}

#[test]
fn a_container_that_never_ran_has_failed_once_its_pod_has_ended() {
    let waits = || Current::Waiting {
        reason: "ErrImagePull".into(),
        message: "no such image".into(),
        retry_at: noon(),
    };
    let unseen = "ContainerStatusUnknown 137";
    let two =
        json!({"initContainers": [{"name": "i"}, {"name": "j"}], "containers": [{"name": "c"}]});
    let rows = [
        (
            "a pod without init containers",
            json!({"containers": [{"name": "c"}, {"name": "d"}]}),
            vec![("c", waits()), ("d", ended(0))],
            vec![unseen, "Completed 0"],
        ),
        (
            "of a pod that never came so far the first init container",
            two.clone(),
            vec![("i", waits())],
            vec![unseen, "-", "-"],
        ),
        (
            "the init container that ended says enough",
            two.clone(),
            vec![("i", ended(0)), ("j", ended(143))],
            vec!["Completed 0", "Error 143", "-"],
        ),
        (
            "a pod past its init containers",
            two,
            vec![("i", ended(0)), ("j", ended(0)), ("c", waits())],
            vec!["Completed 0", "Completed 0", unseen],
        ),
    ];
    for (why, spec, known, want) in rows {
        let mut pod = pod(spec);
        pod.metadata.deletion_timestamp = Some(seconds(noon()));
        let mut state = ready_sandbox();
        state.sandbox = SandboxState::Stopped;
        for (name, current) in known {
            put(&mut state, name, current);
        }
        let status = decide(&pod, &mut state, noon()).status;
        let init = status.init_container_statuses.into_iter().flatten();
        let all = init.chain(status.container_statuses.into_iter().flatten());
        let ends = all.map(|c| match c.state.and_then(|state| state.terminated) {
            Some(end) => format!("{} {}", end.reason.unwrap_or_default(), end.exit_code),
            None => "-".to_owned(),
        });
        assert_eq!(ends.collect::<Vec<_>>(), want, "{why}");
        assert_eq!(status.phase.as_deref(), Some("Failed"), "{why}");
    }
}

#[test]
fn a_container_has_a_moment_after_sigterm_whatever_its_pre_stop_hook_took() {
    let mut pod = one("Always");
    pod.metadata.deletion_timestamp = Some(seconds(noon()));
    pod.metadata.deletion_grace_period_seconds = Some(5);
    let at = |secs: i64| noon() + SignedDuration::from_secs(secs);
    let kill = || vec![Action::KillContainer { name: "c".into() }];
    /// Why, until when its hook runs, when SIGTERM was, what is due after five seconds, and when to look.
    type Row = (&'static str, Option<i64>, Option<i64>, bool, Option<i64>);
    let rows: [Row; 5] = [
        ("SIGTERM at once", None, Some(0), true, None),
        ("SIGTERM late", None, Some(4), false, Some(6)),
        (
            "SIGTERM when all the grace was over",
            None,
            Some(5),
            false,
            Some(7),
        ),
        ("the hook runs", Some(5), None, false, None),
        ("its time was shortened", Some(30), None, true, None),
    ];
    for (why, hook, told, killed, wakes) in rows {
        let mut state = running();
        decide(&pod, &mut state, noon());
        let record = state.containers.get_mut("c").expect("it is there");
        record.stopping = true;
        (record.pre_stop_until, record.told_at) = (hook.map(at), told.map(at));
        let plan = decide(&pod, &mut state, at(5));
        let want = if killed { kill() } else { vec![] };
        assert_eq!((plan.actions, plan.wake_at), (want, wakes.map(at)), "{why}");
    }
}

#[test]
fn the_pre_stop_hooks_of_sidecars_begin_with_all_others() {
    let hook = json!({"preStop": {"sleep": {"seconds": 5}}});
    let mut pod = pod(json!({
        "initContainers": [{"name": "side", "restartPolicy": "Always", "lifecycle": hook}],
        "containers": [{"name": "c"}],
    }));
    pod.metadata.deletion_timestamp = Some(seconds(noon()));
    pod.metadata.deletion_grace_period_seconds = Some(30);
    let mut state = ready_sandbox();
    put(&mut state, "side", runs());
    put(&mut state, "c", runs());
    let at = |secs: i64| noon() + SignedDuration::from_secs(secs);
    let message = |name: &str| format!("Stopping container {name}");
    let forewarn = Action::ForewarnContainer {
        name: "side".into(),
        message: message("side"),
    };
    let stop = |name: &str| Action::StopContainer {
        name: name.into(),
        message: message(name),
    };
    assert_eq!(
        decide(&pod, &mut state, noon()).actions,
        [forewarn, stop("c")]
    );
    let record = state.containers.get_mut("side").expect("put");
    (record.forewarned, record.pre_stop_until) = (true, Some(at(30)));
    state.containers.get_mut("c").expect("put").stopping = true;
    let plan = decide(&pod, &mut state, at(1));
    assert!(plan.actions.is_empty(), "once");
    put(&mut state, "c", ended(143));
    let plan = decide(&pod, &mut state, at(2));
    assert!(plan.actions.is_empty(), "its turn, but its hook runs");
    assert_eq!(plan.wake_at, Some(at(30)));
    state
        .containers
        .get_mut("side")
        .expect("put")
        .pre_stop_until = None;
    assert_eq!(decide(&pod, &mut state, at(5)).actions, [stop("side")]);
}
