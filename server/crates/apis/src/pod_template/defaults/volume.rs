//! Defaults of volumes.

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, Volume, VolumeProjection};

use super::container::zero_divisor;
use super::spec::set;
use crate::quantity::canonicalize;

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
    if let Some(source) = volume.projected.as_mut() {
        source.default_mode.get_or_insert(FILE_MODE);
        source
            .sources
            .iter_mut()
            .flatten()
            .for_each(default_projection);
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
