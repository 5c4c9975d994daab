//! What the log needs of a file system, and the real one. Tests have others.

use std::{
    fs::{self, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::OpenError;

/// A folder that this process alone uses.
pub(crate) trait Folder: Send + Sync {
    /// Its path, for messages.
    fn path(&self) -> &Path;
    /// Opens a file for reading and writing; `None` when there is none.
    fn open(&self, name: &str) -> io::Result<Option<Arc<dyn DiskFile>>>;
    /// Makes an empty file, whatever was there.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Replaces a file by another, at once.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file if it is there.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes creations, renames and removals durable.
    fn sync(&self) -> io::Result<()>;
}

/// An open file.
pub(crate) trait DiskFile: Send + Sync {
    /// Its length in bytes.
    fn size(&self) -> io::Result<u64>;
    /// Reads some bytes; zero at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all bytes, or fails having written some of them.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts the file, or lengthens it by zeros.
    fn resize(&self, size: u64) -> io::Result<()>;
    /// Makes the contents and the length durable.
    fn sync(&self) -> io::Result<()>;
}

/// A folder of the operating system, locked for as long as this lives.
pub(crate) struct RealFolder {
    path: PathBuf,
    _lock: fs::File,
}

impl RealFolder {
    /// Makes the folder if need be and locks it.
    pub fn lock(path: &Path) -> Result<Self, OpenError> {
        let unreadable = |source| OpenError::Unreadable {
            path: path.into(),
            source,
        };
        if !path.is_dir() {
            fs::create_dir_all(path).map_err(unreadable)?;
            // the folder's own name must survive, too; not every file system can promise it
            let _ = path.parent().map(sync_folder);
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"));
        let lock = lock.map_err(unreadable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.into(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.into() }),
            Err(TryLockError::Error(source)) => Err(unreadable(source)),
        }
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

impl Folder for RealFolder {
    fn path(&self) -> &Path {
        &self.path
    }

    fn open(&self, name: &str) -> io::Result<Option<Arc<dyn DiskFile>>> {
        match OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.path.join(name))
        {
            Ok(file) => Ok(Some(Arc::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Arc::new(options.open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }
}

impl DiskFile for fs::File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn resize(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
