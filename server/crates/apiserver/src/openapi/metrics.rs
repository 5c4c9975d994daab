//! What the documents say of `metrics.k8s.io`, whose kinds no crate defines: upstream's come from a
//! server of their own, which describes them so (K-34, K-37).

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::schemas::{kind, list_schema, reference};
use crate::metrics::{GROUP, Metric, VERSION};

/// Where upstream's types are.
const PACKAGE: &str = "io.k8s.metrics.pkg.apis.metrics.v1beta1";
const DURATION: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Duration";

/// The schema's name.
pub fn schema_of(metric: &Metric) -> String {
    format!("{PACKAGE}.{}", metric.kind)
}

/// `{"group":…,"kind":…,"version":…}`
pub fn kind_of(metric: &Metric) -> Value {
    kind(GROUP, VERSION, metric.kind)
}

/// Their schemas, and those of what they have in common.
pub fn add(schemas: &mut Map<String, Value>, metrics: &[&Metric], generator: &mut SchemaGenerator) {
    if metrics.is_empty() {
        return;
    }
    let metadata = generator.subschema_for::<ObjectMeta>();
    let time = generator.subschema_for::<Time>();
    let quantity = generator.subschema_for::<Quantity>();
    let usage = json!({
        "type": "object",
        "description": "The memory usage is the memory working set.",
        "additionalProperties": quantity,
    });
    for metric in metrics {
        let mut object = json!({
            "description": format!("{} sets resource usage metrics of a {}.", metric.kind, metric.of),
            "type": "object",
            "required": ["timestamp", "window"],
            "properties": {
                "apiVersion": {"type": "string", "description": "APIVersion defines the versioned schema of this representation of an object."},
                "kind": {"type": "string", "description": "Kind is a string value representing the REST resource this object represents."},
                "metadata": with(&metadata, "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"),
                "timestamp": with(&time, "The following fields define time interval from which metrics were collected from the interval [Timestamp-Window, Timestamp]."),
                "window": {"allOf": [reference(DURATION)]},
            },
            "x-kubernetes-group-version-kind": [kind_of(metric)],
        });
        let (field, schema) = match metric.namespaced {
            true => (
                "containers",
                json!({
                    "type": "array",
                    "description": "Metrics for all containers are collected within the same time window.",
                    "items": reference(&format!("{PACKAGE}.ContainerMetrics")),
                }),
            ),
            false => ("usage", usage.clone()),
        };
        object["properties"][field] = schema;
        if let Some(required) = object["required"].as_array_mut() {
            required.push(json!(field));
        }
        let name = schema_of(metric);
        let kind = kind(GROUP, VERSION, &format!("{}List", metric.kind));
        schemas.insert(
            format!("{name}List"),
            list_schema(&name, metric.kind, &kind),
        );
        schemas.insert(name, object);
    }
    let container = json!({
        "description": "ContainerMetrics sets resource usage metrics of a container.",
        "type": "object",
        "required": ["name", "usage"],
        "properties": {
            "name": {"type": "string", "description": "Container name corresponding to the one from pod.spec.containers."},
            "usage": usage,
        },
    });
    schemas.insert(format!("{PACKAGE}.ContainerMetrics"), container);
    let duration = json!({
        "type": "string",
        "description": "Duration is a wrapper around time.Duration which supports correct marshaling to YAML and JSON. In particular, it marshals into strings, which can be used as map keys in json.",
    });
    schemas.insert(DURATION.to_owned(), duration);
}

/// A reference with words of its own.
fn with(schema: &schemars::Schema, description: &str) -> Value {
    json!({"allOf": [schema], "description": description})
}
