//! Whether any node is well. While none is, the fault is more likely on this side: upstream's master
//! disruption mode, in which no node is tainted NoExecute. Upstream asks zone by zone and slows down
//! where many of a zone are lost; here there is one question, and no speed.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Node;
use kube::ResourceExt;
use orrery_apis::conditions;
use orrery_informer::revision_of;

/// Nodes with this label have no say.
const EXCLUDED: &str = "node.kubernetes.io/exclude-disruption";

/// The nodes that have a say.
#[derive(Default)]
pub struct Disruption {
    /// By name, as of which resourceVersion, and whether it is ready.
    nodes: BTreeMap<String, (u64, bool)>,
    ready: usize,
}

impl Disruption {
    /// No node is ready.
    pub fn is_full(&self) -> bool {
        self.ready == 0 && !self.nodes.is_empty()
    }

    /// Takes a node as it was written or seen, in any order; answers whether the mode begins or ends.
    pub fn see(&mut self, node: &Node) -> bool {
        let (name, revision) = (node.name_any(), revision_of(&node.metadata));
        let known = self.nodes.get(&name);
        if known.is_some_and(|(newest, _)| *newest > revision) {
            return false;
        }
        if node.labels().contains_key(EXCLUDED) {
            return self.forget(&name);
        }
        let status = node.status.as_ref();
        let ready = conditions::is_true(status.and_then(|s| s.conditions.as_ref()), "Ready");
        self.change(|all| all.set(name, Some((revision, ready))))
    }

    /// The node is gone; answers whether the mode begins or ends.
    pub fn forget(&mut self, name: &str) -> bool {
        self.change(|all| all.set(name.to_owned(), None))
    }

    fn change(&mut self, change: impl FnOnce(&mut Self)) -> bool {
        let before = self.is_full();
        change(self);
        before != self.is_full()
    }

    fn set(&mut self, name: String, now: Option<(u64, bool)>) {
        let before = match now {
            Some(now) => self.nodes.insert(name, now),
            None => self.nodes.remove(&name),
        };
        let ready = |node: Option<(u64, bool)>| usize::from(node.is_some_and(|(_, ready)| ready));
        self.ready = self.ready + ready(now) - ready(before);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn node(name: &str, revision: u64, status: &str, labels: Value) -> Node {
        let node = json!({
            "metadata": {"name": name, "resourceVersion": revision.to_string(), "labels": labels},
            "status": {"conditions": [{"type": "Ready", "status": status}]},
        });
        serde_json::from_value(node).expect("a literal node")
    }

    #[test]
    fn the_mode_holds_while_every_node_is_not_ready() {
        let plain = |name, revision, status| node(name, revision, status, json!({}));
        let excluded = node("x", 1, "True", json!({EXCLUDED: ""}));
        let rows = [
            ("the first is not ready yet", plain("a", 1, "False"), true),
            ("one with no say is", excluded, true),
            ("it is ready", plain("a", 2, "True"), false),
            ("another is lost", plain("b", 3, "Unknown"), false),
            ("both are", plain("a", 5, "Unknown"), true),
            ("old news", plain("a", 4, "True"), true),
            ("one is back", plain("b", 6, "True"), false),
        ];
        let mut all = Disruption::default();
        assert!(!all.is_full(), "no nodes, no disruption");
        for (why, node, full) in rows {
            let changes = all.is_full() != full;
            assert_eq!(all.see(&node), changes, "{why}");
            assert_eq!(all.is_full(), full, "{why}");
        }
        assert!(all.forget("b"), "the last ready one is gone");
        assert!(!all.forget("b"));
    }
}
