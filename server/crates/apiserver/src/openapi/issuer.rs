//! The documents of the paths by which others check tokens: no group's, and so each has a document of its own.

use serde_json::{Value, json};

/// A path, and what upstream says of it.
struct Told {
    path: &'static str,
    description: &'static str,
    operation: &'static str,
    tag: &'static str,
    media_type: &'static str,
}

const ALL: [Told; 2] = [
    Told {
        path: ".well-known/openid-configuration",
        description: "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
        operation: "getServiceAccountIssuerOpenIDConfiguration",
        tag: "WellKnown",
        media_type: "application/json",
    },
    Told {
        path: "openid/v1/jwks",
        description: "get service account issuer OpenID JSON Web Key Set (contains public token verification keys)",
        operation: "getServiceAccountIssuerOpenIDKeyset",
        tag: "openid",
        media_type: "application/jwk-set+json",
    },
];

/// The version 3 documents by path.
pub fn documents(version: &str) -> impl Iterator<Item = (String, Value)> {
    ALL.iter()
        .map(move |told| (told.path.to_owned(), document(told, version)))
}

fn document(told: &Told, version: &str) -> Value {
    let get = json!({
        "tags": [told.tag],
        "description": told.description,
        "operationId": told.operation,
        "responses": {
            "200": {
                "description": "OK",
                "content": {(told.media_type): {"schema": {"type": "string"}}},
            },
            "401": {"description": "Unauthorized"},
        },
    });
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": {(format!("/{}/", told.path)): {"get": get}},
        "components": {},
    })
}
