//! Appending to the log.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    disk::{DiskFile, Folder},
    frame::{FrameWriter, Tag},
};
use crate::Change;

/// The log, open for appending.
pub(crate) struct Log {
    pub(super) folder: Arc<dyn Folder>,
    pub(super) file: Arc<dyn DiskFile>,
    pub(super) salt: u32,
    /// Everything before this byte is durable. Shared with a rewrite, which copies up to here.
    pub(super) end: Arc<AtomicU64>,
    /// The file's length.
    size: u64,
    pub(super) step_bytes: u64,
    /// A failed append may have left bytes behind `end`.
    torn: bool,
    /// A rename may not be durable yet.
    pub(super) folder_dirty: bool,
    buffer: Vec<u8>,
    /// Flushes so far.
    pub fsyncs: u64,
}

impl Log {
    pub(super) fn new(
        folder: Arc<dyn Folder>,
        file: Arc<dyn DiskFile>,
        salt: u32,
        (end, step_bytes): (u64, u64),
    ) -> Self {
        let size = end;
        let end = Arc::new(AtomicU64::new(end));
        Self {
            folder,
            file,
            salt,
            end,
            size,
            step_bytes,
            torn: false,
            folder_dirty: false,
            buffer: Vec::new(),
            fsyncs: 0,
        }
    }

    /// Durable bytes.
    pub fn bytes(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// Makes a batch durable, all of it or nothing.
    pub fn append(&mut self, changes: &[Arc<Change>]) -> io::Result<()> {
        self.repair()?;
        self.encode(changes)?;
        let end = self.bytes();
        self.torn = true;
        if let Err(error) = self.write(end) {
            // at once, so that a crash does not bring back what is being refused; if not now, then
            // before the next batch
            let _ = self.repair();
            return Err(error);
        }
        self.torn = false;
        self.end
            .store(end + self.buffer.len() as u64, Ordering::Release);
        Ok(())
    }

    fn write(&mut self, end: u64) -> io::Result<()> {
        let behind = end + self.buffer.len() as u64;
        if behind > self.size {
            self.file.resize(behind + self.step_bytes)?;
            self.size = behind + self.step_bytes;
        }
        self.file.write_at(&self.buffer, end)?;
        self.sync()
    }

    /// Gives the file the length of what is in it. Not needed, only tidy.
    pub fn trim(&mut self) {
        if self.file.resize(self.bytes()).is_ok() {
            self.size = self.bytes();
        }
    }

    fn encode(&mut self, changes: &[Arc<Change>]) -> io::Result<()> {
        /// Kept between batches; a rare huge one gives its memory back.
        const KEPT_BYTES: usize = 1 << 20;
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BYTES);
        let first = changes.first().map_or(0, |change| change.revision);
        let mut frame = FrameWriter::new(&mut self.buffer, Tag::Batch, first);
        changes
            .iter()
            .for_each(|change| frame.record(change.kind, &change.entry));
        if frame.finish(self.salt) {
            Ok(())
        } else {
            Err(io::ErrorKind::FileTooLarge.into())
        }
    }

    /// Brings the disk to a state from which an append is safe.
    fn repair(&mut self) -> io::Result<()> {
        if self.folder_dirty {
            self.folder.sync()?;
            self.folder_dirty = false;
        }
        if self.torn {
            self.file.resize(self.bytes())?;
            self.size = self.bytes();
            self.sync()?;
            self.torn = false;
        }
        Ok(())
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.fsyncs += 1;
        self.file.sync()
    }
}
