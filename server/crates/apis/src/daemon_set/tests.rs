use k8s_openapi::api::apps::v1::DaemonSet;
use serde_json::{Value, json};

use super::template_generation;
use crate::testing::{created, merge, read, row, texts, update_errors, updated};
use crate::{Kind, Update};

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
                "spec.updateStrategy: Unsupported value: \"Now\": supported values: \"RollingUpdate\", \"OnDelete\"",
            ],
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
            "surge alone",
            rolling(json!({"maxUnavailable": 0, "maxSurge": "10%"})),
            vec![],
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

#[test]
fn dsv_02_the_selector_stays() {
    let old: DaemonSet = created(body(json!({})));
    let patch = json!({"spec": {"selector": {"matchLabels": {"a": "b", "c": "d"}}, "template": {"metadata": {"labels": {"c": "d"}}}}});
    let want = "spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\",\"c\":\"d\"}}: field is immutable";
    assert_eq!(update_errors(&old, &patch, Update::Main), [want]);
}

#[test]
fn dsv_05_template_generation() {
    let old: DaemonSet = created(body(json!({})));
    assert_eq!(template_generation(&old), 1);
    let annotation = |value: &str| json!({"metadata": {"annotations": {"deprecated.daemonset.template.generation": value}}});
    let rows = [
        ("nothing changed", json!({}), 1),
        ("another field", json!({"spec": {"minReadySeconds": 5}}), 1),
        (
            "the template",
            json!({"spec": {"template": {"spec": {"hostNetwork": true}}}}),
            2,
        ),
        ("the client's own number", annotation("9"), 1),
        ("dropped", json!({"metadata": {"annotations": null}}), 1),
    ];
    for (why, patch, want) in rows {
        assert_eq!(
            template_generation(&updated(&old, &patch, Update::Main)),
            want,
            "{why}"
        );
    }
    assert_eq!(
        template_generation(&created::<DaemonSet>(body(annotation("7")))),
        7,
        "chosen on create"
    );
}

#[test]
fn dsv_06_status() {
    let mut old: DaemonSet = created(body(json!({})));
    old.status = Some(serde_json::from_value(json!({"collisionCount": 2})).expect("a status"));
    let rows = [
        ("counters", json!({"numberReady": 3}), vec![]),
        (
            "negative",
            json!({"numberReady": -1}),
            vec!["status.numberReady: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            "fewer collisions",
            json!({"collisionCount": 1}),
            vec!["status.collisionCount: Invalid value: 1: cannot be decremented"],
        ),
    ];
    for (why, status, want) in rows {
        assert_eq!(
            update_errors(&old, &json!({"status": status}), Update::Status),
            want,
            "{why}"
        );
    }
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
    assert!(
        ds.print(crate::testing::now()).cells[1].is_number(),
        "PR-04"
    );
}
