//! The files of a configMap, secret, downwardAPI or projected volume, laid out as upstream's atomic writer
//! does: in a folder of their own that `..data` points at, so that all of them change at once; what a
//! container reads are links through it. On the disk a node agent writes them, in memory the pod's init.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path};

use crate::removal::remove_all;
use crate::runtime::VolumeFile;

/// Points at the folder that counts.
const DATA: &str = "..data";
/// Its successor, before it takes the name.
const NEXT: &str = "..data_tmp";

type Files<'a> = BTreeMap<&'a Path, &'a VolumeFile>;

/// Makes `place` hold these files and no others. Nothing is touched where it does already.
pub fn project(place: &Path, files: &[VolumeFile]) -> Result<(), String> {
    // of several with one path the last one counts
    let files: Files<'_> = files
        .iter()
        .map(|file| (Path::new(&file.path), file))
        .collect();
    if let Some(path) = files.keys().find(|path| !is_within(path)) {
        return Err(format!("{path:?} leads out of its volume"));
    }
    if is_current(place, &files) {
        return Ok(());
    }
    replace(place, &files).map_err(|error| format!("{}: {error}", place.display()))
}

fn is_within(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
}

fn is_current(place: &Path, files: &Files<'_>) -> bool {
    let Some(number) = current(place) else {
        return false;
    };
    let data = place.join(version(number));
    holds(&data, files.len()).unwrap_or(false)
        && files
            .iter()
            .all(|(path, file)| is_same(&data.join(path), file))
}

/// The number of the folder that counts. The pod, which may write to its own folder, may have made it lead elsewhere.
fn current(place: &Path) -> Option<u64> {
    let link = fs::read_link(place.join(DATA)).ok()?;
    let number = link.to_str()?.strip_prefix("..")?.parse().ok()?;
    (link == Path::new(&version(number))).then_some(number)
}

fn version(number: u64) -> String {
    format!("..{number}")
}

/// Only a file of that length is read: anything else could be without end.
fn is_same(path: &Path, file: &VolumeFile) -> bool {
    let found = fs::symlink_metadata(path).is_ok_and(|found| {
        found.is_file()
            && found.len() == file.content.len() as u64
            && found.permissions().mode() & 0o777 == file.mode & 0o777
    });
    found && fs::read(path).is_ok_and(|content| content == file.content)
}

/// Whether exactly so many files lie below.
fn holds(folder: &Path, files: usize) -> io::Result<bool> {
    let mut found = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => folders.push(entry.path()),
                false => found += 1,
            }
            if found > files {
                return Ok(false);
            }
        }
    }
    Ok(found == files)
}

fn replace(place: &Path, files: &Files<'_>) -> io::Result<()> {
    let old = current(place);
    let next_version = version(old.map_or(0, |number| number.wrapping_add(1)));
    let folder = place.join(&next_version);
    // a rest of an earlier life may be in the way
    remove_all(&folder)?;
    fs::create_dir(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    for (path, file) in files {
        write(&folder.join(path), file)?;
    }
    let next = place.join(NEXT);
    remove_all(&next)?;
    symlink(&next_version, &next)?;
    // what is no link there, a rename would not replace
    if fs::symlink_metadata(place.join(DATA)).is_ok_and(|found| found.is_dir()) {
        remove_all(&place.join(DATA))?;
    }
    fs::rename(&next, place.join(DATA))?;
    link(place, files)?;
    old.map_or(Ok(()), |old| remove_all(&place.join(version(old))))
}

fn write(path: &Path, file: &VolumeFile) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut to = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    to.write_all(&file.content)?;
    to.set_permissions(fs::Permissions::from_mode(file.mode & 0o777))
}

/// Shows what is in the folder that counts, and takes away what is there no more.
fn link(place: &Path, files: &Files<'_>) -> io::Result<()> {
    let tops: BTreeSet<&OsStr> = files.keys().filter_map(|path| path.iter().next()).collect();
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_own = name.as_encoded_bytes().starts_with(b"..");
        if !is_own && !tops.contains(name.as_os_str()) {
            remove_all(&entry.path())?;
        }
    }
    for top in tops {
        let (shown, target) = (place.join(top), Path::new(DATA).join(top));
        if fs::read_link(&shown).is_ok_and(|to| to == target) {
            continue;
        }
        remove_all(&shown)?;
        symlink(target, shown)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &str, mode: u32) -> VolumeFile {
        VolumeFile {
            path: path.to_owned(),
            content: content.as_bytes().to_vec(),
            mode,
        }
    }

    /// The names that a container sees, and where `..data` points.
    fn seen(place: &Path) -> (Vec<String>, String) {
        let entries = fs::read_dir(place).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        let data = fs::read_link(place.join(DATA)).expect("a link");
        (names, data.to_string_lossy().into_owned())
    }

    #[test]
    fn files_change_at_once_and_only_when_they_have_to() {
        let place = std::env::temp_dir().join(format!("orrery-projection-{}", std::process::id()));
        fs::create_dir_all(&place).expect("a folder");
        // as an earlier version of Orrery left it
        fs::write(place.join("stale"), "old").expect("written");
        let text = |name: &str| fs::read_to_string(place.join(name)).ok();

        let first = [file("a", "1", 0o644), file("deep/b", "2", 0o400)];
        project(&place, &first).expect("projected");
        let seeing = |names: &[&str], data: &str| {
            let names = names.iter().map(|name| (*name).to_owned());
            (names.collect::<Vec<String>>(), data.to_owned())
        };
        let want = seeing(&["..0", "..data", "a", "deep"], "..0");
        assert_eq!(seen(&place), want);
        assert_eq!(text("a").as_deref(), Some("1"));
        let mode = fs::metadata(place.join("deep/b")).expect("there");
        assert_eq!(mode.permissions().mode() & 0o777, 0o400);

        project(&place, &first).expect("projected");
        assert_eq!(seen(&place), want, "the same files are left alone");

        let held = fs::File::open(place.join("a")).expect("opened");
        let second = [file("a", "first", 0o644), file("a", "9", 0o644)];
        project(&place, &second).expect("projected");
        let want = seeing(&["..1", "..data", "a"], "..1");
        assert_eq!(seen(&place), want, "what is gone is gone");
        assert_eq!(text("a").as_deref(), Some("9"), "the last of one path");
        let before = io::read_to_string(held).expect("read");
        assert_eq!(before, "1", "what was open stays");

        project(&place, &[]).expect("projected");
        assert_eq!(seen(&place), seeing(&["..2", "..data"], "..2"));
        project(&place, &[file("../out", "x", 0o644)]).expect_err("it leads out");
        fs::remove_dir_all(place).expect("removed");
    }

    #[test]
    fn what_a_pod_puts_in_their_place_is_replaced() {
        let place = std::env::temp_dir().join(format!("orrery-replaced-{}", std::process::id()));
        let want = [file("a", "1", 0o644)];
        let deep = format!("..0/{}", "d/".repeat(1000));
        let last = format!("..{}", u64::MAX);
        let mode = nix::sys::stat::Mode::S_IRWXU;
        // Each undoes what is there: a file that never ends, too many folders, links to elsewhere.
        let deeds: [(&str, &dyn Fn()); 5] = [
            ("a FIFO", &|| {
                fs::remove_file(place.join("..0/a")).expect("removed");
                nix::unistd::mkfifo(&place.join("..0/a"), mode).expect("a FIFO");
            }),
            ("folders as deep as one likes", &|| {
                fs::create_dir_all(place.join(&deep)).expect("folders");
                fs::write(place.join("..0/b"), "").expect("written");
            }),
            ("the whole host", &|| {
                fs::remove_file(place.join(DATA)).expect("removed");
                symlink("/", place.join(DATA)).expect("a link");
            }),
            ("the last of all numbers", &|| {
                fs::remove_file(place.join(DATA)).expect("removed");
                symlink(&last, place.join(DATA)).expect("a link");
            }),
            ("a folder", &|| {
                fs::remove_file(place.join(DATA)).expect("removed");
                fs::create_dir_all(place.join(DATA).join("full")).expect("folders");
            }),
        ];
        for (what, deed) in deeds {
            remove_all(&place).expect("removed");
            fs::create_dir_all(&place).expect("a folder");
            project(&place, &want).expect("projected");
            deed();
            project(&place, &want).unwrap_or_else(|error| panic!("{what}: {error}"));
            let found = fs::read_to_string(place.join("a")).ok();
            assert_eq!(found.as_deref(), Some("1"), "{what}");
        }
        remove_all(&place).expect("removed");
    }
}
