//! The component schemas: what schemars reads off the types, in Kubernetes' shape.

use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{Binding, ComponentStatus};
use k8s_openapi::api::policy::v1::Eviction;
use orrery_apis::merge_keys::merge_rule;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{enums, metrics, watch_paths};
use crate::component_statuses::KIND;
use crate::metrics::Metric;
use crate::registry::Resource;
use crate::reviews::{self, Review};
use crate::shapes::{is_atomic_map, is_atomic_type};

const REFERENCES: &str = "/components/schemas";

/// Schemas of these kinds and of everything that they are made of, by Kubernetes' names.
pub fn schemas(
    resources: &[&Resource],
    reviews: &[&Review],
    metrics: &[&Metric],
) -> Map<String, Value> {
    let mut generator = generator();
    let mut roots = Vec::new();
    for resource in resources {
        let schema = (resource.schema)(&mut generator);
        roots.push((reference_name(schema.as_value()), *resource));
    }
    let _ = generator.subschema_for::<k8s_openapi::apimachinery::pkg::apis::meta::v1::Status>();
    let _ =
        generator.subschema_for::<k8s_openapi::apimachinery::pkg::apis::meta::v1::DeleteOptions>();
    let mut marks = Vec::new();
    let mut component_status = None;
    if resources.iter().any(|r| r.info.plural == "pods") {
        let binding = generator.subschema_for::<Binding>();
        let eviction = generator.subschema_for::<Eviction>();
        let status = generator.subschema_for::<ComponentStatus>();
        component_status = reference_name(status.as_value());
        marks.push((
            reference_name(binding.as_value()),
            kind("", "v1", "Binding"),
        ));
        marks.push((
            reference_name(eviction.as_value()),
            kind("policy", "v1", "Eviction"),
        ));
        marks.push((component_status.clone(), kind("", "v1", KIND)));
    }
    if resources.iter().any(|r| r.info.plural == "serviceaccounts") {
        let token = generator.subschema_for::<TokenRequest>();
        marks.push((
            reference_name(token.as_value()),
            kind("authentication.k8s.io", "v1", "TokenRequest"),
        ));
    }
    for review in reviews {
        let schema = reviews::schema(review, &mut generator);
        let name = reference_name(schema.as_value());
        marks.push((name, kind(review.group, "v1", review.kind)));
    }
    let mut by_hand = Map::new();
    metrics::add(&mut by_hand, metrics, &mut generator);
    if !resources.is_empty() {
        watch_paths::add_event(&mut by_hand, &mut generator);
    }
    let mut schemas = taken(generator);
    for (name, kind) in marks {
        if let Some(schema) = name.and_then(|name| schemas.get_mut(&name)) {
            schema["x-kubernetes-group-version-kind"] = json!([kind]);
        }
    }
    if let Some(name) = component_status {
        let of = kind("", "v1", &format!("{KIND}List"));
        schemas.insert(format!("{name}List"), list_schema(&name, KIND, &of));
    }
    for (name, resource) in roots {
        let Some(name) = name else { continue };
        if let Some(schema) = schemas.get_mut(&name) {
            schema["x-kubernetes-group-version-kind"] = json!([kind_of(resource)]);
        }
        let info = resource.info;
        let of = kind(info.group, info.version, &format!("{}List", info.kind));
        schemas.insert(format!("{name}List"), list_schema(&name, info.kind, &of));
    }
    schemas.append(&mut by_hand);
    schemas
}

/// The schemas of a type that is no kind, and of everything that it is made of.
pub fn of<T: JsonSchema>() -> Map<String, Value> {
    let mut generator = generator();
    let _ = generator.subschema_for::<T>();
    taken(generator)
}

fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::openapi3().with(|s| s.definitions_path = REFERENCES.into());
    settings.into_generator()
}

fn taken(mut generator: SchemaGenerator) -> Map<String, Value> {
    let mut schemas = generator.take_definitions(true);
    for (name, schema) in &mut schemas {
        mark(name, schema);
        reshape(schema);
    }
    schemas
}

/// `{"group":…,"kind":…,"version":…}`
pub fn kind_of(resource: &Resource) -> Value {
    let info = resource.info;
    kind(info.group, info.version, info.kind)
}

/// The same of a kind that is no resource.
pub fn kind(group: &str, version: &str, kind: &str) -> Value {
    json!({"group": group, "kind": kind, "version": version})
}

fn reference_name(schema: &Value) -> Option<String> {
    let reference = schema.get("$ref")?.as_str()?;
    Some(reference.rsplit('/').next()?.to_owned())
}

/// Upstream wraps references that have a description in `allOf`, and marks merged lists.
fn reshape(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.len() > 1
                && let Some(reference) = map.remove("$ref")
            {
                map.insert("allOf".to_owned(), json!([{"$ref": reference}]));
            }
            map.values_mut().for_each(reshape);
        }
        Value::Array(items) => items.iter_mut().for_each(reshape),
        _ => {}
    }
}

/// How patches and apply merge the type's fields (K-17, K-18).
fn mark(name: &str, schema: &mut Value) {
    if is_atomic_type(name) {
        schema["x-kubernetes-map-type"] = json!("atomic");
    }
    metadata_may_be_left_out(schema);
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    for (field, schema) in properties {
        let words = enums::of(name, field);
        if !words.is_empty() {
            schema["enum"] = words.iter().map(|(word, _)| *word).collect();
            let described = schema["description"].as_str().unwrap_or_default();
            schema["description"] = json!(format!("{described}{}", enums::described(words)));
        }
        if is_atomic_map(name, field) {
            schema["x-kubernetes-map-type"] = json!("atomic");
        }
        let Some(rule) = merge_rule(name, field) else {
            continue;
        };
        let says = [
            ("patch-strategy", rule.strategy),
            ("patch-merge-key", rule.merge_key),
            ("list-type", rule.list_type),
        ];
        for (key, value) in says.into_iter().filter(|(_, value)| !value.is_empty()) {
            schema[format!("x-kubernetes-{key}")] = json!(value);
        }
        if !rule.list_map_keys.is_empty() {
            schema["x-kubernetes-list-map-keys"] = json!(rule.list_map_keys);
        }
    }
}

/// Our types always have it, clients need not send it.
fn metadata_may_be_left_out(schema: &mut Value) {
    let Some(Value::Array(required)) = schema.get_mut("required") else {
        return;
    };
    required.retain(|name| name != "metadata");
    if required.is_empty()
        && let Some(map) = schema.as_object_mut()
    {
        map.remove("required");
    }
}

/// A reference to the schema of that name.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#{REFERENCES}/{name}")})
}

/// A list of what the schema `item` describes, itself of the kind `of`.
pub fn list_schema(item: &str, kind: &str, of: &Value) -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "description": format!("{kind}List is a list of {kind} objects."),
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": text("APIVersion defines the versioned schema of this representation of an object."),
            "kind": text("Kind is a string value representing the REST resource this object represents."),
            "items": {"type": "array", "items": reference(item), "description": "Items is the list of objects."},
            "metadata": {"type": "object", "description": "Standard list metadata.", "properties": {
                "continue": {"type": "string"},
                "remainingItemCount": {"type": "integer", "format": "int64"},
                "resourceVersion": {"type": "string"},
            }},
        },
        "x-kubernetes-group-version-kind": [of],
    })
}
