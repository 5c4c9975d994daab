//! Defaults of containers.

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EnvVar, EphemeralContainer, ResourceRequirements,
};

use super::probe::{default_lifecycle, default_probe};
use super::spec::set;
use crate::quantity::{canonicalize, canonicalize_list};

/// Writes `SetDefaults_Container`, with everything below it, for a type that has a container's fields:
/// upstream's two types have the same, and no trait of their own.
macro_rules! default_container {
    ($(#[$about:meta])* $name:ident, $of:ty) => {
        $(#[$about])*
        pub(super) fn $name(container: &mut $of) {
            let image = container.image.as_deref().unwrap_or_default();
            set(&mut container.image_pull_policy, pull_policy(image));
            set(
                &mut container.termination_message_path,
                "/dev/termination-log",
            );
            set(&mut container.termination_message_policy, "File");
            container.ports.iter_mut().flatten().for_each(default_port);
            container.env.iter_mut().flatten().for_each(default_env);
            default_resources(container.resources.get_or_insert_default());
            let probes = [
                &mut container.liveness_probe,
                &mut container.readiness_probe,
                &mut container.startup_probe,
            ];
            probes.into_iter().flatten().for_each(default_probe);
            container.lifecycle.iter_mut().for_each(default_lifecycle);
            default_mounts(container.volume_mounts.iter_mut().flatten());
        }
    };
}

default_container!(default_container, Container);
default_container!(
    /// Also of what is forbidden to ephemeral containers: nothing else is told of it.
    default_ephemeral_container,
    EphemeralContainer
);

/// `Always` for the tag `latest` and for no tag, `IfNotPresent` for any other tag and for digests.
pub(super) fn pull_policy(image: &str) -> &'static str {
    let last = image.rsplit('/').next().unwrap_or_default();
    let (name, digest) = last
        .split_once('@')
        .map_or((last, None), |(name, digest)| (name, Some(digest)));
    let tag = name.split_once(':').map(|(_, tag)| tag);
    match (tag, digest) {
        (Some("latest"), _) | (None, None) => "Always",
        _ => "IfNotPresent",
    }
}

fn default_port(port: &mut ContainerPort) {
    set(&mut port.protocol, "TCP");
    port.host_port = port.host_port.filter(|port| *port != 0);
}

fn default_env(env: &mut EnvVar) {
    // an empty value and none are the same thing, and Go writes neither
    env.value = env.value.take().filter(|value| !value.is_empty());
    let Some(source) = env.value_from.as_mut() else {
        return;
    };
    if let Some(field) = source.field_ref.as_mut() {
        set(&mut field.api_version, "v1");
    }
    if let Some(resource) = source.resource_field_ref.as_mut() {
        canonicalize(resource.divisor.get_or_insert_with(zero_divisor));
    }
}

/// Go always writes a divisor; an unset one reads `0`.
pub(super) fn zero_divisor() -> k8s_openapi::apimachinery::pkg::api::resource::Quantity {
    k8s_openapi::apimachinery::pkg::api::resource::Quantity("0".to_owned())
}

fn default_resources(resources: &mut ResourceRequirements) {
    canonicalize_list(resources.limits.as_mut());
    canonicalize_list(resources.requests.as_mut());
    resources.limits = resources.limits.take().filter(|list| !list.is_empty());
    resources.requests = resources.requests.take().filter(|list| !list.is_empty());
}

fn default_mounts<'a>(
    mounts: impl Iterator<Item = &'a mut k8s_openapi::api::core::v1::VolumeMount>,
) {
    for mount in mounts {
        mount.read_only = mount.read_only.filter(|on| *on);
        mount.sub_path = mount.sub_path.take().filter(|path| !path.is_empty());
    }
}
