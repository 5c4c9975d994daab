//! The files of one log: the newest, and those that were moved aside for it as they grew too long.

use std::fs::{File, Metadata, OpenOptions, symlink_metadata};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::pod_init::ROTATED;

/// None of them is larger when the init alone has written it; a pod may have put anything in its place.
const FILE_BYTES: u64 = 16 << 20;

/// What there is of a log.
pub struct Found {
    pub newest: File,
    pub bytes: Vec<u8>,
    /// Whether these are all of it.
    pub is_whole: bool,
}

/// Reads all in one go: each step on its own would be a way to another thread and back.
pub fn find(path: &Path) -> Option<Found> {
    // whoever was about to begin a new file may have moved the old one aside and died
    let mut newest = open_file(path).or_else(|| open_file(&rotated(path, 1)))?;
    let mut seen = vec![identity(&newest)];
    let mut older = Vec::new();
    // they are moved in this order, too: none is missed, and what is met twice was moved in between
    for file in (1..=ROTATED).filter_map(|number| open_file(&rotated(path, number))) {
        let own = identity(&file);
        if !seen.contains(&own) {
            seen.push(own);
            older.push(file);
        }
    }
    let mut bytes = Vec::new();
    for file in older.into_iter().rev() {
        let _ = file.take(FILE_BYTES).read_to_end(&mut bytes);
    }
    let read = (&mut newest).take(FILE_BYTES).read_to_end(&mut bytes);
    Some(Found {
        newest,
        bytes,
        is_whole: read.is_ok_and(|count| (count as u64) < FILE_BYTES),
    })
}

/// Only a file: a link could lead to what never ends, and at a FIFO one would wait.
fn open_file(path: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path).ok()?;
    let meta = file.metadata().ok()?;
    meta.is_file().then_some(file)
}

/// What has become of a log that grew too long.
pub fn rotated(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

/// Device and number.
pub type Identity = (u64, u64);

pub fn identity(file: &File) -> Option<Identity> {
    file.metadata().ok().map(|meta| identity_of(&meta))
}

fn identity_of(meta: &Metadata) -> Identity {
    (meta.dev(), meta.ino())
}

/// The file that came after `own`; None while that is the newest. Files are moved to higher numbers, so that looked for in
/// this order none is missed.
pub fn after(path: &Path, own: Option<Identity>) -> Option<File> {
    let place = |number: u32| match number {
        0 => path.to_owned(),
        _ => rotated(path, number),
    };
    let is_own = |number: &u32| {
        let found = symlink_metadata(place(*number)).ok();
        found.map(|meta| identity_of(&meta)) == own
    };
    match (0..=ROTATED).find(is_own) {
        Some(0) => None,
        Some(number) => {
            let next = open_file(&place(number - 1));
            // else all were moved on meanwhile
            next.filter(|_| is_own(&number))
        }
        // what came between is gone, too
        None => open_file(path),
    }
}
