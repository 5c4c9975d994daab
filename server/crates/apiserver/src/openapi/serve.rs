//! `/openapi/v3` with its documents, and `/openapi/v2`.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::document::{self, Document};
use super::{alone, version_two};
use crate::core::Core;
use crate::metrics;
use crate::negotiate;
use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::registry::Resource;
use crate::render;
use crate::reviews;
use crate::router::not_modified;

/// The longest that HTTP lets anything be kept.
const A_YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The documents by their path (`apis/batch/v1`), and the two forms of version 2; made when first
/// asked for.
#[derive(Default)]
pub struct Documents {
    three: OnceLock<BTreeMap<String, Document>>,
    two_json: OnceLock<Document>,
    two_protobuf: OnceLock<Document>,
}

impl Documents {
    fn get(&self, core: &Core) -> &BTreeMap<String, Document> {
        self.three.get_or_init(|| {
            let documents = every_version(core).into_iter();
            let kept = documents.map(|(path, value)| (path, Document::of(&text_of(&value))));
            kept.collect()
        })
    }

    fn two_json(&self, core: &Core) -> &Document {
        self.two_json
            .get_or_init(|| Document::of(&text_of(&version_two::document(&every_version(core)))))
    }

    fn two_protobuf(&self, core: &Core) -> &Document {
        self.two_protobuf.get_or_init(|| {
            let document = version_two::document(&every_version(core));
            Document::of(&version_two::to_protobuf(&document))
        })
    }
}

fn text_of(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("a JSON value has string keys")
}

/// The version 3 documents of all that is served, by path.
fn every_version(core: &Core) -> Vec<(String, Value)> {
    let mut pairs = core.registry.group_versions();
    pairs.extend(reviews::ALL.iter().map(|review| (review.group, "v1")));
    pairs.push((metrics::GROUP, metrics::VERSION));
    pairs.sort_unstable();
    pairs.dedup();
    let document = |(group, version): (&str, &str)| {
        let path = match group {
            "" => format!("api/{version}"),
            _ => format!("apis/{group}/{version}"),
        };
        let served = core.registry.iter().map(AsRef::as_ref);
        let kinds: Vec<&Resource> = served
            .filter(|r: &&Resource| r.info.group == group && r.info.version == version)
            .collect();
        let asked: Vec<_> = reviews::ALL.iter().filter(|r| r.group == group).collect();
        let measured: Vec<_> = match group {
            metrics::GROUP => metrics::ALL.iter().collect(),
            _ => Vec::new(),
        };
        let ours = &core.version.git_version;
        let mut value = document::version_three(&kinds, &asked, &measured, ours);
        alone::add_resources(&mut value, &path, group, version);
        (path, value)
    };
    let mut groups: Vec<&str> = pairs.iter().map(|(group, _)| *group).collect();
    groups.retain(|group| !group.is_empty());
    groups.dedup();
    let documents = pairs.into_iter().map(document);
    let others = alone::documents(&groups, &core.version.git_version);
    documents.chain(others).collect()
}

/// Answers below `/openapi`.
pub fn serve(core: &Core, segments: &[&str], request: &Request) -> Outcome<Response> {
    match segments {
        ["v3"] => Ok(root(core, request.headers())),
        ["v3", path @ ..] => three(core, &path.join("/"), request),
        ["v2"] => two(core, request),
        _ => Err(Problem::NoSuchPath),
    }
}

fn root(core: &Core, headers: &HeaderMap) -> Response {
    let documents = core.documents.get(core).iter();
    let paths: BTreeMap<_, _> = documents
        .map(|(path, document)| (path, json!({"serverRelativeURL": url(path, document)})))
        .collect();
    let text = text_of(&json!({"paths": paths}));
    let etag = format!("\"{}\"", Document::of(&text).hash);
    let fresh = not_modified(headers, &etag);
    let body = if fresh {
        Body::empty()
    } else {
        Body::from(text)
    };
    let mut response = render::typed(body, "application/json");
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// The document of one version of a group.
fn three(core: &Core, path: &str, request: &Request) -> Outcome<Response> {
    let document = core.documents.get(core).get(path);
    let document = document.ok_or(Problem::NoSuchPath)?;
    let accepted = negotiate::accepted(request.headers());
    if !accepted.iter().any(negotiate::MediaRange::takes_json) {
        return Err(Problem::NotAcceptable(
            "only the following media types are accepted: application/json".to_owned(),
        ));
    }
    let query = Params::parse(request.uri().query());
    let hash = query.get("hash");
    if hash.is_some_and(|hash| hash != document.hash) {
        return Ok(elsewhere(path, document));
    }
    let mut response = document_response(document, request, "application/json");
    if hash.is_some() {
        pin(response.headers_mut(), core.clock.now());
    }
    Ok(response)
}

/// Lets the client keep what the URL names by its content.
fn pin(headers: &mut HeaderMap, now: Timestamp) {
    let forever = HeaderValue::from_static("public, immutable");
    headers.insert(header::CACHE_CONTROL, forever);
    let end = now + A_YEAR;
    let end = end.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(end) = HeaderValue::from_str(&end) {
        headers.insert(header::EXPIRES, end);
    }
}

/// Where the document lies while it is as it is.
fn url(path: &str, document: &Document) -> String {
    format!("/openapi/v3/{path}?hash={}", document.hash)
}

/// Sends whoever asks for what a document was to what it is.
fn elsewhere(path: &str, document: &Document) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    if let Ok(value) = HeaderValue::from_str(&url(path, document)) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

fn document_response(document: &Document, request: &Request, media_type: &'static str) -> Response {
    let etag = format!("\"{}\"", document.hash);
    let fresh = not_modified(request.headers(), &etag);
    let zipped = takes_gzip(request.headers());
    let body = match (fresh, zipped) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(document.gzip.clone()),
        (false, false) => Body::from(unzip(&document.gzip)),
    };
    let mut response = render::typed(body, media_type);
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
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

/// Version 2, for clients that insist.
fn two(core: &Core, request: &Request) -> Outcome<Response> {
    let accepted = negotiate::accepted(request.headers());
    let documents = &core.documents;
    if accepted
        .iter()
        .any(|range| version_two::is_wanted(range.media_type))
    {
        let document = documents.two_protobuf(core);
        return Ok(document_response(
            document,
            request,
            version_two::MEDIA_TYPE,
        ));
    }
    if !accepted.iter().any(negotiate::MediaRange::takes_json) {
        return Err(Problem::NotAcceptable(
            "only the following media types are accepted: application/json, \
             application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
                .to_owned(),
        ));
    }
    let document = documents.two_json(core);
    Ok(document_response(document, request, "application/json"))
}
