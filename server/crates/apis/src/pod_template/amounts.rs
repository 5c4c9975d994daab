//! Every amount that a pod names.

use k8s_openapi::api::core::v1::{
    DownwardAPIVolumeFile, EnvVar, PodSpec, ResourceFieldSelector, ResourceRequirements, Volume,
};

use crate::quantity::{ResourceList, level};

/// Says equal amounts in equal words, for comparing two of these.
pub fn level_amounts(spec: &mut PodSpec) {
    let init = spec.init_containers.iter_mut().flatten();
    for container in spec.containers.iter_mut().chain(init) {
        level_resources(container.resources.as_mut());
        level_env(container.env.as_mut());
    }
    for container in spec.ephemeral_containers.iter_mut().flatten() {
        level_resources(container.resources.as_mut());
        level_env(container.env.as_mut());
    }
    spec.volumes.iter_mut().flatten().for_each(level_volume);
    level_list(spec.overhead.as_mut());
    level_resources(spec.resources.as_mut());
}

fn level_resources(resources: Option<&mut ResourceRequirements>) {
    if let Some(resources) = resources {
        level_list(resources.limits.as_mut());
        level_list(resources.requests.as_mut());
    }
}

fn level_list(list: Option<&mut ResourceList>) {
    for amount in list.into_iter().flat_map(ResourceList::values_mut) {
        level(amount);
    }
}

fn level_env(env: Option<&mut Vec<EnvVar>>) {
    for variable in env.into_iter().flatten() {
        let source = variable.value_from.as_mut();
        level_divisor(source.and_then(|source| source.resource_field_ref.as_mut()));
    }
}

fn level_volume(volume: &mut Volume) {
    let size = volume.empty_dir.as_mut();
    if let Some(size) = size.and_then(|folder| folder.size_limit.as_mut()) {
        level(size);
    }
    let claim = volume.ephemeral.as_mut();
    let claim = claim.and_then(|source| source.volume_claim_template.as_mut());
    if let Some(resources) = claim.and_then(|claim| claim.spec.resources.as_mut()) {
        level_list(resources.limits.as_mut());
        level_list(resources.requests.as_mut());
    }
    let files = volume.downward_api.as_mut();
    level_files(files.and_then(|source| source.items.as_mut()));
    let projected = volume.projected.as_mut();
    let sources = projected.and_then(|volume| volume.sources.as_mut());
    for source in sources.into_iter().flatten() {
        let files = source.downward_api.as_mut();
        level_files(files.and_then(|source| source.items.as_mut()));
    }
}

fn level_files(files: Option<&mut Vec<DownwardAPIVolumeFile>>) {
    for file in files.into_iter().flatten() {
        level_divisor(file.resource_field_ref.as_mut());
    }
}

fn level_divisor(field: Option<&mut ResourceFieldSelector>) {
    if let Some(divisor) = field.and_then(|field| field.divisor.as_mut()) {
        level(divisor);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_amounts_are_said_in_equal_words_wherever_they_stand() {
        let spec = |gibi: &str, one: &str| -> PodSpec {
            let list = json!({"limits": {"memory": gibi}, "requests": {"cpu": one}});
            let divided = json!({"resource": "limits.memory", "divisor": gibi});
            let env = json!([{"name": "E", "valueFrom": {"resourceFieldRef": divided}}]);
            let container = json!([{"name": "c", "resources": list, "env": env}]);
            let items = json!([{"path": "p", "resourceFieldRef": divided}]);
            let claim = json!({"spec": {"resources": list}});
            let spec = json!({
                "containers": container, "initContainers": container,
                "ephemeralContainers": container, "overhead": {"cpu": one}, "resources": list,
                "volumes": [
                    {"name": "a", "emptyDir": {"sizeLimit": gibi}},
                    {"name": "b", "ephemeral": {"volumeClaimTemplate": claim}},
                    {"name": "d", "downwardAPI": {"items": items}},
                    {"name": "e", "projected": {"sources": [{"downwardAPI": {"items": items}}]}},
                ],
            });
            serde_json::from_value(spec).expect("a literal spec")
        };
        let levelled = |gibi, one| {
            let mut spec = spec(gibi, one);
            level_amounts(&mut spec);
            spec
        };
        assert_ne!(spec("1Gi", "1"), spec("1073741824", "1e0"));
        assert_eq!(levelled("1Gi", "1"), levelled("1073741824", "1000m"));
        assert_eq!(levelled("1Gi", "1"), levelled("1048576Ki", "1e0"));
        assert_ne!(levelled("1Gi", "1"), levelled("1G", "1"));
    }
}
