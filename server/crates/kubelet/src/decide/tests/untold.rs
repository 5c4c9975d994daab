//! Runs that an earlier life had begun and told nobody of.

use super::*;

#[test]
fn a_run_that_nobody_was_told_of_is_lost_too() {
    let told = json!({"containerStatuses": [{"name": "c", "image": "x", "imageID": "", "ready": false,
        "restartCount": 0, "state": {"terminated": {"exitCode": 1}}}]});
    let rows = [
        ("Never", json!({}), 0, Action::StopSandbox, "Failed"),
        ("OnFailure", json!({}), 0, start("c"), "Running"),
        ("OnFailure", told, 1, start("c"), "Running"),
    ];
    for (policy, status, attempt, want, phase) in rows {
        let why = format!("{policy}, run {attempt}");
        let mut pod = one(policy);
        pod.status = serde_json::from_value(status).expect("a status");
        let mut state = PodState::recovered(&pod, noon());
        state.take_untold(&pod, noon(), |name, asked| (name, asked) == ("c", attempt));
        state.sandbox = SandboxState::Ready;
        let record = state.record("c").expect("it is known");
        let runs = (record.restart_count, record.attempts);
        assert_eq!(runs, (attempt, attempt + 1), "{why}");
        assert_eq!(record.last.is_some(), attempt > 0, "{why}");
        assert!(state.initialized, "{why}: its init containers had run");
        let plan = decide(&pod, &mut state, noon());
        assert_eq!(plan.actions, [want], "{why}");
        assert_eq!(plan.status.phase.as_deref(), Some(phase), "{why}");
    }
}

#[test]
fn what_was_never_begun_begins() {
    let pod = one("Never");
    let mut state = PodState::recovered(&pod, noon());
    state.take_untold(&pod, noon(), |_, _| false);
    assert_eq!(state, PodState::default());
}
