use k8s_openapi::api::apps::v1::DaemonSet;
use serde_json::{Value, json};

use crate::testing::{created, merge, read, row, texts, updated};
use crate::{Kind, Update};

mod updates;

fn body(change: Value) -> Value {
    let mut value = json!({"metadata": {"name": "log", "namespace": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    merge(&mut value, &change);
    value
}

#[test]
fn dsv_01_defaults() {
    let ds: DaemonSet = read(body(json!({})));
    let value = serde_json::to_value(ds.spec).expect("JSON");
    let want =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}});
    assert_eq!(
        (&value["updateStrategy"], &value["revisionHistoryLimit"]),
        (&want, &json!(10))
    );
    assert_eq!(value["template"]["spec"]["restartPolicy"], "Always");
    let surge = json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 2}}}});
    let surging: DaemonSet = read(body(surge.clone()));
    let kept = serde_json::to_value(surging.spec).expect("JSON");
    assert_eq!(
        kept["updateStrategy"]["rollingUpdate"],
        surge["spec"]["updateStrategy"]["rollingUpdate"]
    );
    let half = json!({"spec": {"updateStrategy": {"type": "", "rollingUpdate": {"maxUnavailable": "30%"}}, "revisionHistoryLimit": 0}});
    let half = serde_json::to_value(read::<DaemonSet>(body(half)).spec).expect("JSON");
    let want =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "30%", "maxSurge": 0}});
    assert_eq!(
        (&half["updateStrategy"], &half["revisionHistoryLimit"]),
        (&want, &json!(0)),
        "only what is missing"
    );
    let on_delete: DaemonSet = read(body(
        json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}),
    ));
    let strategy = on_delete
        .spec
        .and_then(|spec| spec.update_strategy)
        .expect("a strategy");
    assert!(strategy.rolling_update.is_none());
}

#[test]
fn dsv_02_to_04_creation() {
    let rolling = |rolling: Value| json!({"spec": {"updateStrategy": {"rollingUpdate": rolling}}});
    let rows = [
        ("fine", json!({}), vec![]),
        (
            "another selector",
            json!({"spec": {"selector": {"matchLabels": {"a": "c"}}}}),
            vec![
                "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`",
            ],
        ),
        (
            "an empty selector",
            json!({"spec": {"selector": {"matchLabels": null}}}),
            vec!["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"],
        ),
        (
            "a selector that is none",
            json!({"spec": {"selector": {"matchLabels": null, "matchExpressions": [{"key": "a", "operator": "In"}]}}}),
            vec![
                "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
            ],
        ),
        (
            "a key that is none",
            json!({"spec": {"selector": {"matchLabels": {"NoUppercaseOrSpecialCharsLike=Equals": "b"}}}}),
            vec![
                "spec.selector.matchLabels: Invalid value: \"NoUppercaseOrSpecialCharsLike=Equals\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            ],
        ),
        (
            "an operator that is none",
            json!({"spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "Nope"}]}}}),
            vec![
                "spec.selector.matchExpressions[0].operator: Invalid value: \"Nope\": not a valid selector operator",
            ],
        ),
        (
            "no template",
            json!({"spec": {"template": null}}),
            vec![
                "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
                "spec.template.spec.containers: Required value",
            ],
        ),
        (
            "containers for looking in",
            json!({"spec": {"template": {"spec": {"ephemeralContainers": [{"name": "debug", "image": "i"}]}}}}),
            vec![
                "spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template",
            ],
        ),
        (
            "the host's network",
            json!({"spec": {"template": {"spec": {"hostNetwork": true, "containers": [
                {"name": "c", "image": "i", "ports": [{"containerPort": 12345}]},
            ]}}}}),
            vec![],
        ),
        (
            "DSV-03 pods that may fail",
            json!({"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}}),
            vec![
                "spec.template.spec.restartPolicy: Unsupported value: \"OnFailure\": supported values: \"Always\"",
            ],
        ),
        (
            "DSV-03 the least numbers",
            json!({"spec": {"minReadySeconds": 0, "revisionHistoryLimit": 0}}),
            vec![],
        ),
        (
            "DSV-03 numbers",
            json!({"spec": {"minReadySeconds": -1, "revisionHistoryLimit": -2}}),
            vec![
                "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
                "spec.revisionHistoryLimit: Invalid value: -2: must be greater than or equal to 0",
            ],
        ),
        (
            "DSV-03 a restart policy and a deadline",
            json!({"spec": {"template": {"spec": {"restartPolicy": "Never", "activeDeadlineSeconds": 5}}}}),
            vec![
                "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
                "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported",
            ],
        ),
        (
            "a strategy",
            json!({"spec": {"updateStrategy": {"type": "Now"}}}),
            vec![
                "spec.updateStrategy: Unsupported value: {\"Type\":\"Now\",\"RollingUpdate\":null}: supported values: \"RollingUpdate\", \"OnDelete\"",
            ],
        ),
        (
            "a strategy with what belongs to another",
            json!({"spec": {"updateStrategy": {"type": "Random", "rollingUpdate": {"maxUnavailable": "10%"}}}}),
            vec![
                "spec.updateStrategy: Unsupported value: {\"Type\":\"Random\",\"RollingUpdate\":{\"MaxUnavailable\":\"10%\",\"MaxSurge\":0}}: supported values: \"RollingUpdate\", \"OnDelete\"",
            ],
        ),
        (
            "on deletion nothing rolls, and nobody looks",
            json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"maxUnavailable": "101%"}}}}),
            vec![],
        ),
        (
            "surge clashes with the default",
            rolling(json!({"maxSurge": 1})),
            vec![
                "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
            ],
        ),
        (
            "neither",
            rolling(json!({"maxUnavailable": 0})),
            vec![
                "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
            ],
        ),
        (
            "neither, in percent",
            rolling(json!({"maxUnavailable": "0%", "maxSurge": "0%"})),
            vec![
                "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
            ],
        ),
        (
            "surge alone",
            rolling(json!({"maxUnavailable": 0, "maxSurge": "10%"})),
            vec![],
        ),
        (
            "all at once",
            rolling(json!({"maxUnavailable": "100%"})),
            vec![],
        ),
        (
            "more than all, and less than none",
            rolling(json!({"maxUnavailable": "101%", "maxSurge": -1})),
            vec![
                "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0",
                "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%",
                "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: -1: may not be set when maxUnavailable is non-zero",
            ],
        ),
        (
            "DSV-04 a number without its sign is one",
            rolling(json!({"maxUnavailable": "5"})),
            vec![
                "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"5\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            ],
        ),
        (
            "DSV-04 more than any number",
            rolling(json!({"maxUnavailable": "99999999999999999999%"})),
            vec![
                "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"99999999999999999999%\": must not be greater than 100%",
            ],
        ),
        (
            "words",
            rolling(json!({"maxUnavailable": "some"})),
            vec![
                "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"some\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
                "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(
            texts(&created::<DaemonSet>(body(change)).validate_create()),
            want,
            "{why}"
        );
    }
}

/// Upstream tells a selector that was not given from one that is empty.
#[test]
fn dsv_02_no_selector_is_none_that_matches() {
    let mut given = body(json!({}));
    let spec = given["spec"].as_object_mut().expect("a spec");
    spec.remove("selector");
    let json = given.to_string();
    let mut absent: DaemonSet = serde_json::from_str(&json).expect("it decodes");
    absent.note_absent(json.as_bytes());
    absent.default_fields();
    assert_eq!(
        texts(&absent.validate_create()),
        [
            "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`"
        ]
    );
    given["spec"]["selector"] = json!({"matchExpressions": []});
    let json = given.to_string();
    let mut empty: DaemonSet = serde_json::from_str(&json).expect("it decodes");
    empty.note_absent(json.as_bytes());
    empty.default_fields();
    assert_eq!(
        texts(&empty.validate_create()),
        ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"]
    );
}

#[test]
fn dsv_09_warnings_of_the_template() {
    let labelled = json!({"metadata": {"name": "a.b"}, "spec": {"template": {"spec": {"nodeSelector": {"beta.kubernetes.io/os": "linux"}}}}});
    let old: DaemonSet = created(body(labelled));
    let told = old.warnings(None);
    assert_eq!(
        told,
        [
            "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead"
        ],
        "and none of the name"
    );
    let other = updated(&old, &json!({"spec": {"minReadySeconds": 5}}), Update::Main);
    assert_eq!(other.warnings(Some(&old)), [""; 0]);
    let changed = json!({"spec": {"template": {"spec": {"hostNetwork": true}}}});
    let changed = updated(&old, &changed, Update::Main);
    assert_eq!(changed.warnings(Some(&old)), told);
}

#[test]
fn pr_12_row() {
    let mut ds: DaemonSet = created(body(
        json!({"spec": {"template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}}),
    ));
    let status = json!({"desiredNumberScheduled": 3, "currentNumberScheduled": 2, "numberReady": 1, "updatedNumberScheduled": 2, "numberAvailable": 1});
    ds.status = Some(serde_json::from_value(status).expect("a status"));
    assert_eq!(
        row(&ds),
        [
            "log", "3", "2", "1", "2", "1", "disk=ssd", "5m", "c", "i", "a=b"
        ]
    );
    let cells = ds.print(crate::testing::now()).cells;
    assert!(cells[1..6].iter().all(Value::is_number), "PR-04");
    let bare: DaemonSet = created(body(json!({})));
    assert_eq!(row(&bare)[6], "<none>", "no node selector");
}
