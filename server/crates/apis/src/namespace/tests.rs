use k8s_openapi::api::core::v1::Namespace;
use serde_json::json;

use crate::testing::{created, row, update_errors, updated};
use crate::{Kind, Update};

#[test]
fn ns_01_created_active_and_held() {
    let namespace: Namespace = created(json!({"metadata": {"name": "a"}}));
    let value = serde_json::to_value(&namespace).expect("JSON");
    assert_eq!(value["spec"]["finalizers"], json!(["kubernetes"]));
    assert_eq!(
        value["metadata"]["labels"],
        json!({"kubernetes.io/metadata.name": "a"})
    );
    assert_eq!(row(&namespace), ["a", "Active", "5m"], "PR-16");
    let stripped = updated(
        &namespace,
        &json!({"spec": {"finalizers": []}}),
        Update::Main,
    );
    assert_eq!(
        stripped.spec, namespace.spec,
        "finalizers go through /finalize only"
    );
    let want = "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty";
    let patch = json!({"status": {"phase": "Terminating"}});
    assert_eq!(update_errors(&namespace, &patch, Update::Status), [want]);
    assert!(
        namespace
            .fields()
            .contains(&("status.phase", "Active".to_owned())),
        "K-39"
    );
}
