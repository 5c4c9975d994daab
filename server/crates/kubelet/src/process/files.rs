//! A pod's folder: its volumes' content, its /tmp, its logs.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use crate::runtime::{Volume, VolumeFile, VolumeSource};

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
        let place = dir.join("volumes").join(&volume.name);
        match &volume.source {
            // As upstream's kubelet makes an emptyDir.
            VolumeSource::Empty => folder(place, 0o777)?,
            VolumeSource::Files(files) => {
                folder(place.clone(), 0o755)?;
                files.iter().try_for_each(|file| write(&place, file))?;
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

fn write(place: &Path, file: &VolumeFile) -> Result<(), String> {
    let relative = Path::new(&file.path);
    if !relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return Err(format!("{:?} leads out of its volume", file.path));
    }
    let path = place.join(relative);
    let written = || -> std::io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(place))?;
        // A rest of an earlier life may be read-only.
        let _ = fs::remove_file(&path);
        let mut to = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        to.write_all(&file.content)?;
        to.set_permissions(fs::Permissions::from_mode(file.mode & 0o777))
    };
    written().map_err(|error| format!("{}: {error}", path.display()))
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
