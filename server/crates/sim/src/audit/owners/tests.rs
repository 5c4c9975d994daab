//! What nobody collects, put before the rules by hand.

use orrery_store::ChangeKind::{self, Delete, Put};
use serde_json::{Value, json};

use super::COLLECTED;
use crate::audit::histories::judged;
use crate::sim::EPOCH;

fn map(name: &str, owners: &[&str]) -> Value {
    let reference = |owner: &&str| json!({"apiVersion": "v1", "kind": "ConfigMap", "name": owner, "uid": owner});
    let owners: Vec<Value> = owners.iter().map(reference).collect();
    json!({
        "kind": "ConfigMap", "metadata": {"name": name, "uid": name, "ownerReferences": owners},
    })
}

fn leaving(mut object: Value) -> Value {
    object["metadata"]["deletionTimestamp"] = json!(EPOCH);
    object
}

#[test]
fn what_has_lost_all_its_owners_is_collected_within_five_minutes() {
    type Changes = Vec<(i64, ChangeKind, Value)>;
    let child = || map("child", &["one", "two"]);
    let (one, two) = (|| map("one", &[]), || map("two", &[]));
    let both_go = || vec![(10, Delete, one()), (20, Delete, two())];
    let rows: [(&str, Changes, i64, Vec<&str>); 8] = [
        ("nobody goes", vec![], 900, vec![]),
        ("one owner goes", vec![(10, Delete, one())], 900, vec![]),
        ("both go, just now", both_go(), 319, vec![]),
        ("both go", both_go(), 321, vec![COLLECTED]),
        (
            "both go, and then it",
            [both_go(), vec![(200, Delete, child())]].concat(),
            900,
            vec![],
        ),
        (
            "both go, and it is on its way",
            [both_go(), vec![(200, Put, leaving(child()))]].concat(),
            900,
            vec![],
        ),
        (
            "both go, and it is let go",
            [both_go(), vec![(200, Put, map("child", &[]))]].concat(),
            900,
            vec![],
        ),
        (
            "its owner never was",
            vec![(10, Put, map("stray", &["nobody"]))],
            900,
            vec![COLLECTED],
        ),
    ];
    for (why, changes, looked_at, expected) in rows {
        let there = [(0, Put, one()), (0, Put, two()), (0, Put, child())];
        // the auditor looks when something changes; what it has told it does not tell again
        let looks = [looked_at, looked_at + 1].map(|secs| (secs, Put, map("look", &[])));
        let history: Vec<_> = there.into_iter().chain(changes).chain(looks).collect();
        assert_eq!(judged(&history), expected, "{why}");
    }
}
