//! `/openapi/v2`, made of the version 3 documents: kubectl up to 1.28 asks it whether the server validates
//! fields (K-07), `kubectl explain --output=plaintext-openapiv2` reads kinds from it (K-34).

use serde_json::{Map, Value, json};

pub use super::version_two_protobuf::document as to_protobuf;

/// The media type, as clients spell it.
pub const MEDIA_TYPE: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

const BODY_TYPES: [&str; 3] = [
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
];

/// True for the media type, in either spelling.
pub fn is_wanted(media_type: &str) -> bool {
    media_type == MEDIA_TYPE
        || media_type == "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
}

/// The one document of all groups.
pub fn document(every_version: &[(String, Value)]) -> Value {
    let (mut paths, mut definitions) = (Map::new(), Map::new());
    let mut info = Value::Null;
    for (_, three) in every_version {
        info = three["info"].clone();
        let items = three["paths"].as_object().into_iter().flatten();
        paths.extend(items.map(|(path, item)| (path.clone(), path_item(item))));
        let schemas = three["components"]["schemas"].as_object();
        for (name, schema) in schemas.into_iter().flatten() {
            let mut schema = schema.clone();
            rewrite(&mut schema);
            definitions.insert(name.clone(), schema);
        }
    }
    json!({"swagger": "2.0", "info": info, "paths": paths, "definitions": definitions})
}

fn path_item(item: &Value) -> Value {
    let fields = item.as_object().into_iter().flatten();
    let told = fields.map(|(name, value)| match name.as_str() {
        "parameters" => (name.clone(), parameters(value)),
        _ => (name.clone(), operation(value)),
    });
    Value::Object(told.collect())
}

fn operation(three: &Value) -> Value {
    let mut two = json!({
        "responses": {"200": {"description": "OK", "schema": schema_of(&three["responses"]["200"])}},
        "produces": BODY_TYPES,
    });
    let mut all = match parameters(&three["parameters"]) {
        Value::Array(all) => all,
        _ => Vec::new(),
    };
    if let Some(contents) = three["requestBody"]["content"].as_object() {
        all.push(json!({
            "name": "body", "in": "body", "required": true,
            "schema": schema_of(&three["requestBody"]),
        }));
        let named: Vec<_> = contents.keys().filter(|key| *key != "*/*").collect();
        two["consumes"] = match named.is_empty() {
            true => json!(BODY_TYPES),
            false => json!(named),
        };
    }
    two["parameters"] = Value::Array(all);
    for key in [
        "description",
        "x-kubernetes-action",
        "x-kubernetes-group-version-kind",
    ] {
        if let Some(said) = three.get(key) {
            two[key] = said.clone();
        }
    }
    two
}

/// The schema of the first kind of content.
fn schema_of(holder: &Value) -> Value {
    let contents = holder["content"].as_object();
    let first = contents.and_then(|contents| contents.values().next());
    let mut schema = first.map_or(Value::Null, |content| content["schema"].clone());
    rewrite(&mut schema);
    schema
}

/// Version 3 holds a parameter's type in a schema, version 2 in the parameter.
fn parameters(three: &Value) -> Value {
    let all = three.as_array().into_iter().flatten();
    let told = all.map(|parameter| {
        let mut two = parameter.clone();
        let map = two.as_object_mut().expect("a parameter is an object");
        if let Some(Value::Object(schema)) = map.remove("schema") {
            map.extend(schema);
        }
        two
    });
    Value::Array(told.collect())
}

/// References have another place, and stand beside their description.
fn rewrite(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(one)) = map.remove("allOf")
                && let Some(reference) = one.first().and_then(|first| first.get("$ref"))
            {
                map.insert("$ref".to_owned(), reference.clone());
            }
            if let Some(Value::String(reference)) = map.get_mut("$ref") {
                *reference = reference.replace("#/components/schemas/", "#/definitions/");
            }
            map.values_mut().for_each(rewrite);
        }
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        _ => {}
    }
}
