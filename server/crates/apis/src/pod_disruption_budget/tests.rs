use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde_json::{Value, json};

use crate::testing::{created, row, texts, update_errors};
use crate::{Kind, Update};

fn budget(spec: Value) -> PodDisruptionBudget {
    created(json!({"metadata": {"name": "b", "namespace": "d"}, "spec": spec}))
}

#[test]
fn counts_and_row() {
    assert_eq!(
        row(&budget(json!({"minAvailable": "50%"}))),
        ["b", "50%", "N/A", "0", "5m"]
    );
    let mut most = budget(json!({"maxUnavailable": 2}));
    let status = json!({"disruptionsAllowed": 5, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0});
    most.status = Some(serde_json::from_value(status).expect("a status"));
    assert_eq!(row(&most), ["b", "N/A", "2", "5", "5m"]);
    let cells = most.print(crate::testing::now()).cells;
    assert!(cells[3].is_number() && cells[2].is_string(), "PR-04");
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

#[test]
fn what_a_status_may_say() {
    let old = budget(json!({"minAvailable": 1}));
    let condition = json!({"type": "DisruptionAllowed", "status": "True", "reason": "", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let status = json!({"disruptionsAllowed": -1, "currentHealthy": 0, "desiredHealthy": -2, "expectedPods": -3, "conditions": [condition]});
    let negative = |field: &str, count: i32| {
        format!("status.{field}: Invalid value: {count}: must be greater than or equal to 0")
    };
    assert_eq!(
        update_errors(&old, &json!({"status": status}), Update::Status),
        [
            "status.conditions[0].reason: Required value: must be set".to_owned(),
            negative("disruptionsAllowed", -1),
            negative("desiredHealthy", -2),
            negative("expectedPods", -3),
        ]
    );
}
