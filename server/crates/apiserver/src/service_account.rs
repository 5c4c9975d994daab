//! The ServiceAccount admission plugin: whom a pod runs as, and the volume in which its containers find the account's
//! token.

use k8s_openapi::api::core::v1::{Pod, PodSpec, ServiceAccount, VolumeMount};
use orrery_apis::service_account::{TOKEN_MOUNT_PATH, TOKEN_VOLUME_PREFIX, token_volume};

use crate::admission::forbidden;
use crate::call::Call;
use crate::core::Core;
use crate::meta;
use crate::mountable;
use crate::problem::Outcome;

/// Pods that a node runs of itself, which only show here.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Gives a new pod its account, and what it has from that.
pub fn give(call: &Call, pod: &mut Pod) -> Outcome<()> {
    let annotations = pod.metadata.annotations.as_ref();
    if annotations.is_some_and(|annotations| annotations.contains_key(MIRROR)) {
        return check_mirror(call, pod);
    }
    let Some(spec) = pod.spec.as_mut() else {
        return Ok(());
    };
    let name = spec.service_account_name.get_or_insert_default();
    if name.is_empty() {
        "default".clone_into(name);
    }
    let account = find(call, name).map_err(|why| forbidden(call, &pod.metadata, why))?;
    spec.service_account = spec.service_account_name.clone();
    if wants_token(spec, &account) {
        mount_token(spec, || meta::generated_name(call, TOKEN_VOLUME_PREFIX));
    }
    if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) {
        spec.image_pull_secrets = account.image_pull_secrets.clone();
    }
    mountable::check(&account, pod).map_err(|why| forbidden(call, &pod.metadata, why))
}

/// What a pod's account says to the containers that it is given while it runs.
pub fn check_ephemeral(call: &Call, pod: &Pod) -> Outcome<()> {
    let refused = |why| forbidden(call, &pod.metadata, why);
    let spec = pod.spec.as_ref();
    let name = spec.and_then(|spec| spec.service_account_name.as_deref());
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        let namespace = call.namespace.as_deref().unwrap_or_default();
        let name = &call.name;
        let why = format!("no service account specified for pod {namespace}/{name}");
        return Err(refused(why));
    };
    let account = find(call, name).map_err(refused)?;
    mountable::check_ephemeral(&account, pod).map_err(refused)
}

/// A mirror has none of an account: its node made the pod without asking for one.
fn check_mirror(call: &Call, pod: &Pod) -> Outcome<()> {
    let Some(spec) = &pod.spec else {
        return Ok(());
    };
    let name = spec.service_account_name.as_deref().unwrap_or_default();
    let volumes = spec.volumes.iter().flatten();
    let projected = volumes.filter_map(|volume| volume.projected.as_ref());
    let mut sources = projected.flat_map(|projected| projected.sources.iter().flatten());
    let has_token = sources.any(|source| source.service_account_token.is_some());
    let why = if !name.is_empty() {
        "a mirror pod may not reference service accounts"
    } else if mountable::refers_to_secrets(spec) {
        "a mirror pod may not reference secrets"
    } else if has_token {
        "a mirror pod may not use ServiceAccountToken volume projections"
    } else {
        return Ok(());
    };
    Err(forbidden(call, &pod.metadata, why.to_owned()))
}

fn find(call: &Call, name: &str) -> Result<ServiceAccount, String> {
    let namespace = call.namespace.as_deref().unwrap_or_default();
    let resource = call.core.resource("", "serviceaccounts");
    let key = Core::key(resource, Some(namespace), name);
    let entry = call.core.store.get(&key);
    let account = match &entry {
        None => Err(format!("serviceaccount {name:?} not found")),
        Some(entry) => serde_json::from_slice(&entry.value).map_err(|error| error.to_string()),
    };
    account.map_err(|why| format!("error looking up service account {namespace}/{name}: {why}"))
}

/// The pod's own word counts before its account's.
fn wants_token(spec: &PodSpec, account: &ServiceAccount) -> bool {
    let own = spec.automount_service_account_token;
    own.or(account.automount_service_account_token)
        .unwrap_or(true)
}

/// Mounts the token in each container that has nothing in its place, init containers included.
fn mount_token(spec: &mut PodSpec, fresh_name: impl FnOnce() -> String) {
    let volumes = spec.volumes.iter().flatten();
    let own = volumes
        .map(|volume| &volume.name)
        .find(|name| name.starts_with(TOKEN_VOLUME_PREFIX))
        .cloned();
    let is_there = own.is_some();
    let name = own.unwrap_or_else(fresh_name);
    let mut is_used = false;
    let init = spec.init_containers.iter_mut().flatten();
    for container in init.chain(spec.containers.iter_mut()) {
        let mounts = container.volume_mounts.get_or_insert_default();
        if mounts
            .iter()
            .all(|mount| mount.mount_path != TOKEN_MOUNT_PATH)
        {
            mounts.push(VolumeMount {
                name: name.clone(),
                mount_path: TOKEN_MOUNT_PATH.to_owned(),
                read_only: Some(true),
                ..VolumeMount::default()
            });
            is_used = true;
        }
    }
    if is_used && !is_there {
        let volumes = spec.volumes.get_or_insert_default();
        volumes.push(token_volume(name));
    }
}
