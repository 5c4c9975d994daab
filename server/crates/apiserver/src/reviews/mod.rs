//! Questions about identities and what they may do: created, answered, and kept nowhere (K-35).

mod access;
mod subject;

use axum::extract::Request;
use axum::response::Response;
use http::{Method, StatusCode};
use k8s_openapi::api::authentication::v1::{SelfSubjectReview, TokenReview};
use k8s_openapi::api::authorization::v1::{
    LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::auth::Identity;
use crate::authorize::{self, Act};
use crate::body;
use crate::core::Core;
use crate::go_json;
use crate::go_types;
use crate::incoming;
use crate::negotiate;
use crate::params::{CREATE, FieldValidation, Params, WriteParams};
use crate::problem::{Outcome, Problem};
use crate::registry::Name;
use crate::render;

/// A kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review {
    pub group: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    pub namespaced: bool,
}

/// All of them, in discovery's order; each is v1, and can only be created.
pub const ALL: [Review; 6] = [
    Review {
        group: "authentication.k8s.io",
        kind: "SelfSubjectReview",
        plural: "selfsubjectreviews",
        singular: "selfsubjectreview",
        namespaced: false,
    },
    Review {
        group: "authentication.k8s.io",
        kind: "TokenReview",
        plural: "tokenreviews",
        singular: "tokenreview",
        namespaced: false,
    },
    Review {
        group: "authorization.k8s.io",
        kind: "LocalSubjectAccessReview",
        plural: "localsubjectaccessreviews",
        singular: "localsubjectaccessreview",
        namespaced: true,
    },
    Review {
        group: "authorization.k8s.io",
        kind: "SelfSubjectAccessReview",
        plural: "selfsubjectaccessreviews",
        singular: "selfsubjectaccessreview",
        namespaced: false,
    },
    Review {
        group: "authorization.k8s.io",
        kind: "SelfSubjectRulesReview",
        plural: "selfsubjectrulesreviews",
        singular: "selfsubjectrulesreview",
        namespaced: false,
    },
    Review {
        group: "authorization.k8s.io",
        kind: "SubjectAccessReview",
        plural: "subjectaccessreviews",
        singular: "subjectaccessreview",
        namespaced: false,
    },
];

/// The question that is asked at that path below `/apis`, and the namespace that it is asked in.
pub fn find<'a>(path: &[&'a str]) -> Option<(&'static Review, Option<&'a str>)> {
    let (group, plural, namespace) = match path {
        [group, "v1", plural] => (group, plural, None),
        [group, "v1", "namespaces", namespace, plural] => (group, plural, Some(*namespace)),
        _ => return None,
    };
    let mut all = ALL.iter().filter(|r| r.namespaced == namespace.is_some());
    let found = all.find(|review| review.group == *group && review.plural == *plural)?;
    Some((found, namespace))
}

/// The question's schema, for the documents.
pub fn schema(review: &Review, generator: &mut SchemaGenerator) -> Schema {
    match review.kind {
        "SelfSubjectReview" => generator.subschema_for::<SelfSubjectReview>(),
        "TokenReview" => generator.subschema_for::<TokenReview>(),
        "SelfSubjectAccessReview" => generator.subschema_for::<SelfSubjectAccessReview>(),
        "SelfSubjectRulesReview" => generator.subschema_for::<SelfSubjectRulesReview>(),
        "LocalSubjectAccessReview" => generator.subschema_for::<LocalSubjectAccessReview>(),
        _ => generator.subschema_for::<SubjectAccessReview>(),
    }
}

/// Answers a question.
pub async fn serve(
    core: &Core,
    review: &'static Review,
    namespace: Option<&str>,
    identity: &Identity,
    request: Request,
) -> Outcome<Response> {
    let name = Name {
        group: review.group,
        plural: review.plural,
    };
    let act = Act {
        verb: authorize::verb(request.method(), false, false),
        group: review.group,
        resource: review.plural,
        subresource: "",
        namespace,
        name: "",
    };
    authorize::check(identity, name, &act)?;
    if request.method() != Method::POST {
        return Err(Problem::MethodNotAllowed);
    }
    negotiate::representation(request.headers(), negotiate::OFFERED)?;
    let (parts, body) = request.into_parts();
    let write = WriteParams::read(&Params::parse(parts.uri.query()), CREATE)?;
    let version = format!("{}/v1", review.group);
    let sent = body::read(body).await?;
    let json = incoming::json_as(&parts.headers, &version, review.kind, sent)?;
    let mut asked = Asked {
        core,
        json: &json,
        validation: write.field_validation,
        warnings: Vec::new(),
    };
    let answer = match review.kind {
        "SelfSubjectReview" => encode(subject::own(identity, asked.read()?)),
        "TokenReview" => encode(subject::token(core, asked.read()?)?),
        "SelfSubjectAccessReview" => encode(access::own(identity, asked.read()?)?),
        "LocalSubjectAccessReview" => {
            let namespace = namespace.unwrap_or_default();
            encode(access::of_subject_in(namespace, asked.read()?)?)
        }
        "SelfSubjectRulesReview" => encode(access::own_rules(identity, asked.read()?)?),
        _ => encode(access::of_subject(asked.read()?)?),
    };
    let mut response = render::whole(&answer);
    *response.status_mut() = StatusCode::CREATED;
    render::warn(&mut response, &asked.warnings);
    Ok(response)
}

/// What somebody asks.
struct Asked<'a> {
    core: &'a Core,
    json: &'a [u8],
    validation: FieldValidation,
    warnings: Vec<String>,
}

impl Asked<'_> {
    fn read<T>(&mut self) -> Outcome<T>
    where
        T: DeserializeOwned + JsonSchema + k8s_openapi::Resource,
    {
        let (review, warnings) = incoming::request(self.core, self.json, self.validation)?;
        self.warnings = warnings;
        Ok(review)
    }
}

fn encode(answer: impl Serialize) -> Vec<u8> {
    go_types::ordered(&go_json::to_vec(&answer))
}
