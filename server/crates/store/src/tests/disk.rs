//! A disk that remembers what was flushed, and can fail and lose power on command.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use parking_lot::Mutex;

use crate::{
    OpenError, Options, Store,
    log::disk::{DiskFile, Folder},
};

/// A folder in memory. Clones are the same folder.
#[derive(Clone, Default)]
pub(crate) struct FakeFolder(Arc<Mutex<Disk>>);

#[derive(Default)]
struct Disk {
    /// Names as processes see them, and as they are after a loss of power.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    files: Vec<Contents>,
    faults: Faults,
    /// Operations that change something, so far.
    operations: usize,
}

#[derive(Clone, Default)]
struct Contents {
    now: Vec<u8>,
    durable: Vec<u8>,
}

/// What goes wrong.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    /// Bytes that the disk still has room for.
    pub room_bytes: Option<usize>,
    /// Flushing fails.
    pub sync: bool,
    /// Flushing the folder fails.
    pub folder_sync: bool,
    /// Cutting fails.
    pub cut: bool,
    /// Everything fails from this operation on: the machine is off.
    pub dead_from: Option<usize>,
}

/// What a loss of power leaves of bytes that were written and not flushed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unflushed {
    Lost,
    Kept,
    /// The length is there, the bytes are zero.
    Zeroed,
    /// The first half is there.
    Half,
}

impl FakeFolder {
    pub fn set(&self, faults: Faults) {
        self.0.lock().faults = faults;
    }

    pub fn operations(&self) -> usize {
        self.0.lock().operations
    }

    /// The folder as it is found when the power comes back.
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

    pub fn contents(&self, name: &str) -> Vec<u8> {
        let disk = self.0.lock();
        disk.files[disk.names[name]].now.clone()
    }

    /// A folder with only this file.
    pub fn with(name: &str, contents: Vec<u8>) -> Self {
        let names = BTreeMap::from([(name.to_owned(), 0)]);
        let files = vec![Contents {
            durable: contents.clone(),
            now: contents,
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

    pub fn open_store(&self, options: &Options) -> Result<Store, OpenError> {
        Store::open_in(Arc::new(self.clone()), options)
    }
}

fn survive(file: &Contents, unflushed: Unflushed) -> Contents {
    let common = common_bytes(&file.now, &file.durable);
    let mut now = match unflushed {
        Unflushed::Lost => file.durable.clone(),
        Unflushed::Kept | Unflushed::Zeroed => file.now.clone(),
        Unflushed::Half => file.now[..common + (file.now.len() - common) / 2].to_vec(),
    };
    if matches!(unflushed, Unflushed::Zeroed) {
        now[common..].fill(0);
    }
    Contents {
        durable: now.clone(),
        now,
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

/// A store over a new fake disk.
pub(crate) fn fresh() -> (Store, FakeFolder) {
    let folder = FakeFolder::default();
    (
        folder
            .open_store(&Options::default())
            .expect("an empty disk"),
        folder,
    )
}

impl Disk {
    fn step(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.faults.dead_from {
            Some(from) if self.operations > from => Err(io::Error::other("the power is off")),
            _ => Ok(()),
        }
    }
}

struct FakeFile(Arc<Mutex<Disk>>, usize);

impl Folder for FakeFolder {
    fn path(&self) -> &Path {
        Path::new("fake")
    }

    fn open(&self, name: &str) -> io::Result<Option<Arc<dyn DiskFile>>> {
        let file = self.0.lock().names.get(name).copied();
        Ok(file.map(|file| Arc::new(FakeFile(self.0.clone(), file)) as Arc<dyn DiskFile>))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut disk = self.0.lock();
        disk.step()?;
        disk.files.push(Contents::default());
        let file = disk.files.len() - 1;
        disk.names.insert(name.to_owned(), file);
        Ok(Arc::new(FakeFile(self.0.clone(), file)))
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
        disk.durable_names = disk.names.clone();
        Ok(())
    }
}

impl DiskFile for FakeFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.lock().files[self.1].now.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let disk = self.0.lock();
        let rest = disk.files[self.1]
            .now
            .get(offset as usize..)
            .unwrap_or_default();
        // as a real file may, give less than was asked for
        let read = rest.len().min(buffer.len()).min(4096);
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
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
        let now = &mut disk.files[self.1].now;
        let end = offset as usize + room;
        now.resize(end.max(now.len()), 0);
        now[offset as usize..end].copy_from_slice(&bytes[..room]);
        if room < bytes.len() {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    fn resize(&self, size: u64) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.step()?;
        let cuts = size < disk.files[self.1].now.len() as u64;
        if disk.faults.cut && cuts {
            return Err(io::Error::other("cutting failed"));
        }
        disk.files[self.1].now.resize(size as usize, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.step()?;
        if disk.faults.sync {
            return Err(io::Error::other("flushing failed"));
        }
        let file = &mut disk.files[self.1];
        file.durable.clone_from(&file.now);
        Ok(())
    }
}
