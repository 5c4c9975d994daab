//! Owners that cannot be.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace};
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::{Api, Resource, ResourceExt};
use serde_json::json;

use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::World;

async fn warnings(world: &World, namespace: &str) -> Vec<(String, String)> {
    let events: Api<Event> = Api::namespaced(world.client.clone(), namespace);
    let events = events.list(&ListParams::default()).await.expect("served");
    let warnings = events
        .items
        .into_iter()
        .filter(|event| event.reason.as_deref() == Some("OwnerRefInvalidNamespace"));
    let told = warnings.map(|event| {
        assert_eq!(event.type_.as_deref(), Some("Warning"));
        let about = event.involved_object.name.unwrap_or_default();
        (about, event.message.unwrap_or_default())
    });
    told.collect()
}

#[tokio::test(start_paused = true)]
async fn gc_05_an_owner_is_looked_for_in_the_dependents_own_namespace() {
    let world = World::start(succeeding(1_000)).await;
    let owner = world.create::<Job>(job("far", json!({}))).await;
    let uid = owner.uid().unwrap_or_default();
    let reference = owner.owner_ref(&()).expect("it has a name and a uid");
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let params = PostParams::default();
    let mut other = Namespace::default();
    other.metadata.name = Some("other".to_owned());
    namespaces.create(&params, &other).await.expect("it is new");
    let mut owned = other.clone();
    owned.metadata.name = Some("owned".to_owned());
    owned.metadata.owner_references = Some(vec![reference.clone()]);
    namespaces.create(&params, &owned).await.expect("it is new");
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), "other");
    let mut map = ConfigMap::default();
    map.metadata.name = Some("settings".to_owned());
    map.metadata.owner_references = Some(vec![reference]);
    maps.create(&params, &map).await.expect("it is new");
    world.pass_secs(2).await;

    let gone = maps.get_opt("settings").await.expect("served").is_none();
    assert!(gone, "there is no such Job in its namespace");
    let message = format!(
        "ownerRef [batch/v1/Job, namespace: other, name: far, uid: {uid}] does not exist in namespace \"other\""
    );
    let told = vec![("settings".to_owned(), message)];
    assert_eq!(warnings(&world, "other").await, told);
    let message = format!(
        "ownerRef [batch/v1/Job, namespace: , name: far, uid: {uid}] does not exist in namespace \"\""
    );
    let told = vec![("owned".to_owned(), message)];
    assert_eq!(warnings(&world, "default").await, told);

    let jobs = world.api::<Job>();
    let deleted = jobs.delete("far", &DeleteParams::background()).await;
    deleted.expect("it is there");
    world.pass_secs(60).await;
    let kept = namespaces.get("owned").await.expect("it is not collected");
    assert!(kept.metadata.deletion_timestamp.is_none());
}
