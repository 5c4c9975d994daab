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
    let rows = [
        (
            "the newer API's own fields",
            json!({"source": {"component": null, "host": null}, "reportingComponent": "s", "reportingInstance": "s-1"}),
            5,
            "s, s-1",
        ),
        (
            "each field for itself",
            json!({"source": {"host": null}, "reportingComponent": "s", "reportingInstance": "s-1"}),
            5,
            "kubelet, s-1",
        ),
        (
            "a component without a host",
            json!({"source": {"host": null}}),
            5,
            "kubelet",
        ),
        (
            "no name of its object",
            json!({"involvedObject": {"name": null}}),
            3,
            "pod",
        ),
        ("never seen again", json!({"lastTimestamp": null}), 0, "10m"),
        (
            "a single event of the newer API: its time",
            json!({"firstTimestamp": null, "lastTimestamp": null, "count": null, "eventTime": "2026-01-01T00:58:00.000000Z"}),
            7,
            "2m",
        ),
        (
            "a single event of the newer API: its count",
            json!({"count": null}),
            8,
            "1",
        ),
        (
            "no time at all",
            json!({"firstTimestamp": null, "lastTimestamp": null}),
            0,
            "<unknown>",
        ),
    ];
    for (why, change, at, want) in rows {
        assert_eq!(row(&event(change))[at], want, "{why}");
    }
    let count = event(json!({})).print(crate::testing::now()).cells[8].clone();
    assert_eq!(count, 4, "an integer");
    let narrow = Event::columns()
        .iter()
        .filter(|column| column.priority == 0);
    let narrow: Vec<_> = narrow.map(|column| column.name).collect();
    assert_eq!(narrow, ["Last Seen", "Type", "Reason", "Object", "Message"]);
}

#[test]
fn k_36_fields() {
    let about = json!({"involvedObject": {"uid": "u", "apiVersion": "v1", "resourceVersion": "7"},
        "reportingComponent": "reporter"});
    let fields = [
        ("involvedObject.kind", "Pod"),
        ("involvedObject.namespace", "d"),
        ("involvedObject.name", "p"),
        ("involvedObject.uid", "u"),
        ("involvedObject.apiVersion", "v1"),
        ("involvedObject.resourceVersion", "7"),
        ("involvedObject.fieldPath", "spec.containers{c}"),
        ("reason", "Started"),
        ("reportingComponent", "reporter"),
        ("source", "kubelet"),
        ("type", "Normal"),
    ];
    assert_eq!(fields.map(|(label, _)| label), Event::field_labels());
    assert_eq!(
        event(about).fields(),
        fields.map(|(label, value)| (label, value.to_owned()))
    );
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
                "reportingController: Required value",
                "reportingController: Invalid value: \"\": name part must be non-empty",
                "reportingController: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                "reportingInstance: Required value",
                "action: Required value",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(texts(&event(change).validate_create()), want, "{why}");
    }
}

#[test]
fn what_the_newer_api_asks_of_an_event() {
    let older = event(json!({}));
    let want = [
        "eventTime: Required value",
        "firstTimestamp: Invalid value: \"\": needs to be unset",
        "lastTimestamp: Invalid value: \"\": needs to be unset",
        "count: Invalid value: \"\": needs to be unset",
        "source: Invalid value: \"\": needs to be unset",
    ];
    assert_eq!(texts(&super::validate_strict(&older)), want);
    let series = event(json!({"type": "Odd", "series": {"count": 1}}));
    let told = texts(&super::validate_strict(&series));
    assert_eq!(
        told[..4],
        [
            "series.count: Invalid value: \"\": should be at least 2",
            "series.lastObservedTime: Required value",
            "eventTime: Required value",
            "type: Invalid value: \"\": has invalid value: Odd",
        ]
    );
    let changed = event(
        json!({"message": "Other", "count": 5, "series": {"count": 3, "lastObservedTime": "2026-01-01T00:59:30.000000Z"}}),
    );
    assert_eq!(
        texts(&super::validate_strict_update(&changed, &older)),
        [
            "message: Invalid value: \"Other\": field is immutable",
            "count: Invalid value: 5: field is immutable",
        ]
    );
}
