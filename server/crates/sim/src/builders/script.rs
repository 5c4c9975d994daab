//! A pod template whose one container plays a script.

use orrery_kubelet::scripted::PREFIX;
use serde_json::{Value, json};

/// The template; `set` adds lines of the script.
pub struct Template(pub Value);

impl Template {
    pub fn new(restart_policy: &str) -> Self {
        Self(json!({
            "metadata": {"annotations": {}},
            "spec": {
                "restartPolicy": restart_policy,
                "containers": [{"name": "main", "image": "scripted", "command": ["true"]}],
            },
        }))
    }

    pub fn set(&mut self, key: &str, value: impl ToString) {
        self.0["metadata"]["annotations"][format!("{PREFIX}{key}")] = json!(value.to_string());
    }
}
