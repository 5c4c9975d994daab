use k8s_openapi::api::batch::v1::CronJob;
use serde_json::{Value, json};

use super::body;
use crate::Kind;
use crate::testing::{read, texts};

/// CJV-06: a template is looked at as a Job is.
#[test]
fn cjv_05_cjv_06_policies_and_templates() {
    let told = |spec: Value| {
        let mut cron_job: CronJob = read(body(json!({"spec": spec})));
        if cron_job.spec.starting_deadline_seconds == Some(7) {
            cron_job.spec.concurrency_policy = Some(String::new());
        }
        texts(&cron_job.validate_create())
    };
    assert_eq!(
        told(json!({"startingDeadlineSeconds": 7})),
        ["spec.concurrencyPolicy: Required value"],
        "where no default was given"
    );
    for policy in ["Allow", "Forbid", "Replace"] {
        assert_eq!(told(json!({"concurrencyPolicy": policy})), [""; 0]);
    }
    let template = |job: Value| told(json!({"jobTemplate": {"spec": job}}));
    let rows: [(&str, Value, Vec<&str>); 9] = [
        (
            "a selector of its own alone",
            json!({"selector": {"matchLabels": {"a": "b"}}}),
            vec![
                "spec.jobTemplate.spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\"}}: `selector` will be auto-generated",
            ],
        ),
        (
            "to be its own, and not there",
            json!({"manualSelector": true}),
            vec![
                "spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: \"nil\", \"false\"",
            ],
        ),
        (
            "every number",
            json!({"parallelism": -1, "completions": -1, "activeDeadlineSeconds": -1, "ttlSecondsAfterFinished": -1}),
            vec![
                "spec.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
                "spec.jobTemplate.spec.completions: Invalid value: -1: must be greater than or equal to 0",
                "spec.jobTemplate.spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
                "spec.jobTemplate.spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            "the host's network",
            json!({"template": {"spec": {"hostNetwork": true, "containers": [
                {"name": "c", "image": "i", "ports": [{"containerPort": 12345}]},
            ]}}}),
            vec![],
        ),
        (
            "another way to start anew",
            json!({"template": {"spec": {"restartPolicy": "Invalid"}}}),
            vec![
                "spec.jobTemplate.spec.template.spec.restartPolicy: Unsupported value: \"Invalid\": supported values: \"Always\", \"OnFailure\", \"Never\"",
                "spec.jobTemplate.spec.template.spec.restartPolicy: Unsupported value: \"Invalid\": supported values: \"OnFailure\", \"Never\"",
            ],
        ),
        (
            "manual, and it is not",
            json!({"manualSelector": false}),
            vec![],
        ),
        (
            "numbers",
            json!({"backoffLimit": -1}),
            vec![
                "spec.jobTemplate.spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            "pods that never end",
            json!({"template": {"spec": {"restartPolicy": "Always"}}}),
            vec![
                "spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
            ],
        ),
        (
            "indexes without completions, which no default gives here",
            json!({"completionMode": "Indexed"}),
            vec![
                "spec.jobTemplate.spec.completions: Required value: when completion mode is Indexed",
            ],
        ),
    ];
    for (why, job, want) in rows {
        assert_eq!(template(job), want, "{why}");
    }
}
