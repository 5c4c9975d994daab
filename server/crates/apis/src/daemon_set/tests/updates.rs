use k8s_openapi::api::apps::v1::DaemonSet;
use serde_json::{Value, json};

use super::super::template_generation;
use super::body;
use crate::testing::{created, read, update_errors, updated};
use crate::{Kind, Update};

#[test]
fn dsv_02_to_04_updates() {
    let old: DaemonSet = created(body(
        json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}),
    ));
    let template = |spec: Value| json!({"spec": {"template": {"spec": spec}}});
    let other = json!({"selector": {"matchLabels": {"a": null, "c": "d"}}, "template": {"metadata": {"labels": {"a": null, "c": "d"}}}});
    let more = json!({"selector": {"matchLabels": {"a": "b", "c": "d"}}, "template": {"metadata": {"labels": {"c": "d"}}}});
    let rows = [
        ("nothing", json!({}), vec![]),
        (
            "the template",
            template(
                json!({"nodeSelector": {"a": "b"}, "volumes": [{"name": "v", "emptyDir": {}}]}),
            ),
            vec![],
        ),
        (
            "an image and a name",
            template(json!({"containers": [{"name": "def", "image": "j"}]})),
            vec![],
        ),
        (
            "the strategy",
            json!({"spec": {"updateStrategy": {"type": "RollingUpdate"}}}),
            vec![],
        ),
        (
            "DSV-02 the selector, narrower",
            json!({"spec": more}),
            vec![
                "spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\",\"c\":\"d\"}}: field is immutable",
            ],
        ),
        (
            "DSV-02 the selector and the template with it",
            json!({"spec": other}),
            vec![
                "spec.selector: Invalid value: {\"matchLabels\":{\"c\":\"d\"}}: field is immutable",
            ],
        ),
        (
            "DSV-02 a selector that is none",
            json!({"spec": {"selector": {"matchLabels": null, "matchExpressions": [{"key": "a", "operator": "In"}]}}}),
            vec![
                "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
                "spec.selector: Invalid value: {\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}: field is immutable",
            ],
        ),
        (
            "DSV-03 no containers",
            template(json!({"containers": []})),
            vec!["spec.template.spec.containers: Required value"],
        ),
        (
            "DSV-03 numbers",
            json!({"spec": {"minReadySeconds": -1, "revisionHistoryLimit": -1}}),
            vec![
                "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
                "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            "DSV-04 another strategy",
            json!({"spec": {"updateStrategy": {"type": "Random"}}}),
            vec![
                "spec.updateStrategy: Unsupported value: {\"Type\":\"Random\",\"RollingUpdate\":null}: supported values: \"RollingUpdate\", \"OnDelete\"",
            ],
        ),
    ];
    for (why, patch, want) in rows {
        assert_eq!(update_errors(&old, &patch, Update::Main), want, "{why}");
    }
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
        (
            "both at once",
            json!({"metadata": {"annotations": {"deprecated.daemonset.template.generation": "9"}}, "spec": {"template": {"spec": {"hostNetwork": true}}}}),
            2,
        ),
    ];
    for (why, patch, want) in rows {
        assert_eq!(
            template_generation(&updated(&old, &patch, Update::Main)),
            want,
            "{why}"
        );
    }
    for (given, want) in [("7", 7), ("+7", 7), ("0", 1), ("-3", 1)] {
        let made: DaemonSet = created(body(annotation(given)));
        assert_eq!(made.unconvertible(), None, "{given}");
        assert_eq!(template_generation(&made), want, "{given} on create");
    }
    let unreadable = [
        ("x", "strconv.ParseInt: parsing \"x\": invalid syntax"),
        ("", "strconv.ParseInt: parsing \"\": invalid syntax"),
        ("1.5", "strconv.ParseInt: parsing \"1.5\": invalid syntax"),
        (
            "9223372036854775808",
            "strconv.ParseInt: parsing \"9223372036854775808\": value out of range",
        ),
    ];
    for (given, want) in unreadable {
        let told = read::<DaemonSet>(body(annotation(given))).unconvertible();
        assert_eq!(told.as_deref(), Some(want));
    }
    assert_eq!(read::<DaemonSet>(body(json!({}))).unconvertible(), None);
}

#[test]
fn dsv_06_status() {
    let mut old: DaemonSet = created(body(json!({})));
    old.status = Some(serde_json::from_value(json!({"collisionCount": 2})).expect("a status"));
    for counter in [
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ] {
        let found = update_errors(&old, &json!({"status": {counter: -1}}), Update::Status);
        let want =
            format!("status.{counter}: Invalid value: -1: must be greater than or equal to 0");
        assert_eq!(found[0], want);
    }
    let conditions = json!([{"type": "Mine", "status": "Perhaps"}]);
    let rows = [
        ("counters", json!({"numberReady": 3}), vec![]),
        ("conditions", json!({"conditions": conditions}), vec![]),
        ("more collisions", json!({"collisionCount": 3}), vec![]),
        (
            "fewer",
            json!({"collisionCount": 1}),
            vec!["status.collisionCount: Invalid value: 1: cannot be decremented"],
        ),
        (
            "none any more",
            json!({"collisionCount": null}),
            vec!["status.collisionCount: Invalid value: 0: cannot be decremented"],
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
