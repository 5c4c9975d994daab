//! How the served types part into fields, as patches and server-side apply need it: read off the very
//! schemas that OpenAPI shows, with the merge rules of [`orrery_apis::merge_keys`].

use std::collections::HashMap;
use std::sync::OnceLock;

use orrery_apis::merge_keys::{MergeRule, merge_rule};
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::registry::{Registry, Resource};

/// What stands at a path.
#[derive(Debug)]
pub enum Shape {
    /// A scalar, or something that only ever changes as a whole.
    Leaf,
    /// An object of a known type, by its schema's name.
    Struct(String),
    /// An object with free keys.
    Map { item: Box<Shape>, atomic: bool },
    List {
        item: Box<Shape>,
        rule: Option<MergeRule>,
    },
}

/// Types whose objects change as a whole (`x-kubernetes-map-type: atomic`).
const ATOMIC_TYPES: [&str; 11] = [
    "core.v1.ConfigMapKeySelector",
    "core.v1.LocalObjectReference",
    "core.v1.NodeSelector",
    "core.v1.NodeSelectorTerm",
    "core.v1.ObjectFieldSelector",
    "core.v1.ObjectReference",
    "core.v1.ResourceFieldSelector",
    "core.v1.SecretKeySelector",
    "core.v1.TypedLocalObjectReference",
    "meta.v1.LabelSelector",
    "meta.v1.OwnerReference",
];

static LEAF: Shape = Shape::Leaf;

impl Shape {
    /// The shape of a served kind.
    pub fn of(resource: &Resource) -> Self {
        Self::Struct(crate::openapi::schema_name(resource))
    }

    /// The shape of a field, whatever this is; unknown fields are leaves.
    pub fn field(&self, name: &str) -> &Shape {
        match self {
            Self::Struct(schema) => types()
                .get(schema)
                .and_then(|fields| fields.get(name))
                .unwrap_or(&LEAF),
            Self::Map { item, .. } => item,
            _ => &LEAF,
        }
    }

    /// The shape of the elements of a list.
    pub fn item(&self) -> &Shape {
        match self {
            Self::List { item, .. } => item,
            _ => &LEAF,
        }
    }

    /// The merge rule of a list or object field.
    pub fn rule(&self) -> Option<MergeRule> {
        match self {
            Self::List { rule, .. } => *rule,
            _ => None,
        }
    }

    /// True when `name` is a declared field rather than a free key.
    pub fn declares(&self, name: &str) -> bool {
        matches!(self, Self::Struct(schema)
            if types().get(schema).is_some_and(|fields| fields.contains_key(name)))
    }

    /// True when server-side apply takes the value as a whole.
    pub fn is_atomic(&self) -> bool {
        match self {
            Self::Leaf => true,
            Self::Struct(schema) => is_atomic_type(schema),
            Self::Map { atomic, .. } => *atomic,
            Self::List { rule, .. } => {
                rule.is_none_or(|rule| !matches!(rule.list_type, "map" | "set"))
            }
        }
    }
}

/// True when objects of that schema change as a whole.
pub fn is_atomic_type(schema: &str) -> bool {
    ATOMIC_TYPES.iter().any(|name| schema.ends_with(name))
}

/// True when a free-keyed field changes as a whole.
pub fn is_atomic_map(schema: &str, field: &str) -> bool {
    (schema.ends_with("core.v1.PodSpec") && field == "nodeSelector")
        || (schema.ends_with("core.v1.ServiceSpec") && field == "selector")
}

type Types = HashMap<String, HashMap<String, Shape>>;

/// Every type that a served kind is made of; built once for the process, since types do not change.
fn types() -> &'static Types {
    static TYPES: OnceLock<Types> = OnceLock::new();
    TYPES.get_or_init(|| {
        let mut generator = SchemaSettings::openapi3().into_generator();
        for resource in Registry::new().iter() {
            let _ = (resource.schema)(&mut generator);
        }
        let schemas = generator.take_definitions(true);
        let read = |(name, schema): (&String, &Value)| {
            let properties = schema.get("properties")?.as_object()?;
            let fields = properties
                .iter()
                .map(|(field, schema)| (field.clone(), shape_of(name, field, schema)));
            Some((name.clone(), fields.collect()))
        };
        schemas.iter().filter_map(read).collect()
    })
}

fn shape_of(owner: &str, field: &str, schema: &Value) -> Shape {
    let reference = schema
        .get("$ref")
        .or_else(|| schema.pointer("/allOf/0/$ref"));
    if let Some(name) = reference.and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or_default();
        return match is_scalar_type(name) {
            true => Shape::Leaf,
            false => Shape::Struct(name.to_owned()),
        };
    }
    let inner = |key: &str| schema.get(key).map(|inner| shape_of("", "", inner));
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => Shape::List {
            item: Box::new(inner("items").unwrap_or(Shape::Leaf)),
            rule: merge_rule(owner, field),
        },
        Some("object") => match inner("additionalProperties") {
            Some(item) => Shape::Map {
                item: Box::new(item),
                atomic: is_atomic_map(owner, field),
            },
            None => Shape::Leaf,
        },
        _ => Shape::Leaf,
    }
}

/// Types that are written as one scalar, or whose content no schema describes.
fn is_scalar_type(name: &str) -> bool {
    [
        "Quantity",
        "IntOrString",
        ".Time",
        ".MicroTime",
        "RawExtension",
        "FieldsV1",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}
