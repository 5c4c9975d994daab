use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};

use crate::testing::{created, merge, row, texts, update_errors};
use crate::{Kind, Update};

fn secret(change: Value) -> Secret {
    let mut value = json!({"metadata": {"name": "s", "namespace": "d"}, "stringData": {"a": "b"}});
    merge(&mut value, &change);
    created(value)
}

#[test]
fn texts_become_data_and_types_ask_for_keys() {
    let plain = secret(json!({}));
    assert_eq!(
        serde_json::to_value(&plain).expect("JSON")["data"],
        json!({"a": "Yg=="})
    );
    assert_eq!(row(&plain), ["s", "Opaque", "1", "5m"]);
    let tls = texts(&secret(json!({"type": "kubernetes.io/tls"})).validate_create());
    assert_eq!(
        tls,
        [
            "data[tls.crt]: Required value",
            "data[tls.key]: Required value"
        ]
    );
    let retyped = update_errors(&plain, &json!({"type": "a/b"}), Update::Main);
    assert_eq!(
        retyped,
        ["type: Invalid value: \"a/b\": field is immutable"]
    );
}
