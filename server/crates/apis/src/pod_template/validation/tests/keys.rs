//! Keys of labels and of files.

use serde_json::json;

use super::{container_errors, errors};

const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

#[test]
fn keys_of_labels_beside_a_selector_of_other_pods() {
    let path = "t.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]";
    let expression = json!({"key": "a", "operator": "In", "values": ["1"]});
    let rows = [
        (
            "one that is there already",
            json!({"matchLabelKeys": ["b", "a"], "labelSelector": {"matchLabels": {"a": "1"}, "matchExpressions": [expression]}}),
            vec![format!(
                "{path}[1]: Invalid value: \"a\": exists in both matchLabelKeys and labelSelector"
            )],
        ),
        (
            "one that only a merged expression has",
            json!({"matchLabelKeys": ["a"], "labelSelector": {"matchExpressions": [expression]}}),
            vec![],
        ),
        (
            "the same and not the same",
            json!({"matchLabelKeys": ["a"], "mismatchLabelKeys": ["a b", "a"], "labelSelector": {}}),
            vec![
                format!("{path}.mismatchLabelKeys[0]: Invalid value: \"a b\": {NAME_PART}"),
                format!(
                    "{path}.matchLabelKeys[0]: Invalid value: \"a\": exists in both matchLabelKeys and mismatchLabelKeys"
                ),
            ],
        ),
        (
            "no selector",
            json!({"matchLabelKeys": ["a"], "mismatchLabelKeys": ["b"]}),
            ["matchLabelKeys", "mismatchLabelKeys"]
                .map(|list| {
                    format!(
                        "{path}.{list}: Forbidden: must not be specified when labelSelector is not set"
                    )
                })
                .to_vec(),
        ),
    ];
    for (why, mut term, want) in rows {
        term["topologyKey"] = json!("z");
        let affinity =
            json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}});
        assert_eq!(errors(json!({"affinity": affinity})), want, "{why}");
    }
}

#[test]
fn keys_of_labels_of_pods_that_are_spread() {
    let path = "t.spec.topologySpreadConstraints[0].matchLabelKeys";
    let both = json!({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]});
    let rows = [
        (
            "a name that is none, and one that is there already",
            json!({"matchLabelKeys": ["a b", "a"], "labelSelector": both}),
            vec![
                format!("{path}[0]: Invalid value: \"a b\": {NAME_PART}"),
                format!(
                    "{path}[1]: Invalid value: \"a\": exists in both matchLabelKeys and labelSelector"
                ),
            ],
        ),
        (
            "no selector",
            json!({"matchLabelKeys": ["a"]}),
            vec![format!(
                "{path}: Forbidden: must not be specified when labelSelector is not set"
            )],
        ),
    ];
    for (why, mut constraint, want) in rows {
        constraint["maxSkew"] = json!(1);
        constraint["topologyKey"] = json!("z");
        constraint["whenUnsatisfiable"] = json!("DoNotSchedule");
        let spread = json!({"topologySpreadConstraints": [constraint]});
        assert_eq!(errors(spread), want, "{why}");
    }
}

#[test]
fn keys_of_files() {
    let of = |key: &str, path: &str, volume: &str| {
        let key = json!({"key": key, "path": path, "volumeName": volume});
        container_errors(json!({"env": [{"name": "A", "valueFrom": {"fileKeyRef": key}}]}))
    };
    assert!(of("K", "a/b.env", "v").is_empty());
    assert_eq!(
        of("", "", ""),
        [
            "env[0].valueFrom.fileKeyRef.key: Required value",
            "env[0].valueFrom.fileKeyRef.volumeName: Required value",
            "env[0].valueFrom.fileKeyRef.path: Required value",
            "env[0].valueFrom.fileKeyRef.volumeName: Not found: \"\"",
        ]
    );
    assert_eq!(
        of("K", "a", "w"),
        ["env[0].valueFrom.fileKeyRef.volumeName: Not found: \"w\""]
    );
    assert_eq!(
        of("K", "../a", "v"),
        ["env[0].valueFrom.fileKeyRef.path: Invalid value: \"../a\": must not contain '..'"]
    );
}

/// What is no name at all is not asked whether it is a known one.
#[test]
fn names_of_resources_that_are_none() {
    assert_eq!(
        container_errors(json!({"resources": {"limits": {"a b": "1"}}})),
        [
            format!("resources.limits[a b]: Invalid value: \"a b\": {NAME_PART}"),
            "resources.limits[a b]: Invalid value: \"a b\": must be a standard resource for containers"
                .to_owned(),
        ]
    );
}
