//! Answers and pages as HTTP responses in the representation that the client wants, in JSON: [`crate::form`] has the
//! other forms.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::call::{Answer, Call, Content};
use crate::foreign;
use crate::form::Encodable;
use crate::handlers::list::Page;
use crate::negotiate::{MetaVersion, Representation};
use crate::problem::{Outcome, Problem};
use crate::record;
use crate::status;
use crate::table::{Include, ListHead, Printer, metadata_only};
use crate::warnings;

/// Bodies below this are not compressed, as upstream: at loopback speed it costs more than it saves.
pub const COMPRESS_FROM_BYTES: usize = 128 * 1024;
/// Lists travel in chunks of about this size: large enough to make few frames, small enough that a
/// large list never exists twice in memory.
const CHUNK_BYTES: usize = 256 * 1024;

/// Marks a response that is worth compressing and may be held back for it (a watch may not).
#[derive(Clone, Copy)]
pub struct Compressible;

/// One object or Status.
pub fn answer(call: &Call, representation: Representation, answer: Answer) -> Outcome<Response> {
    let mut response = match &answer.content {
        Content::Status(status) => status::respond(status),
        Content::Object(value) => object(call, representation, value)?,
    };
    *response.status_mut() = answer.code;
    warn(&mut response, &answer.warnings);
    Ok(response)
}

/// Adds Warning headers.
pub fn warn(response: &mut Response, texts: &[String]) {
    for warning in warnings::headers(texts) {
        response.headers_mut().append(header::WARNING, warning);
    }
}

/// Puts one before those that there are.
pub fn warn_first(response: &mut Response, text: &str) {
    let headers = response.headers_mut();
    let others = headers.get_all(header::WARNING).iter();
    let others: Vec<HeaderValue> = others.cloned().collect();
    headers.insert(header::WARNING, warnings::header(text));
    for other in others {
        headers.append(header::WARNING, other);
    }
}

fn object(call: &Call, representation: Representation, value: &Bytes) -> Outcome<Response> {
    let body = match representation {
        Representation::Whole => call.shown(value),
        Representation::Table(version) => {
            let printer = printer(call, version)?;
            let head = ListHead {
                resource_version: record::version_of(&call.resource, value),
                ..ListHead::default()
            };
            let rows = std::iter::once(&value[..]);
            printer.table(&call.resource, &head, true, rows)?.into()
        }
        Representation::Metadata(version) => metadata_only(&call.shown(value), version)?.into(),
        Representation::MetadataList(_) => {
            let info = call.resource.info;
            return Err(is_no_list(foreign::package(info.group), info.kind));
        }
    };
    Ok(whole(&body))
}

/// The printer that the query asks for.
pub fn printer(call: &Call, version: MetaVersion) -> Outcome<Printer> {
    Ok(Printer {
        version,
        include: Include::read(&call.params)?,
        now: call.core.clock.now(),
    })
}

/// One page of a collection.
pub fn page(call: &Call, representation: Representation, page: Page) -> Outcome<Response> {
    let head = ListHead {
        resource_version: page.revision.to_string(),
        continue_token: page.continue_token,
        remaining_item_count: page.remaining,
    };
    let info = call.resource.info;
    let values: Vec<Bytes> = page
        .entries
        .iter()
        .map(|entry| call.shown(&entry.value))
        .collect();
    match representation {
        Representation::Whole => {
            let kind = format!("{}List", info.kind);
            let opening = list_head(&kind, &call.resource.api_version(), &head);
            Ok(items(opening, values, call.resource.types_len()))
        }
        Representation::Table(version) => {
            let printer = printer(call, version)?;
            let rows = values.iter().map(|value| &value[..]);
            let table = printer.table(&call.resource, &head, true, rows)?;
            Ok(whole(&table))
        }
        Representation::Metadata(_) => Err(is_list(foreign::package(info.group), info.kind)),
        Representation::MetadataList(version) => {
            let partial = values.iter().map(|value| metadata_only(value, version));
            let partial = partial.map(|partial| partial.map(Bytes::from));
            let partial = partial.collect::<Outcome<Vec<_>>>()?;
            let opening = list_head("PartialObjectMetadataList", version.api_version(), &head);
            Ok(items(opening, partial, BRACE_LEN))
        }
    }
}

/// An object is no list, which upstream tells by the name of its Go type.
pub fn is_no_list(package: &str, kind: &str) -> Problem {
    Problem::NotAcceptable(format!(
        "you requested PartialObjectMetadataList, but the requested object is not a list (*{package}.{kind})"
    ))
}

/// Nor is a list an object.
pub fn is_list(package: &str, kind: &str) -> Problem {
    Problem::NotAcceptable(format!(
        "you requested PartialObjectMetadata, but the requested object is a list (*{package}.{kind}List)"
    ))
}

/// What is left out of an item that is shown whole: the brace that each is opened with.
const BRACE_LEN: usize = 1;

/// A list of items that go without their first `cut` bytes: upstream's items of built-in kinds have no
/// apiVersion and kind of their own, those of PartialObjectMetadata do.
fn items(opening: Vec<u8>, values: Vec<Bytes>, cut: usize) -> Response {
    let total: usize = values.iter().map(Bytes::len).sum();
    let chunks = chunked(opening, values, cut);
    let body = match total {
        small if small <= CHUNK_BYTES => Body::from(chunks.fold(Vec::new(), |mut all, chunk| {
            all.extend_from_slice(&chunk);
            all
        })),
        _ => Body::from_stream(stream::iter(chunks.map(Ok::<_, std::convert::Infallible>))),
    };
    let mut response = typed(body, "application/json");
    response.extensions_mut().insert(Encodable);
    if total >= COMPRESS_FROM_BYTES {
        response.extensions_mut().insert(Compressible);
    }
    response
}

fn list_head(kind: &str, api_version: &str, head: &ListHead) -> Vec<u8> {
    let head = serde_json::to_string(head).expect("list metadata is plain data");
    format!(
        "{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",\"metadata\":{head},\"items\":["
    )
    .into_bytes()
}

/// The list's text in chunks, each made when it is sent.
fn chunked(
    mut pending: Vec<u8>,
    values: Vec<Bytes>,
    cut: usize,
) -> impl Iterator<Item = Bytes> + Send {
    let mut values = values.into_iter();
    let (mut first, mut done) = (true, false);
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        while pending.len() < CHUNK_BYTES {
            let Some(value) = values.next() else {
                pending.extend_from_slice(b"]}\n");
                done = true;
                break;
            };
            if !std::mem::take(&mut first) {
                pending.push(b',');
            }
            pending.push(b'{');
            pending.extend_from_slice(&value[cut..]);
        }
        Some(std::mem::take(&mut pending).into())
    })
}

/// A body that is all there.
pub fn whole(json: &[u8]) -> Response {
    let body = ended(json);
    let large = body.len() >= COMPRESS_FROM_BYTES;
    let mut response = typed(Body::from(body), "application/json");
    response.extensions_mut().insert(Encodable);
    if large {
        response.extensions_mut().insert(Compressible);
    }
    response
}

/// JSON as Go's encoder ends it.
pub fn ended(json: &[u8]) -> Bytes {
    let mut ended = Vec::with_capacity(json.len() + 1);
    ended.extend_from_slice(json);
    ended.push(b'\n');
    ended.into()
}

/// Marks the answer to a watch, for whoever holds its connection: it ends only when somebody wants it to.
#[derive(Clone, Copy, Debug)]
pub struct Watching;

/// 200 with a text that is no page, whatever a browser makes of its beginning.
pub fn plain(body: Body) -> Response {
    let mut response = typed(body, "text/plain; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// 200 with a body of that type.
pub fn typed(body: Body, media_type: &'static str) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    // answers are of this moment: no cache may keep them (upstream says the same)
    headers.insert(
        HeaderName::from_static("cache-control"),
        HeaderValue::from_static("no-cache, private"),
    );
    response
}
