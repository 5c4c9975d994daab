//! Fields whose feature gates are off in 1.36: upstream forgets them before it looks at the rest.

use k8s_openapi::api::core::v1::{PodSpec, Volume};

/// `DropDisabledPodFields`, of what the API knows and a cluster without alpha features does not.
pub(super) fn drop_disabled(spec: &mut PodSpec) {
    // GenericWorkload
    spec.scheduling_group = None;
    // ContainerStopSignals
    let first = spec.init_containers.iter_mut().flatten();
    for container in first.chain(&mut spec.containers) {
        if let Some(lifecycle) = container.lifecycle.as_mut() {
            lifecycle.stop_signal = None;
        }
    }
    let later = spec.ephemeral_containers.iter_mut().flatten();
    for lifecycle in later.filter_map(|container| container.lifecycle.as_mut()) {
        lifecycle.stop_signal = None;
    }
    spec.volumes.iter_mut().flatten().for_each(drop_of_volume);
}

fn drop_of_volume(volume: &mut Volume) {
    let projected = volume.projected.as_mut();
    let sources = projected.and_then(|projected| projected.sources.as_mut());
    for source in sources.into_iter().flatten() {
        // ClusterTrustBundleProjection and PodCertificateRequest
        source.cluster_trust_bundle = None;
        source.pod_certificate = None;
    }
    let ephemeral = volume.ephemeral.as_mut();
    let template = ephemeral.and_then(|source| source.volume_claim_template.as_mut());
    if let Some(template) = template {
        // CrossNamespaceVolumeDataSource
        let reference = template.spec.data_source_ref.as_ref();
        if reference.is_some_and(|reference| reference.namespace.is_some()) {
            template.spec.data_source_ref = None;
        }
    }
}
