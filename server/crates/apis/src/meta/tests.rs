use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use super::*;

fn meta(value: Value) -> ObjectMeta {
    serde_json::from_value(value).expect("metadata")
}

#[test]
fn name_rules() {
    let long = "a".repeat(64);
    let label =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'";
    let subdomain = "a lowercase RFC 1123 subdomain must consist of";
    let rows = [
        (NameRule::DnsSubdomain, "a.b-c.1", vec![]),
        (NameRule::DnsSubdomain, "A", vec![subdomain]),
        (NameRule::DnsSubdomain, "a..b", vec![subdomain]),
        (NameRule::DnsSubdomain, "a-", vec![subdomain]),
        (NameRule::DnsLabel, "a-1", vec![]),
        (NameRule::DnsLabel, "a_1", vec![label]),
        (NameRule::DnsLabel, "a.b", vec!["must not contain dots"]),
        (
            NameRule::DnsLabel,
            long.as_str(),
            vec!["must be no more than 63 characters"],
        ),
        (NameRule::PathSegment, "A_b:c", vec![]),
        (NameRule::PathSegment, "..", vec!["may not be '..'"]),
        (
            NameRule::PathSegment,
            "a/b%",
            vec!["may not contain '/'", "may not contain '%'"],
        ),
    ];
    for (rule, name, want) in rows {
        let errors = rule.errors(name, false);
        assert_eq!(errors.len(), want.len(), "{rule:?} {name}: {errors:?}");
        for (error, start) in errors.iter().zip(want) {
            assert!(error.starts_with(start), "{rule:?} {name}: {error}");
        }
    }
    assert!(
        NameRule::DnsSubdomain.errors("a-", true).is_empty(),
        "a prefix may end in a dash"
    );
}

/// Upstream counts labels in bytes and names in characters.
#[test]
fn label_rules() {
    let long = "a".repeat(64);
    let rows = [
        (qualified_name_errors("a.b/c"), vec![]),
        (
            qualified_name_errors("a/b/c"),
            vec!["a valid label key must consist of"],
        ),
        (
            qualified_name_errors("/c"),
            vec!["prefix part must be non-empty"],
        ),
        (
            qualified_name_errors("A/c"),
            vec!["prefix part a lowercase RFC 1123 subdomain must consist of"],
        ),
        (
            qualified_name_errors("a/"),
            vec!["name part must be non-empty", "name part must consist of"],
        ),
        (
            qualified_name_errors(&long),
            vec!["name part must be no more than 63 bytes"],
        ),
        (label_value_errors(""), vec![]),
        (
            label_value_errors("a b"),
            vec!["a valid label must be an empty string or"],
        ),
        (
            label_value_errors(&long),
            vec!["must be no more than 63 bytes"],
        ),
    ];
    for (errors, want) in rows {
        assert_eq!(errors.len(), want.len(), "{errors:?}");
        for (error, start) in errors.iter().zip(want) {
            assert!(error.starts_with(start), "{error}");
        }
    }
}

#[test]
fn created_metadata() {
    let rows = [
        (
            "fine",
            json!({"name": "a", "namespace": "b", "labels": {"k": "v"}}),
            vec![],
        ),
        (
            "no name",
            json!({"namespace": "b"}),
            vec!["metadata.name: Required value: name or generateName is required"],
        ),
        (
            "no namespace",
            json!({"name": "a"}),
            vec!["metadata.namespace: Required value"],
        ),
        (
            "a finalizer without a domain",
            json!({"name": "a", "namespace": "b", "finalizers": ["x"]}),
            vec![
                "metadata.finalizers[0]: Invalid value: \"x\": name is neither a standard finalizer name nor is it fully qualified",
            ],
        ),
        (
            "an owner without uid",
            json!({"name": "a", "namespace": "b", "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": ""}]}),
            vec!["metadata.ownerReferences.uid: Invalid value: \"\": must not be empty"],
        ),
    ];
    for (why, value, want) in rows {
        let errors = validate_object_meta(&meta(value), true, NameRule::DnsSubdomain);
        let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts, want, "{why}");
    }
}

#[test]
fn gc_07_updated_metadata() {
    let old = json!({"name": "a", "namespace": "b", "uid": "u", "resourceVersion": "1", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["x/a"]});
    let change = |patch: Value| {
        let mut value = old.clone();
        for (key, to) in patch.as_object().expect("an object") {
            value[key] = to.clone();
        }
        value
    };
    let rows = [
        ("nothing", json!({}), vec![]),
        ("dropping a finalizer", json!({"finalizers": []}), vec![]),
        (
            "a new finalizer",
            json!({"finalizers": ["x/a", "x/b"]}),
            vec![
                "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"x/b\"}",
            ],
        ),
        (
            "another uid",
            json!({"uid": "v"}),
            vec!["metadata.uid: Invalid value: \"v\": field is immutable"],
        ),
        (
            "no version",
            json!({"resourceVersion": ""}),
            vec!["metadata.resourceVersion: Invalid value: \"\": must be specified for an update"],
        ),
        (
            "another end",
            json!({"deletionTimestamp": "2026-01-02T00:00:00Z", "deletionGracePeriodSeconds": 30}),
            vec![
                "metadata.deletionTimestamp: Invalid value: \"2026-01-02T00:00:00Z\": field is immutable",
                "metadata.deletionGracePeriodSeconds: Invalid value: 30: field is immutable",
            ],
        ),
        (
            "several at once, in upstream's order",
            json!({"uid": "v", "finalizers": ["x/b"], "labels": {"a": "-"}, "resourceVersion": ""}),
            vec![
                "metadata.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
                "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"x/b\"}",
                "metadata.resourceVersion: Invalid value: \"\": must be specified for an update",
                "metadata.uid: Invalid value: \"v\": field is immutable",
            ],
        ),
    ];
    for (why, patch, want) in rows {
        let errors = validate_object_meta_update(&meta(change(patch)), &meta(old.clone()));
        let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts, want, "{why}");
    }
}

#[test]
fn the_version_of_an_owner_is_one() {
    let rows = [
        ("v1", true),
        ("apps/v1", true),
        ("/v1", true),
        ("", false),
        ("apps/", false),
        ("a/b/c", false),
    ];
    for (version, right) in rows {
        let owner = json!([{"apiVersion": version, "kind": "Job", "name": "j", "uid": "u"}]);
        let owned = meta(json!({"name": "a", "namespace": "b", "ownerReferences": owner}));
        let errors = validate_object_meta(&owned, true, NameRule::DnsSubdomain);
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let wrong = format!(
            "metadata.ownerReferences.apiVersion: Invalid value: {version:?}: version must not be empty"
        );
        let want: Vec<String> = (!right).then_some(wrong).into_iter().collect();
        assert_eq!(told, want, "{version}");
    }
}

/// Upstream's texts show a reference in the order of its type, and one finding after the other.
#[test]
fn several_faults_of_one_object_are_told_in_upstreams_order() {
    let owner = |kind: &str, name: &str| json!({"controller": true, "uid": "u", "name": name, "kind": kind, "apiVersion": "v1"});
    let wrong = meta(json!({
        "name": "a", "namespace": "b",
        "ownerReferences": [owner("Event", "e"), owner("Pod", "p")],
        "finalizers": ["short", "a b/c"],
    }));
    let errors = validate_object_meta(&wrong, true, NameRule::DnsSubdomain);
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let event = r#"{"apiVersion":"v1","kind":"Event","name":"e","uid":"u","controller":true}"#;
    let pod = r#"{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","controller":true}"#;
    assert_eq!(
        told[..2],
        [
            format!(
                "metadata.ownerReferences: Invalid value: {event}: /v1, Kind=Event is disallowed from being an owner"
            ),
            format!(
                "metadata.ownerReferences: Invalid value: [{event},{pod}]: Only one reference can have Controller set to \
                 true. Found \"true\" in references for Event/e and Pod/p"
            ),
        ]
    );
    let last = told.last().expect("faults of finalizers");
    assert!(last.starts_with("metadata.finalizers[0]: "), "{told:?}");
    assert!(
        told[2].starts_with("metadata.finalizers: Invalid value: \"a b/c\""),
        "{told:?}"
    );
}
