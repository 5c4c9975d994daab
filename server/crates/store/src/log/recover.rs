//! Reading the log back.
//!
//! Behind the last frame there may be zeros, room that the log had made for itself.
//!
//! A bad last frame is a batch that was being written when the process or the machine died. Nobody was
//! told of it, so it is cut off. A bad frame with a good one behind it is damage: cutting it off would
//! lose acknowledged writes, so the log is refused and left as it is.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io,
    sync::{Arc, atomic::AtomicBool},
};

use super::{
    LOG, Log, NEXT,
    disk::{DiskFile, Folder},
    frame::{self, Frame, HEADER_BYTES, HeaderError, PREFIX_BYTES, Record, Tag},
    rewrite::write_snapshot,
};
use crate::{Change, ChangeKind, Entry, OpenError, state::State};

/// Read at once; fits the processor's cache, so that copying values out of it is cheap.
const CHUNK_BYTES: usize = 1 << 20;

/// Opens the log and replays it into an empty state, or begins a new one.
pub(crate) fn open(
    folder: Arc<dyn Folder>,
    state: &mut State,
    step_bytes: u64,
) -> Result<Log, OpenError> {
    let path = folder.path().join(LOG);
    let unreadable = |source| OpenError::Unreadable {
        path: path.clone(),
        source,
    };
    folder.remove(NEXT).map_err(unreadable)?;
    let Some(file) = folder.open(LOG).map_err(unreadable)? else {
        return begin(folder, state.revision, step_bytes).map_err(unreadable);
    };
    let size = file.size().map_err(unreadable)?;
    let mut reader = Frames {
        file: &*file,
        size,
        offset: 0,
        buffer: Vec::new(),
        start: 0,
    };
    let replayed = replay(&mut reader, state);
    let (salt, end) = replayed.map_err(|error| match error {
        Bad::Io(source) => unreadable(source),
        Bad::Format(found) => OpenError::Format {
            path: path.clone(),
            found,
            known: frame::FORMAT,
        },
        Bad::Damage(offset, reason) => OpenError::Corrupt {
            path: path.clone(),
            offset,
            reason,
        },
    })?;
    if end < size {
        file.resize(end)
            .and_then(|()| file.sync())
            .map_err(unreadable)?;
    }
    Ok(Log::new(folder, file, salt, (end, step_bytes)))
}

/// A new log comes into being as a rewritten one does: complete, or not at all.
fn begin(folder: Arc<dyn Folder>, revision: u64, step_bytes: u64) -> io::Result<Log> {
    // the standard library's only source of randomness; nothing depends on the value
    let salt = RandomState::new().build_hasher().finish() as u32;
    let file = folder.create(NEXT)?;
    let end = write_snapshot(&*file, salt, revision, &[], &AtomicBool::new(false))?;
    folder.rename(NEXT, LOG)?;
    folder.sync()?;
    Ok(Log::new(folder, file, salt, (end, step_bytes)))
}

enum Bad {
    Io(io::Error),
    Format(u32),
    Damage(u64, &'static str),
}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Gives the salt and where the last good frame ends.
fn replay(reader: &mut Frames<'_>, state: &mut State) -> Result<(u32, u64), Bad> {
    let salt = match frame::read_header(reader.take(HEADER_BYTES)?.unwrap_or_default()) {
        Ok(salt) => salt,
        Err(HeaderError::Format(found)) => return Err(Bad::Format(found)),
        Err(HeaderError::Foreign) => {
            return Err(Bad::Damage(0, "this is not the beginning of a log"));
        }
    };
    let mut complete = false;
    loop {
        let offset = reader.offset;
        let Some(frame) = reader.frame(salt)? else {
            // a log gets its name only when its snapshot is whole
            if !complete {
                return Err(Bad::Damage(
                    offset,
                    "the snapshot is cut or its checksum is wrong",
                ));
            }
            reader.check_tail(salt, offset, state.revision)?;
            return Ok((salt, offset));
        };
        match (complete, frame.tag) {
            (false, Tag::Part) => restore(frame, state),
            (false, Tag::Snapshot) => {
                state.restored(frame.revision);
                complete = true;
                Ok(())
            }
            (true, Tag::Batch) => apply(frame, state),
            _ => Err("a frame is out of place"),
        }
        .map_err(|reason| Bad::Damage(offset, reason))?;
    }
}

fn restore(mut frame: Frame<'_>, state: &mut State) -> Result<(), &'static str> {
    while let Some(record) = frame.next_record() {
        let record = record.ok_or("a record cannot be read")?;
        state.restore(entry(record, state));
    }
    Ok(())
}

fn apply(mut frame: Frame<'_>, state: &mut State) -> Result<(), &'static str> {
    while let Some(record) = frame.next_record() {
        let record = record.ok_or("a record cannot be read")?;
        if record.revision != state.revision + 1 {
            return Err("the revisions do not follow each other");
        }
        let kind = record.kind;
        let entry = entry(record, state);
        let previous = state.get(&entry.key).cloned();
        if kind == ChangeKind::Delete && previous.is_none() {
            return Err("an object is deleted that does not exist");
        }
        state.apply(Arc::new(Change {
            revision: entry.revision,
            kind,
            entry,
            previous,
        }));
    }
    Ok(())
}

fn entry(record: Record<'_>, state: &State) -> Arc<Entry> {
    let Record {
        revision,
        resource,
        namespace,
        name,
        columns,
        value,
        ..
    } = record;
    Arc::new(Entry {
        key: state.key(resource, namespace, name),
        revision,
        value,
        columns,
    })
}

/// The frames of a file, read in order through one buffer.
struct Frames<'a> {
    file: &'a dyn DiskFile,
    size: u64,
    /// Where the next frame starts.
    offset: u64,
    buffer: Vec<u8>,
    /// Where in the buffer the next frame starts.
    start: usize,
}

impl Frames<'_> {
    /// The next frame; `None` when there is no good one.
    fn frame(&mut self, salt: u32) -> io::Result<Option<Frame<'_>>> {
        let Some(prefix) = self.take(PREFIX_BYTES)? else {
            return Ok(None);
        };
        let prefix: [u8; PREFIX_BYTES] = prefix.try_into().expect("took as many");
        let Some(length) = frame::claimed_payload(prefix) else {
            return Ok(None);
        };
        Ok(self
            .take(length)?
            .and_then(|payload| Frame::read(salt, prefix, payload)))
    }

    /// The next bytes; `None` when the file ends before.
    fn take(&mut self, length: usize) -> io::Result<Option<&[u8]>> {
        if self.size - self.offset < length as u64 {
            return Ok(None);
        }
        self.fill(length)?;
        let taken = self.start..self.start + length;
        self.start += length;
        self.offset += length as u64;
        Ok(Some(&self.buffer[taken]))
    }

    fn fill(&mut self, length: usize) -> io::Result<()> {
        let mut filled = self.buffer.len() - self.start;
        if filled >= length {
            return Ok(());
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let rest = usize::try_from(self.size - self.offset).unwrap_or(CHUNK_BYTES);
        self.buffer.resize(length.max(rest.min(CHUNK_BYTES)), 0);
        while filled < length {
            let read = self
                .file
                .read_at(&mut self.buffer[filled..], self.offset + filled as u64)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
        }
        self.buffer.truncate(filled);
        Ok(())
    }

    /// Looks for a good later batch behind a bad frame.
    fn check_tail(&mut self, salt: u32, offset: u64, revision: u64) -> Result<(), Bad> {
        (self.buffer, self.start, self.offset) = (Vec::new(), 0, offset);
        let length = usize::try_from(self.size - offset).map_err(|_| io::ErrorKind::OutOfMemory);
        let tail = self
            .take(length.map_err(io::Error::from)?)?
            .unwrap_or_default();
        // most of it is zeros: room for batches that were never written
        let written = tail.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        match (1..=written).any(|at| is_later_batch(salt, &tail[at..], revision)) {
            true => Err(Bad::Damage(
                offset,
                "a batch is damaged, and later ones are not",
            )),
            false => Ok(()),
        }
    }
}

fn is_later_batch(salt: u32, bytes: &[u8], revision: u64) -> bool {
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX_BYTES>() else {
        return false;
    };
    let payload = frame::claimed_payload(*prefix).and_then(|length| rest.get(..length));
    let later =
        |payload| matches!(frame::peek(payload), Some((Tag::Batch, first)) if first > revision);
    payload.is_some_and(|payload| later(payload) && Frame::read(salt, *prefix, payload).is_some())
}
