use k8s_openapi::api::core::v1::Event;
use serde_json::{Value, json};

use crate::Kind;
use crate::testing::{created, merge, row, texts};

fn event(change: Value) -> Event {
    let mut value = json!({"metadata": {"name": "p.1", "namespace": "d"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "d", "fieldPath": "spec.containers{c}"},
        "type": "Normal", "reason": "Started", "message": "Started it\n", "source": {"component": "kubelet", "host": "n"},
        "firstTimestamp": "2026-01-01T00:50:00Z", "lastTimestamp": "2026-01-01T00:59:00Z", "count": 4});
    merge(&mut value, &change);
    created(value)
}

#[test]
fn pr_15_rows() {
    let want = [
        "60s",
        "Normal",
        "Started",
        "pod/p",
        "spec.containers{c}",
        "kubelet, n",
        "Started it",
        "10m",
        "4",
        "p.1",
    ];
    assert_eq!(row(&event(json!({}))), want);
    let series = json!({"series": {"count": 9, "lastObservedTime": "2026-01-01T00:59:30.000000Z"}});
    let row_of_series = row(&event(series));
    assert_eq!(
        (row_of_series[0].as_str(), row_of_series[8].as_str()),
        ("30s", "9"),
        "a series speaks for it"
    );
}

#[test]
fn k_36_fields() {
    let event = event(json!({}));
    let fields = event.fields();
    let labels: Vec<_> = fields.iter().map(|(label, _)| *label).collect();
    assert_eq!(labels, Event::field_labels());
    for want in [
        ("involvedObject.name", "p"),
        ("reason", "Started"),
        ("source", "kubelet"),
        ("type", "Normal"),
    ] {
        assert!(fields.contains(&(want.0, want.1.to_owned())), "{want:?}");
    }
}

#[test]
fn where_an_event_lies() {
    let elsewhere =
        "involvedObject.namespace: Invalid value: \"e\": does not match event.namespace";
    let rows = [
        ("beside its object", json!({}), vec![]),
        (
            "elsewhere",
            json!({"involvedObject": {"namespace": "e"}}),
            vec![elsewhere],
        ),
        (
            "of a cluster's object, in default",
            json!({"metadata": {"namespace": "default"}, "involvedObject": {"namespace": null}}),
            vec![],
        ),
        (
            "of the newer API",
            json!({"eventTime": "2026-01-01T00:00:00.000000Z"}),
            vec![
                "reportingComponent: Required value",
                "reportingInstance: Required value",
                "action: Required value",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(texts(&event(change).validate_create()), want, "{why}");
    }
}
