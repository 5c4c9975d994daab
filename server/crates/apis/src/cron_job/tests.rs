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
    let patterns = json!([{"type": "DisruptionTarget"}]);
    let policy = json!({"rules": [{"action": "Ignore", "onPodConditions": patterns}]});
    let cron_job: CronJob = read(body(
        json!({"spec": {"jobTemplate": {"spec": {"podFailurePolicy": policy}}}}),
    ));
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
    let given: Vec<_> = job.as_object().expect("an object").keys().collect();
    assert_eq!(
        given,
        ["podFailurePolicy", "template"],
        "what a Job is given appears on Jobs only"
    );
    assert_eq!(job["template"]["spec"]["dnsPolicy"], "ClusterFirst");
    let pattern = &job["podFailurePolicy"]["rules"][0]["onPodConditions"][0];
    assert_eq!(pattern["status"], "True");
    let chosen = json!({"concurrencyPolicy": "Forbid", "suspend": true, "successfulJobsHistoryLimit": 0, "failedJobsHistoryLimit": 0});
    let kept: CronJob = read(body(json!({"spec": chosen})));
    let kept = serde_json::to_value(&kept.spec).expect("JSON");
    for (field, value) in chosen.as_object().expect("an object") {
        assert_eq!(&kept[field], value, "{field}");
    }
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
            "CJV-02 a subdomain",
            json!({"metadata": {"name": "a.b"}}),
            vec![],
        ),
        (
            "CJV-02 52 letters",
            json!({"metadata": {"name": &long[1..]}}),
            vec![],
        ),
        (
            "CJV-02 one more",
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
            spec(
                json!({"startingDeadlineSeconds": -1, "successfulJobsHistoryLimit": -2, "failedJobsHistoryLimit": -3}),
            ),
            vec![
                "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
                "spec.successfulJobsHistoryLimit: Invalid value: -2: must be greater than or equal to 0",
                "spec.failedJobsHistoryLimit: Invalid value: -3: must be greater than or equal to 0",
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
fn cjv_04_zones() {
    let told = |zone: &str| {
        let cron_job: CronJob = created(body(json!({"spec": {"timeZone": zone}})));
        texts(&cron_job.validate_create())
    };
    for zone in [
        "UTC",
        "Europe/Berlin",
        "Etc/GMT+5",
        "America/Port-au-Prince",
    ] {
        assert_eq!(told(zone), [""; 0], "{zone}");
    }
    for zone in [
        "Asia/./Tokyo",
        "Asia/..",
        "-UTC",
        "Asia//Tokyo",
        "/UTC",
        "UTC/",
        "Europe/Ber lin",
        "Europe/Fifteen_letters",
        "Mars/Base",
    ] {
        let want = format!("spec.timeZone: Invalid value: \"{zone}\": unknown time zone {zone}");
        assert_eq!(told(zone), [want]);
    }
    let explicit =
        "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    for zone in ["Local", "local", "LOCAL"] {
        assert_eq!(
            told(zone)[0],
            format!("spec.timeZone: Invalid value: \"{zone}\": {explicit}")
        );
    }
}

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
    let rows: [(&str, Value, Vec<&str>); 4] = [
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

#[test]
fn cjv_08_warnings() {
    let dotted: CronJob = created(body(json!({"metadata": {"name": "a.b"}})));
    let want = "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]";
    assert_eq!(dotted.warnings(None), [want]);
    assert_eq!(dotted.warnings(Some(&dotted)), [""; 0], "of creates only");
    let zoned: CronJob = created(body(json!({"spec": {"schedule": "TZ=UTC * * * * *"}})));
    let want = "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";
    assert_eq!(zoned.warnings(Some(&zoned)), [want], "on every update");
    assert_eq!(zoned.warnings(None), [""; 0], "a create is refused instead");
    let selector = json!({"beta.kubernetes.io/os": "linux"});
    let template = json!({"spec": {"jobTemplate": {"spec": {
        "completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001,
        "template": {"spec": {"nodeSelector": selector}},
    }}}});
    let large: CronJob = created(body(template));
    let told = large.warnings(None);
    assert!(
        told[0].starts_with("spec.jobTemplate.spec: In Indexed Jobs with a number of completions"),
        "{told:?}"
    );
    assert_eq!(
        told[1],
        "spec.jobTemplate.spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead"
    );
    assert_eq!(large.warnings(Some(&large)), [""; 0], "nothing changed");
    let changed = updated(&large, &json!({"spec": {"suspend": true}}), Update::Main);
    assert_eq!(changed.warnings(Some(&large)), told);
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
    let active = &cron_job.print(crate::testing::now()).cells[4];
    assert!(active.is_number(), "PR-04");
    let bare: CronJob = created(body(json!({})));
    assert_eq!(row(&bare)[2..4], ["<none>", "False"]);
    let mut unset = bare;
    unset.spec.suspend = None;
    assert_eq!(row(&unset)[3], "<unset>");
    let chosen = json!({"spec": {"jobTemplate": {"spec": {"selector": {"matchLabels": {"a": "b"}},
        "template": {"spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "j"}]}}}}}});
    assert_eq!(
        row(&created::<CronJob>(body(chosen)))[7..],
        ["c,d", "i,j", "a=b"],
        "PR-03"
    );
    let want =
        "\"x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
    assert_eq!(CronJob::unsupported_field("x"), want);
}
