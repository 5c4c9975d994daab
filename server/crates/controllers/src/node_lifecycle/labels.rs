//! Labels that go by two names: the old one follows the new one. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Node;
use kube::ResourceExt;

/// A label, and its name before 1.14.
const PAIRS: [(&str, &str); 2] = [
    ("kubernetes.io/os", "beta.kubernetes.io/os"),
    ("kubernetes.io/arch", "beta.kubernetes.io/arch"),
];

/// The labels that the node lacks, or has with other values.
pub fn lacking(node: &Node) -> BTreeMap<&'static str, &str> {
    let labels = node.labels();
    let all = PAIRS
        .iter()
        .filter_map(|(name, old)| Some((*old, labels.get(*name)?)));
    all.filter(|(old, value)| labels.get(*old) != Some(*value))
        .map(|(old, value)| (old, value.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_old_label_follows_the_new_one() {
        let (os, arch) = ("kubernetes.io/os", "kubernetes.io/arch");
        let (old_os, old_arch) = ("beta.kubernetes.io/os", "beta.kubernetes.io/arch");
        let rows: [(&str, Value, Value); 4] = [
            ("none", json!({}), json!({})),
            (
                "both are lacking",
                json!({os: "linux", arch: "arm64"}),
                json!({old_os: "linux", old_arch: "arm64"}),
            ),
            (
                "one says another thing",
                json!({os: "linux", arch: "arm64", old_os: "linux", old_arch: "amd64"}),
                json!({old_arch: "arm64"}),
            ),
            ("the old one alone", json!({old_os: "linux"}), json!({})),
        ];
        for (why, labels, want) in rows {
            let node = json!({"metadata": {"name": "n", "labels": labels}});
            let node: Node = serde_json::from_value(node).expect("a literal node");
            assert_eq!(json!(lacking(&node)), want, "{why}");
        }
    }
}
