//! `/openapi/v3`, its documents, and an honest `/openapi/v2`.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use super::document::Document;
use super::version_two;
use crate::core::Core;
use crate::negotiate;
use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::registry::Resource;
use crate::render;
use crate::router::not_modified;

/// The documents by their path (`apis/batch/v1`), made when first asked for.
#[derive(Default)]
pub struct Documents(OnceLock<BTreeMap<String, Document>>);

impl Documents {
    fn get(&self, core: &Core) -> &BTreeMap<String, Document> {
        self.0.get_or_init(|| {
            let pairs = core.registry.group_versions().into_iter();
            let documents = pairs.map(|(group, version)| {
                let path = match group {
                    "" => format!("api/{version}"),
                    _ => format!("apis/{group}/{version}"),
                };
                let served = core.registry.iter().map(AsRef::as_ref);
                let kinds: Vec<&Resource> = served
                    .filter(|r: &&Resource| r.info.group == group && r.info.version == version)
                    .collect();
                (path, Document::of(&kinds, &core.version.git_version))
            });
            documents.collect()
        })
    }
}

/// Answers below `/openapi`.
pub fn serve(core: &Core, segments: &[&str], request: &Request) -> Outcome<Response> {
    match segments {
        ["v3"] => Ok(root(core)),
        ["v3", path @ ..] => {
            let document = core.documents.get(core).get(&path.join("/"));
            Ok(document_response(
                document.ok_or(Problem::NoSuchPath)?,
                request,
            ))
        }
        ["v2"] => version_two(core, request.headers()),
        _ => Err(Problem::NoSuchPath),
    }
}

fn root(core: &Core) -> Response {
    let documents = core.documents.get(core).iter();
    let paths: BTreeMap<_, _> = documents
        .map(|(path, document)| {
            let url = format!("/openapi/v3/{path}?hash={}", document.hash);
            (path, json!({"serverRelativeURL": url}))
        })
        .collect();
    let text = serde_json::to_vec(&json!({"paths": paths})).expect("a JSON value has string keys");
    render::typed(Body::from(text), "application/json")
}

fn document_response(document: &Document, request: &Request) -> Response {
    let etag = format!("\"{}\"", document.hash);
    let fresh = not_modified(request.headers(), &etag);
    let zipped = takes_gzip(request.headers());
    let body = match (fresh, zipped) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(document.gzip.clone()),
        (false, false) => Body::from(unzip(&document.gzip)),
    };
    let mut response = render::typed(body, "application/json");
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let pinned = Params::parse(request.uri().query()).get("hash") == Some(&document.hash);
    let headers = response.headers_mut();
    if zipped && !fresh {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(
        header::VARY,
        HeaderValue::from_static("Accept-Encoding, Accept"),
    );
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    if pinned {
        // the URL names the content
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, immutable"),
        );
    }
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    values
        .filter_map(|v| v.to_str().ok())
        .any(|v| v.contains("gzip"))
}

fn unzip(gzip: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    GzDecoder::new(gzip)
        .read_to_end(&mut text)
        .expect("the document was compressed here");
    text
}

/// Version 2 names the operations and describes no kind; clients that want more go on with version 3
/// or their built-in types.
fn version_two(core: &Core, headers: &HeaderMap) -> Outcome<Response> {
    let accepted = negotiate::accepted(headers);
    if accepted
        .iter()
        .any(|range| version_two::is_wanted(range.media_type))
    {
        let body = Body::from(version_two::document(core));
        return Ok(render::typed(body, version_two::MEDIA_TYPE));
    }
    if !accepted.iter().any(negotiate::MediaRange::takes_json) {
        return Err(Problem::NotAcceptable(
            "only the following media types are accepted: application/json, \
             application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
                .to_owned(),
        ));
    }
    let document = json!({
        "swagger": "2.0",
        "info": {
            "title": "Kubernetes",
            "version": core.version.git_version,
            "description": "The kinds are described by /openapi/v3.",
        },
        "paths": {},
        "definitions": {},
    });
    let text = serde_json::to_vec(&document).expect("a JSON value has string keys");
    Ok(render::typed(Body::from(text), "application/json"))
}
