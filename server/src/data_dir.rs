//! The data folder: who may use it, and its private files.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use crate::problem::Problem;

/// What an Orrery had that was just killed is free within that time: the kernel gives its memory back first.
const DYING: Duration = Duration::from_secs(1);

/// The folder of one cluster. Everything in it is its owner's alone.
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

/// Held for as long as an Orrery runs on the folder; the system lets it go when the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl DataDir {
    /// The folder given, or the platform's.
    pub fn choose(given: Option<PathBuf>) -> Result<Self, Problem> {
        let path = given.or_else(platform).ok_or(Problem::NoFolder)?;
        // commands run elsewhere later (KUBECONFIG), so a relative path would stop meaning the same
        let path = std::path::absolute(&path).map_err(|source| Problem::Folder { path, source })?;
        Ok(Self { path })
    }

    /// The folder given, or one of this name within the platform's.
    pub fn choose_within(given: Option<PathBuf>, name: &str) -> Result<Self, Problem> {
        let within = || platform().map(|path| path.join(name));
        Self::choose(given.or_else(within))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file or folder in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes the folder if need be and takes it for this process, from one that dies, too.
    pub fn lock(&self) -> Result<Lock, Problem> {
        self.make_folder("")
            .map_err(|source| self.problem(source))?;
        let file = self.open("lock").map_err(|source| self.problem(source))?;
        let locked = match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => soon_locked(file).ok_or(Problem::SecondOrrery {
                path: self.path.clone(),
            })?,
            Err(TryLockError::Error(source)) => Err(source),
        };
        locked
            .map(|file| Lock { _file: file })
            .map_err(|source| self.problem(source))
    }

    /// True while an Orrery runs on the folder.
    pub fn is_locked(&self) -> bool {
        let lock = File::open(self.join("lock")).map(|file| file.try_lock());
        matches!(lock, Ok(Err(TryLockError::WouldBlock)))
    }

    /// Opens a private file with what is in it, and makes it if need be.
    pub fn open(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        options.open(self.join(name))
    }

    /// Makes a folder in it, private to its owner.
    pub fn make_folder(&self, name: &str) -> io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.join(name))
    }

    /// Takes over a folder's files, once, from a folder beside this one that an earlier Orrery wrote them to. That one
    /// stays as it is: others may have had it, too.
    pub fn inherit(&self, old: &str, name: &str) -> io::Result<()> {
        let theirs = self.path.with_file_name(old).join(name);
        if self.join(name).exists() || !theirs.is_dir() {
            return Ok(());
        }
        let fresh = format!("{name}.new");
        self.make_folder(&fresh)?;
        for file in fs::read_dir(theirs)? {
            let file = file?;
            fs::copy(file.path(), self.join(&fresh).join(file.file_name()))?;
        }
        fs::rename(self.join(&fresh), self.join(name))
    }

    /// Writes a private file in one step: whoever reads it sees the old content or the new, also after a crash. What
    /// cannot be written whole leaves nothing behind, least of all on a disk that is full.
    pub fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.join(name);
        let fresh = self.join(&format!("{name}.new"));
        let written = write_whole(&fresh, content).and_then(|()| fs::rename(&fresh, &path));
        if written.is_err() {
            let _ = fs::remove_file(&fresh);
        }
        written?;
        // the name is on disk, too: what is added to the new file must not be lost with it
        let folder = path.parent().unwrap_or(&self.path);
        match File::open(folder)?.sync_all() {
            // some file systems have nothing to sync of a folder
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }

    /// A file's text; `None` when there is no such file.
    pub fn read(&self, name: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How large the stored cluster is; nothing without one.
    pub fn stored_bytes(&self) -> u64 {
        let files = fs::read_dir(self.join("store")).into_iter().flatten();
        let sizes = files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len()));
        sizes.sum()
    }

    /// Says that the folder is at fault.
    pub fn problem(&self, source: io::Error) -> Problem {
        Problem::Folder {
            path: self.path.clone(),
            source,
        }
    }
}

/// The file once whoever has it is gone; None when that takes too long.
fn soon_locked(file: File) -> Option<io::Result<File>> {
    let (locked, taken) = mpsc::channel();
    std::thread::spawn(move || locked.send(file.lock().map(|()| file)));
    taken.recv_timeout(DYING).ok()
}

fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// `orrery` in the platform's folder for data.
fn platform() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let data = match cfg!(target_os = "macos") {
        true => absolute("HOME").map(|home| home.join("Library/Application Support")),
        false => absolute("XDG_DATA_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/share"))),
    };
    data.map(|data| data.join("orrery"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::DataDir;
    use crate::problem::Problem;
    use crate::scratch::Scratch;

    /// Somebody in this process waits for a lock.
    #[cfg(target_os = "linux")]
    fn is_waited() -> bool {
        let locks = fs::read_to_string("/proc/locks").expect("Linux tells of locks");
        let own = std::process::id().to_string();
        let mut lines = locks.lines();
        lines.any(|line| line.contains("->") && line.split_whitespace().any(|word| word == own))
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_is_taken_from_one_that_dies_and_from_no_other() {
        let scratch = Scratch::new();
        let lives = scratch.dir.lock().expect("nobody has it");
        let second = scratch.dir.lock();
        assert!(matches!(second, Err(Problem::SecondOrrery { .. })));
        drop((lives, second));

        let dying = scratch.dir.open("lock").expect("it is there");
        dying.lock().expect("nobody has it for long");
        let dir = scratch.dir.clone();
        let next = std::thread::spawn(move || dir.lock().is_ok());
        while !is_waited() && !next.is_finished() {
            std::thread::yield_now();
        }
        drop(dying);
        assert!(next.join().expect("it does not panic"));
    }

    #[test]
    fn what_a_folder_of_another_name_kept_is_taken_over_once() {
        let scratch = Scratch::new();
        scratch.dir.make_folder("old/runs").expect("a folder");
        let theirs = scratch.dir.join("old/runs/c.log");
        fs::write(&theirs, "a run\n").expect("written");
        for new in ["one", "other"] {
            let dir = DataDir::choose(Some(scratch.dir.join(new))).expect("it was given");
            dir.make_folder("").expect("a folder");
            for text in ["a run\n", "another\n"] {
                dir.inherit("old", "runs").expect("copied");
                let ours = dir.read("runs/c.log").expect("it can be read");
                assert_eq!(ours.as_deref(), Some(text), "{new}");
                dir.write("runs/c.log", b"another\n").expect("written");
            }
        }
        let kept = fs::read_to_string(&theirs).expect("it stays");
        assert_eq!(kept, "a run\n");
        let first = DataDir::choose(Some(scratch.dir.join("first"))).expect("it was given");
        first.inherit("nothing", "runs").expect("nothing to copy");
        assert!(!first.join("runs").exists());
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let scratch = Scratch::new();
        // a folder that is not empty is in the way of the file
        scratch.dir.make_folder("taken/by").expect("a folder");
        assert!(scratch.dir.write("taken", b"text").is_err());
        assert!(!scratch.dir.join("taken.new").exists());
        scratch.dir.write("free", b"text").expect("written");
        let text = scratch.dir.read("free").expect("it can be read");
        assert_eq!(text.as_deref(), Some("text"));
        assert!(!scratch.dir.join("free.new").exists());
    }
}
