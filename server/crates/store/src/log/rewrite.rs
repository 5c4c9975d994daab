//! Replacing the log by one that holds only what is alive.
//!
//! Most of it runs beside the committer: the snapshot is written to a second file, then the batches that
//! were appended meanwhile are copied behind it. The committer itself copies only the last of them and
//! renames, so that writers wait for a few milliseconds at most.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{
    LOG, Log, NEXT,
    disk::{DiskFile, Folder},
    frame::{FrameWriter, Tag, header},
};
use crate::{ChangeKind, Entry};

/// Written and flushed in pieces of this size: large enough to stream, small enough that a batch that
/// wants to be flushed in between waits some milliseconds.
const PIECE_BYTES: usize = 1 << 20;
/// What the committer may be left to copy; about a millisecond.
const LAST_BYTES: u64 = 256 << 10;

/// A rewrite to be run beside the committer.
pub(crate) struct Rewrite {
    folder: Arc<dyn Folder>,
    old: Arc<dyn DiskFile>,
    old_end: Arc<AtomicU64>,
    /// Where in the old log the snapshot was taken.
    copied: u64,
    salt: u32,
    revision: u64,
    entries: Vec<Arc<Entry>>,
}

/// A log that lacks only the last batches.
pub(crate) struct Rewritten {
    file: Arc<dyn DiskFile>,
    end: u64,
    copied: u64,
}

impl Log {
    /// Prepares a rewrite of the log at its end, where these are the live entries.
    pub fn rewrite(&self, revision: u64, entries: Vec<Arc<Entry>>) -> Rewrite {
        Rewrite {
            folder: self.folder.clone(),
            old: self.file.clone(),
            old_end: self.end.clone(),
            copied: self.bytes(),
            salt: self.salt,
            revision,
            entries,
        }
    }

    /// Copies the last batches and goes on with the new log. After an error the old one stays in use.
    pub fn replace(&mut self, rewritten: Rewritten) -> io::Result<()> {
        let Rewritten {
            file,
            mut end,
            mut copied,
        } = rewritten;
        let prepared = copy(&*self.file, &*file, &mut copied, self.bytes(), &mut end)
            .and_then(|()| file.sync());
        self.fsyncs += 1;
        if let Err(error) = prepared.and_then(|()| self.folder.rename(NEXT, LOG)) {
            self.abandon();
            return Err(error);
        }
        let fsyncs = self.fsyncs;
        *self = Self::new(self.folder.clone(), file, self.salt, (end, self.step_bytes));
        self.fsyncs = fsyncs;
        // Until the rename is durable a crash would bring back the old log, without what comes now.
        self.folder_dirty = self.folder.sync().is_err();
        Ok(())
    }

    /// Removes what a failed rewrite left; it takes space, nothing else.
    pub fn abandon(&self) {
        let _ = self.folder.remove(NEXT);
    }
}

impl Rewrite {
    /// Writes the new log. Stops early when cancelled.
    pub fn run(self, cancelled: &AtomicBool) -> io::Result<Rewritten> {
        let file = self.folder.create(NEXT)?;
        let mut end = write_snapshot(&*file, self.salt, self.revision, &self.entries, cancelled)?;
        let mut copied = self.copied;
        loop {
            let durable = self.old_end.load(Ordering::Acquire);
            if durable - copied <= LAST_BYTES {
                return Ok(Rewritten { file, end, copied });
            }
            check(cancelled)?;
            copy(&*self.old, &*file, &mut copied, durable, &mut end)?;
            file.sync()?;
        }
    }
}

/// Writes header and snapshot; gives the length. Nothing is durable before the caller says so by a rename.
pub(super) fn write_snapshot(
    file: &dyn DiskFile,
    salt: u32,
    revision: u64,
    entries: &[Arc<Entry>],
    cancelled: &AtomicBool,
) -> io::Result<u64> {
    let mut end = 0;
    let mut buffer = header(salt).to_vec();
    let mut entries = entries.iter().peekable();
    while entries.peek().is_some() {
        check(cancelled)?;
        let mut frame = FrameWriter::new(&mut buffer, Tag::Part, revision);
        let mut bytes = 0;
        while bytes < PIECE_BYTES
            && let Some(entry) = entries.next()
        {
            frame.record(ChangeKind::Put, entry);
            bytes += entry.weight();
        }
        seal(frame, salt)?;
        write(file, &mut buffer, &mut end)?;
    }
    seal(FrameWriter::new(&mut buffer, Tag::Snapshot, revision), salt)?;
    write(file, &mut buffer, &mut end)?;
    Ok(end)
}

fn seal(frame: FrameWriter<'_>, salt: u32) -> io::Result<()> {
    if frame.finish(salt) {
        Ok(())
    } else {
        Err(io::ErrorKind::FileTooLarge.into())
    }
}

fn write(file: &dyn DiskFile, buffer: &mut Vec<u8>, end: &mut u64) -> io::Result<()> {
    file.write_at(buffer, *end)?;
    file.sync()?;
    *end += buffer.len() as u64;
    buffer.clear();
    Ok(())
}

fn check(cancelled: &AtomicBool) -> io::Result<()> {
    if cancelled.load(Ordering::Relaxed) {
        Err(io::ErrorKind::Interrupted.into())
    } else {
        Ok(())
    }
}

/// Copies whole batches, from `copied` up to `until`.
fn copy(
    from: &dyn DiskFile,
    to: &dyn DiskFile,
    copied: &mut u64,
    until: u64,
    end: &mut u64,
) -> io::Result<()> {
    let mut buffer = vec![0; PIECE_BYTES.min((until - *copied) as usize)];
    while *copied < until {
        let wanted = buffer.len().min((until - *copied) as usize);
        let read = from.read_at(&mut buffer[..wanted], *copied)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to.write_at(&buffer[..read], *end)?;
        *copied += read as u64;
        *end += read as u64;
    }
    Ok(())
}
