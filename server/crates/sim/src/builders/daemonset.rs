//! DaemonSets.

use k8s_openapi::api::apps::v1::DaemonSet;
use serde_json::{Value, json};

use super::Build;
use super::script::Template;

/// A DaemonSet in words.
pub struct DaemonSetBuilder {
    name: String,
    spec: Value,
    template: Template,
}

/// One pod that runs for ever on every node.
pub fn daemonset(name: &str) -> DaemonSetBuilder {
    let mut template = Template::new("Always");
    template.set("run-seconds", "forever");
    template.0["metadata"]["labels"] = json!({"app": name});
    DaemonSetBuilder {
        name: name.to_owned(),
        spec: json!({"selector": {"matchLabels": {"app": name}}}),
        template,
    }
}

impl DaemonSetBuilder {
    #[must_use]
    pub fn only_where(mut self, label: &str, value: &str) -> Self {
        self.template.0["spec"]["nodeSelector"][label] = json!(value);
        self
    }

    #[must_use]
    pub fn host_port(mut self, port: u16) -> Self {
        let ports = json!([{"containerPort": port, "hostPort": port}]);
        self.template.0["spec"]["containers"][0]["ports"] = ports;
        self
    }

    /// Old pods go first, so many at a time.
    #[must_use]
    pub fn max_unavailable(mut self, count: i32) -> Self {
        self.spec["updateStrategy"]["rollingUpdate"] =
            json!({"maxUnavailable": count, "maxSurge": 0});
        self
    }

    /// New pods come first, so many at a time.
    #[must_use]
    pub fn max_surge(mut self, count: i32) -> Self {
        self.spec["updateStrategy"]["rollingUpdate"] =
            json!({"maxUnavailable": 0, "maxSurge": count});
        self
    }

    /// Old pods go when somebody deletes them.
    #[must_use]
    pub fn on_delete(mut self) -> Self {
        self.spec["updateStrategy"] = json!({"type": "OnDelete"});
        self
    }

    #[must_use]
    pub fn min_ready_secs(mut self, secs: i32) -> Self {
        self.spec["minReadySeconds"] = json!(secs);
        self
    }
}

impl Build for DaemonSetBuilder {
    type Object = DaemonSet;

    fn build(mut self) -> DaemonSet {
        self.spec["template"] = self.template.0;
        let daemonset = json!({"metadata": {"name": self.name}, "spec": self.spec});
        serde_json::from_value(daemonset).expect("builders write DaemonSets")
    }
}
