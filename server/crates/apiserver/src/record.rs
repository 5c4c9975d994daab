//! Stored bytes: an object's JSON with `resourceVersion` first in its metadata.
//!
//! Every stored value reads `{"apiVersion":…,"kind":…,"metadata":{"resourceVersion":"N",…`. The part
//! before the version is fixed by the kind, so the version is put in, taken out and replaced by
//! copying bytes, inside the store's commit, without touching the rest.

use bytes::Bytes;
use orrery_store::{Columns, Encoded};

use crate::hollow;
use crate::object::Object;
use crate::registry::{METADATA, Resource};

const VERSION_KEY: &[u8] = b"\"resourceVersion\":\"";

/// An object that waits for its revision.
pub struct Draft {
    /// JSON without a resourceVersion.
    body: Vec<u8>,
    prefix_len: usize,
    columns: Columns,
}

impl Draft {
    /// Encodes `object`, whose own resourceVersion is dropped.
    pub fn new(resource: &Resource, object: &mut dyn Object) -> Self {
        let meta = object.meta_mut();
        meta.resource_version = None;
        // the last one was taken away: here it costs nothing, in the text it is looked for
        meta.finalizers.take_if(|finalizers| finalizers.is_empty());
        Self {
            body: metadata_first(
                hollow::cut(object.encode(), &resource.shape),
                &resource.prefix,
            ),
            prefix_len: resource.prefix.len(),
            columns: columns(object),
        }
    }

    /// True when `stored` holds the same object, whatever its revision (API-01).
    pub fn same_as(&self, stored: &[u8]) -> bool {
        let Some(span) = version_span(stored, self.prefix_len) else {
            return false;
        };
        stored[..self.prefix_len] == self.body[..self.prefix_len]
            && stored[span.end..] == self.body[self.prefix_len..]
    }

    /// The bytes at `revision`.
    pub fn at(self, revision: u64) -> Encoded {
        Encoded {
            value: join(
                &self.body[..self.prefix_len],
                revision,
                &self.body[self.prefix_len..],
            ),
            columns: self.columns,
        }
    }

    /// The bytes that a client sees of an object that was never stored (dryRun of a create).
    pub fn unversioned(self) -> Bytes {
        self.body.into()
    }

    /// The bytes that a client sees of an update that was not stored.
    pub fn versioned(self, revision: u64) -> Bytes {
        self.at(revision).value
    }
}

/// The same stored value under another revision.
pub fn restamp(stored: &[u8], prefix_len: usize, revision: u64) -> Bytes {
    match version_span(stored, prefix_len) {
        Some(span) => join(&stored[..prefix_len], revision, &stored[span.end..]),
        None => Bytes::copy_from_slice(stored),
    }
}

fn join(head: &[u8], revision: u64, tail: &[u8]) -> Bytes {
    let mut value = Vec::with_capacity(head.len() + VERSION_KEY.len() + 22 + tail.len());
    value.extend_from_slice(head);
    value.extend_from_slice(VERSION_KEY);
    value.extend_from_slice(revision.to_string().as_bytes());
    value.extend_from_slice(b"\",");
    value.extend_from_slice(tail);
    value.into()
}

/// Some types write other fields (a ConfigMap's data) before their metadata; stored, it comes first.
fn metadata_first(body: Vec<u8>, prefix: &str) -> Vec<u8> {
    if body.starts_with(prefix.as_bytes()) {
        return body;
    }
    let head = prefix.len() - METADATA.len();
    let Some(metadata) = top_level_value(&body, METADATA.as_bytes(), head) else {
        return body;
    };
    let mut ordered = Vec::with_capacity(body.len());
    ordered.extend_from_slice(&body[..head]);
    ordered.extend_from_slice(&body[metadata.clone()]);
    ordered.push(b',');
    // what stood before ends with a comma, what stands behind begins with one
    ordered.extend_from_slice(&body[head..metadata.start - 1]);
    ordered.extend_from_slice(&body[metadata.end..]);
    ordered
}

/// The span of `"key":{…}` at the top level of an object's JSON, looking from `from`.
fn top_level_value(json: &[u8], key: &[u8], from: usize) -> Option<std::ops::Range<usize>> {
    let (mut depth, mut in_string, mut escaped, mut start) = (1, false, false, None);
    for (at, byte) in json.iter().enumerate().skip(from) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' if !in_string && depth == 1 && start.is_none() && json[at..].starts_with(key) => {
                start = Some(at);
                in_string = true;
            }
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 1
                    && let Some(start) = start
                {
                    return Some(start..at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The version that a stored value says; empty for what was never stored.
pub fn version_of(resource: &Resource, stored: &[u8]) -> String {
    let span = version_span(stored, resource.prefix.len());
    let digits = span.and_then(|span| stored.get(span.start + VERSION_KEY.len()..span.end - 2));
    String::from_utf8_lossy(digits.unwrap_or_default()).into_owned()
}

/// Where `"resourceVersion":"N",` stands.
fn version_span(stored: &[u8], prefix_len: usize) -> Option<std::ops::Range<usize>> {
    let rest = stored.get(prefix_len..)?.strip_prefix(VERSION_KEY)?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    rest[digits..].starts_with(b"\",").then_some(())?;
    Some(prefix_len..prefix_len + VERSION_KEY.len() + digits + 2)
}

fn columns(object: &dyn Object) -> Columns {
    let meta = object.meta();
    let text = |s: &str| s.to_owned().into();
    let labels = meta.labels.iter().flatten();
    Columns {
        uid: text(meta.uid.as_deref().unwrap_or_default()),
        labels: labels.map(|(k, v)| (text(k), text(v))).collect(),
        fields: object
            .fields()
            .into_iter()
            .map(|(k, v)| (text(k), text(&v)))
            .collect(),
    }
}
