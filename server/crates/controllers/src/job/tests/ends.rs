//! How a Job ends, and what is said of it.

use jiff::SignedDuration;
use serde_json::json;

use super::super::conditions::ensure;
use super::shape::{
    Shape, at, job, noon, pod, pods, sync, sync_unsettled, sync_whose_work_fails, told,
};

#[test]
fn job_41_to_50_how_a_job_ends() {
    let failed = |n: usize| {
        (0..n)
            .map(|n| pod(&format!("f{n}"), "Failed").exit(1, 0))
            .collect::<Vec<_>>()
    };
    let on_failure = |limit: i32| json!({"backoffLimit": limit, "template": {"spec": {"restartPolicy": "OnFailure", "containers": []}}});
    let fail_job = json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let rows = [
        (
            "JOB-41: at the limit it goes on",
            json!({"backoffLimit": 2}),
            json!({}),
            failed(2),
            "",
        ),
        (
            "JOB-41: past the limit",
            json!({"backoffLimit": 2}),
            json!({}),
            failed(3),
            "Failed BackoffLimitExceeded",
        ),
        (
            "JOB-41: counted ones too",
            json!({"backoffLimit": 2}),
            json!({"failed": 2}),
            failed(1),
            "Failed BackoffLimitExceeded",
        ),
        (
            "JOB-42: restarts below the limit",
            on_failure(2),
            json!({}),
            vec![pod("a", "Running").restarts(1)],
            "",
        ),
        (
            "JOB-42: restarts at the limit",
            on_failure(2),
            json!({}),
            vec![pod("a", "Running").restarts(2)],
            "FailureTarget BackoffLimitExceeded",
        ),
        (
            "JOB-42: none where none may be",
            on_failure(0),
            json!({}),
            vec![pod("a", "Running").restarts(0)],
            "",
        ),
        (
            "JOB-42: one where none may be",
            on_failure(0),
            json!({}),
            vec![pod("a", "Running").restarts(1)],
            "FailureTarget BackoffLimitExceeded",
        ),
        (
            "JOB-42: those of all pods and containers together",
            on_failure(4),
            json!({}),
            vec![
                pod("a", "Running").restarts(1).init_restarts(1),
                pod("b", "Pending").restarts(2),
            ],
            "FailureTarget BackoffLimitExceeded",
        ),
        (
            "JOB-42: however many",
            on_failure(4),
            json!({}),
            vec![
                pod("a", "Running").restarts(i32::MAX),
                pod("b", "Running").restarts(i32::MAX),
            ],
            "FailureTarget BackoffLimitExceeded",
        ),
        (
            "JOB-41: and failures, counted and new",
            json!({"backoffLimit": i32::MAX}),
            json!({"failed": i32::MAX}),
            failed(2),
            "",
        ),
        (
            "JOB-42: but of ended ones",
            on_failure(4),
            json!({}),
            vec![
                pod("a", "Running").restarts(3),
                pod("b", "Succeeded").restarts(3),
            ],
            "",
        ),
        (
            "JOB-54: restarts under restartPolicy Never are none of the Job's",
            json!({"backoffLimit": 0}),
            json!({}),
            vec![pod("a", "Running").restarts(9)],
            "",
        ),
        (
            "JOB-43: before the deadline",
            json!({"activeDeadlineSeconds": 31}),
            json!({"startTime": at(-29)}),
            vec![],
            "",
        ),
        (
            "JOB-43: at the deadline",
            json!({"activeDeadlineSeconds": 30}),
            json!({"startTime": at(-29)}),
            vec![],
            "Failed DeadlineExceeded",
        ),
        (
            "JOB-43: the backoff limit wins",
            json!({"activeDeadlineSeconds": 1, "backoffLimit": 0}),
            json!({"startTime": at(-29)}),
            failed(1),
            "Failed BackoffLimitExceeded",
        ),
        (
            "JOB-93: no deadline while suspended",
            json!({"activeDeadlineSeconds": 1, "suspend": true}),
            json!({"startTime": at(-29)}),
            vec![],
            "Suspended JobSuspended",
        ),
        (
            "JOB-93: a suspended Job can fail",
            json!({"backoffLimit": 0, "suspend": true}),
            json!({}),
            failed(1),
            "Failed BackoffLimitExceeded",
        ),
        (
            "JOB-93: a suspended Job can complete",
            json!({"suspend": true}),
            json!({"succeeded": 3}),
            vec![],
            "Complete CompletionsReached",
        ),
        (
            "JOB-36: completions reached",
            json!({}),
            json!({"succeeded": 3}),
            vec![],
            "Complete CompletionsReached",
        ),
        (
            "JOB-36: zero completions",
            json!({"completions": 0}),
            json!({}),
            vec![],
            "Complete CompletionsReached",
        ),
        (
            "JOB-36: a work queue after a success",
            json!({"completions": null}),
            json!({"succeeded": 1}),
            vec![],
            "Complete CompletionsReached",
        ),
        (
            "JOB-36: a work queue that still runs",
            json!({"completions": null}),
            json!({"succeeded": 1}),
            vec![pod("a", "Running")],
            "",
        ),
        (
            "JOB-78: a FailJob rule",
            json!({"podFailurePolicy": fail_job, "backoffLimit": 0}),
            json!({}),
            vec![pod("a", "Failed").exit(42, 0)],
            "Failed PodFailurePolicy",
        ),
        (
            "JOB-44: what was announced stays",
            json!({"backoffLimit": 0}),
            json!({"conditions": [{"type": "FailureTarget", "status": "True", "reason": "DeadlineExceeded", "message": "m"}]}),
            failed(1),
            "Failed DeadlineExceeded",
        ),
        (
            "JOB-44: a target that is False is none",
            json!({"parallelism": 1}),
            json!({"conditions": [{"type": "FailureTarget", "status": "False", "reason": "ByHand", "message": "m"}]}),
            vec![pod("a", "Running")],
            "FailureTarget ByHand",
        ),
        (
            "JOB-44: nor is a success that is not met",
            json!({"parallelism": 1}),
            json!({"conditions": [{"type": "SuccessCriteriaMet", "status": "False", "reason": "ByHand", "message": "m"}]}),
            vec![pod("a", "Running")],
            "SuccessCriteriaMet ByHand",
        ),
        (
            "JOB-48: a leaving pod is waited for",
            json!({}),
            json!({"succeeded": 3}),
            vec![pod("a", "Running").leaving().untracked()],
            "SuccessCriteriaMet CompletionsReached",
        ),
    ];
    for (why, spec, status, seen, want) in rows {
        let sync = sync(&job(spec, status), &pods(seen), 1);
        let last = sync.settled.status.conditions.iter().flatten().next_back();
        let got = last.map(|c| format!("{} {}", c.type_, c.reason.clone().unwrap_or_default()));
        assert_eq!(got.unwrap_or_default(), want, "{why}");
    }
}

#[test]
fn job_43_a_running_job_wakes_at_its_deadline() {
    let sync = sync(
        &job(
            json!({"activeDeadlineSeconds": 30}),
            json!({"startTime": at(0)}),
        ),
        &[],
        1,
    );
    assert_eq!(sync.wake_at, Some(noon() + SignedDuration::from_secs(30)));
}

#[test]
fn job_48_the_interim_condition_is_written_before_pods_are_let_go() {
    let seen = pods(vec![
        pod("a", "Running").ready(0),
        pod("b", "Failed").exit(1, 0),
    ]);
    let sync = sync(
        &job(json!({"backoffLimit": 0}), json!({"startTime": at(0)})),
        &seen,
        1,
    );
    assert_eq!(sync.deleted, ["a"]);
    assert!(!sync.untracked_first, "JOB-50: deleted with its finalizer");
    assert!(sync.wrote_first);
    assert_eq!(
        told(&sync.first),
        ["FailureTarget=True BackoffLimitExceeded"]
    );
    assert_eq!(
        (sync.first.active, sync.first.ready, sync.first.terminating),
        (None, Some(0), Some(1)),
        "JOB-39"
    );
    let uncounted = sync.first.uncounted_terminated_pods.expect("JOB-63");
    assert_eq!(
        uncounted.failed,
        Some(vec!["a".to_owned(), "b".to_owned()]),
        "JOB-50: both have failed"
    );
    assert_eq!(sync.released, ["a", "b"]);
    assert_eq!(sync.settled.status.failed, Some(2));
    assert!(!sync.settled.finished, "one is still terminating");
}

#[test]
fn job_52_a_condition_tells_when_it_was_written() {
    let sync = sync(&job(json!({}), json!({"succeeded": 3})), &[], 7);
    let conditions = sync.settled.status.conditions.expect("there are some");
    assert_eq!(conditions.len(), 2);
    for condition in conditions {
        let times = [condition.last_probe_time, condition.last_transition_time];
        let times = times.map(|time| time.map(|time| time.0));
        let now = Some(noon() + SignedDuration::from_secs(7));
        assert_eq!(times, [now, now], "{}", condition.type_);
    }
}

#[test]
fn job_51_farewells() {
    let done = sync(
        &job(json!({"parallelism": 9}), json!({"succeeded": 4})),
        &[],
        1,
    )
    .settled;
    let reasons: Vec<_> = done
        .notes
        .iter()
        .map(|note| (note.warning, note.reason.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [(true, "TooManySucceededPods"), (false, "Completed")]
    );
    let messages: Vec<_> = done
        .notes
        .iter()
        .map(|note| note.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "Too many succeeded pods running after completion count reached",
            "Job completed"
        ]
    );
    for (spec, succeeded) in [(json!({}), 3), (json!({"completions": null}), 4)] {
        let done = sync(&job(spec, json!({"succeeded": succeeded})), &[], 1).settled;
        let reasons: Vec<_> = done.notes.iter().map(|note| note.reason.as_str()).collect();
        assert_eq!(reasons, ["Completed"], "{succeeded} are none too many");
    }
    let failed = sync(
        &job(
            json!({"activeDeadlineSeconds": 0}),
            json!({"startTime": at(0)}),
        ),
        &[],
        1,
    )
    .settled;
    let reasons: Vec<_> = failed
        .notes
        .iter()
        .map(|note| (note.warning, note.reason.as_str()))
        .collect();
    assert_eq!(reasons, [(true, "DeadlineExceeded")]);
}

#[test]
fn job_90_to_92_suspension() {
    let suspended = json!([{"type": "Suspended", "status": "True", "reason": "JobSuspended", "message": "Job suspended"}]);
    let rows = [
        (
            "suspended from the start",
            json!({"suspend": true}),
            json!({}),
            vec!["Suspended=True JobSuspended"],
            None,
            vec!["Suspended"],
        ),
        (
            "suspended while it runs",
            json!({"suspend": true}),
            json!({"startTime": at(-50)}),
            vec!["Suspended=True JobSuspended"],
            None,
            vec!["Suspended"],
        ),
        (
            "already suspended",
            json!({"suspend": true}),
            json!({"conditions": suspended}),
            vec!["Suspended=True JobSuspended"],
            None,
            vec![],
        ),
        (
            "resumed",
            json!({}),
            json!({"conditions": suspended}),
            vec!["Suspended=False JobResumed"],
            Some(1),
            vec!["Resumed"],
        ),
        (
            "resumed, though a controller of before had left its time",
            json!({}),
            json!({"conditions": suspended, "startTime": at(-50)}),
            vec!["Suspended=False JobResumed"],
            Some(1),
            vec!["Resumed"],
        ),
        (
            "never suspended",
            json!({}),
            json!({}),
            vec![],
            Some(1),
            vec![],
        ),
        (
            "never suspended, and running",
            json!({}),
            json!({"startTime": at(-50)}),
            vec![],
            Some(-50),
            vec![],
        ),
    ];
    for (why, spec, status, conditions, started, events) in rows {
        let sync = sync(&job(spec, status), &[], 1);
        assert_eq!(told(&sync.first), conditions, "{why}");
        assert_eq!(sync.notes, events, "{why}");
        let start = sync.first.start_time;
        let start = start.map(|time| time.0.duration_since(noon()).as_secs());
        assert_eq!(start, started, "{why}");
    }
}

#[test]
fn job_55_a_condition_is_written_anew_when_it_says_something_else() {
    let old = |value: &str| json!([{"type": "Suspended", "status": value, "reason": "r", "message": "m", "lastTransitionTime": at(0)}]);
    let rows = [
        ("the same", "True", true, "r", "m", false),
        ("another status", "True", false, "r", "m", true),
        ("True after False", "False", true, "r", "m", true),
        ("False, as before", "False", false, "r", "m", false),
        ("another reason", "True", true, "s", "m", true),
        ("another message", "True", true, "r", "n", true),
    ];
    for (why, before, value, reason, message, anew) in rows {
        let status = json!({"conditions": old(before)});
        let mut status = serde_json::from_value(status).expect("a literal status");
        let later = noon() + SignedDuration::from_secs(9);
        let wrote = ensure(&mut status, "Suspended", value, reason, message, later);
        let conditions = status.conditions.expect("there are some");
        let since = conditions[0].last_transition_time.as_ref().expect("set").0;
        assert_eq!((wrote, since == later), (anew, anew), "{why}");
        assert_eq!(conditions.len(), 1, "{why}");
        let told = if value { "True" } else { "False" };
        assert_eq!(conditions[0].status, told, "{why}");
    }
    let mut none = k8s_openapi::api::batch::v1::JobStatus::default();
    assert!(
        !ensure(&mut none, "Suspended", false, "r", "m", noon()),
        "False is not added from nothing"
    );
    assert!(none.conditions.is_none_or(|all| all.is_empty()));
}

#[test]
fn job_48_the_end_is_announced_once_every_deletion_was_made_and_seen() {
    let job = job(json!({"backoffLimit": 0}), json!({}));
    let seen = pods(vec![pod("a", "Failed").exit(1, 0)]);
    let unseen = sync_unsettled(&job, &seen, 1);
    assert!(told(&unseen.first).is_empty(), "some are not seen yet");
    assert!(!unseen.settled.finished);
    let failed = sync_whose_work_fails(&job, &seen, 1);
    assert!(told(&failed.first).is_empty(), "some were refused");
    assert!(!failed.settled.finished);
    assert!(sync(&job, &seen, 1).settled.finished, "otherwise it ends");
}
