//! One watch event as a line of JSON, in the representation of the watch.

use bytes::Bytes;

use crate::call::Call;
use crate::go_json;
use crate::go_types;
use crate::negotiate::{self, Representation};
use crate::problem::{Outcome, Problem};
use crate::record;
use crate::render;
use crate::spare;
use crate::table::{ListHead, PARTIAL, Printer, metadata_only};

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    Added,
    Modified,
    Deleted,
    Bookmark,
}

impl EventType {
    fn opening(self) -> &'static [u8] {
        match self {
            Self::Added => b"{\"type\":\"ADDED\",\"object\":",
            Self::Modified => b"{\"type\":\"MODIFIED\",\"object\":",
            Self::Deleted => b"{\"type\":\"DELETED\",\"object\":",
            Self::Bookmark => b"{\"type\":\"BOOKMARK\",\"object\":",
        }
    }
}

const END: &[u8] = b"}\n";
/// What stands around the object of a bookmark.
const FRAME_BYTES: usize = 40;

/// Writes events in one representation.
pub struct Framer {
    representation: Representation,
    printer: Option<Printer>,
    /// Column definitions stand in the first Table of a watch only (K-12).
    columns_sent: bool,
}

impl Framer {
    /// A framer for that watch; YAML is no stream format here, as upstream.
    pub fn new(call: &Call, representation: Representation) -> Outcome<Self> {
        if negotiate::of_kinds(&call.headers).is_some_and(|wanted| !wanted.media.streams()) {
            return Err(Problem::NotAcceptable(
                "only the following media types are accepted: application/json;stream=watch, \
                 application/vnd.kubernetes.protobuf;stream=watch"
                    .to_owned(),
            ));
        }
        let printer = match representation {
            Representation::Table(version) => Some(render::printer(call, version)?),
            _ => None,
        };
        Ok(Self {
            representation,
            printer,
            columns_sent: false,
        })
    }

    /// Appends one event.
    pub fn object(
        &mut self,
        chunk: &mut Vec<u8>,
        call: &Call,
        event: EventType,
        value: &[u8],
    ) -> Outcome<()> {
        let version = || record::version_of(&call.resource, value);
        self.event(chunk, call, (event, value), version)
    }

    /// A bookmark: of an object that is nothing but its version (K-42). In a Table it is a row like others,
    /// whose object alone can say that the initial events are over. Every watch is sent one a minute, so it is not made
    /// by the way of whole objects where it need not be.
    pub fn bookmark(&mut self, call: &Call, version: u64, ends_initial: bool) -> Outcome<Bytes> {
        let version = version.to_string();
        let annotations = match ends_initial {
            true => r#","annotations":{"k8s.io/initial-events-end":"true"}"#,
            false => "",
        };
        let (kind, api_version) = match self.representation {
            Representation::Metadata(version) | Representation::MetadataList(version) => {
                (PARTIAL, version.api_version().to_owned())
            }
            Representation::Whole | Representation::Table(_) => {
                (call.resource.info.kind, call.resource.api_version())
            }
        };
        let value = format!(
            r#"{{"kind":"{kind}","apiVersion":"{api_version}","metadata":{{"resourceVersion":"{version}"{annotations}}}}}"#
        );
        let event = (EventType::Bookmark, value.as_bytes());
        let mut chunk = Vec::with_capacity(value.len() + FRAME_BYTES);
        match self.representation {
            Representation::Table(_) => self.event(&mut chunk, call, event, || version)?,
            Representation::Whole
            | Representation::Metadata(_)
            | Representation::MetadataList(_) => {
                chunk.extend_from_slice(EventType::Bookmark.opening());
                chunk.extend_from_slice(value.as_bytes());
                chunk.extend_from_slice(END);
            }
        }
        Ok(chunk.into())
    }

    fn event(
        &mut self,
        chunk: &mut Vec<u8>,
        call: &Call,
        (event, value): (EventType, &[u8]),
        version: impl FnOnce() -> String,
    ) -> Outcome<()> {
        chunk.extend_from_slice(event.opening());
        match (self.representation, self.printer) {
            (Representation::Table(_), Some(mut printer)) => {
                printer.now = call.core.clock.now();
                let head = ListHead {
                    resource_version: version(),
                    ..ListHead::default()
                };
                let with_columns = !std::mem::replace(&mut self.columns_sent, true);
                let rows = std::iter::once(value);
                chunk.extend_from_slice(&printer.table(
                    &call.resource,
                    &head,
                    with_columns,
                    rows,
                )?);
            }
            (Representation::Metadata(version) | Representation::MetadataList(version), _) => {
                let metadata = metadata_only(value, version)?;
                match call.is_component {
                    true => spare::append(chunk, &metadata),
                    false => chunk.extend_from_slice(&metadata),
                }
            }
            _ if call.is_component => spare::append(chunk, value),
            _ => chunk.extend_from_slice(value),
        }
        chunk.extend_from_slice(END);
        Ok(())
    }

    /// The event that ends a watch with a Status.
    pub fn error(&self, problem: &Problem) -> Bytes {
        let status = go_types::ordered(&go_json::to_vec(&problem.status()));
        [&b"{\"type\":\"ERROR\",\"object\":"[..], &status, b"}\n"]
            .concat()
            .into()
    }
}
