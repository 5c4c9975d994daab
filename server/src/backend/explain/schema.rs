//! As much of an OpenAPI document as tells what a field is.

use std::collections::BTreeMap;

use kube::api::GroupVersionKind;
use orrery_app::forms::manifest::{About, Offer};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// References that lead to each other end somewhere.
const MOST_STEPS: usize = 8;

/// The schemas of a version of a group.
#[derive(Debug, Default, Deserialize)]
pub struct Schemas {
    #[serde(default)]
    components: Components,
}

#[derive(Debug, Default, Deserialize)]
struct Components {
    #[serde(default)]
    schemas: BTreeMap<String, Schema>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Schema {
    description: String,
    #[serde(rename = "type")]
    word: String,
    properties: BTreeMap<String, Schema>,
    items: Option<Box<Schema>>,
    /// Of a map whose values have one.
    #[serde(deserialize_with = "schema_or_not")]
    additional_properties: Option<Box<Schema>>,
    all_of: Vec<Schema>,
    #[serde(rename = "$ref")]
    reference: String,
    #[serde(rename = "x-kubernetes-group-version-kind")]
    is: Vec<Is>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Is {
    group: String,
    version: String,
    kind: String,
}

/// A map may say that it holds anything, by no schema but `true`.
fn schema_or_not<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<Schema>>, D::Error> {
    let said = Value::deserialize(from)?;
    match said.is_object() {
        true => Schema::deserialize(said)
            .map(|schema| Some(Box::new(schema)))
            .map_err(D::Error::custom),
        false => Ok(None),
    }
}

impl Schemas {
    /// What is said of a field of a kind; of what holds it, where there is no such field.
    pub fn about(&self, kind: &GroupVersionKind, path: &str) -> Option<About> {
        let root = self.root(kind)?;
        let mut path = path;
        loop {
            if let Some(found) = self.find(root, path) {
                return Some(self.tell(found, path));
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }

    /// The fields that a field of a kind holds, each with what follows its name where that begins at a column.
    pub fn fields(&self, kind: &GroupVersionKind, path: &str, column: usize) -> Vec<Offer> {
        let root = self.root(kind);
        let Some(holder) = root.and_then(|root| self.find(root, path)) else {
            return Vec::new();
        };
        let fields = self.resolve(holder).properties.iter();
        let fields = fields.map(|(name, schema)| Offer {
            name: name.clone(),
            word: self.word(schema),
            then: self.then(schema, column),
        });
        fields.collect()
    }

    /// Where the value of a field goes: beside its name, or under it.
    fn then(&self, schema: &Schema, column: usize) -> String {
        let whole = self.resolve(schema);
        match (&whole.items, whole.word.as_str()) {
            (Some(_), _) => format!(":\n{:column$}- ", ""),
            (None, "object") => format!(":\n{:column$}  ", ""),
            _ => ": ".to_owned(),
        }
    }

    fn root(&self, kind: &GroupVersionKind) -> Option<&Schema> {
        let is =
            |is: &Is| is.group == kind.group && is.version == kind.version && is.kind == kind.kind;
        let mut all = self.components.schemas.values();
        all.find(|schema| schema.is.iter().any(is))
    }

    fn tell(&self, schema: &Schema, path: &str) -> About {
        let whole = self.resolve(schema);
        // a field says more of itself than its type does
        let text = match schema.description.as_str() {
            "" => whole.description.as_str(),
            own => own,
        };
        let within = match &whole.items {
            Some(items) => self.resolve(items),
            None => whole,
        };
        About {
            path: path.to_owned(),
            word: self.word(schema),
            text: text.to_owned(),
            fields: within.properties.keys().cloned().collect(),
        }
    }

    fn find<'a>(&'a self, root: &'a Schema, path: &str) -> Option<&'a Schema> {
        let (mut schema, mut rest) = (root, path);
        while !rest.is_empty() {
            let whole = self.resolve(schema);
            if let Some(index) = rest.strip_prefix('[') {
                let (_, after) = index.split_once(']')?;
                schema = whole.items.as_deref()?;
                rest = after.strip_prefix('.').unwrap_or(after);
            } else if let Some(value) = &whole.additional_properties {
                // keys of maps hold dots
                return Some(value);
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                schema = whole.properties.get(&rest[..end])?;
                rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
            }
        }
        Some(schema)
    }

    /// What a schema refers to, in the end.
    fn resolve<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        let mut schema = schema;
        for _ in 0..MOST_STEPS {
            let next = match (schema.reference.rsplit_once('/'), schema.all_of.first()) {
                (Some((_, name)), _) => self.components.schemas.get(name),
                (None, first) => first,
            };
            match next {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    /// Its type as `kubectl explain` has it: `[]Container`, `map[string]string`.
    fn word(&self, schema: &Schema) -> String {
        let named = schema.all_of.first().unwrap_or(schema);
        if let Some((_, name)) = named.reference.rsplit_once('.') {
            return name.to_owned();
        }
        match (&schema.items, &schema.additional_properties) {
            (Some(items), _) => format!("[]{}", self.word(items)),
            (_, Some(value)) => format!("map[string]{}", self.word(value)),
            _ => schema.word.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schemas() -> Schemas {
        let kind = json!([{ "group": "batch", "version": "v1", "kind": "Job" }]);
        let to = |name: &str| json!({ "$ref": format!("#/components/schemas/io.k8s.{name}") });
        serde_json::from_value(json!({ "openapi": "3.0.0", "paths": {}, "components": { "schemas": {
            "io.k8s.Job": {
                "description": "a job", "type": "object", "x-kubernetes-group-version-kind": kind,
                "properties": {
                    "kind": { "type": "string", "description": "its kind" },
                    "metadata": { "allOf": [to("Meta")], "description": "its metadata" },
                    "spec": { "allOf": [to("Spec")] },
                },
            },
            "io.k8s.Meta": { "type": "object", "properties": {
                "annotations": { "type": "object", "additionalProperties": { "type": "string" }, "description": "notes" },
            } },
            "io.k8s.Spec": { "type": "object", "description": "what it shall be", "properties": {
                "containers": { "type": "array", "items": to("Container"), "description": "all of them" },
                "free": { "type": "object", "additionalProperties": true },
                "loop": to("Loop"),
            } },
            "io.k8s.Container": { "type": "object", "description": "one", "properties": {
                "image": { "type": "string", "description": "its image", "default": "" },
                "name": { "type": "string" },
            } },
            "io.k8s.Loop": to("Loop"),
        } } }))
        .expect("a literal document")
    }

    #[test]
    fn a_field_is_told_and_else_what_would_hold_it() {
        let rows = [
            ("kind", "kind", "string", "its kind", ""),
            (
                "metadata",
                "metadata",
                "Meta",
                "its metadata",
                "annotations",
            ),
            (
                "metadata.annotations",
                "metadata.annotations",
                "map[string]string",
                "notes",
                "",
            ),
            (
                "metadata.annotations.a.b/c",
                "metadata.annotations.a.b/c",
                "string",
                "",
                "",
            ),
            (
                "spec",
                "spec",
                "Spec",
                "what it shall be",
                "containers free loop",
            ),
            (
                "spec.containers",
                "spec.containers",
                "[]Container",
                "all of them",
                "image name",
            ),
            (
                "spec.containers[1].image",
                "spec.containers[1].image",
                "string",
                "its image",
                "",
            ),
            (
                "spec.containers[0].imag",
                "spec.containers[0]",
                "Container",
                "one",
                "image name",
            ),
            (
                "spec.other.deep",
                "spec",
                "Spec",
                "what it shall be",
                "containers free loop",
            ),
            ("spec.free", "spec.free", "object", "", ""),
            ("spec.loop", "spec.loop", "Loop", "", ""),
        ];
        let (all, job) = (schemas(), GroupVersionKind::gvk("batch", "v1", "Job"));
        for (path, told, word, text, fields) in rows {
            let about = all.about(&job, path).expect(path);
            let found = (
                about.path.as_str(),
                about.word.as_str(),
                about.text.as_str(),
            );
            assert_eq!(found, (told, word, text), "{path}");
            assert_eq!(about.fields.join(" "), fields, "{path}");
        }
        assert_eq!(all.about(&job, "nothing"), None);
        let other = GroupVersionKind::gvk("batch", "v2", "Job");
        assert_eq!(all.about(&other, "spec"), None);
    }
}
