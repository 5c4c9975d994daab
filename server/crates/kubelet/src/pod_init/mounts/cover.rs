//! Orrery's own folder, which no pod is shown, by whatever path: a pod's root is the user that Orrery runs as, and would
//! read its keys, its store and other pods' files.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};

use super::tried;
use crate::pod_init::{DATA_FOLDER, PODS};

/// Shows an empty folder in its place, if nobody has yet.
pub fn cover_data() -> Result<(), String> {
    let Some(data) = env::var_os(DATA_FOLDER).map(PathBuf::from) else {
        return Ok(());
    };
    if !data.join(PODS).exists() {
        return Ok(());
    }
    let table = fs::read("/proc/self/mountinfo").unwrap_or_default();
    let others = same_place(&String::from_utf8_lossy(&table), &data);
    let others = others.iter().filter(|place| is_same(place, &data));
    // its own path last: by that others know that all are covered
    others.chain([&data]).try_for_each(|place| cover(place))
}

fn cover(place: &Path) -> Result<(), String> {
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let empty = Some("mode=0555,size=4k");
    let covered = mount(Some("orrery"), place, Some("tmpfs"), flags, empty);
    tried("cover Orrery's data", covered)
}

/// Whether both lead to one folder: what is mounted on either may hide it.
fn is_same(place: &Path, data: &Path) -> bool {
    let identity = |path: &Path| {
        let found = fs::metadata(path).ok()?;
        Some((found.dev(), found.ino()))
    };
    identity(place).is_some_and(|found| Some(found) == identity(data))
}

/// Where the folder is, too, as its file system is mounted more than once: a bind mount, or a system that has its /var
/// from a folder of its own root. `table` is the kernel's of all mounts.
fn same_place(table: &str, data: &Path) -> Vec<PathBuf> {
    let mounts: Vec<Mount<'_>> = table.lines().filter_map(Mount::of).collect();
    let above = mounts.iter().filter(|mount| data.starts_with(&mount.at));
    // of those at one place the last one is seen
    let Some(own) = above.max_by_key(|mount| mount.at.components().count()) else {
        return Vec::new();
    };
    let within = data.strip_prefix(&own.at).unwrap_or(data);
    let within = own.root.join(within);
    let others = mounts.iter().filter(|mount| mount.device == own.device);
    let places =
        others.filter_map(|mount| Some(mount.at.join(within.strip_prefix(&mount.root).ok()?)));
    places.filter(|place| place != data).collect()
}

/// A line of the table.
struct Mount<'a> {
    device: &'a str,
    /// Which folder of the file system is shown.
    root: PathBuf,
    /// Where.
    at: PathBuf,
}

impl<'a> Mount<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let mut fields = line.split(' ').skip(2);
        Some(Self {
            device: fields.next()?,
            root: path(fields.next()?),
            at: path(fields.next()?),
        })
    }
}

/// A path in the table, in which a space is `\040`.
fn path(told: &str) -> PathBuf {
    let (mut bytes, mut rest) = (Vec::new(), told.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| *first == b'\\');
        let octal = octal.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[3..] } else { after };
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r"
21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
22 21 0:21 / /proc rw - proc proc rw
23 21 254:0 /deploy/var /var rw shared:1 - ext4 /dev/vda rw
24 21 254:0 /deploy/var/lib /srv/a\040place rw - ext4 /dev/vda rw
25 21 254:1 / /home rw - ext4 /dev/vdb rw
26 21 254:1 / /mnt/backup rw - ext4 /dev/vdb rw
27 21 254:1 /orrery /data rw - ext4 /dev/vdb rw
28 21 254:1 /others /data/others rw - ext4 /dev/vdb rw
";

    #[test]
    fn a_file_system_that_is_mounted_twice_shows_its_folders_twice() {
        let rows: [(&str, &[&str]); 4] = [
            ("/opt/orrery", &[]),
            (
                "/var/lib/orrery",
                &["/deploy/var/lib/orrery", "/srv/a place/orrery"],
            ),
            ("/home/me/orrery", &["/mnt/backup/me/orrery"]),
            ("/data", &["/home/orrery", "/mnt/backup/orrery"]),
        ];
        for (data, want) in rows {
            let found = same_place(TABLE, Path::new(data));
            let want: Vec<PathBuf> = want.iter().map(PathBuf::from).collect();
            assert_eq!(found, want, "{data}");
        }
        assert_eq!(same_place("", Path::new("/data")), Vec::<PathBuf>::new());
    }

    #[test]
    fn what_another_mount_hides_is_not_the_same() {
        assert!(is_same(Path::new("/proc/self/root"), Path::new("/")));
        assert!(!is_same(Path::new("/proc"), Path::new("/")));
        assert!(!is_same(Path::new("/not/there"), Path::new("/not/there")));
    }
}
