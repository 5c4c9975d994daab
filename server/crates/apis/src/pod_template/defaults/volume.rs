//! Defaults of volumes.

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, Volume, VolumeProjection};

use super::container::{pull_policy, zero_divisor};
use super::spec::set;
use crate::quantity::{canonicalize, canonicalize_list};

/// `0644`: files of config maps, secrets and the like.
const FILE_MODE: i32 = 0o644;
/// A projected token lives an hour unless it says otherwise.
const TOKEN_SECS: i64 = 60 * 60;

pub(super) fn default_volume(volume: &mut Volume) {
    if is_sourceless(volume) {
        volume.empty_dir = Some(Default::default());
    }
    if let Some(size) = volume
        .empty_dir
        .as_mut()
        .and_then(|dir| dir.size_limit.as_mut())
    {
        canonicalize(size);
    }
    if let Some(path) = volume.host_path.as_mut() {
        path.type_.get_or_insert_default();
    }
    if let Some(source) = volume.secret.as_mut() {
        source.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(source) = volume.config_map.as_mut() {
        source.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(source) = volume.downward_api.as_mut() {
        source.default_mode.get_or_insert(FILE_MODE);
        default_files(source.items.iter_mut().flatten());
    }
    if let Some(source) = volume.image.as_mut() {
        let reference = source.reference.as_deref().unwrap_or_default();
        set(&mut source.pull_policy, pull_policy(reference));
    }
    let ephemeral = volume.ephemeral.as_mut();
    let template = ephemeral.and_then(|source| source.volume_claim_template.as_mut());
    if let Some(template) = template {
        set(&mut template.spec.volume_mode, "Filesystem");
        if let Some(resources) = template.spec.resources.as_mut() {
            canonicalize_list(resources.limits.as_mut());
            canonicalize_list(resources.requests.as_mut());
        }
    }
    default_vendor_disk(volume);
    if let Some(source) = volume.projected.as_mut() {
        source.default_mode.get_or_insert(FILE_MODE);
        source
            .sources
            .iter_mut()
            .flatten()
            .for_each(default_projection);
    }
}

/// Disks whose drivers have left upstream's tree keep their defaults.
fn default_vendor_disk(volume: &mut Volume) {
    if let Some(source) = volume.iscsi.as_mut() {
        set(&mut source.iscsi_interface, "default");
    }
    if let Some(source) = volume.rbd.as_mut() {
        set(&mut source.pool, "rbd");
        set(&mut source.user, "admin");
        set(&mut source.keyring, "/etc/ceph/keyring");
    }
    if let Some(source) = volume.azure_disk.as_mut() {
        source
            .caching_mode
            .get_or_insert_with(|| "ReadWrite".to_owned());
        source.kind.get_or_insert_with(|| "Shared".to_owned());
        source.fs_type.get_or_insert_with(|| "ext4".to_owned());
        source.read_only.get_or_insert(false);
    }
    if let Some(source) = volume.scale_io.as_mut() {
        set(&mut source.storage_mode, "ThinProvisioned");
        set(&mut source.fs_type, "xfs");
    }
}

/// A volume that names nothing is an empty folder.
fn is_sourceless(volume: &Volume) -> bool {
    let named = Volume {
        name: volume.name.clone(),
        ..Volume::default()
    };
    *volume == named
}

fn default_projection(projection: &mut VolumeProjection) {
    if let Some(token) = projection.service_account_token.as_mut() {
        token.expiration_seconds.get_or_insert(TOKEN_SECS);
    }
    if let Some(files) = projection.downward_api.as_mut() {
        default_files(files.items.iter_mut().flatten());
    }
}

fn default_files<'a>(files: impl Iterator<Item = &'a mut DownwardAPIVolumeFile>) {
    for file in files {
        if let Some(field) = file.field_ref.as_mut() {
            set(&mut field.api_version, "v1");
        }
        if let Some(resource) = file.resource_field_ref.as_mut() {
            canonicalize(resource.divisor.get_or_insert_with(zero_divisor));
        }
    }
}
