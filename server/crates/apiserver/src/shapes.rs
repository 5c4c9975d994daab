//! How the served types part into fields, as patches and server-side apply need it: read off the very
//! schemas that OpenAPI shows, with the merge rules of [`orrery_apis::merge_keys`].

use std::collections::HashMap;
use std::sync::OnceLock;

use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::Binding;
use k8s_openapi::api::policy::v1::Eviction;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::DeleteOptions;
use orrery_apis::merge_keys::{MergeRule, merge_rule};
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::registry::Registry;
use crate::reviews;

/// What a scalar is to Go's decoders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Described by no schema.
    Any,
    /// The next four read their own text.
    Quantity,
    IntOrString,
    Time,
    MicroTime,
    Text,
    /// Text in base64.
    Bytes,
    Int32,
    Int64,
    Float,
    Bool,
}

/// What stands at a path.
#[derive(Debug)]
pub enum Shape {
    /// A scalar, or something that only ever changes as a whole.
    Leaf(Scalar),
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

static LEAF: Shape = Shape::Leaf(Scalar::Any);

impl Shape {
    /// The schema's name, e.g. `io.k8s.api.batch.v1.Job`; empty for what is no object of a known type.
    pub fn schema(&self) -> &str {
        match self {
            Self::Struct(schema) => schema,
            _ => "",
        }
    }

    /// The shape of a field, whatever this is; unknown fields are leaves.
    pub fn field(&self, name: &str) -> &Shape {
        match self {
            Self::Struct(schema) => types()
                .get(schema)
                .and_then(|fields| fields.get(name))
                .map_or(&LEAF, |(shape, _)| shape),
            Self::Map { item, .. } => item,
            _ => &LEAF,
        }
    }

    /// All fields of an object of a known type.
    #[cfg(test)]
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Shape)> {
        let fields = types().get(self.schema()).into_iter().flatten();
        fields.map(|(name, (shape, _))| (name.as_str(), shape))
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

    /// True when the field is written even when it is empty, as Go's fields without `omitempty` are.
    pub fn requires(&self, name: &str) -> bool {
        matches!(self, Self::Struct(schema)
            if types().get(schema).and_then(|f| f.get(name)).is_some_and(|(_, required)| *required))
    }

    /// True when the fields of that object are known.
    pub fn is_described(&self) -> bool {
        matches!(self, Self::Struct(schema) if types().contains_key(schema))
    }

    /// True when server-side apply takes the value as a whole.
    pub fn is_atomic(&self) -> bool {
        match self {
            Self::Leaf(_) => true,
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

/// A type's fields, each with whether it is written even when empty.
type Fields = HashMap<String, (Shape, bool)>;
type Types = HashMap<String, Fields>;

/// Every type that a served kind is made of, or a body that is asked of one; built once for the process, since types do not change.
fn types() -> &'static Types {
    static TYPES: OnceLock<Types> = OnceLock::new();
    TYPES.get_or_init(|| {
        let mut generator = SchemaSettings::openapi3().into_generator();
        for resource in Registry::new().iter() {
            let _ = (resource.schema)(&mut generator);
        }
        for review in &reviews::ALL {
            let _ = reviews::schema(review, &mut generator);
        }
        let _ = generator.subschema_for::<Binding>();
        let _ = generator.subschema_for::<DeleteOptions>();
        let _ = generator.subschema_for::<Eviction>();
        let _ = generator.subschema_for::<TokenRequest>();
        let schemas = generator.take_definitions(true);
        let read = |(name, schema): (&String, &Value)| {
            let properties = schema.get("properties")?.as_object()?;
            let required = schema.get("required").and_then(Value::as_array);
            let is_required = |field: &str| {
                let mut names = required.into_iter().flatten();
                names.any(|name| name.as_str() == Some(field))
            };
            let fields = properties.iter().map(|(field, schema)| {
                let shape = shape_of(name, field, schema);
                (field.clone(), (shape, is_required(field)))
            });
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
        return match scalar_type(name) {
            Some(scalar) => Shape::Leaf(scalar),
            None => Shape::Struct(name.to_owned()),
        };
    }
    let inner = |key: &str| schema.get(key).map(|inner| shape_of("", "", inner));
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => Shape::List {
            item: Box::new(inner("items").unwrap_or(Shape::Leaf(Scalar::Any))),
            rule: merge_rule(owner, field),
        },
        Some("object") => match inner("additionalProperties") {
            Some(item) => Shape::Map {
                item: Box::new(item),
                atomic: is_atomic_map(owner, field),
            },
            None => Shape::Leaf(Scalar::Any),
        },
        kind => Shape::Leaf(scalar(kind, schema.get("format").and_then(Value::as_str))),
    }
}

fn scalar(kind: Option<&str>, format: Option<&str>) -> Scalar {
    match (kind, format) {
        (Some("string"), Some("byte")) => Scalar::Bytes,
        (Some("string"), None) => Scalar::Text,
        (Some("integer"), Some("int32")) => Scalar::Int32,
        (Some("integer"), _) => Scalar::Int64,
        (Some("number"), _) => Scalar::Float,
        (Some("boolean"), _) => Scalar::Bool,
        _ => Scalar::Any,
    }
}

/// Types that are written as one scalar, or whose content no schema describes.
fn scalar_type(name: &str) -> Option<Scalar> {
    let ends = [
        ("Quantity", Scalar::Quantity),
        ("IntOrString", Scalar::IntOrString),
        (".Time", Scalar::Time),
        (".MicroTime", Scalar::MicroTime),
        ("RawExtension", Scalar::Any),
        ("FieldsV1", Scalar::Any),
    ];
    let mut found = ends.into_iter().filter(|(end, _)| name.ends_with(end));
    found.next().map(|(_, scalar)| scalar)
}
