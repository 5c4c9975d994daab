//! What a container leaves behind in its `terminationMessagePath`: a file of its own per run, in memory.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Upstream's limit.
const LIMIT_BYTES: u64 = 4096;

/// Makes an empty file that whoever the container runs as may write. An earlier run may have put a link in its
/// place, which would lead anywhere.
pub fn prepare(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(file)?.set_permissions(Permissions::from_mode(0o666))
}

/// What it says in the end. The file goes: what it held, which may be all that there is room for, is the next run's.
pub fn take(file: &Path) -> Vec<u8> {
    let said = end_of(file, LIMIT_BYTES).unwrap_or_default();
    let _ = fs::remove_file(file);
    said
}

/// The last bytes of a file, whatever the container has made of it: no link is followed.
pub fn end_of(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() {
        let from = meta.len().saturating_sub(limit_bytes);
        file.seek(SeekFrom::Start(from))?;
    }
    let mut bytes = Vec::new();
    file.take(limit_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let dir = std::env::temp_dir().join(format!("orrery-words-link-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let (file, elsewhere) = (dir.join("c.0.message"), dir.join("elsewhere"));
        fs::write(&elsewhere, "kept").expect("written");
        std::os::unix::fs::symlink(&elsewhere, &file).expect("a link");
        prepare(&file).expect("a file");
        assert_eq!(fs::read(&elsewhere).expect("read"), b"kept");
        let made = fs::symlink_metadata(&file).expect("made");
        assert_eq!((made.is_file(), made.len()), (true, 0));
        assert_eq!(made.permissions().mode() & 0o777, 0o666);
        fs::remove_file(&file).expect("removed");
        std::os::unix::fs::symlink(&elsewhere, &file).expect("a link");
        assert_eq!(take(&file), b"", "what it leads to was not said");
        assert!(elsewhere.exists(), "nor removed");
        fs::remove_dir_all(dir).expect("removed");
    }

    #[test]
    fn only_the_end_of_what_is_long() {
        let dir = std::env::temp_dir().join(format!("orrery-words-long-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let file = dir.join("c.0.message");
        assert_eq!(take(&file), b"", "there is none");
        prepare(&file).expect("a file");
        let long = "x".repeat(5000) + "end";
        fs::write(&file, &long).expect("written");
        assert_eq!(take(&file), &long.as_bytes()[long.len() - 4096..]);
        assert!(!file.exists(), "it takes no room any more");
        fs::remove_dir_all(dir).expect("removed");
    }
}
