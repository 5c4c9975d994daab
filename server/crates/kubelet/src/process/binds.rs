//! What a container's files are made of: where each mount's content is.

use std::path::Path;

use super::pod::Pod;
use super::{files, unable};
use crate::pod_init::proto::{Bind, Source};
use crate::pod_init::within_tmp;
use crate::runtime::{ContainerSpec, Mount, Sandbox, StartError, Volume, VolumeSource};

/// Whether a volume lies in the host's /tmp, which the pod's own covers.
pub fn lends_tmp(sandbox: &Sandbox) -> bool {
    let in_tmp = |volume: &Volume| match &volume.source {
        VolumeSource::HostPath { path, .. } => within_tmp(path).is_some(),
        VolumeSource::Empty | VolumeSource::Files(_) => false,
    };
    sandbox.volumes.iter().any(in_tmp)
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
            VolumeSource::Empty | VolumeSource::Files(_) => {
                let within = format!("volumes/{}/{}", volume.name, mount.sub_path);
                Source::Pod(within.trim_end_matches('/').to_owned())
            }
        };
        // Upstream mounts configMap, secret, downwardAPI and projected volumes read-only, always.
        let read_only = mount.read_only || matches!(volume.source, VolumeSource::Files(_));
        Ok(Bind {
            source,
            target: mount.path.clone(),
            read_only,
        })
    };
    mounts.iter().map(bind).collect()
}
