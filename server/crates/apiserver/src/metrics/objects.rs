//! PodMetrics and NodeMetrics as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use orrery_apis::quantity::Quantity;
use orrery_store::{Entry, Range};
use serde_json::{Map, Value, json};

use super::{GROUP, VERSION};
use crate::core::Core;
use crate::go_duration;
use crate::nodes::{ContainerUsage, UsageReport};

/// A pod's; `None` before it has been measured.
pub fn pod(entry: &Entry, report: &UsageReport) -> Option<Value> {
    let containers = report.pods.get(&*entry.columns.uid)?;
    let container = |c: &ContainerUsage| json!({"name": c.container, "usage": usage(c.cpu_nanocores, c.memory_bytes)});
    let containers: Vec<_> = containers.iter().map(container).collect();
    let mut object = object("PodMetrics", entry, report);
    object["containers"] = containers.into();
    Some(object)
}

/// Nanocores and bytes.
type Used = (u64, u64);

/// What the pods of each node use together.
pub fn by_node(core: &Core, report: &UsageReport) -> BTreeMap<String, Used> {
    let pods = core
        .store
        .list(&Range::all(core.resource("", "pods").key.clone()));
    let mut sums: BTreeMap<String, Used> = BTreeMap::new();
    for pod in &pods.entries {
        let mut fields = pod.columns.fields.iter();
        let node = fields.find(|(field, _)| &**field == "spec.nodeName");
        let containers = report.pods.get(&*pod.columns.uid);
        let (Some((_, node)), Some(containers)) = (node, containers) else {
            continue;
        };
        let sum = sums.entry(node.to_string()).or_default();
        for container in containers {
            sum.0 += container.cpu_nanocores;
            sum.1 += container.memory_bytes;
        }
    }
    sums
}

/// A node's: the sum of its pods'.
pub fn node(entry: &Entry, report: &UsageReport, by_node: &BTreeMap<String, Used>) -> Value {
    let (cpu, memory) = by_node.get(&*entry.key.name).copied().unwrap_or_default();
    let mut object = object("NodeMetrics", entry, report);
    object["usage"] = usage(cpu, memory);
    object
}

fn object(kind: &str, entry: &Entry, report: &UsageReport) -> Value {
    let at = report.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut metadata = json!({"name": &*entry.key.name, "creationTimestamp": &at});
    if !entry.key.namespace.is_empty() {
        metadata["namespace"] = json!(&*entry.key.namespace);
    }
    let labels = entry.columns.labels.iter();
    let labels: Map<_, _> = labels.map(|(k, v)| (k.to_string(), json!(&**v))).collect();
    if !labels.is_empty() {
        metadata["labels"] = labels.into();
    }
    json!({
        "kind": kind,
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "metadata": metadata,
        "timestamp": at,
        "window": window(report.window),
    })
}

/// As Go writes amounts: in the largest unit that leaves no fraction.
fn usage(cpu_nanocores: u64, memory_bytes: u64) -> Value {
    let canonical = |text: String| match text.parse::<Quantity>() {
        Ok(quantity) => quantity.to_string(),
        Err(_) => text,
    };
    json!({
        "cpu": canonical(format!("{cpu_nanocores}n")),
        "memory": canonical(format!("{}Ki", memory_bytes / 1024)),
    })
}

/// In whole milliseconds.
fn window(duration: Duration) -> String {
    let millis = (duration.as_secs_f64() * 1000.0).round() as i64;
    go_duration::text(millis * 1_000_000)
}
