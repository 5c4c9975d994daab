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
