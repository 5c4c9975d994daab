use k8s_openapi::api::batch::v1::CronJob;
use serde_json::{Value, json};

use super::body;
use crate::testing::{created, update_errors, updated};
use crate::{Kind, Update};

#[test]
fn cjv_02_cjv_04_cjv_07_updates() {
    let old: CronJob = created(body(json!({})));
    let everything = json!({"spec": {
        "schedule": "0 0 * * *", "suspend": true, "timeZone": "UTC", "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 5, "successfulJobsHistoryLimit": 0, "failedJobsHistoryLimit": 0,
        "jobTemplate": {"spec": {"completions": 4, "template": {"spec": {"hostNetwork": true}}}},
    }, "status": {"lastScheduleTime": "2026-01-01T00:00:00Z"}});
    assert!(
        update_errors(&old, &everything, Update::Main).is_empty(),
        "nothing in the spec is immutable"
    );
    let main = updated(&old, &everything, Update::Main);
    assert!(main.spec_changed(&old) && main.status == old.status);
    let mut through = everything.clone();
    through["metadata"] = json!({"labels": {"a": "b"}, "annotations": {"c": "d"}});
    let status = updated(&old, &through, Update::Status);
    assert!(!status.spec_changed(&old) && status.status != old.status);
    assert!(
        status.metadata.labels.is_some() && status.metadata.annotations.is_some(),
        "metadata goes through"
    );
    let wrong = json!({"status": {"active": [{"name": ""}, {"name": ""}]}});
    assert_eq!(
        update_errors(&old, &wrong, Update::Status),
        [""; 0],
        "nothing of a status is checked"
    );
    let zoned: CronJob = created(body(json!({"spec": {"schedule": "TZ=UTC * * * * *"}})));
    assert!(
        update_errors(&zoned, &json!({"spec": {"suspend": true}}), Update::Main).is_empty(),
        "CRON-11"
    );
    let suspend = json!({"spec": {"suspend": true}});
    let long: CronJob = created(body(json!({"metadata": {"name": "n".repeat(60)}})));
    assert_eq!(
        update_errors(&long, &suspend, Update::Main),
        [""; 0],
        "CJV-02: of new ones only"
    );
    let lost: CronJob = created(body(json!({"spec": {"timeZone": "Mars/Base"}})));
    assert_eq!(
        update_errors(&lost, &suspend, Update::Main),
        [""; 0],
        "CJV-04: a zone that stays is not looked at"
    );
    let moved = json!({"spec": {"timeZone": "Mars/Sea"}});
    assert_eq!(
        update_errors(&lost, &moved, Update::Main),
        ["spec.timeZone: Invalid value: \"Mars/Sea\": unknown time zone Mars/Sea"]
    );
}

/// CRON-11: what a schedule that carries its zone may become.
#[test]
fn cjv_03_zones_in_schedules_that_are_kept() {
    let plain = "0 * * * *";
    let zoned = "TZ=UTC 0 * * * *";
    let told = |detail: &str| format!("spec.schedule: Invalid value: \"{zoned}\": {detail}");
    let another = told("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    let both = told("cannot use both timeZone field and TZ or CRON_TZ in schedule");
    let rows = [
        ("taken out", zoned, json!({"schedule": plain}), vec![]),
        ("left", zoned, json!({"schedule": zoned}), vec![]),
        (
            "left, and a second beside it",
            zoned,
            json!({"timeZone": "UTC"}),
            vec![both],
        ),
        (
            "taken out for the one beside it",
            zoned,
            json!({"schedule": plain, "timeZone": "UTC"}),
            vec![],
        ),
        (
            "put in",
            plain,
            json!({"schedule": zoned}),
            vec![another.clone()],
        ),
        (
            "put in with a second beside it",
            plain,
            json!({"schedule": zoned, "timeZone": "UTC"}),
            vec![another],
        ),
    ];
    for (why, schedule, change, want) in rows {
        let old: CronJob = created(body(json!({"spec": {"schedule": schedule}})));
        let patch = json!({"spec": change});
        assert_eq!(update_errors(&old, &patch, Update::Main), want, "{why}");
    }
}

#[test]
fn cjv_04_zones_that_change() {
    let broken = |zone: &str| {
        vec![format!(
            "spec.timeZone: Invalid value: \"{zone}\": unknown time zone {zone}"
        )]
    };
    let rows: [(&str, Value, Value, Vec<String>); 7] = [
        ("none and none", Value::Null, Value::Null, vec![]),
        (
            "none and one",
            Value::Null,
            json!("America/New_York"),
            vec![],
        ),
        (
            "none and a broken one",
            Value::Null,
            json!("broken"),
            broken("broken"),
        ),
        (
            "one and another",
            json!("America/New_York"),
            json!("America/Chicago"),
            vec![],
        ),
        (
            "one and a broken one",
            json!("America/New_York"),
            json!("broken"),
            broken("broken"),
        ),
        (
            "a broken one and another",
            json!("broken"),
            json!("still broken"),
            broken("still broken"),
        ),
        (
            "a broken one and a good one",
            json!("broken"),
            json!("America/New_York"),
            vec![],
        ),
    ];
    for (why, before, after, want) in rows {
        let old: CronJob = created(body(json!({"spec": {"timeZone": before}})));
        let patch = json!({"spec": {"timeZone": after}});
        assert_eq!(update_errors(&old, &patch, Update::Main), want, "{why}");
    }
}

/// CJV-03, CJV-05, CJV-06: an update is looked at as a create is.
#[test]
fn cjv_07_updates_are_looked_at() {
    let old: CronJob = created(body(json!({})));
    let wrong = json!({"spec": {
        "schedule": "error", "startingDeadlineSeconds": -1, "concurrencyPolicy": "x",
        "successfulJobsHistoryLimit": -2, "failedJobsHistoryLimit": -3,
        "jobTemplate": {"spec": {"manualSelector": true, "template": {"spec": {"restartPolicy": "Always"}}}},
    }});
    assert_eq!(
        update_errors(&old, &wrong, Update::Main),
        [
            "spec.schedule: Invalid value: \"error\": expected exactly 5 fields, found 1: [error]",
            "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
            "spec.concurrencyPolicy: Unsupported value: \"x\": supported values: \"Allow\", \"Forbid\", \"Replace\"",
            "spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
            "spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: \"nil\", \"false\"",
            "spec.successfulJobsHistoryLimit: Invalid value: -2: must be greater than or equal to 0",
            "spec.failedJobsHistoryLimit: Invalid value: -3: must be greater than or equal to 0",
        ]
    );
    assert_eq!(
        update_errors(&old, &wrong, Update::Status),
        [""; 0],
        "/status keeps the specification"
    );
}
