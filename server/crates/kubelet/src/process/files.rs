//! A pod's folder: its volumes' content, its /tmp, its logs.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::projection::project;
use crate::removal::remove_all;
use crate::runtime::{DiskUsage, Volume, VolumeSource};

/// Where folders are that are made for one run of a container, within the pod's.
pub const FOLDERS: &str = "folders";

/// What a pod's folder is called. None of the three has an underscore in it.
pub fn folder_name(namespace: &str, name: &str, uid: &str) -> String {
    format!("{namespace}_{name}_{uid}")
}

/// Makes the folder with all that the volumes hold. An earlier sandbox of the pod may have been here, and put
/// anything in the place of what is its own.
pub fn prepare(dir: &Path, volumes: &[Volume]) -> Result<(), String> {
    let folder = |path: &Path, mode| {
        let made = own_folder(path, mode);
        made.map_err(|error| format!("{}: {error}", path.display()))
    };
    folder(dir, 0o755)?;
    folder(&dir.join("tmp"), 0o1777)?;
    let is_here =
        |volume: &Volume| matches!(volume.source, VolumeSource::Empty | VolumeSource::Files(_));
    if volumes.iter().any(is_here) {
        folder(&self::volumes(dir), 0o755)?;
    }
    for volume in volumes {
        let place = place(dir, &volume.name);
        let made = match &volume.source {
            // As upstream's kubelet makes an emptyDir.
            VolumeSource::Empty => folder(&place, 0o777),
            VolumeSource::Files(files) => {
                folder(&place, 0o755).and_then(|()| project(&place, files))
            }
            VolumeSource::Memory(_) => Ok(()),
            VolumeSource::HostPath { path, kind } => {
                check(path, kind).map_err(|why| format!("hostPath type check failed: {why}"))
            }
        };
        made.map_err(|why| {
            let name = &volume.name;
            format!("MountVolume.SetUp failed for volume {name:?} : {why}")
        })?;
    }
    Ok(())
}

/// Makes a folder, or takes the one that is there: nothing else, for a link would lead anywhere.
fn own_folder(path: &Path, mode: u32) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(path)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        made => made?,
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Brings the files of a running pod's volume up to date.
pub fn refresh(dir: &Path, volume: &Volume) -> Result<(), String> {
    match &volume.source {
        VolumeSource::Files(files) => project(&own_place(dir, &volume.name)?, files),
        VolumeSource::Empty | VolumeSource::Memory(_) | VolumeSource::HostPath { .. } => Ok(()),
    }
}

/// Where the content of volumes is.
pub fn volumes(dir: &Path) -> PathBuf {
    dir.join("volumes")
}

/// Where the content of a volume of that name is.
fn place(dir: &Path, volume: &str) -> PathBuf {
    volumes(dir).join(volume)
}

/// The same while the pod runs, which may write to its own folder: a link in the place would lead anywhere.
fn own_place(dir: &Path, volume: &str) -> Result<PathBuf, String> {
    let expected = fs::canonicalize(dir).map(|dir| place(&dir, volume));
    let found = fs::canonicalize(place(dir, volume));
    match (expected, found) {
        (Ok(expected), Ok(found)) if expected == found => Ok(found),
        _ => Err(format!("volume {volume:?} is no folder of the pod's")),
    }
}

/// How much of the disk a pod takes. What lies where belongs to whom by its name: logs are
/// `<container>.<attempt>.…`, folders made for a container `<container>-<attempt>`.
pub fn disk_usage(dir: &Path) -> DiskUsage {
    let mut usage = DiskUsage::default();
    for entry in entries(dir) {
        let (name, path) = (name_of(&entry), entry.path());
        match (
            name.as_str(),
            entry.file_type().is_ok_and(|kind| kind.is_dir()),
        ) {
            ("volumes", true) => {
                let volumes = entries(&path);
                let measured =
                    volumes.map(|volume| (name_of(&volume), bytes_below(&volume.path())));
                usage.volumes.extend(measured);
            }
            (FOLDERS, true) => {
                for folder in entries(&path) {
                    let name = name_of(&folder);
                    let container = name.rsplit_once('-').map(|(container, _)| container);
                    usage.add(container, bytes_below(&folder.path()));
                }
            }
            (name, is_dir) => {
                let container = name.split_once('.').filter(|_| !is_dir);
                usage.add(
                    container.map(|(container, _)| container),
                    bytes_below(&path),
                );
            }
        }
    }
    usage
}

impl DiskUsage {
    fn add(&mut self, container: Option<&str>, bytes: u64) {
        *match container {
            Some(container) => self.containers.entry(container.to_owned()).or_default(),
            None => &mut self.shared,
        } += bytes;
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = fs::DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn name_of(entry: &fs::DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

/// How much of the disk something takes with all below it, without what cannot be looked into. A pod may put folders
/// into each other as deep as it likes: one is open at a time. No link is followed.
fn bytes_below(top: &Path) -> u64 {
    // of 512 bytes each, whatever the disk's own are
    let size = |found: fs::Metadata| found.blocks() * 512;
    let Ok(found) = fs::symlink_metadata(top) else {
        return 0;
    };
    let mut folders: Vec<PathBuf> = found.is_dir().then(|| top.to_owned()).into_iter().collect();
    let mut bytes = size(found);
    while let Some(folder) = folders.pop() {
        for entry in entries(&folder) {
            bytes += entry.metadata().map_or(0, size);
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
    bytes
}

/// Upstream's hostPath types.
fn check(path: &str, kind: &str) -> Result<(), String> {
    let made = match kind {
        "DirectoryOrCreate" if !Path::new(path).exists() => fs::create_dir_all(path),
        "FileOrCreate" if !Path::new(path).exists() => fs::File::create(path).map(drop),
        _ => Ok(()),
    };
    made.map_err(|error| format!("{path}: {error}"))?;
    let found = fs::metadata(path).ok().map(|found| found.file_type());
    let is = |what: fn(&fs::FileType) -> bool| found.as_ref().is_some_and(what);
    let (is_it, what) = match kind {
        "" if found.is_none() => return Err(format!("{path} does not exist")),
        "" => return Ok(()),
        "Directory" | "DirectoryOrCreate" => (is(fs::FileType::is_dir), "directory"),
        "File" | "FileOrCreate" => (is(fs::FileType::is_file), "file"),
        "Socket" => (is(fs::FileType::is_socket), "socket file"),
        "CharDevice" => (is(fs::FileType::is_char_device), "character device"),
        "BlockDevice" => (is(fs::FileType::is_block_device), "block device"),
        other => return Err(format!("unknown hostPath type {other:?}")),
    };
    is_it
        .then_some(())
        .ok_or_else(|| format!("{path} is not a {what}"))
}

/// Removes a pod's folder, or one in it, off the runtime's threads. Most pods have no volumes on the disk.
pub async fn remove(dir: PathBuf) {
    let found = fs::symlink_metadata(&dir);
    if found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return;
    }
    let removing = move || remove_all(&dir).map_err(|error| (dir, error));
    if let Ok(Err((dir, error))) = tokio::task::spawn_blocking(removing).await {
        tracing::warn!(dir = %dir.display(), %error, "a pod's folder could not be removed");
    }
}

/// Removes folders of pods that are no longer known, and, where no PID namespace did it, the processes
/// of all pods of an earlier life.
pub async fn clean_up(pods: PathBuf, known: Vec<(String, String, String)>, namespaces: bool) {
    let cleaned = tokio::task::spawn_blocking(move || {
        let known = known
            .iter()
            .map(|(namespace, name, uid)| folder_name(namespace, name, uid));
        let known: BTreeSet<String> = known.collect();
        for entry in entries(&pods) {
            let name = name_of(&entry);
            let Some(uid) = name.splitn(3, '_').nth(2) else {
                continue;
            };
            crate::pod_init::sweep_pod(uid, namespaces);
            if !known.contains(&name) {
                let _ = remove_all(&entry.path());
            }
        }
    });
    let _ = cleaned.await;
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_in_the_place_of_a_volume_is_not_followed() {
        let dir = std::env::temp_dir().join(format!("orrery-place-{}", std::process::id()));
        let elsewhere = dir.join("elsewhere");
        fs::create_dir_all(&elsewhere).expect("a folder");
        fs::write(elsewhere.join("kept"), vec![1_u8; 64 << 10]).expect("written");
        let volume = Volume {
            name: "v".into(),
            source: VolumeSource::Files(Vec::new()),
        };
        let place = place(&dir, "v");
        fs::create_dir_all(&place).expect("a folder");
        let measure = || disk_usage(&dir).volumes["v"];
        refresh(&dir, &volume).expect("it is its own");
        fs::write(place.join("file"), vec![1_u8; 64 << 10]).expect("written");
        assert!(measure() >= 64 << 10);
        remove_all(&place).expect("removed");
        symlink(&elsewhere, &place).expect("a link");
        refresh(&dir, &volume).expect_err("it leads out");
        assert!(measure() < 64 << 10, "a link takes next to nothing");
        // nor by a sandbox that is made anew
        let empty = Volume {
            name: "v".into(),
            source: VolumeSource::Empty,
        };
        let mode = || {
            fs::metadata(&elsewhere)
                .expect("there")
                .permissions()
                .mode()
        };
        let before = mode();
        for volume in [volume, empty] {
            let error = prepare(&dir, &[volume]).expect_err("it leads out");
            let want = "MountVolume.SetUp failed for volume \"v\" : ";
            assert!(error.starts_with(want), "{error}");
        }
        assert_eq!(mode(), before);
        assert!(elsewhere.join("kept").exists());
        fs::remove_dir_all(dir).expect("removed");
    }

    #[tokio::test]
    async fn of_an_earlier_life_the_folders_of_pods_that_are_there_stay() {
        let dir = std::env::temp_dir().join(format!("orrery-clean-{}", std::process::id()));
        for name in ["a_one_1", "a_one_2", "b_one_1", "of-no-pod"] {
            fs::create_dir_all(dir.join(name)).expect("a folder");
        }
        let known = ["a", "one", "1"].map(str::to_owned).into();
        clean_up(dir.clone(), vec![known], true).await;
        let mut left: Vec<String> = entries(&dir).map(|entry| name_of(&entry)).collect();
        left.sort();
        fs::remove_dir_all(dir).expect("removed");
        assert_eq!(left, ["a_one_1", "of-no-pod"]);
    }

    #[test]
    fn what_is_on_the_host_is_what_its_type_says() {
        let dir = std::env::temp_dir().join(format!("orrery-types-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let at = |name: &str| dir.join(name).to_string_lossy().into_owned();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).expect("a socket");
        let rows = [
            ("none", "", Some("does not exist")),
            ("none", "Directory", Some("is not a directory")),
            ("socket", "", None),
            ("socket", "Socket", None),
            ("socket", "File", Some("is not a file")),
            ("made/deep", "DirectoryOrCreate", None),
            ("made/deep", "Directory", None),
            ("made/deep", "Socket", Some("is not a socket file")),
            ("made/file", "FileOrCreate", None),
            ("made/file", "FileOrCreate", None),
            ("made/file", "DirectoryOrCreate", Some("is not a directory")),
            ("made/file", "CharDevice", Some("is not a character device")),
            ("made/file", "BlockDevice", Some("is not a block device")),
        ];
        for (name, kind, why) in rows {
            let want = why.map(|why| format!("{} {why}", at(name)));
            assert_eq!(check(&at(name), kind).err(), want, "{name} {kind}");
        }
        assert_eq!(check("/dev/null", "CharDevice"), Ok(()));
        remove_all(&dir).expect("removed");
    }

    #[test]
    fn what_a_pod_keeps_is_its_containers_its_volumes_or_all_of_theirs() {
        const KIB: u64 = 1 << 10;
        let dir = std::env::temp_dir().join(format!("orrery-usage-{}", std::process::id()));
        for (path, kib) in [
            ("a.0.log", 64),
            ("a.1.log.2", 64),
            ("a-1.0.log", 64),
            ("folders/a-1-0/file", 128),
            ("volumes/v/deep/file", 256),
            ("tmp/file.txt", 512),
            ("made-by-the-pod", 512),
        ] {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, vec![1_u8; kib << 10]).expect("written");
        }
        let usage = disk_usage(&dir);
        remove_all(&dir).expect("removed");
        let kib = |bytes: u64| bytes / KIB / 64 * 64;
        let containers = usage.containers.iter();
        let containers: Vec<_> = containers
            .map(|(name, bytes)| (&**name, kib(*bytes)))
            .collect();
        assert_eq!(containers, [("a", 128), ("a-1", 192)]);
        let volumes = usage.volumes.iter();
        let volumes: Vec<_> = volumes
            .map(|(name, bytes)| (&**name, kib(*bytes)))
            .collect();
        assert_eq!(volumes, [("v", 256)]);
        assert_eq!(kib(usage.shared), 1024);
    }

    #[test]
    fn what_lies_below_is_measured_however_deep() {
        const DEEP: usize = 400;
        const WRITTEN: u64 = 64 << 10;
        /// As deep a walk that called itself would need more.
        const STACK_BYTES: usize = 128 << 10;
        let folder = std::env::temp_dir().join(format!("orrery-room-{}", std::process::id()));
        let deepest = folder.join("d/".repeat(DEEP));
        fs::create_dir_all(&deepest).expect("folders");
        let written = vec![1_u8; usize::try_from(WRITTEN).expect("small")];
        fs::write(deepest.join("f"), written).expect("written");
        symlink("/", folder.join("elsewhere")).expect("a link");
        let walk = {
            let folder = folder.clone();
            move || bytes_below(&folder)
        };
        let walk = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(walk);
        let found = walk.expect("a thread").join().expect("it is measured");
        fs::remove_dir_all(folder).expect("removed");
        // folders take some, too
        assert!(
            (WRITTEN..2 * WRITTEN + 8192 * DEEP as u64).contains(&found),
            "{found}"
        );
    }
}
