//! A DaemonSet with nodes and pods to decide about, and what was decided.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::super::backoff::Backoffs;
use super::super::decide::{Observed, decide};
use super::super::layout::Layout;
use super::super::rolling::replace;
use super::super::spec::Spec;
use super::super::status::Counts;
use super::super::surge::surge;
use crate::note::Note;

/// The hash of the current template's revision.
pub const NEW: &str = "new";
/// The hash of the one before.
pub const OLD: &str = "old";

pub fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a literal time")
}

pub fn at(secs: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(secs)
}

/// Puts `patch` over `value`, as a JSON merge patch does.
pub fn with(mut value: Value, patch: Value) -> Value {
    merge(&mut value, patch);
    value
}

fn merge(into: &mut Value, patch: Value) {
    match (into, patch) {
        (Value::Object(fields), Value::Object(patch)) => {
            for (key, value) in patch {
                match value {
                    Value::Null => drop(fields.remove(&key)),
                    value => merge(fields.entry(key).or_insert(Value::Null), value),
                }
            }
        }
        (into, patch) => {
            *into = match patch {
                Value::Object(_) => with(json!({}), patch),
                patch => patch,
            }
        }
    }
}

/// A rolling DaemonSet of template generation 2 with this on top.
pub fn daemonset(patch: Value) -> DaemonSet {
    let plain = json!({
        "metadata": {
            "name": "logs", "namespace": "default", "uid": "ds", "generation": 2,
            "annotations": {"deprecated.daemonset.template.generation": "2"},
        },
        "spec": {
            "selector": {"matchLabels": {"app": "logs"}},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
            "template": {
                "metadata": {"labels": {"app": "logs"}},
                "spec": {"containers": [{"name": "main", "image": "x", "resources": {}}]},
            },
        },
        "status": {"observedGeneration": 1},
    });
    serde_json::from_value(with(plain, patch)).expect("a literal DaemonSet")
}

/// Surge of `max`, nothing unavailable.
pub fn surging(max: i32) -> Value {
    json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": max}}}})
}

/// Up to `max` unavailable, no surge.
pub fn unavailable(max: Value) -> Value {
    json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": max}}}})
}

pub fn node(name: &str, taints: &[(&str, &str)]) -> Value {
    let taints = taints
        .iter()
        .map(|(key, effect)| json!({"key": key, "effect": effect}));
    json!({"metadata": {"name": name}, "spec": {"taints": taints.collect::<Vec<_>>()}})
}

/// Nodes `a`, `b`, `c` … without taints.
pub fn nodes(count: u8) -> Vec<Value> {
    (0..count)
        .map(|n| node(&char::from(b'a' + n).to_string(), &[]))
        .collect()
}

/// A bound pod, ready for a minute.
pub fn pod(name: &str, node: &str, hash: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "default", "uid": name, "creationTimestamp": at(-90).to_string(),
            "labels": {"app": "logs", "controller-revision-hash": hash},
        },
        "spec": {"nodeName": node, "containers": []},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": at(-60).to_string()}],
        },
    })
}

pub fn ready_since(secs: i64) -> Value {
    let ready =
        json!({"type": "Ready", "status": "True", "lastTransitionTime": at(secs).to_string()});
    json!({"status": {"conditions": [ready]}})
}

pub fn not_ready() -> Value {
    json!({"status": {"conditions": []}})
}

pub fn phase(phase: &str) -> Value {
    json!({"status": {"phase": phase, "conditions": []}})
}

pub fn leaving() -> Value {
    json!({"metadata": {"deletionTimestamp": at(30).to_string()}})
}

pub fn created(secs: i64) -> Value {
    json!({"metadata": {"creationTimestamp": at(secs).to_string()}})
}

/// Not bound, made for `node`.
pub fn unbound(node: &str) -> Value {
    let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let required = json!({"nodeSelectorTerms": [{"matchFields": [field]}]});
    let affinity =
        json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}});
    json!({"spec": {"nodeName": null, "affinity": affinity}, "status": {"phase": "Pending", "conditions": []}})
}

/// What one sync sees.
pub struct Scene {
    pub daemonset: DaemonSet,
    pub nodes: Vec<Arc<Node>>,
    pub pods: Vec<Arc<Pod>>,
    pub backoffs: Backoffs,
    pub settled: bool,
    pub now: Timestamp,
}

/// What it does about it.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub create: Vec<String>,
    pub delete: Vec<String>,
    pub notes: Vec<Note>,
    pub counts: Counts,
    pub wake_in_secs: Option<i64>,
    pub missing_node: Option<String>,
}

impl Scene {
    pub fn new(patch: Value, nodes: Vec<Value>, pods: Vec<Value>) -> Self {
        let object = |value| serde_json::from_value(value).expect("a literal Node");
        let nodes = nodes.into_iter().map(|node| Arc::new(object(node)));
        Self {
            daemonset: daemonset(patch),
            nodes: nodes.collect(),
            pods: pods
                .into_iter()
                .map(|value| Arc::new(a_pod(value)))
                .collect(),
            backoffs: Backoffs::default(),
            settled: true,
            now: noon(),
        }
    }

    fn observed(&self) -> Observed<'_> {
        Observed {
            spec: Spec::of(&self.daemonset).expect("it has a spec"),
            nodes: &self.nodes,
            pods: &self.pods,
            hash: NEW,
            backoffs: &self.backoffs,
            settled: self.settled,
            now: self.now,
        }
    }

    /// The pods that the rolling step alone lets go.
    pub fn replaced(&self, max_unavailable: usize) -> Vec<String> {
        let observed = self.observed();
        let layout = Layout::of(observed.spec, observed.nodes, observed.pods);
        let gone = replace(&observed, &layout, max_unavailable).into_iter();
        gone.map(ResourceExt::name_any).collect()
    }

    /// The nodes that get a second pod from the surging step alone.
    pub fn surged(&self, max_surge: usize) -> Vec<String> {
        let observed = self.observed();
        let layout = Layout::of(observed.spec, observed.nodes, observed.pods);
        let step = surge(&observed, &layout, max_surge, layout.desired());
        let step = step.expect("every pod's node is there");
        step.create.into_iter().map(str::to_owned).collect()
    }

    pub fn decide(&self) -> Outcome {
        let plan = decide(&self.observed());
        Outcome {
            create: plan.create.into_iter().map(str::to_owned).collect(),
            delete: plan.delete.into_iter().map(ResourceExt::name_any).collect(),
            notes: plan.notes,
            counts: plan.counts,
            wake_in_secs: plan.wake_at.map(|at| at.duration_since(self.now).as_secs()),
            missing_node: plan.missing_node.map(|missing| missing.0),
        }
    }
}

pub fn a_pod(value: Value) -> Pod {
    serde_json::from_value(value).expect("a literal pod")
}

/// One row: what is there, and what is created (by node) and deleted (by pod).
pub struct Row {
    pub why: &'static str,
    pub spec: Value,
    pub nodes: Vec<Value>,
    pub pods: Vec<Value>,
    pub create: &'static [&'static str],
    pub delete: &'static [&'static str],
}

pub fn check(rows: Vec<Row>) {
    for row in rows {
        let outcome = Scene::new(row.spec, row.nodes, row.pods).decide();
        assert_eq!(
            outcome.create, row.create,
            "{}: nodes that get a pod",
            row.why
        );
        assert_eq!(outcome.delete, row.delete, "{}: pods that go", row.why);
        assert_eq!(outcome.missing_node, None, "{}", row.why);
    }
}
