use k8s_openapi::api::scheduling::v1::PriorityClass;
use serde_json::json;

use crate::testing::{created, row, texts, update_errors};
use crate::{Kind, Update};

#[test]
fn values_names_and_row() {
    let class = |name: &str, value: i64| -> PriorityClass {
        created(json!({"metadata": {"name": name}, "value": value}))
    };
    assert_eq!(
        row(&class("high", 5)),
        ["high", "5", "false", "5m", "PreemptLowerPriority"]
    );
    assert!(
        class("system-node-critical", 2_000_001_000)
            .validate_create()
            .is_empty()
    );
    let reserved = "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only";
    assert_eq!(
        texts(&class("system-mine", 5).validate_create()),
        [reserved]
    );
    let high = "value: Forbidden: maximum allowed value of a user defined priority is 1000000000";
    assert_eq!(
        texts(&class("higher", 1_000_000_001).validate_create()),
        [high]
    );
    let changed = update_errors(&class("high", 5), &json!({"value": 6}), Update::Main);
    assert_eq!(
        changed,
        ["value: Forbidden: may not be changed in an update."]
    );
}
