use k8s_openapi::api::core::v1::Service;
use serde_json::json;

use crate::Kind;
use crate::testing::{created, row, texts};

#[test]
fn defaults_and_row() {
    let service: Service = created(json!({"metadata": {"name": "s", "namespace": "d"},
        "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}}));
    assert_eq!(
        row(&service),
        ["s", "ClusterIP", "<none>", "<none>", "80/TCP", "5m", "a=b"]
    );
    assert!(service.validate_create().is_empty());
    let portless: Service = created(json!({"metadata": {"name": "s", "namespace": "d"}}));
    assert_eq!(
        texts(&portless.validate_create()),
        ["spec.ports: Required value"]
    );
}

#[test]
fn where_a_service_is_reached_from_outside() {
    let rows = [
        (
            json!({"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}}),
            "<none>",
            "80:30080/TCP",
        ),
        (
            json!({"spec": {"externalIPs": ["1.2.3.4", "1.2.3.5"], "ports": [{"port": 80}]}}),
            "1.2.3.4,1.2.3.5",
            "80/TCP",
        ),
        (
            json!({"spec": {"type": "ExternalName", "externalName": "a.b"}}),
            "a.b",
            "<none>",
        ),
        (
            json!({"spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}),
            "<pending>",
            "80/TCP",
        ),
        (
            json!({
                "spec": {"type": "LoadBalancer", "externalIPs": ["1.2.3.4"], "ports": [{"port": 80}]},
                "status": {"loadBalancer": {"ingress": [{"ip": "5.6.7.8"}, {"hostname": "a.b"}]}},
            }),
            "5.6.7.8,a.b,1.2.3.4",
            "80/TCP",
        ),
    ];
    for (mut value, external, ports) in rows {
        value["metadata"] = json!({"name": "s", "namespace": "d"});
        let mut service: Service = created(value.clone());
        service.status = serde_json::from_value(value["status"].clone()).expect("a status");
        assert_eq!(row(&service)[3..5], [external, ports]);
    }
}
