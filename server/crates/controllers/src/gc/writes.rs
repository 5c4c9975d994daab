//! The collector's reads and writes, for objects of any known kind.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
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
/// hold. Where only what does not matter has changed, its owners being the same, the uid is enough;
/// otherwise the answer is false: look again.
pub async fn delete(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    policy: Policy,
) -> kube::Result<bool> {
    let meta = &object.metadata;
    let seen = meta.resource_version.clone();
    if delete_at(api, object, policy, seen).await? {
        return Ok(true);
    }
    let name = meta.name.as_deref().unwrap_or_default();
    let live = api.get_opt(name).await?;
    match live.filter(|live| live.metadata.uid == meta.uid) {
        None => Ok(true),
        Some(live) if live.metadata.owner_references == meta.owner_references => {
            delete_at(api, object, policy, None).await
        }
        Some(_) => Ok(false),
    }
}

/// Answers whether the preconditions held.
async fn delete_at(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    policy: Policy,
    resource_version: Option<String>,
) -> kube::Result<bool> {
    let params = DeleteParams {
        propagation_policy: Some(match policy {
            Policy::Background => PropagationPolicy::Background,
            Policy::Foreground => PropagationPolicy::Foreground,
            Policy::Orphan => PropagationPolicy::Orphan,
        }),
        preconditions: Some(Preconditions {
            uid: object.metadata.uid.clone(),
            resource_version,
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
    let gone = uids.iter().map(gone).collect();
    patch_owners(api, item, gone, |owner| {
        (!uids.contains(&owner.uid)).then_some(owner)
    })
    .await
}

/// Lets the object hold up none of these owners any more (GC-02).
pub async fn unblock_owners(
    api: &Api<DynamicObject>,
    item: &Item,
    uids: &[String],
) -> kube::Result<()> {
    let freed = |uid: &String| json!({"uid": uid, "blockOwnerDeletion": false});
    let freed = uids.iter().map(freed).collect();
    patch_owners(api, item, freed, |owner| {
        let block_owner_deletion = match uids.contains(&owner.uid) {
            true => Some(false),
            false => owner.block_owner_deletion,
        };
        Some(OwnerReference {
            block_owner_deletion,
            ..owner
        })
    })
    .await
}

/// Patches the owner references; where strategic patches are not understood (custom resources), what
/// `change` leaves of those there are now is merged instead.
async fn patch_owners(
    api: &Api<DynamicObject>,
    item: &Item,
    owners: Vec<Value>,
    change: impl Fn(OwnerReference) -> Option<OwnerReference>,
) -> kube::Result<()> {
    let (name, params) = (&item.key.name, PatchParams::default());
    let patch = json!({"metadata": {"uid": item.uid, "ownerReferences": owners}});
    let patched = api.patch(name, &params, &Patch::Strategic(patch)).await;
    match patched {
        Err(Error::Api(status)) if status.code == 415 => {}
        other => return forgive_gone(other.map(drop)),
    }
    let live = api.get_opt(name).await?;
    let live = live.filter(|live| live.metadata.uid.as_ref() == Some(&item.uid));
    let Some(live) = live else { return Ok(()) };
    let owners = live.metadata.owner_references.into_iter().flatten();
    let patch = json!({"metadata": {
        "resourceVersion": live.metadata.resource_version,
        "ownerReferences": owners.filter_map(change).collect::<Vec<_>>(),
    }});
    let patched = api.patch(name, &params, &Patch::Merge(patch)).await;
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

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::api::ApiResource;
    use orrery_informer::ObjectKey;

    use super::*;
    use crate::asked::{self, Asked, metadata_patch as patch, plain, refusal};
    use crate::gc::item::KindName;

    /// The requests, which a server answers one after the other.
    async fn asked(
        answers: Vec<(u16, Value)>,
        ask: impl AsyncFnOnce(Api<DynamicObject>),
    ) -> Vec<Asked> {
        let resource = ApiResource::erase::<ConfigMap>(&());
        let ask = async |client: Client| {
            ask(Api::namespaced_with(client, "default", &resource)).await;
        };
        asked::asked(answers, ask).await
    }

    fn map(revision: &str, uid: &str, owners: &[&str]) -> Value {
        let owner = |uid: &&str| {
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "name": uid, "uid": uid, "blockOwnerDeletion": true,
            })
        };
        let owners: Vec<Value> = owners.iter().map(owner).collect();
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a", "uid": uid, "resourceVersion": revision, "ownerReferences": owners},
        })
    }

    fn deletion(preconditions: Value) -> Asked {
        let body = json!({"propagationPolicy": "Background", "preconditions": preconditions});
        plain("DELETE", body)
    }

    #[tokio::test]
    async fn gc_01_a_conflict_is_repeated_with_the_uid_only_where_the_owners_are_the_same() {
        let exact = deletion(json!({"resourceVersion": "1", "uid": "u"}));
        let by_uid = deletion(json!({"uid": "u"}));
        let get = plain("GET", Value::Null);
        let done = || (200, map("9", "u", &[]));
        let live = |uid, owners: &[&str]| (200, map("2", uid, owners));
        let rows = [
            ("nothing changed", vec![done()], true, vec![exact.clone()]),
            ("it is gone", vec![refusal(404)], true, vec![exact.clone()]),
            (
                "the owners are the same",
                vec![refusal(409), live("u", &["o"]), done()],
                true,
                vec![exact.clone(), get.clone(), by_uid.clone()],
            ),
            (
                "they are not: it is judged again",
                vec![refusal(409), live("u", &["p"])],
                false,
                vec![exact.clone(), get.clone()],
            ),
            (
                "another one has the name",
                vec![refusal(409), live("v", &["o"])],
                true,
                vec![exact.clone(), get.clone()],
            ),
            (
                "another one has it by then",
                vec![refusal(409), live("u", &["o"]), refusal(409)],
                false,
                vec![exact.clone(), get.clone(), by_uid],
            ),
            (
                "it went meanwhile",
                vec![refusal(409), refusal(404)],
                true,
                vec![exact, get],
            ),
        ];
        for (why, answers, gone, requests) in rows {
            let object: DynamicObject =
                serde_json::from_value(map("1", "u", &["o"])).expect("a literal");
            let told = asked(answers, async |api| {
                let deleted = delete(&api, &object, Policy::Background).await;
                assert_eq!(deleted.expect("no error"), gone, "{why}");
            });
            assert_eq!(told.await, requests, "{why}");
        }
    }

    #[tokio::test]
    async fn gc_03_where_strategic_patches_are_refused_the_owners_that_stay_are_merged() {
        let item = Item {
            kind: KindName {
                api_version: "example.com/v1".to_owned(),
                kind: "Custom".to_owned(),
            },
            key: ObjectKey::new("default", "a"),
            uid: "u".to_owned(),
            owners: Vec::new(),
            finalizers: Vec::new(),
            deleting: false,
        };
        let live = || (200, map("7", "u", &["o", "p"]));
        let dropped = asked(vec![refusal(415), live(), live()], async |api| {
            let dropped = drop_owners(&api, &item, &["o".to_owned()]).await;
            dropped.expect("the merge patch is understood");
        });
        let gone = json!({"uid": "u", "ownerReferences": [{"$patch": "delete", "uid": "o"}]});
        let owner = |uid: &str, blocks: bool| {
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "name": uid, "uid": uid,
                "blockOwnerDeletion": blocks,
            })
        };
        let left = json!({"resourceVersion": "7", "ownerReferences": [owner("p", true)]});
        let get = || plain("GET", Value::Null);
        assert_eq!(
            dropped.await,
            [patch("strategic-merge", gone), get(), patch("merge", left)]
        );

        let freed = asked(vec![refusal(415), live(), live()], async |api| {
            let freed = unblock_owners(&api, &item, &["o".to_owned()]).await;
            freed.expect("the merge patch is understood");
        });
        let block = json!({
            "uid": "u", "ownerReferences": [{"uid": "o", "blockOwnerDeletion": false}],
        });
        let free = json!({
            "resourceVersion": "7", "ownerReferences": [owner("o", false), owner("p", true)],
        });
        assert_eq!(
            freed.await,
            [patch("strategic-merge", block), get(), patch("merge", free)]
        );

        let again = asked(vec![refusal(415), live(), refusal(409)], async |api| {
            let dropped = drop_owners(&api, &item, &["o".to_owned()]).await;
            assert!(dropped.is_err(), "what has changed is tried again");
        });
        assert_eq!(again.await.len(), 3);
    }
}
