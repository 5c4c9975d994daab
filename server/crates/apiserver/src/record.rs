//! Stored bytes: an object's JSON in Go's order, with its `resourceVersion`.
//!
//! Every stored value reads `{"kind":…,"apiVersion":…,"metadata":{"name":…,"uid":…,"resourceVersion":"N",…`. Few
//! texts stand before the version, so that it is put in, taken out and replaced by copying bytes, inside the
//! store's commit, without touching the rest.

use bytes::Bytes;
use orrery_store::{Columns, Encoded};

use crate::go_types::{self, MessageId, string_len};
use crate::hollow;
use crate::object::Object;
use crate::registry::Resource;

const VERSION_KEY: &[u8] = b"\"resourceVersion\":\"";
/// What may stand before the version. Data folders of before Go's order have it first, where no object of today's has
/// it: each has a name.
const BEFORE_VERSION: [&[u8]; 5] = [
    b"\"name\":",
    b"\"generateName\":",
    b"\"namespace\":",
    b"\"selfLink\":",
    b"\"uid\":",
];

/// An object that waits for its revision.
pub struct Draft {
    /// JSON without a resourceVersion.
    body: Vec<u8>,
    /// Where the version belongs.
    version_at: usize,
    prefix_len: usize,
    go_type: MessageId,
    columns: Columns,
}

impl Draft {
    /// Encodes `object`, whose own resourceVersion is dropped.
    pub fn new(resource: &Resource, object: &mut dyn Object) -> Self {
        let meta = object.meta_mut();
        meta.resource_version = None;
        // the last one was taken away: here it costs nothing, in the text it is looked for
        meta.finalizers.take_if(|finalizers| finalizers.is_empty());
        let body = hollow::cut(object.encode(), &resource.shape);
        let body = go_types::ordered_as(&body, resource.go_type);
        Self {
            version_at: version_place(&body, resource.prefix.len()),
            prefix_len: resource.prefix.len(),
            go_type: resource.go_type,
            body,
            columns: columns(object),
        }
    }

    /// True when `stored` holds the same object, whatever its revision (API-01) and the order of its fields.
    pub fn same_as(&self, stored: &[u8]) -> bool {
        let has_version_first = stored
            .get(self.prefix_len..)
            .is_some_and(|metadata| metadata.starts_with(VERSION_KEY));
        match has_version_first {
            true => self.is(&go_types::ordered_as(stored, self.go_type)),
            false => self.is(stored),
        }
    }

    fn is(&self, stored: &[u8]) -> bool {
        let (head, tail) = self.body.split_at(self.version_at);
        let rest = stored.strip_prefix(head);
        let version = rest.and_then(version_len);
        rest.zip(version)
            .is_some_and(|(rest, version)| rest[version..] == *tail)
    }

    /// The bytes at `revision`.
    pub fn at(self, revision: u64) -> Encoded {
        let (head, tail) = self.body.split_at(self.version_at);
        Encoded {
            value: join(head, revision, tail),
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
        Some(span) => join(&stored[..span.start], revision, &stored[span.end..]),
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

/// The version that a stored value says; empty for what was never stored.
pub fn version_of(resource: &Resource, stored: &[u8]) -> String {
    let span = version_span(stored, resource.prefix.len());
    let digits = span.and_then(|span| stored.get(span.start + VERSION_KEY.len()..span.end - 2));
    String::from_utf8_lossy(digits.unwrap_or_default()).into_owned()
}

/// Where `"resourceVersion":"N",` stands.
fn version_span(stored: &[u8], prefix_len: usize) -> Option<std::ops::Range<usize>> {
    let start = version_place(stored, prefix_len);
    let len = version_len(stored.get(start..)?)?;
    Some(start..start + len)
}

/// How long `"resourceVersion":"N",` is that the JSON begins with.
fn version_len(json: &[u8]) -> Option<usize> {
    let rest = json.strip_prefix(VERSION_KEY)?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    rest[digits..].starts_with(b"\",").then_some(())?;
    Some(VERSION_KEY.len() + digits + 2)
}

/// Where the version stands, or belongs, in an object whose metadata begin at `at`. More metadata stand behind it:
/// every object was created some time.
fn version_place(json: &[u8], mut at: usize) -> usize {
    while let Some(rest) = json.get(at..)
        && let Some(key) = BEFORE_VERSION.iter().find(|key| rest.starts_with(key))
    {
        at += key.len() + string_len(&rest[key.len()..]) + 1;
    }
    at.min(json.len())
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

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"#;

    #[test]
    fn k_10_the_version_stands_behind_the_uid() {
        let rows = [
            (
                r#""name":"a","namespace":"b","uid":"u","#,
                r#""generation":1}}"#,
            ),
            (r#""generateName":"a\"b","#, r#""creationTimestamp":"t"}}"#),
            ("", r#""creationTimestamp":"t","name":"a","uid":"u"}}"#),
        ];
        for (before, behind) in rows {
            let bare = format!("{PREFIX}{before}{behind}");
            let place = version_place(bare.as_bytes(), PREFIX.len());
            assert_eq!(place, PREFIX.len() + before.len(), "{bare}");
            let stored = format!(r#"{PREFIX}{before}"resourceVersion":"17",{behind}"#);
            let again = restamp(stored.as_bytes(), PREFIX.len(), 4);
            let want = format!(r#"{PREFIX}{before}"resourceVersion":"4",{behind}"#);
            assert_eq!(again, want.as_bytes());
            assert_eq!(restamp(bare.as_bytes(), PREFIX.len(), 4), bare.as_bytes());
        }
    }
}
