use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde_json::{Value, json};

use crate::go_zero::AsGo;
use crate::testing::{created, read, row, texts, update_errors, updated};
use crate::{Kind, Update};

fn body(address_type: &str, endpoints: &Value, ports: &Value) -> Value {
    json!({"metadata": {"name": "s", "namespace": "d"}, "addressType": address_type, "endpoints": endpoints, "ports": ports})
}

#[test]
fn ports_have_a_name_and_a_protocol_and_nothing_is_a_list_of_nothing() {
    let topology = json!({"addresses": ["10.0.0.1"], "deprecatedTopology": {"a": "b"}});
    let slice: EndpointSlice = created(body("IPv4", &json!([topology]), &json!([{"port": 80}])));
    let written = serde_json::to_value(AsGo(&slice)).expect("plain data");
    assert_eq!(
        (&written["endpoints"], &written["ports"]),
        (
            &json!([{"addresses": ["10.0.0.1"], "conditions": {}}]),
            &json!([{"name": "", "port": 80, "protocol": "TCP"}]),
        )
    );
    let empty: EndpointSlice = read(body("IPv4", &json!([]), &json!([])));
    let written = serde_json::to_value(AsGo(&empty)).expect("plain data");
    assert_eq!(
        (&written["endpoints"], &written["ports"]),
        (&Value::Null, &Value::Null)
    );
    assert!(written.as_object().is_some_and(|o| o.contains_key("ports")));
}

#[test]
fn wrong_slices() {
    let rows = [
        (
            "no type",
            body("", &json!([]), &json!([])),
            vec!["addressType: Required value"],
        ),
        (
            "another type",
            body("IP", &json!([{"addresses": ["x"]}]), &json!([])),
            vec![
                "addressType: Unsupported value: \"IP\": supported values: \"FQDN\", \"IPv4\", \"IPv6\"",
            ],
        ),
        (
            "addresses",
            body(
                "IPv4",
                &json!([{"addresses": []}, {"addresses": ["fd00::1", "127.0.0.1"]}]),
                &json!([]),
            ),
            vec![
                "endpoints[0].addresses: Required value: must contain at least 1 address",
                "endpoints[1].addresses[0]: Invalid value: \"fd00::1\": must be an IPv4 address",
                "endpoints[1].addresses[1]: Invalid value: \"127.0.0.1\": may not be in the loopback range",
            ],
        ),
        (
            "domains",
            body(
                "FQDN",
                &json!([{"addresses": ["", "a", "a.b.", "A.b"]}]),
                &json!([]),
            ),
            vec![
                "endpoints[0].addresses[0]: Required value",
                "endpoints[0].addresses[1]: Invalid value: \"a\": should be a domain with at least two segments",
                "endpoints[0].addresses[3]: Invalid value: \"A.b\": a lowercase RFC 1123 subdomain must",
            ],
        ),
        (
            "what an endpoint says of itself",
            body(
                "IPv6",
                &json!([{"addresses": ["fd00::1"], "nodeName": "N", "hostname": "a.b",
                    "hints": {"forZones": [{"name": "z"}, {"name": "z"}], "forNodes": [{"name": "N"}]}}]),
                &json!([]),
            ),
            vec![
                "endpoints[0].nodeName: Invalid value: \"N\": a lowercase RFC 1123 subdomain must",
                "endpoints[0].hostname: Invalid value: \"a.b\": must not contain dots",
                "endpoints[0].hints.forZones[1].name: Duplicate value: \"z\"",
                "endpoints[0].hints.forNodes[0].name: Invalid value: \"N\": a lowercase RFC 1123 subdomain must",
            ],
        ),
        (
            "ports",
            body(
                "IPv4",
                &json!([]),
                &json!([{"name": "a.b"}, {"name": "a"}, {"name": "a", "protocol": "HTTP", "appProtocol": "a b"}]),
            ),
            vec![
                "ports[0].name: Invalid value: \"a.b\": must not contain dots",
                "ports[2].name: Duplicate value: \"a\"",
                "ports[2].protocol: Unsupported value: \"HTTP\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
                "ports[2].appProtocol: Invalid value: \"a b\": ",
            ],
        ),
        (
            "too many",
            body(
                "IPv4",
                &json!(vec![json!({"addresses": ["10.0.0.1"]}); 1001]),
                &json!([]),
            ),
            vec!["endpoints: Too many: 1001: must have at most 1000 items"],
        ),
    ];
    for (why, body, want) in rows {
        let told = texts(&created::<EndpointSlice>(body).validate_create());
        assert_eq!(told.len(), want.len(), "{why}: {told:#?}");
        for (told, want) in told.iter().zip(want) {
            assert!(told.starts_with(want), "{why}: {told}");
        }
    }
}

#[test]
fn updates() {
    let old: EndpointSlice = created(body(
        "IPv4",
        &json!([{"addresses": ["10.0.0.1"]}]),
        &json!([]),
    ));
    assert_eq!(
        update_errors(
            &old,
            &json!({"addressType": "IPv6", "endpoints": null}),
            Update::Main
        ),
        ["addressType: Invalid value: \"IPv6\": field is immutable"]
    );
    let rows = [
        (json!({"metadata": {"annotations": {"a": "b"}}}), false),
        (json!({"metadata": {"labels": {"a": "b"}}}), true),
        (json!({"ports": [{"port": 80}]}), true),
    ];
    for (patch, raises) in rows {
        let new = updated(&old, &patch, Update::Main);
        assert_eq!(new.spec_changed(&old), raises, "{patch}");
    }
}

#[test]
fn k_04_what_is_warned_of() {
    let domains: EndpointSlice =
        created(body("FQDN", &json!([{"addresses": ["a.b"]}]), &json!([])));
    let told = ["spec.addressType: FQDN endpoints are deprecated"];
    assert_eq!(domains.warnings(None), told);
    assert_eq!(domains.warnings(Some(&domains)), [""; 0]);
    let mut unusual: EndpointSlice = created(body(
        "IPv6",
        &json!([{"addresses": ["FD00::1"]}]),
        &json!([]),
    ));
    let told = unusual.warnings(Some(&unusual));
    assert!(
        told[0].starts_with("endpoints[0].addresses[0]: IPv6 address"),
        "{told:?}"
    );
    let manager = (
        "endpointslice.kubernetes.io/managed-by".to_owned(),
        "endpointslice-controller.k8s.io".to_owned(),
    );
    unusual.metadata.labels = Some([manager].into());
    assert_eq!(unusual.warnings(None), [""; 0]);
}

#[test]
fn k_02_three_are_printed_and_the_rest_counted() {
    let endpoints =
        json!([{"addresses": ["10.0.0.1", "10.0.0.2"]}, {"addresses": ["10.0.0.3", "10.0.0.4"]}]);
    let rows = [
        (json!([]), json!([]), ["<unset>", "<unset>"]),
        (
            json!([{"port": 80}, {"name": "web"}]),
            endpoints,
            ["80,web", "10.0.0.1,10.0.0.2,10.0.0.3 + 1 more..."],
        ),
    ];
    for (ports, endpoints, want) in rows {
        let slice: EndpointSlice = created(body("IPv4", &endpoints, &ports));
        let cells = row(&slice);
        assert_eq!(cells[..4], ["s", "IPv4", want[0], want[1]]);
    }
}
