use k8s_openapi::api::batch::v1::CronJob;
use serde_json::{Value, json};

use crate::testing::{created, merge, read, row, texts, update_errors, updated};
use crate::{Kind, Update};

fn body(change: Value) -> Value {
    let mut value = json!({"metadata": {"name": "hello", "namespace": "d"}, "spec": {"schedule": "* * * * *",
        "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "OnFailure",
            "containers": [{"name": "c", "image": "busybox:1.28"}]}}}}}});
    merge(&mut value, &change);
    value
}

#[test]
fn cjv_01_defaults() {
    let cron_job: CronJob = read(body(json!({})));
    let value = serde_json::to_value(&cron_job.spec).expect("JSON");
    assert_eq!(value["concurrencyPolicy"], "Allow");
    assert_eq!(value["suspend"], false);
    assert_eq!(
        (
            &value["successfulJobsHistoryLimit"],
            &value["failedJobsHistoryLimit"]
        ),
        (&json!(3), &json!(1))
    );
    let job = &value["jobTemplate"]["spec"];
    for field in [
        "completions",
        "parallelism",
        "backoffLimit",
        "completionMode",
        "suspend",
    ] {
        assert!(job.get(field).is_none(), "{field} appears on Jobs only");
    }
    assert_eq!(job["template"]["spec"]["dnsPolicy"], "ClusterFirst");
}

#[test]
fn cjv_02_to_06_creation() {
    let long = "n".repeat(53);
    let name =
        format!("metadata.name: Invalid value: \"{long}\": must be no more than 52 characters");
    let spec = |spec: Value| json!({"spec": spec});
    let rows = [
        ("fine", json!({}), vec![]),
        (
            "CJV-02",
            json!({"metadata": {"name": long.as_str()}}),
            vec![name.as_str()],
        ),
        (
            "CJV-03 no schedule",
            spec(json!({"schedule": ""})),
            vec!["spec.schedule: Required value"],
        ),
        (
            "CJV-03 a wrong schedule",
            spec(json!({"schedule": "* * * *"})),
            vec![
                "spec.schedule: Invalid value: \"* * * *\": expected exactly 5 fields, found 4: [* * * *]",
            ],
        ),
        (
            "CRON-11 a zone in the schedule",
            spec(json!({"schedule": "TZ=UTC * * * * *"})),
            vec![
                "spec.schedule: Invalid value: \"TZ=UTC * * * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
            ],
        ),
        (
            "CJV-03 negative numbers",
            spec(json!({"startingDeadlineSeconds": -1, "successfulJobsHistoryLimit": -1})),
            vec![
                "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
                "spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            "CJV-04",
            spec(json!({"timeZone": "Mars/Base"})),
            vec!["spec.timeZone: Invalid value: \"Mars/Base\": unknown time zone Mars/Base"],
        ),
        (
            "CJV-04 no zone's name",
            spec(json!({"timeZone": ""})),
            vec!["spec.timeZone: Invalid value: \"\": timeZone must be nil or non-empty string"],
        ),
        (
            "CJV-04 the zone of whatever machine",
            spec(json!({"timeZone": "Local"})),
            vec![
                "spec.timeZone: Invalid value: \"Local\": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
            ],
        ),
        (
            "CJV-04 the same by a name that Go's loader does not know",
            spec(json!({"timeZone": "LOCAL"})),
            vec![
                "spec.timeZone: Invalid value: \"LOCAL\": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
                "spec.timeZone: Invalid value: \"LOCAL\": unknown time zone LOCAL",
            ],
        ),
        (
            "CJV-04 a way out of the folder of zones",
            spec(json!({"timeZone": "../UTC"})),
            vec!["spec.timeZone: Invalid value: \"../UTC\": unknown time zone ../UTC"],
        ),
        (
            "CRON-11 a zone in the schedule and one beside it",
            spec(json!({"schedule": "TZ=UTC * * * * *", "timeZone": "UTC"})),
            vec![
                "spec.schedule: Invalid value: \"TZ=UTC * * * * *\": cannot use both timeZone field and TZ or CRON_TZ in schedule",
                "spec.schedule: Invalid value: \"TZ=UTC * * * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
            ],
        ),
        (
            "CJV-05",
            spec(json!({"concurrencyPolicy": "Perhaps"})),
            vec![
                "spec.concurrencyPolicy: Unsupported value: \"Perhaps\": supported values: \"Allow\", \"Forbid\", \"Replace\"",
            ],
        ),
        (
            "CJV-06",
            spec(
                json!({"jobTemplate": {"spec": {"manualSelector": true, "selector": {"matchLabels": {"a": "b"}}}}}),
            ),
            vec![
                "spec.jobTemplate.spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\"}}: `selector` will be auto-generated",
                "spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: \"nil\", \"false\"",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(
            texts(&created::<CronJob>(body(change)).validate_create()),
            want,
            "{why}"
        );
    }
}

#[test]
fn cjv_07_updates() {
    let old: CronJob = created(body(json!({})));
    let patch = json!({"spec": {"schedule": "0 0 * * *", "suspend": true}, "status": {"lastScheduleTime": "2026-01-01T00:00:00Z"}});
    assert!(
        update_errors(&old, &patch, Update::Main).is_empty(),
        "nothing in the spec is immutable"
    );
    let main = updated(&old, &patch, Update::Main);
    assert!(main.spec_changed(&old) && main.status == old.status);
    let status = updated(&old, &patch, Update::Status);
    assert!(!status.spec_changed(&old) && status.status != old.status);
    let zoned: CronJob = created(body(json!({"spec": {"schedule": "TZ=UTC * * * * *"}})));
    assert!(
        update_errors(&zoned, &json!({"spec": {"suspend": true}}), Update::Main).is_empty(),
        "CRON-11"
    );
}

#[test]
fn cjv_08_warnings() {
    let dotted: CronJob = created(body(json!({"metadata": {"name": "a.b"}})));
    let want = "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]";
    assert_eq!(dotted.warnings(None), [want]);
    let zoned: CronJob = created(body(json!({"spec": {"schedule": "TZ=UTC * * * * *"}})));
    assert!(
        zoned.warnings(Some(&zoned))[0]
            .starts_with("cannot use TZ or CRON_TZ in spec.spec.schedule")
    );
}

#[test]
fn pr_10_row_and_jobv_20() {
    let mut cron_job: CronJob =
        created(body(json!({"spec": {"timeZone": "UTC", "suspend": true}})));
    assert_eq!(
        row(&cron_job),
        [
            "hello",
            "* * * * *",
            "UTC",
            "True",
            "0",
            "<none>",
            "5m",
            "c",
            "busybox:1.28",
            "<none>"
        ]
    );
    let status = json!({"active": [{}], "lastScheduleTime": "2026-01-01T00:59:30Z"});
    cron_job.status = Some(serde_json::from_value(status).expect("a status"));
    assert_eq!(row(&cron_job)[4..6], ["1", "30s"]);
    let want =
        "\"x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
    assert_eq!(CronJob::unsupported_field("x"), want);
}
