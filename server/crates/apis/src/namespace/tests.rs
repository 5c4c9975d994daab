use k8s_openapi::api::core::v1::Namespace;
use serde_json::json;

use crate::testing::{created, row, texts, update_errors, updated};
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
    let bare = Namespace::default();
    assert_eq!(row(&bare), ["", "", "<unknown>"], "PR-02");
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
    let want = "status.Phase: Invalid value: \"Resting\": may only be 'Active' if `deletionTimestamp` is empty";
    let resting = json!({"status": {"phase": "Resting"}});
    assert_eq!(update_errors(&namespace, &resting, Update::Status), [want]);
    assert_eq!(update_errors(&namespace, &resting, Update::Main), [""; 0]);
    let mut leaving = namespace.clone();
    leaving.metadata.deletion_timestamp = Some(
        k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(crate::testing::now()),
    );
    let want = "status.Phase: Invalid value: \"Active\": may only be 'Terminating' if `deletionTimestamp` is not empty";
    let patch = json!({"status": {"phase": "Active"}});
    assert_eq!(update_errors(&leaving, &patch, Update::Status), [want]);
    let want = "status.Phase: Invalid value: \"Resting\": may only be 'Terminating' if `deletionTimestamp` is not empty";
    assert_eq!(update_errors(&leaving, &resting, Update::Status), [want]);
    let left = json!({"status": {"phase": "Terminating"}});
    assert_eq!(update_errors(&leaving, &left, Update::Status), [""; 0]);
    let held = |finalizer: &str| -> Vec<String> {
        let value = json!({"metadata": {"name": "a"}, "spec": {"finalizers": [finalizer]}});
        texts(&created::<Namespace>(value).validate_create())
    };
    assert_eq!(held("a.b/c"), [""; 0]);
    assert_eq!(
        held("mine"),
        [
            "spec.finalizers: Invalid value: \"mine\": name is neither a standard finalizer name nor is it fully qualified"
        ]
    );
    assert_eq!(held("a b").len(), 2);
    assert!(
        namespace
            .fields()
            .contains(&("status.phase", "Active".to_owned())),
        "K-39"
    );
}
