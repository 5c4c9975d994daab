use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::{Value, json};

use crate::testing::{created, merge, row, texts, update_errors};
use crate::{Kind, Update};

fn config_map(change: Value) -> ConfigMap {
    let mut value = json!({"metadata": {"name": "m", "namespace": "d"}, "data": {"a": "b"}});
    merge(&mut value, &change);
    created(value)
}

#[test]
fn keys_size_and_immutability() {
    assert_eq!(
        row(&config_map(json!({"binaryData": {"c": ""}}))),
        ["m", "2", "5m"]
    );
    let wrong = texts(&config_map(json!({"data": {"a b": "c"}})).validate_create());
    assert!(
        wrong[0]
            .starts_with("data[a b]: Invalid value: \"a b\": a valid config key must consist of")
    );
    let twice = texts(&config_map(json!({"binaryData": {"a": ""}})).validate_create());
    assert_eq!(
        twice,
        ["data[a]: Invalid value: \"a\": duplicate of key present in binaryData"]
    );
    let large = config_map(json!({"data": {"a": "x".repeat(1024 * 1024 + 1)}}));
    assert_eq!(
        texts(&large.validate_create()),
        ["[]: Too long: may not be more than 1048576 bytes"]
    );
    let both = json!({"data": {"a": "x".repeat(1024 * 1024)}, "binaryData": {"b": "YQ=="}});
    assert_eq!(
        texts(&config_map(both).validate_create()).len(),
        1,
        "both count"
    );
    for key in [".", "..", "..a"] {
        let wrong = texts(&config_map(json!({"binaryData": {key: ""}})).validate_create());
        let says = match key {
            "..a" => "must not start with '..'".to_owned(),
            _ => format!("must not be '{key}'"),
        };
        let want = format!("binaryData[{key}]: Invalid value: \"{key}\": {says}");
        assert_eq!(wrong, [want]);
    }
    let frozen = config_map(json!({"immutable": true}));
    for (field, change) in [
        ("immutable", json!({"immutable": false})),
        ("immutable", json!({"immutable": null})),
        ("data", json!({"data": {"a": "c"}})),
        ("binaryData", json!({"binaryData": {"b": "YQ=="}})),
    ] {
        assert_eq!(
            update_errors(&frozen, &change, Update::Main),
            [format!(
                "{field}: Forbidden: field is immutable when `immutable` is set"
            )]
        );
    }
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    assert_eq!(update_errors(&frozen, &label, Update::Main), [""; 0]);
    let freeze = json!({"immutable": true, "data": {"a": "c"}});
    let free = config_map(json!({}));
    assert_eq!(update_errors(&free, &freeze, Update::Main), [""; 0]);
}

/// Upstream's table.
#[test]
fn every_key_is_looked_at() {
    let shape = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    let long = "a".repeat(254);
    let rows = [
        (json!({"data": {".a": "b", "KEY_NAME-1.x": ""}}), vec![]),
        (json!({"data": null}), vec![]),
        (
            json!({"data": {long.as_str(): ""}}),
            vec![format!(
                "data[{long}]: Invalid value: \"{long}\": must be no more than 253 characters"
            )],
        ),
        (
            json!({"data": {"": "", "..": ""}, "binaryData": {"c d": ""}}),
            vec![
                format!("data[]: Invalid value: \"\": {shape}"),
                "data[..]: Invalid value: \"..\": must not be '..'".to_owned(),
                format!("binaryData[c d]: Invalid value: \"c d\": {shape}"),
            ],
        ),
    ];
    for (change, want) in rows {
        let new = config_map(change.clone());
        assert_eq!(texts(&new.validate_create()), want, "{change}");
        let old = config_map(json!({}));
        let told = update_errors(&old, &change, Update::Main);
        assert_eq!(told, want, "{change}, of an update");
    }
    let all = json!({"immutable": false, "data": {"a b": "c"}, "binaryData": {"b": "YQ=="}});
    let frozen =
        |field: &str| format!("{field}: Forbidden: field is immutable when `immutable` is set");
    assert_eq!(
        update_errors(&config_map(json!({"immutable": true})), &all, Update::Main),
        [
            frozen("immutable"),
            frozen("data"),
            frozen("binaryData"),
            format!("data[a b]: Invalid value: \"a b\": {shape}"),
        ],
        "what may not change is told first"
    );
}
