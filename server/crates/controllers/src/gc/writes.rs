//! The collector's reads and writes, for objects of any known kind.

use kube::api::{
    Api, DeleteParams, DynamicObject, Patch, PatchParams, Preconditions, PropagationPolicy,
};
use kube::{Client, Error};
use serde_json::{Value, json};

use super::decide::Policy;
use super::item::Item;
use super::kinds::Known;
use crate::errors::{is_invalid, is_not_found};

/// Objects of `known` where `namespace` says.
pub fn api(client: &Client, known: &Known, namespace: &str) -> Api<DynamicObject> {
    match known.namespaced {
        true => Api::namespaced_with(client.clone(), namespace, &known.resource),
        false => Api::all_with(client.clone(), &known.resource),
    }
}

/// Deletes the object that was read, and no other (GC-01): its uid and resourceVersion must still
/// hold. A conflict answers false: something changed, look again.
pub async fn delete(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    policy: Policy,
) -> kube::Result<bool> {
    let params = DeleteParams {
        propagation_policy: Some(match policy {
            Policy::Background => PropagationPolicy::Background,
            Policy::Foreground => PropagationPolicy::Foreground,
            Policy::Orphan => PropagationPolicy::Orphan,
        }),
        preconditions: Some(Preconditions {
            uid: object.metadata.uid.clone(),
            resource_version: object.metadata.resource_version.clone(),
        }),
        ..DeleteParams::default()
    };
    let name = object.metadata.name.as_deref().unwrap_or_default();
    match api.delete(name, &params).await {
        Ok(_) => Ok(true),
        Err(error) if is_not_found(&error) => Ok(true),
        Err(Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes owner references by uid (GC-03, GC-04).
pub async fn drop_owners(
    api: &Api<DynamicObject>,
    item: &Item,
    uids: &[String],
) -> kube::Result<()> {
    let gone = |uid: &String| json!({"$patch": "delete", "uid": uid});
    patch_owners(api, item, uids.iter().map(gone).collect()).await
}

/// Lets the object hold up none of these owners any more (GC-02).
pub async fn unblock_owners(
    api: &Api<DynamicObject>,
    item: &Item,
    uids: &[String],
) -> kube::Result<()> {
    let freed = |uid: &String| json!({"uid": uid, "blockOwnerDeletion": false});
    patch_owners(api, item, uids.iter().map(freed).collect()).await
}

async fn patch_owners(
    api: &Api<DynamicObject>,
    item: &Item,
    owners: Vec<Value>,
) -> kube::Result<()> {
    let patch = json!({"metadata": {"uid": item.uid, "ownerReferences": owners}});
    let patched = api
        .patch(
            &item.key.name,
            &PatchParams::default(),
            &Patch::Strategic(patch),
        )
        .await;
    forgive_gone(patched.map(drop))
}

/// Removes one finalizer of the object that was read; a conflict is an error, tried again.
pub async fn remove_finalizer(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    finalizer: &str,
) -> kube::Result<()> {
    let finalizers = object.metadata.finalizers.iter().flatten();
    let rest: Vec<_> = finalizers.filter(|own| *own != finalizer).collect();
    let patch = json!({"metadata": {
        "resourceVersion": object.metadata.resource_version,
        "finalizers": rest,
    }});
    let name = object.metadata.name.as_deref().unwrap_or_default();
    let patched = api
        .patch(name, &PatchParams::default(), &Patch::Merge(patch))
        .await;
    forgive_gone(patched.map(drop))
}

/// The object is gone, or another one has its name: nothing is left to do about it.
fn forgive_gone(result: kube::Result<()>) -> kube::Result<()> {
    match result {
        Err(error) if is_not_found(&error) || is_invalid(&error) => Ok(()),
        other => other,
    }
}
