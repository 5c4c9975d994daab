//! Volumes that nothing mounts any more, and files that two sources would write.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{PodSpec, ProjectedVolumeSource, Volume};

use super::containers::fraction;

pub(super) fn warn(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    for (at, volume) in volumes.iter().enumerate() {
        let path = format!("{path}.volumes[{at}]");
        deprecated(volume, &path, warnings);
        claimed_parts(volume, &path, warnings);
    }
    let projected = || volumes.iter().map(|volume| volume.projected.as_ref());
    let sources = projected()
        .flatten()
        .flat_map(|volume| volume.sources.iter().flatten());
    let tokens: BTreeSet<&str> = sources
        .filter_map(|source| source.service_account_token.as_ref())
        .map(|token| token.path.as_str())
        .collect();
    for (at, volume) in projected().enumerate() {
        if let Some(volume) = volume {
            let path = format!("{path}.volumes[{at}].projected.sources");
            hidden_tokens(volume, &tokens, &path, warnings);
        }
    }
}

fn deprecated(volume: &Volume, path: &str, warnings: &mut Vec<String>) {
    let rows = [
        (
            "photonPersistentDisk",
            volume.photon_persistent_disk.is_some(),
            "deprecated in v1.11, non-functional in v1.16+",
        ),
        ("gitRepo", volume.git_repo.is_some(), "deprecated in v1.11"),
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

/// Upstream's paths leave out which source it is, and spell one of them `secrets`.
fn hidden_tokens(
    volume: &ProjectedVolumeSource,
    tokens: &BTreeSet<&str>,
    path: &str,
    warnings: &mut Vec<String>,
) {
    for source in volume.sources.iter().flatten() {
        let map = source.config_map.iter().flat_map(|map| &map.items);
        let secret = source.secret.iter().flat_map(|secret| &secret.items);
        let api = source.downward_api.iter().flat_map(|api| &api.items);
        let files: [(&str, Vec<&str>); 3] = [
            (
                "configMap",
                map.flatten().map(|item| item.path.as_str()).collect(),
            ),
            (
                "secrets",
                secret.flatten().map(|item| item.path.as_str()).collect(),
            ),
            (
                "downwardAPI",
                api.flatten().map(|item| item.path.as_str()).collect(),
            ),
        ];
        for (field, paths) in files {
            for (at, file) in paths.into_iter().enumerate() {
                if tokens.contains(file) {
                    warnings.push(format!(
                        "{path}.{field}[{at}]: has duplicated path with ServiceAccountToken {file:?}"
                    ));
                }
            }
        }
    }
}
