//! The garbage of clusters whose kinds only discovery tells. All but those of the controllers are found
//! by it here; the group `policy` comes and goes.

use std::slice::from_ref;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use http::{Request, Response};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{DeleteParams, PostParams};
use kube::{Api, Client, Resource, ResourceExt};
use orrery_apiserver::{ApiServer, Identity};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::gc::{map, warnings};
use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::World;

/// What discovery tells of the group `policy`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Group {
    Served,
    /// It is named and does not answer.
    Away,
    /// It is not named.
    Gone,
    /// Nothing in it can be watched.
    Unwatchable,
}

type Told = Arc<Mutex<Group>>;

/// A world whose controllers discover what is served.
async fn world(group: Group) -> (World, Told) {
    let told: Told = Arc::new(Mutex::new(group));
    let telling = told.clone();
    let client = |server: &ApiServer| telling_client(server, telling);
    (World::discovering(succeeding(1_000), client).await, told)
}

fn telling_client(server: &ApiServer, group: Told) -> Client {
    let router = server.router();
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let path = request.uri().path().to_owned();
        let group = *group.lock();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Identity::administrator());
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await?;
            Ok::<_, std::convert::Infallible>(match (group, path.as_str()) {
                (Group::Away, "/apis/policy/v1") => unavailable(),
                (Group::Gone, "/apis") => changed(answer, without_policy).await,
                (Group::Unwatchable, "/apis/policy/v1") => changed(answer, without_watch).await,
                _ => answer,
            })
        }
    });
    Client::new(service, "default")
}

fn unavailable() -> Response<Body> {
    let answer = Response::builder().status(503);
    answer
        .body(Body::from("no server behind it"))
        .expect("a literal answer")
}

async fn changed(answer: Response<Body>, change: fn(&mut Value)) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("in memory");
    let mut told = serde_json::from_slice(&body).expect("discovery speaks JSON");
    change(&mut told);
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(told.to_string()))
}

fn without_policy(groups: &mut Value) {
    let groups = groups["groups"].as_array_mut().expect("a list");
    groups.retain(|group| group["name"] != "policy");
}

fn without_watch(resources: &mut Value) {
    let resources = resources["resources"].as_array_mut().expect("a list");
    for resource in resources {
        let verbs = resource["verbs"].as_array_mut().expect("a list");
        verbs.retain(|verb| verb != "watch");
    }
}

/// A reference to `owner`.
fn owner<K: Resource<DynamicType = ()>>(owner: &K) -> Value {
    json!(owner.owner_ref(&()).expect("it has a name and a uid"))
}

/// A reference to a ConfigMap that never was.
fn ghost() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "ghost", "uid": "ghost"})
}

fn owned(name: &str, owners: &[Value]) -> Value {
    json!({"metadata": {"name": name, "ownerReferences": owners}})
}

fn budget(name: &str, owners: &[Value]) -> Value {
    let mut budget = owned(name, owners);
    budget["spec"] = json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}});
    budget
}

/// The names of its owners; `None` when it is gone.
async fn owners(secrets: &Api<Secret>, name: &str) -> Option<Vec<String>> {
    let secret = secrets.get_opt(name).await.expect("served")?;
    let owners = secret.owner_references().iter();
    Some(owners.map(|owner| owner.name.clone()).collect())
}

/// Longer than between two looks at what is served, and what follows.
const A_LOOK_SECS: u64 = 35;

#[tokio::test(start_paused = true)]
async fn gc_01_to_03_hold_for_kinds_that_are_found_by_discovery() {
    let (world, _) = world(Group::Served).await;
    let (maps, secrets) = (world.api::<ConfigMap>(), world.api::<Secret>());
    let names = ["background", "foreground", "orphan"];
    for name in names {
        let parent = world.create::<ConfigMap>(map(name, &[])).await;
        let mut reference = owner(&parent);
        reference["blockOwnerDeletion"] = json!(true);
        world
            .create::<Secret>(owned(name, from_ref(&reference)))
            .await;
        let budget = budget(name, from_ref(&reference));
        world.create::<PodDisruptionBudget>(budget).await;
        let mut run = job(name, json!({}));
        run["metadata"]["ownerReferences"] = json!([reference]);
        world.create::<Job>(run).await;
    }
    world.pass_secs(2).await;
    for (name, how) in [
        ("background", DeleteParams::background()),
        ("foreground", DeleteParams::foreground()),
        ("orphan", DeleteParams::orphan()),
    ] {
        maps.delete(name, &how).await.expect("it is there");
    }
    // the pods of the Jobs have their grace
    world.pass_secs(60).await;
    for name in names {
        let gone = maps.get_opt(name).await.expect("served").is_none();
        assert!(gone, "the owner {name} goes");
    }
    let budgets = world.api::<PodDisruptionBudget>();
    for name in ["background", "foreground"] {
        assert_eq!(owners(&secrets, name).await, None, "{name}");
        assert!(budgets.get_opt(name).await.expect("served").is_none());
    }
    assert_eq!(owners(&secrets, "orphan").await, Some(Vec::new()));
    let released = budgets.get("orphan").await.expect("it is released");
    assert!(released.owner_references().is_empty());
    assert_eq!(world.job_names().await, ["orphan"]);
}

#[tokio::test(start_paused = true)]
async fn gc_05_an_owner_of_a_discovered_kind_in_another_namespace_is_told_of() {
    let (world, _) = world(Group::Served).await;
    let far = world.create::<ConfigMap>(map("far", &[])).await;
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let mut other = Namespace::default();
    other.metadata.name = Some("other".to_owned());
    let params = PostParams::default();
    namespaces.create(&params, &other).await.expect("it is new");
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), "other");
    let secret = serde_json::from_value(owned("settings", &[owner(&far)]));
    let secret: Secret = secret.expect("a literal Secret");
    secrets.create(&params, &secret).await.expect("it is new");
    world.pass_secs(5).await;
    assert_eq!(owners(&secrets, "settings").await, None);
    let uid = far.uid().unwrap_or_default();
    let message = format!(
        "ownerRef [v1/ConfigMap, namespace: other, name: far, uid: {uid}] does not exist in namespace \"other\""
    );
    let told = vec![("settings".to_owned(), message)];
    assert_eq!(warnings(&world, "other").await, told);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_does_not_answer_keeps_no_other_from_being_collected() {
    let (world, group) = world(Group::Away).await;
    let parent = world.create::<ConfigMap>(map("parent", &[])).await;
    let secret = owned("child", &[owner(&parent)]);
    world.create::<Secret>(secret).await;
    let child = budget("child", &[owner(&parent)]);
    world.create::<PodDisruptionBudget>(child).await;
    let background = DeleteParams::background();
    let maps = world.api::<ConfigMap>();
    let deleted = maps.delete("parent", &background).await;
    deleted.expect("it is there");
    world.pass_secs(A_LOOK_SECS).await;
    assert_eq!(owners(&world.api::<Secret>(), "child").await, None);
    let budgets = world.api::<PodDisruptionBudget>();
    let kept = budgets.get_opt("child").await.expect("served");
    assert!(kept.is_some(), "nobody knows of it");
    *group.lock() = Group::Served;
    world.pass_secs(A_LOOK_SECS).await;
    let gone = budgets.get_opt("child").await.expect("served").is_none();
    assert!(gone, "its kind has come, its owner is gone");
}

#[tokio::test(start_paused = true)]
async fn a_group_that_stops_to_answer_is_collected_as_before() {
    let (world, group) = world(Group::Served).await;
    let parent = world.create::<ConfigMap>(map("parent", &[])).await;
    world.pass_secs(2).await;
    *group.lock() = Group::Away;
    world.pass_secs(A_LOOK_SECS).await;
    let child = budget("child", &[owner(&parent)]);
    world.create::<PodDisruptionBudget>(child).await;
    let foreground = DeleteParams::foreground();
    let maps = world.api::<ConfigMap>();
    let deleted = maps.delete("parent", &foreground).await;
    deleted.expect("it is there");
    world.pass_secs(5).await;
    let budgets = world.api::<PodDisruptionBudget>();
    assert!(budgets.get_opt("child").await.expect("served").is_none());
    assert!(maps.get_opt("parent").await.expect("served").is_none());
}

#[tokio::test(start_paused = true)]
async fn what_an_owner_of_unknown_kind_has_is_left_until_its_kind_is_known() {
    let (world, group) = world(Group::Away).await;
    for name in ["stays", "goes"] {
        let made = budget(name, &[]);
        let made = world.create::<PodDisruptionBudget>(made).await;
        let child = owned(name, &[owner(&made), ghost()]);
        world.create::<Secret>(child).await;
    }
    let budgets = world.api::<PodDisruptionBudget>();
    let deleted = budgets.delete("goes", &DeleteParams::background()).await;
    deleted.expect("it is there");
    world.pass_secs(2 * A_LOOK_SECS).await;
    let secrets = world.api::<Secret>();
    for name in ["stays", "goes"] {
        let untouched = vec![name.to_owned(), "ghost".to_owned()];
        assert_eq!(owners(&secrets, name).await, Some(untouched));
    }
    *group.lock() = Group::Served;
    world.pass_secs(A_LOOK_SECS).await;
    let kept = Some(vec!["stays".to_owned()]);
    assert_eq!(owners(&secrets, "stays").await, kept, "the ghost is not");
    assert_eq!(owners(&secrets, "goes").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_served_no_more_takes_nothing_with_it() {
    let (world, group) = world(Group::Served).await;
    let made = budget("owner", &[]);
    let made = world.create::<PodDisruptionBudget>(made).await;
    world
        .create::<Secret>(owned("child", &[owner(&made)]))
        .await;
    world.pass_secs(2).await;
    *group.lock() = Group::Gone;
    world.pass_secs(A_LOOK_SECS).await;
    let budgets = world.api::<PodDisruptionBudget>();
    let deleted = budgets.delete("owner", &DeleteParams::background()).await;
    deleted.expect("it is there");
    world.pass_secs(A_LOOK_SECS).await;
    let secrets = world.api::<Secret>();
    let kept = owners(&secrets, "child").await;
    assert_eq!(kept, Some(vec!["owner".to_owned()]), "nobody can tell");
    *group.lock() = Group::Served;
    world.pass_secs(A_LOOK_SECS).await;
    assert_eq!(owners(&secrets, "child").await, None);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_watched_is_left_and_looked_at_as_an_owner() {
    let (world, _) = world(Group::Unwatchable).await;
    let made = budget("owner", &[]);
    let made = world.create::<PodDisruptionBudget>(made).await;
    let child = owned("child", &[owner(&made)]);
    world.create::<Secret>(child).await;
    let left = budget("left", &[ghost()]);
    world.create::<PodDisruptionBudget>(left).await;
    world.pass_secs(2 * A_LOOK_SECS).await;
    let secrets = world.api::<Secret>();
    assert!(owners(&secrets, "child").await.is_some(), "it has an owner");
    let budgets = world.api::<PodDisruptionBudget>();
    let deleted = budgets.delete("owner", &DeleteParams::background()).await;
    deleted.expect("it is there");
    world.pass_secs(A_LOOK_SECS).await;
    assert_eq!(owners(&secrets, "child").await, None, "nobody told");
    let left = budgets.get_opt("left").await.expect("served");
    assert!(left.is_some(), "what is not watched is not collected");
}
