//! The bytes of the log.
//!
//! Header: magic, format, salt, checksum. Frame: length of the payload, checksum, payload. Payload: tag,
//! revision, records to the end. Numbers are little-endian; texts and values follow their length. The
//! salt differs from log to log and enters every checksum, so that bytes that look like a frame inside a
//! value are never one.

use bytes::Bytes;

use crate::{ChangeKind, Columns, Entry};

const MAGIC: [u8; 8] = *b"orrery\0\n";
/// Raised when a change of the format would be misread.
pub(super) const FORMAT: u32 = 1;
pub(super) const HEADER_BYTES: usize = 20;
/// Length and checksum.
pub(super) const PREFIX_BYTES: usize = 8;
/// Tag and revision.
const HEAD_BYTES: usize = 9;
/// Far above a batch of the largest objects an API server takes, far below the length field's reach.
pub(super) const MAX_PAYLOAD_BYTES: usize = 1 << 30;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// Some live objects of a snapshot.
    Part = 1,
    /// The end of the snapshot, at its revision.
    Snapshot = 2,
    /// Changes, the first of which has the frame's revision, each next one the next.
    Batch = 3,
}

pub(super) enum HeaderError {
    Foreign,
    Format(u32),
}

pub(super) fn header(salt: u32) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    bytes[12..16].copy_from_slice(&salt.to_le_bytes());
    let sum = checksum(0, &bytes[..16]);
    bytes[16..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// The salt.
pub(super) fn read_header(bytes: &[u8]) -> Result<u32, HeaderError> {
    let mut reader = Reader(bytes);
    if reader.take(8) != Some(&MAGIC) || bytes.len() < HEADER_BYTES {
        return Err(HeaderError::Foreign);
    }
    match (reader.u32(), reader.u32(), reader.u32()) {
        (Some(format), ..) if format != FORMAT => Err(HeaderError::Format(format)),
        (_, Some(salt), Some(sum)) if sum == checksum(0, &bytes[..16]) => Ok(salt),
        _ => Err(HeaderError::Foreign),
    }
}

fn checksum(salt: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    hasher.update(bytes);
    hasher.finalize()
}

/// Covers the length, too: a wrong length must not find a right checksum.
fn frame_checksum(salt: u32, length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}

/// Writes one frame behind what the buffer holds.
pub(super) struct FrameWriter<'a> {
    buffer: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> FrameWriter<'a> {
    pub fn new(buffer: &'a mut Vec<u8>, tag: Tag, revision: u64) -> Self {
        let start = buffer.len();
        buffer.extend_from_slice(&[0; PREFIX_BYTES]);
        buffer.push(tag as u8);
        buffer.extend_from_slice(&revision.to_le_bytes());
        Self { buffer, start }
    }

    pub fn record(&mut self, kind: ChangeKind, entry: &Entry) {
        self.buffer.push(match kind {
            ChangeKind::Put => 0,
            ChangeKind::Delete => 1,
        });
        self.buffer.extend_from_slice(&entry.revision.to_le_bytes());
        for text in [&entry.key.resource, &entry.key.namespace, &entry.key.name] {
            self.blob(text.as_bytes());
        }
        self.blob(entry.columns.uid.as_bytes());
        for pairs in [&entry.columns.labels, &entry.columns.fields] {
            self.length(pairs.len());
            for (key, value) in pairs {
                self.blob(key.as_bytes());
                self.blob(value.as_bytes());
            }
        }
        self.blob(&entry.value);
    }

    fn blob(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.buffer.extend_from_slice(bytes);
    }

    fn length(&mut self, length: usize) {
        // a longer one makes the payload too long, which `finish` refuses
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.buffer.extend_from_slice(&length.to_le_bytes());
    }

    /// Fills in length and checksum; `false` when the frame is too long to be written.
    pub fn finish(self, salt: u32) -> bool {
        let frame = &mut self.buffer[self.start..];
        let (prefix, payload) = frame.split_at_mut(PREFIX_BYTES);
        if payload.len() > MAX_PAYLOAD_BYTES {
            return false;
        }
        let length = (payload.len() as u32).to_le_bytes();
        prefix[..4].copy_from_slice(&length);
        prefix[4..].copy_from_slice(&frame_checksum(salt, length, payload).to_le_bytes());
        true
    }
}

/// The length of the payload that a frame claims to have, if the claim can be true.
pub(super) fn claimed_payload(prefix: [u8; PREFIX_BYTES]) -> Option<usize> {
    let length = u32::from_le_bytes([prefix[0], prefix[1], prefix[2], prefix[3]]) as usize;
    (HEAD_BYTES..=MAX_PAYLOAD_BYTES)
        .contains(&length)
        .then_some(length)
}

/// A frame whose checksum is right.
pub(super) struct Frame<'a> {
    pub tag: Tag,
    pub revision: u64,
    records: Reader<'a>,
}

/// A record as it lies in the frame.
pub(super) struct Record<'a> {
    pub kind: ChangeKind,
    pub revision: u64,
    pub resource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    pub columns: Columns,
    pub value: Bytes,
}

impl<'a> Frame<'a> {
    pub fn read(salt: u32, prefix: [u8; PREFIX_BYTES], payload: &'a [u8]) -> Option<Self> {
        let sum = u32::from_le_bytes([prefix[4], prefix[5], prefix[6], prefix[7]]);
        let length = [prefix[0], prefix[1], prefix[2], prefix[3]];
        let (tag, revision) = peek(payload)?;
        let records = Reader(payload.get(HEAD_BYTES..)?);
        (sum == frame_checksum(salt, length, payload)).then_some(Self {
            tag,
            revision,
            records,
        })
    }

    /// The next record; `Some(None)` when what is left is none.
    pub fn next_record(&mut self) -> Option<Option<Record<'a>>> {
        (!self.records.0.is_empty()).then(|| self.records.record())
    }
}

/// Tag and revision of a payload, unchecked: cheap enough to look for frames at every byte.
pub(super) fn peek(payload: &[u8]) -> Option<(Tag, u64)> {
    let mut reader = Reader(payload);
    let tag = match reader.u8()? {
        1 => Tag::Part,
        2 => Tag::Snapshot,
        3 => Tag::Batch,
        _ => return None,
    };
    Some((tag, reader.u64()?))
}

/// Labels or fields.
type Pairs = Box<[(Box<str>, Box<str>)]>;

#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn blob(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.blob()?).ok()
    }

    fn pairs(&mut self) -> Option<Pairs> {
        let count = self.u32()?;
        (0..count)
            .map(|_| Some((self.text()?.into(), self.text()?.into())))
            .collect()
    }

    fn record(&mut self) -> Option<Record<'a>> {
        let kind = match self.u8()? {
            0 => ChangeKind::Put,
            1 => ChangeKind::Delete,
            _ => return None,
        };
        let revision = self.u64()?;
        let (resource, namespace, name) = (self.text()?, self.text()?, self.text()?);
        let columns = Columns {
            uid: self.text()?.into(),
            labels: self.pairs()?,
            fields: self.pairs()?,
        };
        // a copy: a slice would keep the buffer, with all that has been overwritten since
        let value = Bytes::copy_from_slice(self.blob()?);
        Some(Record {
            kind,
            revision,
            resource,
            namespace,
            name,
            columns,
            value,
        })
    }
}
