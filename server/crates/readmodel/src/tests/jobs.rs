//! Jobs as rows and details, and whose pods theirs are.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use orrery_view::{Kind, ListQuery, Row};
use serde_json::{Value, json};

use super::{at, job, object, pod, put_pod};
use crate::model::Model;
use crate::page::page;

#[test]
fn a_failed_jobs_duration_stops_when_it_failed() {
    let mut model = Model::default();
    model.put_job(&job("etl", 1, Some(("Failed", 3))), at(0));
    let rows = page(&model, &ListQuery::of(Kind::Job), true, at(9)).rows;
    let Some(Row::Job(row)) = rows.first() else {
        panic!("a Job's row")
    };
    assert_eq!(
        (row.start, row.end),
        (Some(at(1).as_millisecond()), Some(at(3).as_millisecond()))
    );
}

fn owned_by(job: &str, uid: &str) -> Value {
    json!([{"apiVersion": "batch/v1", "kind": "Job", "name": job, "uid": uid, "controller": true}])
}

/// The detail of a Job in a model that knows it and its pods.
fn job_detail(model: &mut Model, job: &Job, now: Timestamp) -> orrery_view::JobDetail {
    model.refresh(Kind::Job, now);
    let fetched = crate::detail::Fetched::Job(Box::new(job.clone()));
    match crate::detail::build(model, fetched, now) {
        orrery_view::Detail::Job(detail) => detail,
        other => panic!("a Job's detail, not {other:?}"),
    }
}

#[test]
fn a_jobs_pods_are_matched_by_uid_and_never_by_name() {
    let mut model = Model::default();
    let job = job("etl", 1, None);
    model.put_job(&job, at(0));
    // Labels and the owner's name are those of a Job that was deleted and made again.
    put_pod(
        &mut model,
        &pod(
            "etl-1-old",
            "node-1",
            json!({"metadata": {
        "labels": {"job-name": "etl-1", "batch.kubernetes.io/job-name": "etl-1"},
        "ownerReferences": owned_by("etl-1", "the-one-before")}}),
        ),
    );
    put_pod(
        &mut model,
        &pod(
            "etl-1-new",
            "node-1",
            json!({"metadata": {"ownerReferences": owned_by("etl-1", "etl-1")}}),
        ),
    );
    let detail = job_detail(&mut model, &job, at(2));
    let names: Vec<_> = detail
        .pods
        .iter()
        .map(|pod| pod.head.name.as_str())
        .collect();
    assert_eq!(names, ["etl-1-new"]);
    assert_eq!(detail.spans.len(), 1);
}

#[test]
fn an_indexed_jobs_indexes_have_the_state_of_their_pods() {
    use orrery_view::IndexState::*;
    let mut model = Model::default();
    let indexed = json!({
        "spec": {"completionMode": "Indexed", "completions": 7, "parallelism": 3},
        "status": {"completedIndexes": "0-1", "failedIndexes": "2"},
    });
    let job: Job = object(
        serde_json::to_value(job("etl", 0, None)).expect("a Job"),
        indexed,
    );
    model.put_job(&job, at(0));
    let of = |index: u32, created: i64, phase: &str| {
        json!({
            "metadata": {"ownerReferences": owned_by("etl-0", "etl-0"), "creationTimestamp": at(created),
                         "annotations": {"batch.kubernetes.io/job-completion-index": index.to_string()}},
            "status": {"phase": phase, "startTime": at(created)},
        })
    };
    for (name, index, created, phase) in [
        ("a", 3, 0, "Failed"),
        ("b", 3, 1, "Running"),
        ("c", 4, 0, "Failed"),
        ("d", 5, 1, "Succeeded"),
    ] {
        put_pod(&mut model, &pod(name, "node-1", of(index, created, phase)));
    }
    let detail = job_detail(&mut model, &job, at(2));
    let said: Vec<_> = detail
        .indexes
        .iter()
        .map(|run| (run.first, run.last, run.state, run.pod.as_deref()))
        .collect();
    let expected = [
        (0, 1, Succeeded, None),
        (2, 2, Failed, None),
        (3, 3, Running, Some("b")),
        (4, 4, Retrying, Some("c")),
        (5, 5, Succeeded, Some("d")),
        (6, 6, Open, None),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_time_to_live_is_told_before_the_job_has_ended_and_counts_from_its_end() {
    for (end, expires) in [(None, None), (Some(("Complete", 3)), Some(at(5)))] {
        let mut model = Model::default();
        let job: Job = object(
            serde_json::to_value(job("etl", 0, end)).expect("a Job"),
            json!({"spec": {"ttlSecondsAfterFinished": 120}}),
        );
        model.put_job(&job, at(4));
        let detail = job_detail(&mut model, &job, at(4));
        assert_eq!(detail.ttl_secs, Some(120), "{end:?}");
        assert_eq!(
            detail.expires,
            expires.map(Timestamp::as_millisecond),
            "{end:?}"
        );
    }
}

#[test]
fn pods_that_a_suspension_removed_stay_in_the_picture() {
    use orrery_view::SpanState;
    let mut model = Model::default();
    let running = job("etl", 0, None);
    model.put_job(&running, at(0));
    let owner = json!({"metadata": {"ownerReferences": owned_by("etl-0", "etl-0")}, "status": {"startTime": at(0)}});
    put_pod(&mut model, &pod("a", "node-1", owner));
    model.remove_pod("a", at(3));
    let suspended = json!({"spec": {"suspend": true}, "status": {"startTime": null,
        "conditions": [{"type": "Suspended", "status": "True", "lastTransitionTime": at(3)}]}});
    let job: Job = object(serde_json::to_value(running).expect("a Job"), suspended);
    model.put_job(&job, at(0));
    let detail = job_detail(&mut model, &job, at(30));
    assert_eq!(
        detail.seen,
        at(3).as_millisecond(),
        "the picture stands still"
    );
    let spans: Vec<_> = detail
        .spans
        .iter()
        .map(|s| (s.name.as_str(), s.state, s.gone, s.end))
        .collect();
    let end = Some(at(3).as_millisecond());
    assert_eq!(spans, [("a", SpanState::Stopped, true, end)]);
    model.remove_job("etl-0", at(31));
    assert_eq!(
        model.gone_pods_of("etl-0").count(),
        0,
        "nothing is kept of a Job that is gone"
    );
}

#[test]
fn a_jobs_status_never_lies() {
    let word = |change: Value| {
        let job: Job = object(
            serde_json::to_value(job("etl", 0, None)).expect("a Job"),
            change,
        );
        crate::facts::job::JobFacts::of(&job).row.status
    };
    use orrery_view::JobStatus::*;
    let condition = |type_: &str, status: &str| json!({"status": {"conditions": [{"type": type_, "status": status}]}});
    for (sentence, change, expected) in [
        (
            "PR-11 a Job without conditions is running, not unknown",
            json!({}),
            Running,
        ),
        (
            "so is one that has not started",
            json!({"status": null}),
            Running,
        ),
        (
            "suspended is not failed",
            condition("Suspended", "True"),
            Suspended,
        ),
        (
            "resumed is running",
            condition("Suspended", "False"),
            Running,
        ),
        (
            "a failure under way is not yet a failure",
            condition("FailureTarget", "True"),
            Failing,
        ),
        (
            "success under way is still running",
            condition("SuccessCriteriaMet", "True"),
            Running,
        ),
        (
            "a condition that is not true says nothing",
            condition("Failed", "False"),
            Running,
        ),
    ] {
        assert_eq!(word(change), expected, "{sentence}");
    }
}

#[test]
fn the_picture_of_a_suspended_job_stands_still_while_it_is_deleted() {
    let suspended = json!([{"type": "Suspended", "status": "True", "lastTransitionTime": at(1)}]);
    for (conditions, moves) in [(json!([]), true), (suspended, false)] {
        let deleted = json!({
            "metadata": {"deletionTimestamp": at(2)}, "status": {"conditions": conditions},
        });
        let running = serde_json::to_value(job("etl", 0, None)).expect("a Job");
        let job: Job = object(running, deleted);
        let mut model = Model::default();
        model.put_job(&job, at(3));
        let detail = job_detail(&mut model, &job, at(3));
        assert_eq!(detail.row.status, orrery_view::JobStatus::Terminating);
        let detail = orrery_view::Detail::Job(detail);
        assert_eq!(crate::detail::moves_at(&detail).is_some(), moves);
    }
}

#[test]
fn a_pod_that_completed_is_not_in_trouble() {
    let health = |change: Value| {
        crate::facts::pod::PodFacts::of(&pod("p", "node-1", change))
            .row
            .health
    };
    let ended = |exit_code: i32, phase: &str| {
        json!({"status": {
            "phase": phase, "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted"}],
            "containerStatuses": [{"name": "c", "ready": false, "restartCount": 0, "image": "", "imageID": "",
                                   "state": {"running": null, "terminated": {"exitCode": exit_code, "reason": "x"}}}],
        }})
    };
    use orrery_view::PodHealth::*;
    assert_eq!(health(json!({})), Running);
    assert_eq!(
        health(ended(0, "Succeeded")),
        Done,
        "completed is not degraded"
    );
    assert_eq!(health(ended(1, "Failed")), Bad);
    let mut of_job = ended(1, "Failed");
    of_job["metadata"] = json!({"ownerReferences": owned_by("etl-0", "etl-0")});
    assert_eq!(health(of_job), Failed, "its Job tells of it");
}
