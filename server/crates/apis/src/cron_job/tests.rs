use k8s_openapi::api::batch::v1::CronJob;
use serde_json::{Value, json};

use crate::testing::{created, merge, read, row, texts, updated};
use crate::{Kind, Update};

mod templates;
mod updates;

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
            "CRON-11 a zone in a schedule that cannot be read either",
            spec(json!({"schedule": "CRON_TZ=Mars/Base * * * * *"})),
            vec![
                "spec.schedule: Invalid value: \"CRON_TZ=Mars/Base * * * * *\": provided bad location Mars/Base: unknown time zone Mars/Base",
                "spec.schedule: Invalid value: \"CRON_TZ=Mars/Base * * * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
            ],
        ),
        (
            "CJV-03 a word",
            spec(json!({"schedule": "error"})),
            vec![
                "spec.schedule: Invalid value: \"error\": expected exactly 5 fields, found 1: [error]",
            ],
        ),
        (
            "CJV-03 what is no digit, and one of upstream's own words",
            spec(json!({"schedule": "* * * * ?"})),
            vec![],
        ),
        (
            "CJV-03 by name",
            spec(json!({"schedule": "@hourly"})),
            vec![],
        ),
        (
            "CJV-03 nothing is kept and nothing is too late",
            spec(
                json!({"startingDeadlineSeconds": 0, "successfulJobsHistoryLimit": 0, "failedJobsHistoryLimit": 0}),
            ),
            vec![],
        ),
        (
            "CJV-03 to CJV-06 everything wrong at once, in upstream's order",
            json!({"metadata": {"name": long.as_str()}, "spec": {
                "schedule": "", "startingDeadlineSeconds": -1, "timeZone": "", "concurrencyPolicy": "x",
                "jobTemplate": {"spec": {"parallelism": -1}},
                "successfulJobsHistoryLimit": -2, "failedJobsHistoryLimit": -3,
            }}),
            vec![
                "spec.schedule: Required value",
                "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
                "spec.timeZone: Invalid value: \"\": timeZone must be nil or non-empty string",
                "spec.concurrencyPolicy: Unsupported value: \"x\": supported values: \"Allow\", \"Forbid\", \"Replace\"",
                "spec.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
                "spec.successfulJobsHistoryLimit: Invalid value: -2: must be greater than or equal to 0",
                "spec.failedJobsHistoryLimit: Invalid value: -3: must be greater than or equal to 0",
                name.as_str(),
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
        "America/Argentina/ComodRivadavia",
        "America/North_Dakota/New_Salem",
        "Antarctica/DumontDUrville",
        "EST5EDT",
        "Factory",
        "GMT0",
        "GMT-0",
        "NZ-CHAT",
        "PRC",
        "W-SU",
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
        "Europe/InvalidRome",
        " Europe/Rome",
        "Europe/Rome ",
        " ",
        "broken",
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
    assert_eq!(zoned.status_warnings(), [""; 0], "of the CronJob itself");
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
