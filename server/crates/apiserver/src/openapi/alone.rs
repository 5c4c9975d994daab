//! The documents of paths that are no kind's: which groups and versions there are, which version this is, and by which
//! keys tokens are checked. Upstream's index has one for each.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    APIGroup, APIGroupList, APIResourceList, APIVersions,
};
use k8s_openapi::apimachinery::pkg::version::Info;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::schemas;

const JSON: &[&str] = &["application/json"];
const KEYS: &[&str] = &["application/jwk-set+json"];
const EVERY_FORM: &[&str] = &[
    "application/json",
    "application/vnd.kubernetes.protobuf",
    "application/yaml",
];

/// What is asked for at a path, and answered in these forms.
struct Told<'a> {
    path: &'a str,
    description: &'a str,
    operation: &'a str,
    tag: &'a str,
    media_types: &'a [&'a str],
}

/// The version 3 documents by path, where these groups are served.
pub fn documents(groups: &[&str], version: &str) -> Vec<(String, Value)> {
    let versions = "get available API versions";
    let mut documents = vec![
        of_text(
            &Told {
                path: ".well-known/openid-configuration",
                description: "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
                operation: "getServiceAccountIssuerOpenIDConfiguration",
                tag: "WellKnown",
                media_types: JSON,
            },
            version,
        ),
        of_text(
            &Told {
                path: "openid/v1/jwks",
                description: "get service account issuer OpenID JSON Web Key Set (contains public token verification keys)",
                operation: "getServiceAccountIssuerOpenIDKeyset",
                tag: "openid",
                media_types: KEYS,
            },
            version,
        ),
        of::<APIVersions>(
            &Told {
                path: "api",
                description: versions,
                operation: "getCoreAPIVersions",
                tag: "core",
                media_types: EVERY_FORM,
            },
            version,
        ),
        of::<APIGroupList>(
            &Told {
                path: "apis",
                description: versions,
                operation: "getAPIVersions",
                tag: "apis",
                media_types: EVERY_FORM,
            },
            version,
        ),
        of::<Info>(
            &Told {
                path: "version",
                description: "get the version information for this server",
                operation: "getCodeVersion",
                tag: "version",
                media_types: JSON,
            },
            version,
        ),
    ];
    documents.extend(groups.iter().map(|group| of_group(group, version)));
    documents
}

fn of_group(group: &str, version: &str) -> (String, Value) {
    let told = Told {
        path: &format!("apis/{group}"),
        description: "get information of a group",
        operation: &format!("get{}APIGroup", capitalized(short(group))),
        tag: short(group),
        media_types: EVERY_FORM,
    };
    of::<APIGroup>(&told, version)
}

/// Adds to the document of a group's version which resources that has.
pub fn add_resources(document: &mut Value, path: &str, group: &str, version: &str) {
    let short = short(group);
    let told = Told {
        path,
        description: "get available resources",
        operation: &format!(
            "get{}{}APIResources",
            capitalized(short),
            capitalized(version)
        ),
        tag: &format!("{short}_{version}"),
        media_types: EVERY_FORM,
    };
    let (own, schemas) = (
        reference::<APIResourceList>(),
        schemas::of::<APIResourceList>(),
    );
    document["paths"][slashed(path)] = item(&told, &own);
    if let Some(Value::Object(known)) = document.pointer_mut("/components/schemas") {
        known.extend(schemas);
    }
}

/// As operations are named by it.
fn short(group: &str) -> &str {
    match group {
        "" => "core",
        group => group.split('.').next().unwrap_or_default(),
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn slashed(path: &str) -> String {
    format!("/{path}/")
}

fn of_text(told: &Told<'_>, version: &str) -> (String, Value) {
    document(told, &json!({"type": "string"}), &json!({}), version)
}

fn of<T: JsonSchema>(told: &Told<'_>, version: &str) -> (String, Value) {
    let components = json!({"schemas": schemas::of::<T>()});
    document(told, &reference::<T>(), &components, version)
}

fn reference<T: JsonSchema>() -> Value {
    schemas::reference(&T::schema_name())
}

fn document(told: &Told<'_>, schema: &Value, components: &Value, version: &str) -> (String, Value) {
    let mut paths = Map::new();
    paths.insert(slashed(told.path), item(told, schema));
    let document = json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": paths,
        "components": components,
    });
    (told.path.to_owned(), document)
}

fn item(told: &Told<'_>, schema: &Value) -> Value {
    let contents = told.media_types.iter();
    let contents: Map<String, Value> = contents
        .map(|media_type| ((*media_type).to_owned(), json!({"schema": schema})))
        .collect();
    json!({"get": {
        "tags": [told.tag],
        "description": told.description,
        "operationId": told.operation,
        "responses": {
            "200": {"description": "OK", "content": contents},
            "401": {"description": "Unauthorized"},
        },
    }})
}
