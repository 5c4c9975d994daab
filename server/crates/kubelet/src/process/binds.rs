//! What a container's files are made of: where each mount's content is.

use std::fs;
use std::path::Path;

use super::pod::Pod;
use super::{files, unable};
use crate::pod_init::proto::{Bind, Content, Source};
use crate::pod_init::{MEMORY, within_tmp};
use crate::runtime::{ContainerSpec, Mount, Sandbox, StartError, Volume, VolumeSource};

/// Whether a volume lies in the host's /tmp, which the pod's own covers.
pub fn lends_tmp(sandbox: &Sandbox) -> bool {
    let in_tmp = |volume: &Volume| match &volume.source {
        VolumeSource::HostPath { path, .. } => within_tmp(path).is_some(),
        VolumeSource::Empty | VolumeSource::Files(_) | VolumeSource::Memory(_) => false,
    };
    sandbox.volumes.iter().any(in_tmp)
}

/// Whether the pod is shown all of the host's devices: a volume is of them, or has them in it, or one of its containers
/// is privileged.
pub fn lends_devices(sandbox: &Sandbox) -> bool {
    let of_devices = |volume: &Volume| match &volume.source {
        VolumeSource::HostPath { path, .. } => {
            let real = fs::canonicalize(path).unwrap_or_default();
            let mut ways = [Path::new(path), real.as_path()].into_iter();
            ways.any(|path| path.starts_with("/dev") || path == Path::new("/"))
        }
        VolumeSource::Empty | VolumeSource::Files(_) | VolumeSource::Memory(_) => false,
    };
    sandbox.privileged || sandbox.volumes.iter().any(of_devices)
}

/// Why the pod cannot have a volume of the host, if one is Orrery's own data: that is covered in every pod.
pub fn refusal(sandbox: &Sandbox, data: &Path) -> Option<String> {
    sandbox.volumes.iter().find_map(|volume| {
        let VolumeSource::HostPath { path, .. } = &volume.source else {
            return None;
        };
        is_within(path, data).then(|| {
            let name = &volume.name;
            format!(
                "MountVolume.SetUp failed for volume {name:?} : {path} is Orrery's own, which no pod is shown"
            )
        })
    })
}

/// By whatever links it is reached.
fn is_within(path: &str, data: &Path) -> bool {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    real.starts_with(data)
}

/// Takes from the volumes the files that the pod's init makes: what volumes hold need not stay here for as long as the
/// pod runs. Those on the disk are written by now.
pub fn take_content(sandbox: &mut Sandbox) -> Vec<Content> {
    let mut taken = Vec::new();
    for volume in &mut sandbox.volumes {
        match &mut volume.source {
            VolumeSource::Files(files) => *files = Vec::new(),
            VolumeSource::Memory(files) => taken.push(Content {
                volume: volume.name.clone(),
                files: std::mem::take(files),
            }),
            VolumeSource::Empty | VolumeSource::HostPath { .. } => {}
        }
    }
    taken
}

/// A folder for a container whose working directory is nowhere, as container runtimes make one. Its /tmp and its
/// volumes are its own: there it is made in place.
pub fn working_folder(spec: &ContainerSpec) -> Option<Bind> {
    let target = spec.working_dir.clone()?;
    let path = Path::new(&target);
    let own = within_tmp(&target).is_some()
        || spec
            .mounts
            .iter()
            .any(|mount| path.starts_with(&mount.path));
    let source = Source::Pod(format!("{}/{}-{}", files::FOLDERS, spec.name, spec.attempt));
    (path.is_absolute() && !own && !path.exists()).then_some(Bind {
        source,
        target,
        read_only: false,
    })
}

/// What a container mounts of a volume in that folder of the pod's.
fn within(folder: &str, mount: &Mount) -> Source {
    let path = format!("{folder}/{}/{}", mount.volume, mount.sub_path);
    Source::Pod(path.trim_end_matches('/').to_owned())
}

/// Where each mount's content is.
pub fn binds(mounts: &[Mount], pod: &Pod) -> Result<Vec<Bind>, StartError> {
    let bind = |mount: &Mount| {
        let volume = pod
            .sandbox
            .volumes
            .iter()
            .find(|volume| volume.name == mount.volume);
        let volume = volume.ok_or_else(|| {
            unable(
                "CreateContainerError",
                format!("no volume named {:?}", mount.volume),
            )
        })?;
        let source = match &volume.source {
            VolumeSource::HostPath { path, .. } => Source::Host {
                path: path.clone(),
                sub_path: mount.sub_path.clone(),
            },
            VolumeSource::Empty | VolumeSource::Files(_) => within("volumes", mount),
            VolumeSource::Memory(_) => within(MEMORY, mount),
        };
        // Upstream mounts configMap, secret, downwardAPI and projected volumes read-only, always.
        let has_files = matches!(
            volume.source,
            VolumeSource::Files(_) | VolumeSource::Memory(_)
        );
        let read_only = mount.read_only || has_files;
        Ok(Bind {
            source,
            target: mount.path.clone(),
            read_only,
        })
    };
    mounts.iter().map(bind).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn devices_are_for_who_asks_for_them() {
        let link = std::env::temp_dir().join(format!("orrery-devices-{}", std::process::id()));
        symlink("/dev/null", &link).expect("a link");
        let through_link = link.to_string_lossy().into_owned();
        let rows = [
            (false, "/var/log", false),
            (false, "/devices", false),
            (false, "/dev", true),
            (false, "/dev/not-there", true),
            (false, "/", true),
            (false, through_link.as_str(), true),
            (true, "/var/log", true),
        ];
        for (privileged, path, want) in rows {
            let volume = Volume {
                name: "v".into(),
                source: VolumeSource::HostPath {
                    path: path.to_owned(),
                    kind: String::new(),
                },
            };
            let sandbox = Sandbox {
                volumes: vec![volume],
                privileged,
                ..Sandbox::default()
            };
            assert_eq!(lends_devices(&sandbox), want, "{path}");
        }
        fs::remove_file(link).expect("removed");
    }

    #[test]
    fn what_is_orrerys_own_is_so_by_whatever_links_it_is_reached() {
        let dir = std::env::temp_dir().join(format!("orrery-refusal-{}", std::process::id()));
        let (data, beside) = (dir.join("data"), dir.join("data-of-others"));
        for folder in [&data, &beside] {
            fs::create_dir_all(folder).expect("a folder");
        }
        symlink(&data, dir.join("link")).expect("a link");
        let rows = [
            ("data", true),
            ("data/not-there", true),
            ("link", true),
            ("data-of-others", false),
            ("", false),
        ];
        for (name, want) in rows {
            let path = dir.join(name).to_string_lossy().into_owned();
            let volume = Volume {
                name: "v".into(),
                source: VolumeSource::HostPath {
                    path: path.clone(),
                    kind: String::new(),
                },
            };
            let sandbox = Sandbox {
                volumes: vec![volume],
                ..Sandbox::default()
            };
            let why = refusal(&sandbox, &data);
            assert_eq!(why.is_some(), want, "{path}: {why:?}");
        }
        fs::remove_dir_all(dir).expect("removed");
    }
}
