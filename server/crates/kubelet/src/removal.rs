//! Removing what a pod has filled: folders as deep as it likes, and perhaps while it still fills them.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, unlinkat};

/// Folders within each other that are open at a time. What lies deeper is brought up first: a descriptor and a
/// piece of stack for each level would let a pod take all that there are.
const LEVELS: usize = 32;
const FOLDER: OFlag = OFlag::O_DIRECTORY
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_CLOEXEC);

/// Removes whatever is there, if there is anything. No link is followed.
pub fn remove_all(path: &Path) -> io::Result<()> {
    let removed = fs::symlink_metadata(path).and_then(|found| match found.is_dir() {
        true => remove_folder(path),
        false => fs::remove_file(path),
    });
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn remove_folder(path: &Path) -> io::Result<()> {
    let top = open(path, FOLDER, Mode::empty())?;
    let mut raised = 0;
    loop {
        let before = raised;
        empty(&top, &top, LEVELS, &mut raised)?;
        if raised == before {
            return fs::remove_dir(path);
        }
    }
}

fn empty(folder: &OwnedFd, top: &OwnedFd, levels: usize, raised: &mut u64) -> io::Result<()> {
    for entry in fs::read_dir(format!("/proc/self/fd/{}", folder.as_raw_fd()))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_os_str();
        match (entry.file_type()?.is_dir(), levels.checked_sub(1)) {
            (false, _) => unlinkat(folder, name, UnlinkatFlags::NoRemoveDir)?,
            (true, Some(levels)) => {
                empty(
                    &openat(folder, name, FOLDER, Mode::empty())?,
                    top,
                    levels,
                    raised,
                )?;
                unlinkat(folder, name, UnlinkatFlags::RemoveDir)?;
            }
            (true, None) => raise(folder, name, top, raised)?,
        }
    }
    Ok(())
}

/// Brings a folder to the top, under a name that is free there.
fn raise(folder: &OwnedFd, name: &OsStr, top: &OwnedFd, raised: &mut u64) -> io::Result<()> {
    loop {
        *raised += 1;
        match renameat(folder, name, top, format!("..raised-{raised}").as_str()) {
            Err(Errno::ENOTEMPTY | Errno::EEXIST | Errno::ENOTDIR) => {}
            other => return Ok(other?),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::thread;

    use super::*;

    #[test]
    fn nothing_is_too_deep_and_no_link_is_followed() {
        const DEEP: usize = 1500;
        /// As deep a removal that called itself would need more.
        const STACK_BYTES: usize = 256 << 10;
        let dir = std::env::temp_dir().join(format!("orrery-removal-{}", std::process::id()));
        let (full, kept) = (dir.join("full"), dir.join("kept"));
        let deepest = full.join("d/".repeat(DEEP));
        fs::create_dir_all(&deepest).expect("folders");
        fs::create_dir_all(full.join("..raised-1/taken")).expect("folders");
        fs::write(deepest.join("file"), "1").expect("written");
        fs::create_dir_all(&kept).expect("a folder");
        symlink(&kept, full.join("link")).expect("a link");
        let removing = {
            let full = full.clone();
            thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn(move || remove_all(&full))
        };
        let removed = removing.expect("a thread").join().expect("it ends");
        removed.expect("it is removed");
        assert!(!full.exists() && kept.exists());
        remove_all(&full).expect("nothing is left to remove");
        symlink(&kept, &full).expect("a link");
        remove_all(&full).expect("the link is removed");
        assert!(!full.exists() && kept.exists());
        remove_all(&dir).expect("removed");
    }
}
