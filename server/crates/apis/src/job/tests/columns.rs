use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use super::body;
use crate::testing::{created, row};

#[test]
fn pr_11_rows() {
    let with = |spec: Value, status: Value| {
        let mut job: Job = created(body(json!({"spec": spec})));
        job.status = Some(serde_json::from_value(status).expect("a status"));
        row(&job)
    };
    let condition = |type_: &str| json!([{"type": type_, "status": "True"}]);
    let rows = [
        ("not started", json!({}), json!({}), ["Running", "0/1", ""]),
        (
            "running",
            json!({"completions": 3}),
            json!({"succeeded": 2, "startTime": "2026-01-01T00:58:00Z"}),
            ["Running", "2/3", "2m"],
        ),
        (
            "a work queue",
            json!({"parallelism": 3}),
            json!({"succeeded": 1}),
            ["Running", "1/1 of 3", ""],
        ),
        (
            "a work queue of one",
            json!({"parallelism": 1, "completions": null}),
            json!({}),
            ["Running", "0/1", ""],
        ),
        (
            "one that has ended takes no longer",
            json!({"completions": 2}),
            json!({"succeeded": 1, "startTime": "2026-01-01T00:20:00Z", "completionTime": "2026-01-01T00:50:00Z"}),
            ["Running", "1/2", "30m"],
        ),
        (
            "complete",
            json!({}),
            json!({"succeeded": 1, "conditions": condition("Complete"), "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:42Z"}),
            ["Complete", "1/1", "42s"],
        ),
        (
            "failed",
            json!({}),
            json!({"conditions": condition("Failed")}),
            ["Failed", "0/1", ""],
        ),
        (
            "a failed one's duration grows",
            json!({}),
            json!({"conditions": condition("Failed"), "startTime": "2026-01-01T00:58:00Z"}),
            ["Failed", "0/1", "2m"],
        ),
        (
            "one that is to fail",
            json!({}),
            json!({"conditions": condition("FailureTarget")}),
            ["FailureTarget", "0/1", ""],
        ),
        (
            "one that is to complete",
            json!({}),
            json!({"conditions": condition("SuccessCriteriaMet")}),
            ["SuccessCriteriaMet", "0/1", ""],
        ),
        (
            "suspended",
            json!({}),
            json!({"conditions": condition("Suspended")}),
            ["Suspended", "0/1", ""],
        ),
        (
            "a condition that is no longer so",
            json!({}),
            json!({"conditions": [{"type": "Suspended", "status": "False"}]}),
            ["Running", "0/1", ""],
        ),
    ];
    for (why, spec, status, want) in rows {
        let row = with(spec, status);
        assert_eq!(row[1..4], want, "{why}");
        assert_eq!(
            (row[4].as_str(), row[5].as_str(), row[6].as_str()),
            ("5m", "c", "perl:5"),
            "{why}"
        );
    }
    let selector = with(json!({}), json!({}))[7].clone();
    assert_eq!(selector, "batch.kubernetes.io/controller-uid=u");
}

#[test]
fn pr_11_the_first_word_that_holds_is_shown() {
    let ladder = [
        "Complete",
        "Failed",
        "Terminating",
        "Suspended",
        "FailureTarget",
        "SuccessCriteriaMet",
        "Running",
    ];
    let mut job: Job = created(body(json!({})));
    for at in 0..ladder.len() {
        let below = &ladder[at..];
        let conditions: Vec<_> = below
            .iter()
            .rev()
            .map(|word| json!({"type": word, "status": "True"}))
            .collect();
        let status = json!({"conditions": conditions});
        job.status = Some(serde_json::from_value(status).expect("a status"));
        let deleted = below.contains(&"Terminating").then(crate::testing::now);
        job.metadata.deletion_timestamp = deleted.map(Time);
        assert_eq!(row(&job)[1], ladder[at]);
    }
}
