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
        [": Too long: may not be more than 1048576 bytes"]
    );
    let frozen = config_map(json!({"immutable": true}));
    let errors = update_errors(&frozen, &json!({"data": {"a": "c"}}), Update::Main);
    assert_eq!(
        errors,
        ["data: Forbidden: field is immutable when `immutable` is set"]
    );
}
