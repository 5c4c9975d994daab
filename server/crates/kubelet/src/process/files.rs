//! A pod's folder: its volumes' content, its /tmp, its logs.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::projection::project;
use crate::runtime::{Volume, VolumeSource};

/// Makes the folder with all that the volumes hold.
pub fn prepare(dir: &Path, volumes: &[Volume]) -> Result<(), String> {
    let failed = |what: &Path, error: std::io::Error| format!("{}: {error}", what.display());
    let folder = |path: PathBuf, mode: u32| -> Result<(), String> {
        fs::create_dir_all(&path).map_err(|e| failed(&path, e))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(|e| failed(&path, e))
    };
    folder(dir.to_owned(), 0o755)?;
    folder(dir.join("tmp"), 0o1777)?;
    for volume in volumes {
        let place = place(dir, &volume.name);
        match &volume.source {
            // As upstream's kubelet makes an emptyDir.
            VolumeSource::Empty => folder(place, 0o777)?,
            VolumeSource::Files(files) => {
                folder(place.clone(), 0o755)?;
                project(&place, files)?;
            }
            VolumeSource::HostPath { path, kind } => check(path, kind).map_err(|why| {
                format!(
                    "MountVolume.SetUp failed for volume {:?} : hostPath type check failed: {why}",
                    volume.name
                )
            })?,
        }
    }
    Ok(())
}

/// Brings the files of a running pod's volume up to date.
pub fn refresh(dir: &Path, volume: &Volume) -> Result<(), String> {
    match &volume.source {
        VolumeSource::Files(files) => project(&own_place(dir, &volume.name)?, files),
        VolumeSource::Empty | VolumeSource::HostPath { .. } => Ok(()),
    }
}

/// Where the content of a volume of that name is.
pub fn place(dir: &Path, volume: &str) -> PathBuf {
    dir.join("volumes").join(volume)
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

/// How much of the disk a folder takes, without what cannot be looked into. A pod may put folders into each other as
/// deep as it likes: one is open at a time.
pub fn bytes_below(folder: &Path) -> u64 {
    // of 512 bytes each, whatever the disk's own are
    let size = |found: fs::Metadata| found.blocks() * 512;
    let mut bytes = fs::symlink_metadata(folder).map_or(0, size);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
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
    let found = fs::metadata(path).ok();
    let is = |what: fn(&fs::Metadata) -> bool| found.as_ref().is_some_and(what);
    match kind {
        "" => found
            .is_some()
            .then_some(())
            .ok_or_else(|| format!("{path} does not exist")),
        "DirectoryOrCreate" if found.is_none() => {
            fs::create_dir_all(path).map_err(|e| format!("{path}: {e}"))
        }
        "FileOrCreate" if found.is_none() => fs::File::create(path)
            .map(drop)
            .map_err(|e| format!("{path}: {e}")),
        "Directory" | "DirectoryOrCreate" => is(fs::Metadata::is_dir)
            .then_some(())
            .ok_or_else(|| format!("{path} is not a directory")),
        "File" | "FileOrCreate" => is(fs::Metadata::is_file)
            .then_some(())
            .ok_or_else(|| format!("{path} is not a file")),
        "Socket" | "CharDevice" | "BlockDevice" => found
            .is_some()
            .then_some(())
            .ok_or_else(|| format!("{path} does not exist")),
        other => Err(format!("unknown hostPath type {other:?}")),
    }
}

/// Removes a pod's folder, off the runtime's threads.
pub async fn remove(dir: PathBuf) {
    let removed =
        tokio::task::spawn_blocking(move || fs::remove_dir_all(&dir).map_err(|error| (dir, error)))
            .await;
    if let Ok(Err((dir, error))) = removed
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(dir = %dir.display(), %error, "a pod's folder could not be removed");
    }
}

/// Removes folders of pods that are no longer known, and, where no PID namespace did it, the processes
/// of all pods of an earlier life.
pub async fn clean_up(pods: PathBuf, known: Vec<(String, String, String)>, namespaces: bool) {
    let cleaned = tokio::task::spawn_blocking(move || {
        for entry in fs::read_dir(&pods).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let mut parts = name.splitn(3, '_');
            let parts = (parts.next(), parts.next(), parts.next());
            let (Some(namespace), Some(pod), Some(uid)) = parts else {
                continue;
            };
            crate::pod_init::sweep_pod(uid, namespaces);
            let is_known = known
                .iter()
                .any(|(n, p, u)| n == namespace && p == pod && u == uid);
            if !is_known {
                let _ = fs::remove_dir_all(entry.path());
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
        fs::write(elsewhere.join("kept"), "1").expect("written");
        let volume = Volume {
            name: "v".into(),
            source: VolumeSource::Files(Vec::new()),
        };
        let place = place(&dir, "v");
        fs::create_dir_all(&place).expect("a folder");
        refresh(&dir, &volume).expect("it is its own");
        fs::remove_dir_all(&place).expect("removed");
        symlink(&elsewhere, &place).expect("a link");
        refresh(&dir, &volume).expect_err("it leads out");
        assert!(elsewhere.join("kept").exists());
        fs::remove_dir_all(dir).expect("removed");
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
        let written = vec![1; usize::try_from(WRITTEN).expect("small")];
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
