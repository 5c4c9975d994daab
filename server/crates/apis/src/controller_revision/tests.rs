use k8s_openapi::api::apps::v1::ControllerRevision;
use serde_json::{Value, json};

use crate::testing::{created, merge, row, texts, update_errors};
use crate::{Kind, Update};

fn revision(change: Value) -> ControllerRevision {
    let mut value =
        json!({"metadata": {"name": "r", "namespace": "d"}, "data": {"a": 1}, "revision": 2});
    merge(&mut value, &change);
    created(value)
}

#[test]
fn dsv_08_and_pr_16() {
    let owner = json!({"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "foo", "uid": "x", "controller": true}]}});
    assert_eq!(
        row(&revision(owner)),
        ["r", "daemonset.apps/foo", "2", "5m"]
    );
    let owners = |owner: Value| json!({"metadata": {"ownerReferences": [owner]}});
    let rows = [
        (json!({}), "<none>"),
        (
            owners(
                json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "foo", "uid": "x"}),
            ),
            "<none>",
        ),
        (
            owners(
                json!({"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "x", "controller": true}),
            ),
            "pod/p",
        ),
    ];
    for (change, want) in rows {
        assert_eq!(row(&revision(change))[1], want);
    }
    let cells = revision(json!({})).print(crate::testing::now()).cells;
    assert_eq!(cells[2], 2, "PR-04: a number");
    let rows = [
        ("fine", json!({}), vec![]),
        (
            "no data",
            json!({"data": null}),
            vec!["data: Required value: data is mandatory"],
        ),
        (
            "no object",
            json!({"data": [1]}),
            vec!["data: Required value: data must be a valid JSON object"],
        ),
        (
            "a negative revision",
            json!({"revision": -1}),
            vec!["revision: Invalid value: -1: must be greater than or equal to 0"],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(texts(&revision(change).validate_create()), want, "{why}");
    }
    for data in [json!("words"), json!(true), json!(0), json!(0.5), json!([])] {
        assert_eq!(
            texts(&revision(json!({"data": data})).validate_create()),
            ["data: Required value: data must be a valid JSON object"],
            "{data}"
        );
    }
    assert_eq!(
        texts(&revision(json!({"data": {"a": null}})).validate_create()),
        [""; 0],
        "an object of nothing"
    );
    let both = revision(json!({"revision": -1, "data": null}));
    assert_eq!(
        texts(&both.validate_create()),
        [
            "revision: Invalid value: -1: must be greater than or equal to 0",
            "data: Required value: data is mandatory",
        ]
    );
    let old = revision(json!({}));
    let back = json!({"revision": -2});
    assert_eq!(
        update_errors(&old, &back, Update::Main),
        ["revision: Invalid value: -2: must be greater than or equal to 0"]
    );
    assert!(update_errors(&old, &json!({"revision": 3}), Update::Main).is_empty());
    let want = "data: Invalid value: {\"a\":2}: field is immutable";
    assert_eq!(
        update_errors(&old, &json!({"data": {"a": 2}}), Update::Main),
        [want]
    );
}
