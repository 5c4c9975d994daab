//! The files of a configMap, secret, downwardAPI or projected volume, laid out as upstream's atomic writer
//! does: in a folder of their own that `..data` points at, so that all of them change at once; what a
//! container reads are links through it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path};

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
    let data = place.join(DATA);
    count(&data).is_ok_and(|found| found == files.len())
        && files
            .iter()
            .all(|(path, file)| is_same(&data.join(path), file))
}

fn is_same(path: &Path, file: &VolumeFile) -> bool {
    let mode = fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
    mode.is_ok_and(|mode| mode == file.mode & 0o777)
        && fs::read(path).is_ok_and(|content| content == file.content)
}

/// How many files lie below.
fn count(folder: &Path) -> io::Result<usize> {
    let mut files = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files += match entry.file_type()?.is_dir() {
            true => count(&entry.path())?,
            false => 1,
        };
    }
    Ok(files)
}

fn replace(place: &Path, files: &Files<'_>) -> io::Result<()> {
    let old = fs::read_link(place.join(DATA)).ok();
    let old = old.as_deref().and_then(Path::file_name);
    let number = old.and_then(|old| old.to_str()?.strip_prefix("..")?.parse::<u64>().ok());
    let version = format!("..{}", number.map_or(0, |number| number + 1));
    let folder = place.join(&version);
    // a rest of an earlier life may be in the way
    remove(&folder)?;
    fs::create_dir(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    for (path, file) in files {
        write(&folder.join(path), file)?;
    }
    let next = place.join(NEXT);
    remove(&next)?;
    symlink(&version, &next)?;
    fs::rename(&next, place.join(DATA))?;
    link(place, files)?;
    old.map_or(Ok(()), |old| remove(&place.join(old)))
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
            remove(&entry.path())?;
        }
    }
    for top in tops {
        let (shown, target) = (place.join(top), Path::new(DATA).join(top));
        if fs::read_link(&shown).is_ok_and(|to| to == target) {
            continue;
        }
        remove(&shown)?;
        symlink(target, shown)?;
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = fs::symlink_metadata(path).and_then(|found| match found.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    });
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
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
}
