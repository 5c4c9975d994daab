use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

use crate::testing::{created, merge, read, row, texts, update_errors, updated};
use crate::{Kind, Update};

fn body(change: Value) -> Value {
    let mut value = json!({"metadata": {"name": "pi", "namespace": "d"}, "spec": {"template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "c", "image": "perl:5"}]}}}});
    merge(&mut value, &change);
    value
}

fn errors(change: Value) -> Vec<String> {
    texts(&created::<Job>(body(change)).validate_create())
}

#[test]
fn jobv_01_defaults() {
    let job: Job = read(body(json!({})));
    let spec = job.spec.expect("a spec");
    assert_eq!(
        (spec.completions, spec.parallelism, spec.backoff_limit),
        (Some(1), Some(1), Some(6))
    );
    assert_eq!(spec.completion_mode.as_deref(), Some("NonIndexed"));
    assert_eq!(
        spec.pod_replacement_policy.as_deref(),
        Some("TerminatingOrFailed")
    );
    let rows = [
        (
            "completions given",
            json!({"completions": 3}),
            (Some(3), Some(1), Some(6)),
        ),
        (
            "a work queue",
            json!({"parallelism": 2}),
            (None, Some(2), Some(6)),
        ),
        (
            "JOB-76",
            json!({"backoffLimitPerIndex": 1}),
            (Some(1), Some(1), Some(i32::MAX)),
        ),
    ];
    for (why, change, want) in rows {
        let spec = read::<Job>(body(json!({"spec": change})))
            .spec
            .expect("a spec");
        assert_eq!(
            (spec.completions, spec.parallelism, spec.backoff_limit),
            want,
            "{why}"
        );
    }
    let twice: Job = read(serde_json::to_value(created::<Job>(body(json!({})))).expect("JSON"));
    assert_eq!(
        twice,
        created::<Job>(body(json!({}))),
        "defaulting twice changes nothing"
    );
}

#[test]
fn jobv_02_generated_selector() {
    let job: Job = created(body(json!({})));
    let generated = json!({"job-name": "pi", "batch.kubernetes.io/job-name": "pi", "controller-uid": "u", "batch.kubernetes.io/controller-uid": "u"});
    let value = serde_json::to_value(&job).expect("JSON");
    assert_eq!(value["spec"]["template"]["metadata"]["labels"], generated);
    assert_eq!(
        value["metadata"]["labels"], generated,
        "an unlabelled Job shows them too"
    );
    let selector = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}});
    assert_eq!(value["spec"]["selector"], selector);
    let own: Job = created(body(json!({"metadata": {"labels": {"a": "b"}}})));
    assert_eq!(
        own.metadata.labels.map(|labels| labels.len()),
        Some(1),
        "its own labels stay alone"
    );
}

#[test]
fn jobv_03_to_11_creation() {
    let indexed = |more: Value| {
        let mut spec = json!({"completionMode": "Indexed", "completions": 3});
        merge(&mut spec, &more);
        json!({"spec": spec})
    };
    let template = |spec: Value| json!({"spec": {"template": {"spec": spec}}});
    let rows = [
        ("fine", json!({}), vec![]),
        (
            "JOBV-06 the default restart policy",
            template(json!({"restartPolicy": "Always"})),
            vec![
                "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
            ],
        ),
        (
            "JOBV-05 negative numbers",
            json!({"spec": {"parallelism": -1, "backoffLimit": -2}}),
            vec![
                "spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
                "spec.backoffLimit: Invalid value: -2: must be greater than or equal to 0",
            ],
        ),
        (
            "JOBV-07 Indexed without completions",
            json!({"spec": {"completionMode": "Indexed", "parallelism": 2}}),
            vec!["spec.completions: Required value: when completion mode is Indexed"],
        ),
        (
            "JOBV-07 per index without indexes",
            json!({"spec": {"backoffLimitPerIndex": 1}}),
            vec!["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
        ),
        (
            "JOBV-08 a manager without domain",
            json!({"spec": {"managedBy": "me"}}),
            vec![
                "spec.managedBy: Invalid value: \"me\": must be a domain-prefixed path (such as \"acme.io/foo\")",
            ],
        ),
        (
            "JOBV-09 an exit code rule",
            json!({"spec": {"podFailurePolicy": {"rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "containerName": "x", "values": [3, 0]}}]}}}),
            vec![
                "spec.podFailurePolicy.rules[0].action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set",
                "spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: \"x\": must be one of the container or initContainer names in the pod template",
                "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
                "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0]: must be ordered",
            ],
        ),
        (
            "JOBV-10 replacement under a failure policy",
            json!({"spec": {"podReplacementPolicy": "TerminatingOrFailed", "podFailurePolicy": {"rules": []}}}),
            vec![
                "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"",
            ],
        ),
        (
            "JOBV-11 success",
            indexed(
                json!({"successPolicy": {"rules": [{"succeededIndexes": "0,5"}, {"succeededIndexes": "0-1", "succeededCount": 3}, {}]}}),
            ),
            vec![
                "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"0,5\": error parsing succeededIndexes: too large index: \"5\"",
                "spec.successPolicy.rules[1].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)",
                "spec.successPolicy.rules[2]: Required value: at least one of succeededCount or succeededIndexes must be specified",
            ],
        ),
        (
            "JOBV-03 a manual selector is the user's",
            json!({"spec": {"manualSelector": true}}),
            vec![
                "spec.selector: Required value",
                "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
            ],
        ),
        (
            "JOBV-03 a foreign label",
            json!({"spec": {"template": {"metadata": {"labels": {"job-name": "x"}}}}}),
            vec![
                "spec.template.metadata.labels[job-name]: Invalid value: {\"batch.kubernetes.io/controller-uid\":\"u\",\"batch.kubernetes.io/job-name\":\"pi\",\"controller-uid\":\"u\",\"job-name\":\"x\"}: must be 'pi'",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(errors(change), want, "{why}");
    }
    let long = "n".repeat(62);
    let change = json!({"metadata": {"name": long.as_str()}, "spec": {"completionMode": "Indexed", "completions": 1}});
    let want = format!(
        "metadata.name: Invalid value: \"{long}\": will not able to create pod with invalid DNS label: {long}-0"
    );
    assert_eq!(errors(change), [want], "JOBV-04");
}

#[test]
fn jobv_12_and_job_94_updates() {
    let running = body(json!({"spec": {"parallelism": 1, "completions": 2}}));
    let suspended = body(json!({"spec": {"suspend": true}}));
    let indexed =
        body(json!({"spec": {"completionMode": "Indexed", "completions": 2, "parallelism": 2}}));
    let selector = json!({"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}});
    let rows: [(&str, &Value, Value, Vec<&str>); 9] = [
        (
            "parallelism",
            &running,
            json!({"spec": {"parallelism": 5, "suspend": true}}),
            vec![],
        ),
        (
            "completions",
            &running,
            json!({"spec": {"completions": 3}}),
            vec!["spec.completions: Invalid value: 3: field is immutable"],
        ),
        (
            "JOB-72 in tandem",
            &indexed,
            json!({"spec": {"completions": 3, "parallelism": 3}}),
            vec![],
        ),
        (
            "JOB-72 alone",
            &indexed,
            json!({"spec": {"completions": 3}}),
            vec![
                "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism",
            ],
        ),
        (
            "JOB-94 while suspended",
            &suspended,
            selector.clone(),
            vec![],
        ),
        (
            "JOB-94 and resumed at once",
            &suspended,
            json!({"spec": {"suspend": false, "template": {"spec": {"nodeSelector": {"a": "b"}}}}}),
            vec![],
        ),
        (
            "JOB-94 node affinity alone",
            &suspended,
            json!({"spec": {"template": {"spec": {"affinity": {"nodeAffinity": {}}}}}}),
            vec![],
        ),
        (
            "JOB-96 template annotations",
            &suspended,
            json!({"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}),
            vec![],
        ),
        (
            "the backoff limit per index",
            &running,
            json!({"spec": {"managedBy": "a.b/c"}}),
            vec!["spec.managedBy: Invalid value: \"a.b/c\": field is immutable"],
        ),
    ];
    for (why, old, patch, want) in rows {
        assert_eq!(
            update_errors(&created::<Job>(old.clone()), &patch, Update::Main),
            want,
            "{why}"
        );
    }
    let immutable = [
        (
            "JOB-95 while running",
            &running,
            selector,
            "spec.template: Invalid value",
        ),
        (
            "JOB-95 while suspended",
            &suspended,
            json!({"spec": {"template": {"spec": {"hostNetwork": true}}}}),
            "spec.template.spec: Invalid value",
        ),
    ];
    for (why, old, patch, start) in immutable {
        let errors = update_errors(&created::<Job>(old.clone()), &patch, Update::Main);
        assert!(
            errors.len() == 1 && errors[0].starts_with(start),
            "{why}: {errors:?}"
        );
        assert!(
            errors[0].ends_with("field is immutable"),
            "{why}: {errors:?}"
        );
    }
}

#[test]
fn jobv_13_status() {
    let done = json!([{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}]);
    let job = |status: Value| {
        let mut job: Job = created(body(json!({})));
        job.status = Some(serde_json::from_value(status).expect("a status"));
        job
    };
    let started = json!({"startTime": "2026-01-01T00:00:00Z"});
    let complete = json!({"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:01:00Z", "conditions": done, "succeeded": 1});
    let rows = [
        (
            "progress",
            started.clone(),
            json!({"active": 1, "ready": 1}),
            vec![],
        ),
        ("completion", started.clone(), complete.clone(), vec![]),
        (
            "more ready than active",
            started.clone(),
            json!({"ready": 1}),
            vec!["status.ready: Invalid value: 1: cannot set more ready pods than active"],
        ),
        (
            "failures are never forgotten",
            json!({"failed": 2}),
            json!({"failed": 1}),
            vec!["status.failed: Invalid value: 1: must not be decremented"],
        ),
        (
            "an uncounted pod twice",
            started.clone(),
            json!({"uncountedTerminatedPods": {"succeeded": ["a"], "failed": ["a"]}}),
            vec!["status.uncountedTerminatedPods.failed[0]: Duplicate value: \"a\""],
        ),
        (
            "the start may not move",
            started.clone(),
            json!({"startTime": "2026-01-01T00:00:01Z"}),
            vec![
                "status.startTime: Required value: field is immutable for unsuspended job once set",
            ],
        ),
        (
            "an active finished Job",
            started.clone(),
            {
                let mut status = complete.clone();
                merge(&mut status, &json!({"active": 1}));
                status
            },
            vec!["status.active: Invalid value: 1: active>0 is invalid for finished job"],
        ),
        (
            "an unknown condition",
            started,
            json!({"conditions": [{"type": "Mine", "status": "True"}]}),
            vec![],
        ),
    ];
    for (why, old, status, want) in rows {
        let errors = update_errors(&job(old), &json!({"status": status}), Update::Status);
        assert_eq!(errors, want, "{why}");
    }
    let undone = update_errors(
        &job(complete),
        &json!({"status": {"conditions": []}}),
        Update::Status,
    );
    assert!(
        undone
            .iter()
            .any(|error| error.ends_with("cannot disable the terminal Complete=True condition")),
        "{undone:?}"
    );
}

#[test]
fn jobv_14_each_door_keeps_the_other_half() {
    let old: Job = created(body(json!({})));
    let patch = json!({"spec": {"parallelism": 7}, "status": {"active": 7}});
    let main = updated(&old, &patch, Update::Main);
    assert_eq!(
        (main.status.clone(), main.spec_changed(&old)),
        (old.status.clone(), true)
    );
    let status = updated(&old, &patch, Update::Status);
    assert_eq!(
        (status.spec.clone(), status.spec_changed(&old)),
        (old.spec.clone(), false)
    );
}

#[test]
fn jobv_17_fields() {
    let mut job: Job = created(body(json!({})));
    job.status = Some(serde_json::from_value(json!({"succeeded": 2})).expect("a status"));
    assert_eq!(job.fields(), [("status.successful", "2".to_owned())]);
    assert_eq!(Job::unsupported_field("x"), "field label not supported: x");
}

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
            "suspended",
            json!({}),
            json!({"conditions": condition("Suspended")}),
            ["Suspended", "0/1", ""],
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
fn jobv_16_warnings_of_indexed_jobs_too_large_to_track() {
    let sized = |completions: i32, parallelism: i32| -> Job {
        let spec = json!({"completionMode": "Indexed", "completions": completions, "parallelism": parallelism});
        created(body(json!({"spec": spec})))
    };
    let want = "spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
    assert_eq!(sized(100_001, 10_001).warnings(None), [want]);
    assert_eq!(sized(100_000, 10_001).warnings(None), [""; 0]);
    assert_eq!(sized(100_001, 10_000).warnings(None), [""; 0]);
}
