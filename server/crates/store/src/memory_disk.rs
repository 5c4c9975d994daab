//! A disk in memory that remembers what was flushed, and can fail and lose power on command: for tests
//! of the log, and for simulations of everything above it.

use std::{collections::BTreeMap, io, ops::Range, path::Path, sync::Arc};

use parking_lot::Mutex;

use crate::log::disk::{DiskFile, Folder};

/// A disk with one folder. Clones are the same disk.
#[derive(Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<Disk>>);

#[derive(Default)]
struct Disk {
    /// Names as processes see them, and as they are after a loss of power.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    files: Vec<Contents>,
    faults: DiskFaults,
    /// Operations that change something, so far.
    operations: usize,
}

#[derive(Default)]
struct Contents {
    now: Bytes,
    durable: Bytes,
    /// Where the two may differ, their lengths apart; so that a flush need not copy all of a file.
    dirty: Range<usize>,
}

/// A file's bytes. Behind those that are kept there are zeros, which take no space.
#[derive(Clone, Default)]
struct Bytes {
    kept: Vec<u8>,
    size: usize,
}

impl Bytes {
    fn resize(&mut self, size: usize) {
        self.kept.truncate(size);
        self.size = size;
    }

    fn write(&mut self, bytes: &[u8], start: usize) {
        if self.kept.len() < start {
            self.kept.resize(start, 0);
        }
        let over = bytes.len().min(self.kept.len() - start);
        self.kept[start..start + over].copy_from_slice(&bytes[..over]);
        self.kept.extend_from_slice(&bytes[over..]);
        self.size = self.size.max(self.kept.len());
    }

    fn read(&self, buffer: &mut [u8], start: usize) -> usize {
        let read = buffer.len().min(self.size.saturating_sub(start));
        let kept = self.kept.get(start..).unwrap_or_default();
        let kept = &kept[..kept.len().min(read)];
        buffer[..kept.len()].copy_from_slice(kept);
        buffer[kept.len()..read].fill(0);
        read
    }
}

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub struct DiskFaults {
    /// Bytes that the disk still has room for.
    pub room_bytes: Option<usize>,
    /// Flushing fails.
    pub sync: bool,
    /// Flushing the folder fails.
    pub folder_sync: bool,
    /// Cutting fails.
    pub cut: bool,
    /// Flushing does nothing and says that all is well.
    pub lies: bool,
    /// Everything fails from this operation on: the machine is off.
    pub dead_from: Option<usize>,
}

/// What a loss of power leaves of bytes that were written and not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unflushed {
    Lost,
    Kept,
    /// The length is there, the bytes are zero.
    Zeroed,
    /// The first half is there.
    Half,
}

impl MemoryDisk {
    /// What goes wrong from now on.
    pub fn set(&self, faults: DiskFaults) {
        self.0.lock().faults = faults;
    }

    /// What goes wrong, as it is now: room shrinks with each write.
    pub fn faults(&self) -> DiskFaults {
        self.0.lock().faults.clone()
    }

    /// Operations so far that change something.
    pub fn operations(&self) -> usize {
        self.0.lock().operations
    }

    /// The disk as it is found when the power comes back, without faults.
    pub fn after_power_loss(&self, unflushed: Unflushed) -> Self {
        let disk = self.0.lock();
        let files = disk
            .files
            .iter()
            .map(|file| survive(file, unflushed))
            .collect();
        let names = disk.durable_names.clone();
        Self(Arc::new(Mutex::new(Disk {
            durable_names: names.clone(),
            names,
            files,
            ..Disk::default()
        })))
    }
}

#[cfg(test)]
impl MemoryDisk {
    pub fn contents(&self, name: &str) -> Vec<u8> {
        let disk = self.0.lock();
        let bytes = &disk.files[disk.names[name]].now;
        let mut contents = bytes.kept.clone();
        contents.resize(bytes.size, 0);
        contents
    }

    /// A disk with only this file.
    pub fn with(name: &str, contents: Vec<u8>) -> Self {
        let names = BTreeMap::from([(name.to_owned(), 0)]);
        let mut bytes = Bytes::default();
        bytes.write(&contents, 0);
        let files = vec![Contents {
            durable: bytes.clone(),
            now: bytes,
            dirty: 0..0,
        }];
        Self(Arc::new(Mutex::new(Disk {
            durable_names: names.clone(),
            names,
            files,
            ..Disk::default()
        })))
    }

    pub fn names(&self) -> Vec<String> {
        self.0.lock().names.keys().cloned().collect()
    }

    /// A store with the thread that real ones have.
    pub fn open_store(&self, options: &crate::Options) -> Result<crate::Store, crate::OpenError> {
        crate::Store::open_in(Arc::new(self.clone()), options)
    }
}

fn survive(file: &Contents, unflushed: Unflushed) -> Contents {
    let common = common_bytes(&file.now.kept, &file.durable.kept);
    let mut now = match unflushed {
        Unflushed::Lost => file.durable.clone(),
        Unflushed::Kept | Unflushed::Zeroed | Unflushed::Half => file.now.clone(),
    };
    match unflushed {
        Unflushed::Lost | Unflushed::Kept => {}
        Unflushed::Zeroed => now.kept.truncate(common),
        Unflushed::Half => now.resize(common + (now.kept.len() - common) / 2),
    }
    Contents {
        durable: now.clone(),
        now,
        dirty: 0..0,
    }
}

impl Contents {
    fn touch(&mut self, range: Range<usize>) {
        self.dirty = match self.dirty.is_empty() {
            true => range,
            false => self.dirty.start.min(range.start)..self.dirty.end.max(range.end),
        };
    }

    fn write(&mut self, bytes: &[u8], start: usize) {
        let behind = self.now.kept.len();
        self.now.write(bytes, start);
        self.touch(start.min(behind)..start + bytes.len());
    }

    fn resize(&mut self, size: usize) {
        let behind = self.now.kept.len();
        self.now.resize(size);
        if size < behind {
            self.touch(size..behind);
        }
    }

    fn flush(&mut self) {
        let Self {
            now,
            durable,
            dirty,
        } = self;
        durable.resize(durable.size.min(now.kept.len()));
        let end = dirty.end.min(now.kept.len());
        let start = dirty.start.min(end);
        durable.write(&now.kept[start..end], start);
        durable.resize(now.size);
        *dirty = 0..0;
    }
}

/// How many bytes from the start are the same; by blocks, for tests that lose power a thousand times.
fn common_bytes(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 4096;
    let same_blocks = a
        .chunks_exact(BLOCK)
        .zip(b.chunks_exact(BLOCK))
        .take_while(|(a, b)| a == b)
        .count();
    let start = same_blocks * BLOCK;
    start
        + a[start..]
            .iter()
            .zip(&b[start..])
            .take_while(|(a, b)| a == b)
            .count()
}

impl Disk {
    /// Gives back what files hold that have no name any more.
    fn forget_nameless(&mut self) {
        for (number, file) in self.files.iter_mut().enumerate() {
            let mut named = self.names.values().chain(self.durable_names.values());
            if !named.any(|named| *named == number) {
                *file = Contents::default();
            }
        }
    }

    fn step(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.faults.dead_from {
            Some(from) if self.operations > from => Err(io::Error::other("the power is off")),
            _ => Ok(()),
        }
    }
}

struct MemoryFile(Arc<Mutex<Disk>>, usize);

impl Folder for MemoryDisk {
    fn path(&self) -> &Path {
        Path::new("memory")
    }

    fn open(&self, name: &str) -> io::Result<Option<Arc<dyn DiskFile>>> {
        let file = self.0.lock().names.get(name).copied();
        Ok(file.map(|file| Arc::new(MemoryFile(self.0.clone(), file)) as Arc<dyn DiskFile>))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut disk = self.0.lock();
        disk.step()?;
        disk.files.push(Contents::default());
        let file = disk.files.len() - 1;
        disk.names.insert(name.to_owned(), file);
        Ok(Arc::new(MemoryFile(self.0.clone(), file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.step()?;
        let file = disk.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        disk.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.step()?;
        disk.names.remove(name);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.step()?;
        if disk.faults.sync || disk.faults.folder_sync {
            return Err(io::Error::other("flushing failed"));
        }
        if !disk.faults.lies {
            disk.durable_names = disk.names.clone();
            disk.forget_nameless();
        }
        Ok(())
    }
}

impl DiskFile for MemoryFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.lock().files[self.1].now.size as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let disk = self.0.lock();
        // as a real file may, give less than was asked for
        let most = buffer.len().min(4096);
        let bytes = &disk.files[self.1].now;
        Ok(bytes.read(&mut buffer[..most], offset as usize))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.step()?;
        let room = disk
            .faults
            .room_bytes
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        if let Some(left) = &mut disk.faults.room_bytes {
            *left -= room;
        }
        disk.files[self.1].write(&bytes[..room], offset as usize);
        if room < bytes.len() {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    fn resize(&self, size: u64) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.step()?;
        let cuts = size < disk.files[self.1].now.size as u64;
        if disk.faults.cut && cuts {
            return Err(io::Error::other("cutting failed"));
        }
        disk.files[self.1].resize(size as usize);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.step()?;
        if disk.faults.sync {
            return Err(io::Error::other("flushing failed"));
        }
        if !disk.faults.lies {
            disk.files[self.1].flush();
        }
        Ok(())
    }
}
