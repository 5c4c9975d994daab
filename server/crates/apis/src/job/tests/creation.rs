use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

use super::{body, errors};
use crate::Kind;
use crate::testing::{created, merge, texts};

/// A sentence, what differs from a good Job, and the errors told.
type Row<'a> = (&'a str, Value, Vec<&'a str>);

fn check(rows: Vec<Row<'_>>) {
    for (why, change, want) in rows {
        assert_eq!(errors(change), want, "{why}");
    }
}

fn spec(spec: Value) -> Value {
    json!({"spec": spec})
}

fn indexed(more: Value) -> Value {
    let mut fields = json!({"completionMode": "Indexed", "completions": 3});
    merge(&mut fields, &more);
    spec(fields)
}

#[test]
fn jobv_03_the_selector_is_generated_or_the_users() {
    let labels = |labels: Value| spec(json!({"template": {"metadata": {"labels": labels}}}));
    let all = r#"{"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"pi","controller-uid":"u","job-name":"pi"}"#;
    for (label, right) in [
        ("job-name", "pi"),
        ("batch.kubernetes.io/job-name", "pi"),
        ("controller-uid", "u"),
    ] {
        let shown = all.replace(
            &format!("\"{label}\":\"{right}\""),
            &format!("\"{label}\":\"x\""),
        );
        let want = format!(
            "spec.template.metadata.labels[{label}]: Invalid value: {shown}: must be '{right}'"
        );
        assert_eq!(errors(labels(json!({label: "x"}))), [want]);
    }
    let theirs = errors(labels(json!({"batch.kubernetes.io/controller-uid": "x"})));
    assert_eq!(theirs.len(), 2, "{theirs:?}");
    assert!(theirs[0].ends_with("must be 'u'"), "{theirs:?}");
    assert!(
        theirs[1].ends_with("`selector` does not match template `labels`"),
        "{theirs:?}"
    );
    let mine = json!({"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}}});
    let mut manual = mine.clone();
    manual["manualSelector"] = json!(true);
    check(vec![
        ("generated", json!({}), vec![]),
        ("the user's own", spec(manual), vec![]),
        (
            "half the user's",
            spec(mine),
            vec![
                "spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\",\"batch.kubernetes.io/controller-uid\":\"u\"}}: `selector` not auto-generated",
            ],
        ),
        (
            "the user's own, which selects others",
            spec(
                json!({"manualSelector": true, "selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"y": "z"}}}}),
            ),
            vec![
                "spec.template.metadata.labels: Invalid value: {\"y\":\"z\"}: `selector` does not match template `labels`",
            ],
        ),
        (
            "the user's own, which is none",
            spec(
                json!({"manualSelector": true, "selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}),
            ),
            vec![
                "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
            ],
        ),
        (
            "the user's own, which is not there",
            spec(json!({"manualSelector": true})),
            vec![
                "spec.selector: Required value",
                "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
            ],
        ),
    ]);
}

/// Upstream looks for the uid first.
#[test]
fn jobv_03_a_job_without_a_uid() {
    let mut job: Job = created(body(json!({})));
    job.metadata.uid = None;
    let labels = r#"{"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"pi","controller-uid":"u","job-name":"pi"}"#;
    let wrong = |label: &str| {
        format!("spec.template.metadata.labels[{label}]: Invalid value: {labels}: must be ''")
    };
    assert_eq!(
        texts(&job.validate_create()),
        [
            "metadata.uid: Required value".to_owned(),
            wrong("controller-uid"),
            wrong("batch.kubernetes.io/controller-uid"),
            "spec.selector: Invalid value: {\"matchLabels\":{\"batch.kubernetes.io/controller-uid\":\"u\"}}: `selector` not auto-generated".to_owned(),
        ]
    );
}

#[test]
fn jobv_05_to_jobv_11_everything_wrong_at_once_in_upstreams_order() {
    let all = spec(json!({
        "parallelism": -1, "completions": -2, "activeDeadlineSeconds": -3, "backoffLimit": -4,
        "ttlSecondsAfterFinished": -5, "backoffLimitPerIndex": -6, "maxFailedIndexes": -7,
        "managedBy": "", "completionMode": "Sorted", "podFailurePolicy": {"rules": [{"action": ""}]},
        "successPolicy": {"rules": []}, "podReplacementPolicy": "Soon",
        "template": {"spec": {"restartPolicy": "Always", "containers": []}},
    }));
    let negative = |field: &str, value: i32| {
        format!("spec.{field}: Invalid value: {value}: must be greater than or equal to 0")
    };
    let mut want = vec![
        negative("parallelism", -1),
        negative("completions", -2),
        negative("activeDeadlineSeconds", -3),
        negative("backoffLimit", -4),
        negative("ttlSecondsAfterFinished", -5),
        negative("backoffLimitPerIndex", -6),
        negative("maxFailedIndexes", -7),
    ];
    let rest = [
        "spec.managedBy: Required value",
        "spec.completionMode: Unsupported value: \"Sorted\": supported values: \"NonIndexed\", \"Indexed\"",
        "spec.podFailurePolicy.rules[0].action: Required value: valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]",
        "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
        "spec.successPolicy: Invalid value: {\"Rules\":[]}: requires indexed completion mode",
        "spec.podReplacementPolicy: Unsupported value: \"Soon\": supported values: \"Failed\"",
        "spec.template.spec.containers: Required value",
        "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
    ];
    want.extend(rest.map(str::to_owned));
    assert_eq!(errors(all), want);
}

#[test]
fn jobv_04_names_are_those_of_the_pods() {
    let long = "n".repeat(62);
    let named = |name: &str, completions: i32| json!({"metadata": {"name": name}, "spec": {"completionMode": "Indexed", "completions": completions}});
    let told = |name: &str| {
        format!(
            "metadata.name: Invalid value: \"{name}\": will not able to create pod with invalid DNS label: {name}-0"
        )
    };
    check(vec![
        ("a subdomain", json!({"metadata": {"name": "a.b"}}), vec![]),
        ("no pod, no name", named(&long, 0), vec![]),
        ("61 and two more are 63", named(&long[1..], 1), vec![]),
        ("too long", named(&long, 1), vec![&told(&long)]),
        ("no label", named("a.b", 1), vec![&told("a.b")]),
    ]);
}

#[test]
fn jobv_05_numbers_are_not_negative() {
    let rule = json!({"successPolicy": {"rules": [{"succeededCount": -1}]}});
    let rows = [
        ("parallelism", indexed(json!({"parallelism": -1}))),
        ("completions", spec(json!({"completions": -1}))),
        (
            "activeDeadlineSeconds",
            spec(json!({"activeDeadlineSeconds": -1})),
        ),
        ("backoffLimit", spec(json!({"backoffLimit": -1}))),
        (
            "ttlSecondsAfterFinished",
            spec(json!({"ttlSecondsAfterFinished": -1})),
        ),
        (
            "backoffLimitPerIndex",
            indexed(json!({"backoffLimitPerIndex": -1})),
        ),
        (
            "maxFailedIndexes",
            indexed(json!({"backoffLimitPerIndex": 1, "maxFailedIndexes": -1})),
        ),
        ("successPolicy.rules[0].succeededCount", indexed(rule)),
    ];
    for (field, change) in rows {
        let want = format!("spec.{field}: Invalid value: -1: must be greater than or equal to 0");
        assert_eq!(errors(change), [want]);
    }
}

#[test]
fn jobv_06_pods_of_jobs_come_to_an_end() {
    let policy = |restart: &str, failure: Value| {
        spec(json!({"podFailurePolicy": failure, "template": {"spec": {"restartPolicy": restart}}}))
    };
    let none = json!({"rules": []});
    let required =
        "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"";
    check(vec![
        ("OnFailure", policy("OnFailure", json!(null)), vec![]),
        ("the default", policy("Always", json!(null)), vec![required]),
        ("nothing said", policy("", json!(null)), vec![required]),
        (
            "nonsense",
            policy("Sometimes", json!(null)),
            vec![
                "spec.template.spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
                "spec.template.spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"OnFailure\", \"Never\"",
            ],
        ),
        (
            "a failure policy wants Never",
            policy("OnFailure", none.clone()),
            vec![
                "spec.template.spec.restartPolicy: Invalid value: \"OnFailure\": only \"Never\" is supported when podFailurePolicy is specified",
            ],
        ),
        (
            "and says no more where even less fits",
            policy("Always", none.clone()),
            vec![required],
        ),
        ("as it is", policy("Never", none), vec![]),
    ]);
}

#[test]
fn jobv_07_modes_and_their_limits() {
    let many = |more: Value| {
        let mut fields = json!({"completions": 100_001, "backoffLimitPerIndex": 1});
        merge(&mut fields, &more);
        indexed(fields)
    };
    check(vec![
        (
            "a mode that is none",
            spec(json!({"completionMode": "Sorted"})),
            vec![
                "spec.completionMode: Unsupported value: \"Sorted\": supported values: \"NonIndexed\", \"Indexed\"",
            ],
        ),
        (
            "Indexed without completions",
            spec(json!({"completionMode": "Indexed", "parallelism": 2})),
            vec!["spec.completions: Required value: when completion mode is Indexed"],
        ),
        (
            "as many at once as may be",
            indexed(json!({"parallelism": 100_000})),
            vec![],
        ),
        (
            "more",
            indexed(json!({"parallelism": 100_001})),
            vec![
                "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
            ],
        ),
        (
            "more failures than indexes",
            indexed(json!({"backoffLimitPerIndex": 1, "maxFailedIndexes": 4})),
            vec![
                "spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions",
            ],
        ),
        (
            "many without a bound on failures",
            many(json!({})),
            vec![
                "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
            ],
        ),
        (
            "many within all bounds",
            many(json!({"maxFailedIndexes": 10_000, "parallelism": 10_000})),
            vec![],
        ),
        (
            "many, and too much of each",
            many(json!({"maxFailedIndexes": 100_001, "parallelism": 10_001})),
            vec![
                "spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 100000",
                "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
                "spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
            ],
        ),
        (
            "as many as may be without more bounds",
            indexed(
                json!({"completions": 100_000, "parallelism": 100_000, "maxFailedIndexes": 100_000, "backoffLimitPerIndex": 1}),
            ),
            vec![],
        ),
        (
            "a thousand million within all bounds",
            many(
                json!({"completions": 1_000_000_000, "maxFailedIndexes": 10_000, "parallelism": 10_000}),
            ),
            vec![],
        ),
        (
            "no completions where there are indexes, and too many at once",
            spec(json!({"completionMode": "Indexed", "parallelism": 100_001})),
            vec![
                "spec.completions: Required value: when completion mode is Indexed",
                "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
            ],
        ),
        (
            "many without failures of their own are bound by no more than the mode",
            indexed(json!({"completions": 100_001, "parallelism": 10_001})),
            vec![],
        ),
        (
            "per index without indexes",
            spec(
                json!({"backoffLimitPerIndex": 1, "maxFailedIndexes": 2, "successPolicy": {"rules": []}}),
            ),
            vec![
                "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
                "spec.maxFailedIndexes: Invalid value: 2: requires indexed completion mode",
                "spec.successPolicy: Invalid value: {\"Rules\":[]}: requires indexed completion mode",
            ],
        ),
        (
            "failed indexes of Jobs that do not count them",
            indexed(json!({"maxFailedIndexes": 1})),
            vec!["spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified"],
        ),
    ]);
}

#[test]
fn jobv_08_managers_have_a_domain() {
    let long = format!("a.b/{}", "c".repeat(60));
    let managed = |by: &str| spec(json!({"managedBy": by}));
    check(vec![
        ("as it should be", managed("acme.io/foo/bar"), vec![]),
        ("63 letters", managed(&long[..63]), vec![]),
        (
            "64",
            managed(&long),
            vec!["spec.managedBy: Too long: may not be more than 63 bytes"],
        ),
        (
            "nothing",
            managed(""),
            vec!["spec.managedBy: Required value"],
        ),
        (
            "no path at all",
            managed("invalid custom controller name"),
            vec![
                "spec.managedBy: Invalid value: \"invalid custom controller name\": must be a domain-prefixed path (such as \"acme.io/foo\")",
            ],
        ),
        (
            "a path that is none",
            managed("a.b/c d"),
            vec![
                "spec.managedBy: Invalid value: \"c d\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
            ],
        ),
    ]);
    for by in ["me", "/foo", "acme.io/"] {
        let want = format!(
            "spec.managedBy: Invalid value: \"{by}\": must be a domain-prefixed path (such as \"acme.io/foo\")"
        );
        assert_eq!(errors(managed(by)), [want]);
    }
    let upper = errors(managed("ACME/foo"));
    assert_eq!(upper.len(), 1);
    assert!(
        upper[0].starts_with(
            "spec.managedBy: Invalid value: \"ACME\": a lowercase RFC 1123 subdomain must consist of"
        ),
        "{upper:?}"
    );
}

#[test]
fn jobv_10_replacement() {
    let under = |policy: &str, failure: Value| {
        spec(json!({"podReplacementPolicy": policy, "podFailurePolicy": failure}))
    };
    check(vec![
        ("Failed", under("Failed", json!(null)), vec![]),
        ("both", under("TerminatingOrFailed", json!(null)), vec![]),
        (
            "another",
            under("Soon", json!(null)),
            vec![
                "spec.podReplacementPolicy: Unsupported value: \"Soon\": supported values: \"Failed\", \"TerminatingOrFailed\"",
            ],
        ),
        (
            "nothing said",
            under("", json!(null)),
            vec![
                "spec.podReplacementPolicy: Unsupported value: \"\": supported values: \"Failed\", \"TerminatingOrFailed\"",
            ],
        ),
        (
            "Failed under a failure policy",
            under("Failed", json!({"rules": []})),
            vec![],
        ),
        (
            "under a failure policy",
            under("TerminatingOrFailed", json!({"rules": []})),
            vec![
                "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"",
            ],
        ),
    ]);
}
