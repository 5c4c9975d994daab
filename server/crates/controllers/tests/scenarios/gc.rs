//! Owners that cannot be.

use std::sync::Arc;

use http::Method;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::{Api, Resource, ResourceExt};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{Refusal, World};

/// Of whom, and what, the Events say that an owner is in another namespace.
pub async fn warnings(world: &World, namespace: &str) -> Vec<(String, String)> {
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

/// A ConfigMap with these owners, each with whether it holds up the owner's deletion.
pub fn map(name: &str, owners: &[(&ConfigMap, bool)]) -> Value {
    let reference = |(owner, blocks): &(&ConfigMap, bool)| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": owner.name_any(), "uid": owner.uid(),
            "blockOwnerDeletion": blocks,
        })
    };
    let owners: Vec<Value> = owners.iter().map(reference).collect();
    json!({"metadata": {"name": name, "ownerReferences": owners}})
}

#[tokio::test(start_paused = true)]
async fn gc_04_an_owner_that_waits_goes_once_what_held_it_up_is_released() {
    let world = World::start(succeeding(1_000)).await;
    let waits = world.create::<ConfigMap>(map("waits", &[])).await;
    let keeps = world.create::<ConfigMap>(map("keeps", &[])).await;
    let both = map("both", &[(&waits, true), (&keeps, false)]);
    world.create::<ConfigMap>(both).await;
    let maps = world.api::<ConfigMap>();
    let deleted = maps.delete("waits", &DeleteParams::foreground()).await;
    deleted.expect("it is there");
    world.pass_secs(5).await;
    let gone = maps.get_opt("waits").await.expect("served").is_none();
    assert!(gone, "nothing holds it up any more");
    let both = maps.get("both").await.expect("another owner keeps it");
    let owners: Vec<_> = both.owner_references().iter().map(|o| &o.name).collect();
    assert_eq!(owners, ["keeps"]);
}

#[tokio::test(start_paused = true)]
async fn gc_04_an_owner_is_what_the_reference_names_and_not_only_its_uid() {
    let world = World::start(succeeding(1_000)).await;
    let own = world.create::<ConfigMap>(map("own", &[])).await;
    let rows = [
        ("fine", "ConfigMap", "own", true),
        ("of-another-name", "ConfigMap", "other", false),
        ("of-another-kind", "Job", "own", false),
    ];
    for (name, kind, owner, _) in rows {
        let mut child = map(name, &[(&own, true)]);
        let version = if kind == "Job" { "batch/v1" } else { "v1" };
        child["metadata"]["ownerReferences"][0]["apiVersion"] = json!(version);
        child["metadata"]["ownerReferences"][0]["kind"] = json!(kind);
        child["metadata"]["ownerReferences"][0]["name"] = json!(owner);
        world.create::<ConfigMap>(child).await;
    }
    world.pass_secs(5).await;
    let maps = world.api::<ConfigMap>();
    for (name, _, _, stays) in rows {
        let found = maps.get_opt(name).await.expect("served");
        assert_eq!(found.is_some(), stays, "{name}");
    }
    assert!(maps.get_opt("own").await.expect("served").is_some());
}

#[tokio::test(start_paused = true)]
async fn gc_04_of_many_dependents_one_at_most_asks_for_the_owner_that_is_gone() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let telling = asked.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        if *method == Method::GET {
            telling.lock().push(path.to_owned());
        }
        None
    });
    let world = World::with_refusal(succeeding(1_000), refusal).await;
    let seen = world.create::<ConfigMap>(map("seen", &[])).await;
    let mut ghost = seen.clone();
    ghost.metadata.name = Some("ghost".to_owned());
    ghost.metadata.uid = Some("never-was".to_owned());
    world.pass_secs(1).await;
    for owner in [&seen, &ghost] {
        for number in 0..10 {
            let name = format!("of-{}-{number}", owner.name_any());
            world
                .create::<ConfigMap>(map(&name, &[(owner, false)]))
                .await;
        }
    }
    world.pass_secs(5).await;
    let maps = world.api::<ConfigMap>();
    let deleted = maps.delete("seen", &DeleteParams::background()).await;
    deleted.expect("it is there");
    world.pass_secs(5).await;
    let left = maps.list(&ListParams::default()).await.expect("served");
    let left = left.items.iter().map(ResourceExt::name_any);
    let left: Vec<_> = left.filter(|name| name.starts_with("of-")).collect();
    assert!(left.is_empty(), "{left:?}");
    for (name, times) in [("ghost", 1), ("seen", 0)] {
        let path = format!("/api/v1/namespaces/default/configmaps/{name}");
        let asked = asked.lock();
        let count = asked.iter().filter(|asked| **asked == path).count();
        assert_eq!(count, times, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn gc_02_owners_in_a_circle_go_together() {
    let world = World::start(succeeding(1_000)).await;
    let first = world.create::<ConfigMap>(map("first", &[])).await;
    let second = map("second", &[(&first, true)]);
    let second = world.create::<ConfigMap>(second).await;
    let owners = &map("first", &[(&second, true)])["metadata"]["ownerReferences"];
    let patch = json!({"metadata": {"ownerReferences": owners}});
    world.patch::<ConfigMap>("first", patch).await;
    world.pass_secs(1).await;
    let maps = world.api::<ConfigMap>();
    let deleted = maps.delete("first", &DeleteParams::foreground()).await;
    deleted.expect("it is there");
    world.pass_secs(5).await;
    for name in ["first", "second"] {
        let gone = maps.get_opt(name).await.expect("served").is_none();
        assert!(gone, "{name} is gone");
    }
}

/// Every kind that is served is collected, and let go when its deletion waits.
#[tokio::test(start_paused = true)]
async fn gc_01_services_budgets_and_classes_are_collected_too() {
    let world = World::start(succeeding(1_000)).await;
    let owner = world.create::<ConfigMap>(map("owner", &[])).await;
    let owned = |name: &str, spec: Value| {
        let mut object = map(name, &[(&owner, true)]);
        object["spec"] = spec;
        object
    };
    let ports = json!({"ports": [{"port": 80}]});
    let selects = json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}});
    world.create::<Service>(owned("owned", ports.clone())).await;
    let budget = owned("owned", selects.clone());
    world.create::<PodDisruptionBudget>(budget).await;
    let (services, budgets) = (world.api::<Service>(), world.api::<PodDisruptionBudget>());
    let alone = |spec: Value| json!({"metadata": {"name": "alone"}, "spec": spec});
    world.create::<Service>(alone(ports)).await;
    world.create::<PodDisruptionBudget>(alone(selects)).await;
    let classes: Api<PriorityClass> = Api::all(world.client.clone());
    let class = json!({"metadata": {"name": "alone"}, "value": 1});
    let class = serde_json::from_value(class).expect("a literal class");
    let added = classes.create(&PostParams::default(), &class).await;
    added.expect("it is valid");
    world.pass_secs(1).await;

    let background = DeleteParams::background();
    let maps = world.api::<ConfigMap>();
    maps.delete("owner", &background)
        .await
        .expect("it is there");
    let foreground = DeleteParams::foreground();
    services.delete("alone", &foreground).await.expect("there");
    budgets
        .delete("alone", &DeleteParams::orphan())
        .await
        .expect("there");
    classes.delete("alone", &foreground).await.expect("there");
    world.pass_secs(5).await;
    for name in ["owned", "alone"] {
        assert!(services.get_opt(name).await.expect("served").is_none());
        assert!(budgets.get_opt(name).await.expect("served").is_none());
    }
    assert!(classes.get_opt("alone").await.expect("served").is_none());
}
