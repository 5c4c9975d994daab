use k8s_openapi::api::core::v1::ServiceAccount;
use serde_json::{Value, json};

use crate::Kind;
use crate::testing::{created, row};

#[test]
fn pr_04_secrets_are_counted() {
    let two = json!([{"name": "a"}, {"name": "b"}]);
    for (secrets, count) in [(json!(null), "0"), (two, "2")] {
        let account: ServiceAccount =
            created(json!({"metadata": {"name": "a", "namespace": "d"}, "secrets": secrets}));
        assert_eq!(row(&account), ["a", count, "5m"]);
        let cells = account.print(crate::testing::now()).cells;
        assert!(cells[1].is_number(), "{cells:?}");
    }
}

#[test]
fn k_04_the_annotation_that_is_on_its_way_out_is_warned_of_once() {
    let account = |annotations: Value| -> ServiceAccount {
        created(json!({"metadata": {"name": "a", "namespace": "d", "annotations": annotations}}))
    };
    let (plain, marked) = (
        account(json!({})),
        account(json!({"kubernetes.io/enforce-mountable-secrets": "true"})),
    );
    let told = "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";
    assert_eq!(marked.warnings(None), [told]);
    assert_eq!(marked.warnings(Some(&plain)), [told]);
    assert_eq!(marked.warnings(Some(&marked)), [""; 0]);
    assert_eq!(plain.warnings(None), [""; 0]);
}
