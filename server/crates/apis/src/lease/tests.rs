use k8s_openapi::api::coordination::v1::Lease;
use serde_json::json;

use crate::testing::{created, row, texts, updated};
use crate::{Kind, Update};

#[test]
fn numbers_and_row() {
    let lease: Lease = created(json!({"metadata": {"name": "l", "namespace": "d"},
        "spec": {"holderIdentity": "n", "leaseDurationSeconds": 0, "leaseTransitions": -1}}));
    assert_eq!(row(&lease), ["l", "n", "5m"]);
    let free: Lease = created(json!({"metadata": {"name": "l", "namespace": "d"}}));
    assert_eq!(row(&free)[1], "", "nobody holds it");
    let want = [
        "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
        "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
    ];
    assert_eq!(texts(&lease.validate_create()), want);
}

#[test]
fn a_coordinated_election_is_nothing_here() {
    let said = json!({"spec": {"strategy": "OldestEmulationVersion", "preferredHolder": "n"}});
    let lease: Lease = created(said.clone());
    let spec = updated(&lease, &said, Update::Main).spec;
    for spec in [lease.spec, spec] {
        let spec = spec.expect("a spec");
        assert_eq!((spec.strategy, spec.preferred_holder), (None, None));
    }
}
