use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde_json::{Value, json};

use crate::Kind;
use crate::testing::{created, row, texts};

fn budget(spec: Value) -> PodDisruptionBudget {
    created(json!({"metadata": {"name": "b", "namespace": "d"}, "spec": spec}))
}

#[test]
fn counts_and_row() {
    assert_eq!(
        row(&budget(json!({"minAvailable": "50%"}))),
        ["b", "50%", "N/A", "0", "5m"]
    );
    let both = texts(&budget(json!({"minAvailable": 1, "maxUnavailable": 1})).validate_create());
    assert_eq!(
        both[0],
        "spec: Invalid value: {\"MinAvailable\":1,\"Selector\":null,\"MaxUnavailable\":1,\
         \"UnhealthyPodEvictionPolicy\":null}: minAvailable and maxUnavailable cannot be both set"
    );
    let large = texts(&budget(json!({"maxUnavailable": "101%"})).validate_create());
    assert_eq!(
        large,
        ["spec.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%"]
    );
}
