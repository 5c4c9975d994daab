//! The volume in which a pod's containers find their account's token, and pods that are kept without it: of all that a
//! pod holds in memory it would be the largest part, and it is the same in every pod but for its name.

use std::borrow::Cow;

use k8s_openapi::api::core::v1::{
    ConfigMapProjection, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath,
    ObjectFieldSelector, Pod, PodSpec, ProjectedVolumeSource, ServiceAccountTokenProjection,
    Volume, VolumeProjection,
};

use super::{TOKEN_MOUNT_PATH, TOKEN_VOLUME_PREFIX};

/// For how long a token of such a volume is asked for. A program that reads its token but once may use it for longer:
/// such a token says when it should have been renewed, and ends only after a year.
pub const TOKEN_SECS: i64 = 3_607;
/// Who may read the files: everybody.
const MODE: i32 = 0o644;

/// The volume as upstream's admission makes it: the token, what to check the API with, and the pod's namespace.
pub fn token_volume(name: String) -> Volume {
    let sources = vec![token(), certificate(), namespace()];
    Volume {
        name,
        projected: Some(ProjectedVolumeSource {
            default_mode: Some(MODE),
            sources: Some(sources),
        }),
        ..Volume::default()
    }
}

/// Whether a volume is as admission makes it.
pub fn is_token_volume(volume: &Volume) -> bool {
    volume.name.starts_with(TOKEN_VOLUME_PREFIX) && *volume == token_volume(volume.name.clone())
}

/// Takes the volume out of a pod that is only kept to be read, where [`volumes`] gives it back as it was.
pub fn strip_token_volume(pod: &mut Pod) {
    let Some(spec) = &mut pod.spec else {
        return;
    };
    let Some(taken) = take_last(spec) else {
        return;
    };
    if stripped(spec).as_ref() != Some(&taken) {
        spec.volumes.get_or_insert_default().push(taken);
    }
    shrink_mounts(pod);
}

/// Decoding leaves room for four mounts where there is but that of the token.
fn shrink_mounts(pod: &mut Pod) {
    if let Some(spec) = &mut pod.spec {
        let init = spec.init_containers.iter_mut().flatten();
        for container in init.chain(&mut spec.containers) {
            container
                .volume_mounts
                .iter_mut()
                .for_each(Vec::shrink_to_fit);
        }
    }
    if let Some(status) = &mut pod.status {
        for container in status.container_statuses.iter_mut().flatten() {
            container
                .volume_mounts
                .iter_mut()
                .for_each(Vec::shrink_to_fit);
        }
    }
}

/// A pod's volumes, with one that was taken out by [`strip_token_volume`].
pub fn volumes(spec: &PodSpec) -> impl Iterator<Item = Cow<'_, Volume>> {
    let kept = spec.volumes.iter().flatten().map(Cow::Borrowed);
    kept.chain(stripped(spec).map(Cow::<Volume>::Owned))
}

/// The volume, which admission puts behind all others.
fn take_last(spec: &mut PodSpec) -> Option<Volume> {
    let volumes = spec.volumes.as_mut()?;
    let taken = volumes.pop_if(|last| is_token_volume(last))?;
    match volumes.is_empty() {
        true => spec.volumes = None,
        false => volumes.shrink_to_fit(),
    }
    Some(taken)
}

/// The volume that a pod should have by a mount in its containers, and has not.
fn stripped(spec: &PodSpec) -> Option<Volume> {
    let init = spec.init_containers.iter().flatten();
    let containers = init.chain(&spec.containers);
    let mut mounts = containers.flat_map(|container| container.volume_mounts.iter().flatten());
    let mount = mounts.find(|mount| {
        mount.mount_path == TOKEN_MOUNT_PATH && mount.name.starts_with(TOKEN_VOLUME_PREFIX)
    })?;
    let mut kept = spec.volumes.iter().flatten();
    let is_gone = kept.all(|volume| volume.name != mount.name);
    is_gone.then(|| token_volume(mount.name.clone()))
}

fn token() -> VolumeProjection {
    VolumeProjection {
        service_account_token: Some(ServiceAccountTokenProjection {
            audience: None,
            expiration_seconds: Some(TOKEN_SECS),
            path: "token".to_owned(),
        }),
        ..VolumeProjection::default()
    }
}

fn certificate() -> VolumeProjection {
    VolumeProjection {
        config_map: Some(ConfigMapProjection {
            name: "kube-root-ca.crt".to_owned(),
            items: Some(vec![KeyToPath {
                key: "ca.crt".to_owned(),
                path: "ca.crt".to_owned(),
                mode: None,
            }]),
            optional: None,
        }),
        ..VolumeProjection::default()
    }
}

fn namespace() -> VolumeProjection {
    VolumeProjection {
        downward_api: Some(DownwardAPIProjection {
            items: Some(vec![DownwardAPIVolumeFile {
                path: "namespace".to_owned(),
                field_ref: Some(ObjectFieldSelector {
                    api_version: Some("v1".to_owned()),
                    field_path: "metadata.namespace".to_owned(),
                }),
                ..DownwardAPIVolumeFile::default()
            }]),
        }),
        ..VolumeProjection::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What admission makes, as JSON.
    fn made(name: &str) -> Value {
        json!({"name": name, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
            ]}},
        ]}})
    }

    fn pod(volumes: &Value, mounts: &Value) -> Pod {
        let containers = json!([{"name": "c", "volumeMounts": mounts}]);
        let pod = json!({"spec": {"containers": containers, "volumes": volumes}});
        serde_json::from_value(pod).expect("a literal pod")
    }

    #[test]
    fn a_pod_is_kept_without_the_volume_and_told_with_it() {
        let own = json!({"name": "own", "emptyDir": {}});
        let token = made("kube-api-access-x");
        let mount = json!([{"name": "kube-api-access-x", "mountPath": TOKEN_MOUNT_PATH}]);
        let own_mount = json!([{"name": "own-x", "mountPath": TOKEN_MOUNT_PATH}]);
        let elsewhere = json!([{"name": "kube-api-access-x", "mountPath": "/own"}]);
        let mut shorter = token.clone();
        shorter["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"] = json!(600);
        let rows = [
            ("nothing else", json!([token]), &mount, 0),
            ("behind others", json!([own, token]), &mount, 1),
            ("before others", json!([token, own]), &mount, 2),
            ("none", json!([own]), &json!([]), 1),
            ("mounted elsewhere", json!([token]), &elsewhere, 1),
            ("mounted nowhere", json!([token]), &json!([]), 1),
            ("for another time", json!([shorter]), &mount, 1),
            ("under another name", json!([made("own-x")]), &own_mount, 1),
        ];
        for (why, declared, mounts, kept) in rows {
            let whole = pod(&declared, mounts);
            let mut slim = whole.clone();
            strip_token_volume(&mut slim);
            let spec = |pod: &Pod| pod.spec.clone().expect("a spec");
            let left = spec(&slim).volumes.unwrap_or_default();
            assert_eq!(left.len(), kept, "{why}");
            let slim = spec(&slim);
            let told: Vec<Volume> = volumes(&slim).map(Cow::into_owned).collect();
            assert_eq!(Some(told), spec(&whole).volumes, "{why}");
            let once = slim.clone();
            let mut again = Pod {
                spec: Some(slim),
                ..Pod::default()
            };
            strip_token_volume(&mut again);
            assert_eq!(spec(&again), once, "{why}: nothing is taken twice");
        }
    }

    #[test]
    fn a_volume_that_was_taken_out_holds_no_memory_nor_does_its_mount_more_than_it_takes() {
        let mount = json!([{"name": "kube-api-access-x", "mountPath": TOKEN_MOUNT_PATH}]);
        let own = json!({"name": "own", "emptyDir": {}});
        for declared in [
            json!([made("kube-api-access-x")]),
            json!([own, own, made("kube-api-access-x")]),
        ] {
            let mut pod = pod(&declared, &mount);
            strip_token_volume(&mut pod);
            let mut spec = pod.spec.expect("a spec");
            let left = spec.volumes.unwrap_or_default();
            assert_eq!(left.capacity(), left.len());
            let mounts = spec.containers.remove(0).volume_mounts.unwrap_or_default();
            assert_eq!((mounts.capacity(), mounts.len()), (1, 1));
        }
    }
}
