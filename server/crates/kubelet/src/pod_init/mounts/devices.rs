//! A pod's /dev: of the host's devices those that every container has, as container runtimes have it.
//!
//! It is put together once for all pods, by the zygote: in their own user namespaces no pod takes it away, and none
//! makes a device. Who is not root may make none either; his pods find the host's that he may open himself.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};

use super::graft::{DEV, graft, show};
use super::{NO_DATA, create, tried};
use crate::sys::set_mount_read_only;

/// Upstream's default for `terminationMessagePath`, which nearly every container has.
const LAST_WORDS: &str = "/dev/termination-log";

/// Names and numbers, which are the same on every Linux.
const EVERYBODYS: [(&str, u64, u64); 7] = [
    ("null", 1, 3),
    ("zero", 1, 5),
    ("full", 1, 7),
    ("random", 1, 8),
    ("urandom", 1, 9),
    ("tty", 5, 0),
    // finds the terminals in the folder beside it
    ("ptmx", 5, 2),
];

const LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

/// Where it is put together.
const STAGE: &str = "/tmp";
/// Nothing in it takes a page.
const OPTIONS: &str = "mode=0755,size=4k";

/// What the pods that are forked now see of the host's devices.
#[derive(Default)]
pub struct Devices {
    hidden: bool,
}

impl Devices {
    /// Only those that every container has.
    pub fn hide(&mut self) -> Result<(), String> {
        if !self.hidden {
            self.hidden = cover()?;
        }
        match self.hidden {
            true => Ok(()),
            false => open(STAGE),
        }
    }

    /// All of them.
    pub fn lend(&mut self) -> Result<(), String> {
        if self.hidden {
            tried("uncover /dev", umount2(DEV, MntFlags::MNT_DETACH))?;
            self.hidden = false;
        }
        open(STAGE)
    }
}

/// Replaces /dev, if nobody has yet, by one that has a place for the containers' last words. `stage` is a folder in
/// which to put it together.
pub fn open(stage: &str) -> Result<(), String> {
    let place = Path::new(LAST_WORDS);
    if !place.exists() {
        graft(place, stage)?;
        tried(LAST_WORDS, create(LAST_WORDS, false))?;
        tried("close /dev", set_mount_read_only(c"/dev", true, false))?;
    }
    Ok(())
}

/// Covers /dev; false where no devices may be made.
fn cover() -> Result<bool, String> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    let made = mount(Some("dev"), STAGE, Some("tmpfs"), flags, Some(OPTIONS));
    tried("a /dev for pods", made)?;
    let covered = fill(Path::new(STAGE)).and_then(|is_filled| {
        if is_filled {
            let moved = mount(Some(STAGE), DEV, NO_DATA, MsFlags::MS_MOVE, NO_DATA);
            tried("cover /dev", moved)?;
        }
        Ok(is_filled)
    });
    if !matches!(covered, Ok(true)) {
        let _ = umount2(STAGE, MntFlags::MNT_DETACH);
    }
    covered
}

fn fill(stage: &Path) -> Result<bool, String> {
    for (name, major, minor) in EVERYBODYS {
        let place = stage.join(name);
        let mode = 0o666;
        let made = mknod(
            &place,
            SFlag::S_IFCHR,
            Mode::from_bits_truncate(mode),
            makedev(major, minor),
        );
        // the second is a security module's word for it
        if matches!(made, Err(Errno::EPERM | Errno::EACCES)) {
            return Ok(false);
        }
        tried(name, made)?;
        // whatever the umask
        tried(
            name,
            fs::set_permissions(&place, Permissions::from_mode(mode)),
        )?;
    }
    show(Path::new("/dev/pts"), &stage.join("pts"));
    tried("shm", fs::create_dir(stage.join("shm")))?;
    for (name, to) in LINKS {
        tried(name, symlink(to, stage.join(name)))?;
    }
    let words = Path::new(LAST_WORDS).strip_prefix(DEV);
    let words = stage.join(words.expect("it lies there"));
    tried(LAST_WORDS, fs::File::create(words))?;
    tried("close /dev", set_mount_read_only(c"/tmp", true, false))?;
    Ok(true)
}
