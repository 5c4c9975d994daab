use k8s_openapi::api::core::v1::{Node, Pod};
use serde_json::{Value, json};

use super::*;

fn node() -> Node {
    let value = json!({"metadata": {"name": "node-1", "labels": {"disk": "ssd", "cores": "8", "zone": "a"}}});
    serde_json::from_value(value).expect("a node")
}

fn pod(spec: Value) -> Pod {
    let mut value = json!({"spec": {"containers": []}});
    for (key, field) in spec.as_object().expect("an object") {
        value["spec"][key] = field.clone();
    }
    serde_json::from_value(value).expect("a pod")
}

fn required(terms: Value) -> Value {
    json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}})
}

fn expression(key: &str, operator: &str, values: &[&str]) -> Value {
    json!([{"matchExpressions": [{"key": key, "operator": operator, "values": values}]}])
}

#[test]
fn ds_01_required() {
    let field = |operator: &str, name: &str| json!([{"matchFields": [{"key": "metadata.name", "operator": operator, "values": [name]}]}]);
    let rows = [
        ("nothing asked", json!({}), true),
        (
            "nodeSelector",
            json!({"nodeSelector": {"disk": "ssd"}}),
            true,
        ),
        (
            "another nodeSelector",
            json!({"nodeSelector": {"disk": "hdd"}}),
            false,
        ),
        ("no terms", required(json!([])), false),
        ("an empty term", required(json!([{}])), false),
        ("In", required(expression("zone", "In", &["a", "b"])), true),
        ("In, absent", required(expression("x", "In", &["a"])), false),
        (
            "NotIn",
            required(expression("zone", "NotIn", &["a"])),
            false,
        ),
        (
            "NotIn, absent",
            required(expression("x", "NotIn", &["a"])),
            true,
        ),
        ("Exists", required(expression("disk", "Exists", &[])), true),
        (
            "DoesNotExist",
            required(expression("disk", "DoesNotExist", &[])),
            false,
        ),
        ("Gt", required(expression("cores", "Gt", &["4"])), true),
        (
            "Gt, equal",
            required(expression("cores", "Gt", &["8"])),
            false,
        ),
        ("Lt", required(expression("cores", "Lt", &["9"])), true),
        (
            "Lt of a word",
            required(expression("zone", "Lt", &["9"])),
            false,
        ),
        (
            "an unknown operator",
            required(expression("zone", "Is", &["a"])),
            false,
        ),
        ("matchFields In", required(field("In", "node-1")), true),
        (
            "matchFields In another",
            required(field("In", "node-2")),
            false,
        ),
        (
            "matchFields NotIn",
            required(field("NotIn", "node-2")),
            true,
        ),
        (
            "one of two terms",
            required(json!([
                expression("zone", "In", &["b"])[0],
                expression("disk", "Exists", &[])[0]
            ])),
            true,
        ),
    ];
    for (why, spec, want) in rows {
        assert_eq!(node_matches(&pod(spec), &node()), want, "{why}");
    }
}

#[test]
fn preferred_weights_add_up() {
    let preferred = json!([
        {"weight": 10, "preference": {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}},
        {"weight": 5, "preference": {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}},
        {"weight": 3, "preference": {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]}},
        {"weight": 2, "preference": {}},
    ]);
    let spec = json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}});
    assert_eq!(preference(&pod(spec), &node()), 15);
}
