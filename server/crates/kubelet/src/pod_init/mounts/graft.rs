//! A mount point where the host has none: the folder that lacks it is replaced, for one container, by
//! an in-memory one that shows all of its entries and can grow another.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{chdir, chroot, pivot_root, symlinkat};

use super::{NO_DATA, open_place, place, tried};

/// Where the root that was replaced is kept for a moment.
const OLD_ROOT: &str = ".orrery-old-root";
pub const DEV: &str = "/dev";
/// Where the host's devices are within a replaced [`DEV`].
const HOST: &str = ".host";

/// What the host has at that path, for a volume of it: a replaced [`DEV`] shows not all.
pub fn of_host(path: &str) -> Option<PathBuf> {
    let within = Path::new(path).strip_prefix(DEV).ok()?;
    let place = Path::new(DEV).join(HOST);
    place.is_dir().then(|| place.join(within))
}

/// Replaces the deepest existing folder above `target`; answers that folder. `stage` is a path where
/// the replacement is put together.
pub fn graft(target: &Path, stage: &str) -> Result<String, String> {
    let folder = deepest(target);
    tried("graft", fs::create_dir_all(stage))?;
    let made = mount(
        Some("graft"),
        stage,
        Some("tmpfs"),
        MsFlags::empty(),
        Some("mode=0755"),
    );
    tried("graft", made)?;
    // Held by descriptor: the path to the pod's folder may lie under a /tmp that is covered.
    let root = open_place(stage)?;
    let stage = PathBuf::from(place(&root));
    let is_dev = folder == Path::new(DEV);
    if is_dev {
        show(&folder, &stage.join(HOST));
    }
    for entry in tried("graft", fs::read_dir(&folder))?.flatten() {
        let name = entry.file_name();
        match is_dev && is_lent(&name) {
            true if is_of_machine(&entry) => {}
            true => _ = symlinkat(&Path::new(HOST).join(&name), &root, name.as_os_str()),
            false => show(&entry.path(), &stage.join(name)),
        }
    }
    if folder == Path::new("/") {
        enter(&stage)?;
    } else {
        tried(
            "graft",
            mount(Some(&stage), &folder, NO_DATA, MsFlags::MS_MOVE, NO_DATA),
        )?;
    }
    Ok(folder.to_string_lossy().into_owned())
}

/// Makes the replacement the root. A process whose root is not that of its namespace may make no user
/// namespace, which `runAsUser` needs; so the namespace's own root is exchanged where that is allowed.
fn enter(stage: &Path) -> Result<(), String> {
    let old = stage.join(OLD_ROOT);
    tried("graft", fs::create_dir(&old))?;
    if pivot_root(stage, &old).is_err() {
        tried("graft", chroot(stage))?;
    }
    tried("graft", chdir("/"))
}

/// Lets go of the root that was replaced, when nothing of it is needed any more.
pub fn leave_old_root() {
    let old = Path::new("/").join(OLD_ROOT);
    let _ = umount2(&old, MntFlags::MNT_DETACH);
    let _ = fs::remove_dir(&old);
}

/// Devices are many, and each pod would pay for a mount of every one: links to one mount of all do.
fn is_lent(name: &OsStr) -> bool {
    // a terminal is known by its path
    name != "pts"
}

/// A disk or a console of the machine itself, which are most of its devices. No container of upstream's is
/// given one that it does not ask for, and here a link to each took a fifth of what starting a pod costs.
fn is_of_machine(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let numbered = |start: &str| {
        let rest = name.as_encoded_bytes().strip_prefix(start.as_bytes());
        rest.is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit))
    };
    let is_console =
        numbered("tty") || numbered("ttyS") || name.as_encoded_bytes().starts_with(b"vcs");
    is_console || entry.file_type().is_ok_and(|kind| kind.is_block_device())
}

fn deepest(target: &Path) -> PathBuf {
    let above = target.ancestors().skip(1).find(|folder| folder.is_dir());
    above.unwrap_or(Path::new("/")).to_owned()
}

/// Shows one entry of the host in the replacement; what cannot be shown is left out.
pub fn show(from: &Path, to: &Path) {
    let Ok(kind) = fs::symlink_metadata(from).map(|meta| meta.file_type()) else {
        return;
    };
    let made = match (kind.is_symlink(), kind.is_dir()) {
        (true, _) => {
            let _ = fs::read_link(from).and_then(|link| symlink(link, to));
            return;
        }
        (_, true) => fs::create_dir(to),
        _ => fs::File::create(to).map(drop),
    };
    if made.is_ok() {
        let _ = mount(
            Some(from),
            to,
            NO_DATA,
            MsFlags::MS_BIND | MsFlags::MS_REC,
            NO_DATA,
        );
    }
}
