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
    let rows: [(&str, Value, Vec<&str>); 11] = [
        (
            "kubernetes.io/tls",
            json!({}),
            vec![
                "data[tls.crt]: Required value",
                "data[tls.key]: Required value",
            ],
        ),
        (
            "kubernetes.io/dockercfg",
            json!({}),
            vec!["data[.dockercfg]: Required value"],
        ),
        (
            "kubernetes.io/dockerconfigjson",
            json!({}),
            vec!["data[.dockerconfigjson]: Required value"],
        ),
        (
            "kubernetes.io/dockerconfigjson",
            json!({".dockerconfigjson": "{\"auths\": {}}"}),
            vec![],
        ),
        (
            "kubernetes.io/basic-auth",
            json!({}),
            vec![
                "data[username]: Required value",
                "data[password]: Required value",
            ],
        ),
        ("kubernetes.io/basic-auth", json!({"password": ""}), vec![]),
        (
            "kubernetes.io/ssh-auth",
            json!({"ssh-privatekey": ""}),
            vec!["data[ssh-privatekey]: Required value"],
        ),
        (
            "kubernetes.io/service-account-token",
            json!({}),
            vec!["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
        ),
        ("my.own/type", json!({}), vec![]),
        ("Opaque", json!({"b": "c"}), vec![]),
        (
            "Opaque",
            json!({"a": "x".repeat(1024 * 1024 + 1)}),
            vec!["data: Too long: may not be more than 1048576 bytes"],
        ),
    ];
    for (type_, texts_, want) in rows {
        let made = secret(json!({"type": type_, "stringData": texts_}));
        assert_eq!(texts(&made.validate_create()), want, "{type_}");
    }
    let kept = |text: &str| {
        let made = json!({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": text}});
        texts(&secret(made).validate_create())
    };
    assert_eq!(kept("null"), [""; 0], "to Go it is an empty map");
    for (text, why) in [
        ("x", "invalid character 'x' looking for beginning of value"),
        ("", "unexpected end of JSON input"),
        (
            "[]",
            "json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
    ] {
        let want = format!(
            "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": {why}"
        );
        assert_eq!(kept(text), [want]);
    }
    let retyped = update_errors(&plain, &json!({"type": "a/b"}), Update::Main);
    assert_eq!(
        retyped,
        ["type: Invalid value: \"a/b\": field is immutable"]
    );
    let frozen = secret(json!({"immutable": true}));
    for (field, change) in [
        ("immutable", json!({"immutable": false})),
        ("data", json!({"data": {"a": "Yw=="}})),
    ] {
        assert_eq!(
            update_errors(&frozen, &change, Update::Main),
            [format!(
                "{field}: Forbidden: field is immutable when `immutable` is set"
            )]
        );
    }
}

#[test]
fn k_04_a_certificate_or_key_that_is_none_is_warned_of() {
    let pem = |kind: &str| format!("-----BEGIN {kind}-----\nYQ==\n-----END {kind}-----\n");
    let (certificate, key) = (pem("CERTIFICATE"), pem("EC PRIVATE KEY"));
    let chain = format!("# mine\n{certificate}{certificate}");
    let open = "-----BEGIN CERTIFICATE-----\nYQ==\n";
    let rows = [
        (certificate.as_str(), key.as_str(), None),
        (&chain, &pem("PRIVATE KEY"), None),
        (
            "a",
            "b",
            Some("tls: failed to find any PEM data in certificate input"),
        ),
        (
            open,
            &key,
            Some("tls: failed to find any PEM data in certificate input"),
        ),
        (
            &key,
            &certificate,
            Some(
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
            ),
        ),
        (
            &format!("{}{key}", pem("X")),
            &key,
            Some(
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [X EC PRIVATE KEY]",
            ),
        ),
        (
            &certificate,
            "b",
            Some("tls: failed to find any PEM data in key input"),
        ),
        (
            &certificate,
            &certificate,
            Some("tls: found a certificate rather than a key in the PEM for the private key"),
        ),
        (
            &certificate,
            &pem("X"),
            Some(
                "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [X]",
            ),
        ),
    ];
    for (certificate, key, told) in rows {
        let data = json!({"tls.crt": certificate, "tls.key": key});
        let pair = secret(json!({"type": "kubernetes.io/tls", "stringData": data}));
        assert_eq!(
            pair.warnings(None).first().map(String::as_str),
            told,
            "{certificate} {key}"
        );
        let plain = secret(json!({"stringData": data}));
        assert_eq!(plain.warnings(None), [""; 0]);
    }
}

#[test]
fn keys_and_updates() {
    let shape = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    let wrong =
        secret(json!({"type": "kubernetes.io/ssh-auth", "stringData": {"a b": "", "..": ""}}));
    assert_eq!(
        texts(&wrong.validate_create()),
        [
            "data[..]: Invalid value: \"..\": must not be '..'".to_owned(),
            format!("data[a b]: Invalid value: \"a b\": {shape}"),
            "data[ssh-privatekey]: Required value".to_owned(),
        ]
    );
    let most = |beyond: usize| json!({"stringData": {"a": "x".repeat(1024 * 1024 - 1), "b": "x".repeat(1 + beyond)}});
    assert_eq!(texts(&secret(most(0)).validate_create()), [""; 0]);
    assert_eq!(
        texts(&secret(most(1)).validate_create()),
        ["data: Too long: may not be more than 1048576 bytes"],
        "all count"
    );
    let annotation = |name: &str| {
        let annotations = json!({"kubernetes.io/service-account.name": name});
        secret(
            json!({"metadata": {"annotations": annotations}, "type": "kubernetes.io/service-account-token"}),
        )
    };
    assert_eq!(texts(&annotation("me").validate_create()), [""; 0]);
    assert_eq!(
        texts(&annotation("").validate_create()),
        ["metadata.annotations[kubernetes.io/service-account.name]: Required value"]
    );
    let frozen = secret(json!({"immutable": true}));
    let all = json!({"type": "kubernetes.io/tls", "immutable": null, "data": {"a b": "Yw=="}});
    assert_eq!(
        update_errors(&frozen, &all, Update::Main),
        [
            "type: Invalid value: \"kubernetes.io/tls\": field is immutable".to_owned(),
            "immutable: Forbidden: field is immutable when `immutable` is set".to_owned(),
            "data: Forbidden: field is immutable when `immutable` is set".to_owned(),
            format!("data[a b]: Invalid value: \"a b\": {shape}"),
            "data[tls.crt]: Required value".to_owned(),
            "data[tls.key]: Required value".to_owned(),
        ],
        "what may not change is told first"
    );
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    assert_eq!(update_errors(&frozen, &label, Update::Main), [""; 0]);
    let freeze = json!({"immutable": true, "data": {"a": "Yw=="}});
    assert_eq!(
        update_errors(&secret(json!({})), &freeze, Update::Main),
        [""; 0]
    );
}
