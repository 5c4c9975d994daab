use serde_json::{Value, json};

use super::node;
use crate::testing::{texts, update_errors};
use crate::{Kind, Update};

#[test]
fn a_nodes_own_door_looks_at_it_as_at_a_new_one() {
    let old = node(json!({}), json!({}));
    let range = "spec.podCIDRs[0]: Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    let taint = "metadata.taints[0].effect: Required value";
    let wrong = json!({"spec": {"podCIDRs": ["x"], "taints": [{"key": "k"}], "configSource": {}, "externalID": "e"}});
    assert_eq!(
        update_errors(&old, &wrong, Update::Main),
        [
            taint,
            range,
            "spec.configSource: Invalid value: {\"ConfigMap\":null}: exactly one reference subfield must be non-nil",
            "spec.externalID: Forbidden: may not be updated",
        ]
    );
    let mut stored = old.clone();
    let spec = json!({"podCIDRs": ["x"], "taints": [{"key": "k", "effect": ""}]});
    stored.spec = Some(serde_json::from_value(spec).expect("a specification"));
    assert_eq!(
        update_errors(
            &stored,
            &json!({"status": {"phase": "Running"}}),
            Update::Status
        ),
        [taint],
        "another than its own looks less closely"
    );
}

#[test]
fn several_ranges_of_which_one_is_none() {
    let told =
        texts(&node(json!({"podCIDRs": ["10.9.8.0/24", "bogus"]}), json!({})).validate_create());
    assert_eq!(
        told,
        [
            "spec.podCIDRs[1]: Invalid value: \"bogus\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
            "spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[1]: <nil> (invalid CIDR address: bogus)",
            "spec.podCIDRs: Invalid value: [\"10.9.8.0/24\",\"bogus\"]: may specify no more than one CIDR for each IP family",
        ]
    );
}

#[test]
fn swap_and_features() {
    let word = "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
    let long = format!("A{}", "b".repeat(253));
    let no_name = |at: usize, name: &str, why: &str| {
        format!(
            "status.declaredFeatures[{at}]: Invalid value: \"{name}\": invalid feature name \"{name}\": {why}"
        )
    };
    let rows = [
        (json!(["Alpha", "Beta/sub", "Beta/sub2"]), vec![]),
        (json!([&long[1..]]), vec![no_name(0, &long[1..], word)]),
        (
            json!([long]),
            vec![no_name(0, &long, "must be no more than 253 characters")],
        ),
        (json!(["lowercaseStart"]), vec![no_name(0, "lowercaseStart", word)]),
        (json!(["A/"]), vec![no_name(0, "A/", word)]),
        (json!(["A/1"]), vec![no_name(0, "A/1", word)]),
        (json!(["A-b"]), vec![no_name(0, "A-b", word)]),
        (json!([""]), vec![no_name(0, "", word)]),
        (
            json!(["B", "B", "A"]),
            vec![
                "status.declaredFeatures[1]: Duplicate value: \"B\"".to_owned(),
                "status.declaredFeatures[2]: Invalid value: \"A\": list must be sorted alphabetically".to_owned(),
            ],
        ),
    ];
    let plain = node(json!({}), json!({}));
    for (features, want) in rows {
        let status = json!({"declaredFeatures": features});
        let told = texts(&node(json!({}), status.clone()).validate_create());
        assert_eq!(told, want, "{features}");
        let update = json!({"status": status});
        assert_eq!(
            update_errors(&plain, &update, Update::Status),
            want,
            "{features}"
        );
    }
    for (capacity, want) in [(1, 0), (0, 1), (-1, 1)] {
        let info = json!({"machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "", "osImage": "",
            "containerRuntimeVersion": "", "kubeletVersion": "", "kubeProxyVersion": "", "operatingSystem": "",
            "architecture": "", "swap": {"capacity": capacity}});
        let told = texts(&node(json!({}), json!({"nodeInfo": info})).validate_create());
        let text = format!(
            "metadata.nodeSwapStatus.capacity: Invalid value: {capacity}: must be greater than zero"
        );
        assert_eq!(told, vec![text; want]);
    }
}

#[test]
fn pods_that_are_avoided() {
    const KEY: &str = "scheduler.alpha.kubernetes.io/preferAvoidPods";
    let of = |text: &str| {
        let mut node = node(json!({}), json!({}));
        node.metadata.annotations = Some([(KEY.to_owned(), text.to_owned())].into());
        texts(&node.validate_create())
    };
    let entry = |entry: Value| json!({"preferAvoidPods": [entry]}).to_string();
    let owner = |controller: Value| {
        entry(
            json!({"podSignature": {"podController": {"kind": "ReplicationController", "controller": controller}}}),
        )
    };
    for fine in [
        String::new(),
        "null".to_owned(),
        "{}".to_owned(),
        owner(json!(true)),
    ] {
        assert_eq!(of(&fine), [""; 0], "{fine}");
    }
    assert_eq!(
        of(&entry(json!({"reason": "r"}))),
        [format!(
            "metadata.annotations.{KEY}[0].PodSignature: Required value"
        )]
    );
    assert_eq!(
        of(&owner(json!(false))),
        [format!(
            "metadata.annotations.{KEY}[0].PodSignature.PodController.Controller: Invalid value: false: must point to a controller"
        )]
    );
    let unread =
        |why: &str| format!("metadata.annotations.AvoidPods: Invalid value: \"{KEY}\": {why}");
    assert_eq!(of("{"), [unread("unexpected end of JSON input")]);
    assert_eq!(
        of("[]"),
        [unread(
            "json: cannot unmarshal array into Go value of type v1.AvoidPods"
        )]
    );
}
