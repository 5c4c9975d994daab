//! Namespaces that go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use crate::runner::succeeding;
use crate::world::{Refusal, World};

/// The reasons of the conditions that tell of trouble.
async fn trouble(world: &World, namespace: &str) -> Vec<String> {
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let namespace = namespaces.get(namespace).await.expect("it is there");
    let conditions = namespace.status.and_then(|status| status.conditions);
    let trouble = conditions.into_iter().flatten();
    let trouble = trouble.filter(|condition| condition.status == "True");
    trouble.filter_map(|condition| condition.reason).collect()
}

#[tokio::test(start_paused = true)]
async fn ns_01_what_cannot_be_deleted_does_not_keep_the_rest() {
    let fails = Arc::new(AtomicBool::new(true));
    let switch = fails.clone();
    let refusal: Refusal = Arc::new(move |_, path| {
        let meant = path.contains("/namespaces/doomed/configmaps");
        (meant && switch.load(Ordering::SeqCst)).then_some((503, "ServiceUnavailable"))
    });
    let world = World::with_refusal(succeeding(1), refusal).await;
    let named = |name: &str| json!({"metadata": {"name": name}});
    let params = PostParams::default();
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let doomed = serde_json::from_value(named("doomed")).expect("a literal Namespace");
    let made = namespaces.create(&params, &doomed).await;
    made.expect("it is new");
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), "doomed");
    let map = serde_json::from_value(named("stays")).expect("a literal ConfigMap");
    maps.create(&params, &map).await.expect("it is new");
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), "doomed");
    let secret = serde_json::from_value(named("goes")).expect("a literal Secret");
    secrets.create(&params, &secret).await.expect("it is new");

    let deleted = namespaces.delete("doomed", &DeleteParams::default()).await;
    deleted.expect("it is there");
    world.pass_secs(5).await;
    let secret = secrets.get_opt("goes").await.expect("served");
    assert!(secret.is_none(), "what can go has gone");
    assert!(maps.get_opt("stays").await.expect("served").is_some());
    assert_eq!(trouble(&world, "doomed").await, ["ContentDeletionFailed"]);

    fails.store(false, Ordering::SeqCst);
    world.pass_secs(65).await;
    let left = namespaces.get_opt("doomed").await.expect("served");
    assert!(left.is_none(), "tried again: {left:?}");
}
