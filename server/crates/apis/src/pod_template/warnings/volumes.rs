//! Volumes that nothing mounts any more, and what is odd about the others.

use k8s_openapi::api::core::v1::{PodSpec, Volume};

use super::containers::fraction;
use super::overlaps;

pub(super) fn warn(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    for (at, volume) in volumes.iter().enumerate() {
        let path = format!("{path}.volumes[{at}]");
        deprecated(volume, &path, warnings);
        claimed_parts(volume, &path, warnings);
    }
    for volume in volumes {
        overlaps::warn(volume, warnings);
    }
}

fn deprecated(volume: &Volume, path: &str, warnings: &mut Vec<String>) {
    let rows = [
        (
            "photonPersistentDisk",
            volume.photon_persistent_disk.is_some(),
            "deprecated in v1.11, non-functional in v1.16+",
        ),
        (
            "gitRepo",
            volume.git_repo.is_some(),
            "deprecated in v1.11, and disabled by default in v1.33+",
        ),
        (
            "scaleIO",
            volume.scale_io.is_some(),
            "deprecated in v1.16, non-functional in v1.22+",
        ),
        (
            "flocker",
            volume.flocker.is_some(),
            "deprecated in v1.22, non-functional in v1.25+",
        ),
        (
            "storageOS",
            volume.storageos.is_some(),
            "deprecated in v1.22, non-functional in v1.25+",
        ),
        (
            "quobyte",
            volume.quobyte.is_some(),
            "deprecated in v1.22, non-functional in v1.25+",
        ),
        (
            "glusterfs",
            volume.glusterfs.is_some(),
            "deprecated in v1.25, non-functional in v1.26+",
        ),
        (
            "cephfs",
            volume.cephfs.is_some(),
            "deprecated in v1.28, non-functional in v1.31+",
        ),
        (
            "rbd",
            volume.rbd.is_some(),
            "deprecated in v1.28, non-functional in v1.31+",
        ),
    ];
    let given = rows.into_iter().filter(|(_, given, _)| *given);
    warnings.extend(given.map(|(field, _, why)| format!("{path}.{field}: {why}")));
}

/// Parts of bytes that an ephemeral volume claims.
fn claimed_parts(volume: &Volume, path: &str, warnings: &mut Vec<String>) {
    let source = volume.ephemeral.as_ref();
    let template = source.and_then(|source| source.volume_claim_template.as_ref());
    let Some(resources) = template.and_then(|template| template.spec.resources.as_ref()) else {
        return;
    };
    let path = format!("{path}.ephemeral.volumeClaimTemplate.spec.resources");
    for (field, list) in [
        ("requests", &resources.requests),
        ("limits", &resources.limits),
    ] {
        fraction(
            list.as_ref(),
            "storage",
            &format!("{path}.{field}"),
            warnings,
        );
    }
}
