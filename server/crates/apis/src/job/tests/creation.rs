use serde_json::{Value, json};

use super::errors;
use crate::testing::merge;

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
            "the user's own, which is not there",
            spec(json!({"manualSelector": true})),
            vec![
                "spec.selector: Required value",
                "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
            ],
        ),
    ]);
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
            "under a failure policy",
            under("TerminatingOrFailed", json!({"rules": []})),
            vec![
                "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"",
            ],
        ),
    ]);
}
