//! Events from the recorder to the API and to their end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Node};
use kube::api::{DeleteParams, ListParams};
use kube::{Client, ResourceExt};
use orrery_informer::{EventType, Recorder};
use serde_json::{Value, json};

use crate::runner::succeeding;
use crate::world::{Refusal, World};

/// A recorder whose Events go by this client.
fn recorder(world: &World, client: Client) -> Recorder {
    let (recorder, sender) = Recorder::new(client, world.clock.clone(), "test-controller", None);
    tokio::spawn(sender);
    recorder
}

/// The Events about objects of this name.
async fn about(world: &World, name: &str) -> Vec<Event> {
    world.pass_secs(1).await;
    let events = world.api::<Event>().list(&ListParams::default()).await;
    let events = events.expect("served").items.into_iter();
    let about = events.filter(|event| event.involved_object.name.as_deref() == Some(name));
    about.collect()
}

async fn map(world: &World) -> ConfigMap {
    let map = json!({"metadata": {"name": "settings"}});
    world.create::<ConfigMap>(map).await
}

#[tokio::test(start_paused = true)]
async fn event_01_what_an_event_says_of_its_object_and_of_its_repeats() {
    let world = World::without_controllers(succeeding(1)).await;
    let (map, recorder) = (map(&world).await, recorder(&world, world.client.clone()));
    for _ in 0..3 {
        recorder.event(&map, EventType::Warning, "Tested", "as ever");
        world.pass_secs(10).await;
    }
    let event = about(&world, "settings").await.remove(0);
    let name = event.name_any();
    let time = name.strip_prefix("settings.").expect("its object's name");
    assert!(i64::from_str_radix(time, 16).is_ok(), "and a time: {name}");
    let mut told = serde_json::to_value(&event).expect("an Event");
    let fields = told.as_object_mut().expect("an object");
    fields.retain(|name, value| name != "metadata" && *value != json!("") && !value.is_null());
    let want = json!({
        "apiVersion": "v1", "kind": "Event",
        "involvedObject": {
            "apiVersion": "v1", "kind": "ConfigMap", "namespace": "default", "name": "settings",
            "uid": map.uid(), "resourceVersion": map.resource_version(),
        },
        "type": "Warning", "reason": "Tested", "message": "as ever", "count": 3,
        "source": {"component": "test-controller"}, "reportingComponent": "test-controller",
        "firstTimestamp": "2026-11-23T12:00:00Z", "lastTimestamp": "2026-11-23T12:00:20Z",
    });
    assert_eq!(told, want);

    let node = json!({"metadata": {"name": "far", "uid": "far"}});
    let node: Node = serde_json::from_value(node).expect("a literal Node");
    recorder.event(&node, EventType::Normal, "Tested", "of no namespace");
    let events = about(&world, "far").await;
    assert_eq!(events[0].namespace().as_deref(), Some("default"));
}

#[tokio::test(start_paused = true)]
async fn event_01_one_that_was_deleted_is_made_again() {
    let world = World::without_controllers(succeeding(1)).await;
    let (map, recorder) = (map(&world).await, recorder(&world, world.client.clone()));
    let mut seen: Vec<(String, Option<i32>)> = Vec::new();
    for _ in 0..2 {
        recorder.event(&map, EventType::Normal, "Tested", "once");
        recorder.event(&map, EventType::Normal, "Tested", "once");
        let event = about(&world, "settings").await.remove(0);
        seen.push((event.name_any(), event.count));
        let events = world.api::<Event>();
        let now = DeleteParams::default();
        let deleted = events.delete(&event.name_any(), &now).await;
        deleted.expect("it is there");
    }
    assert_ne!(seen[0].0, seen[1].0, "another Event");
    let counts = [seen[0].1, seen[1].1];
    assert_eq!(counts, [Some(2), Some(2)], "which counts from one on");
}

#[tokio::test(start_paused = true)]
async fn event_01_one_that_is_refused_is_dropped() {
    let world = World::without_controllers(succeeding(1)).await;
    let refuses = Arc::new(AtomicBool::new(true));
    let switch = refuses.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let create = *method == Method::POST && path.ends_with("/events");
        (create && switch.load(Ordering::SeqCst)).then_some((500, "InternalError"))
    });
    let client = world.refusing_client(refusal);
    let (map, recorder) = (map(&world).await, recorder(&world, client));
    recorder.event(&map, EventType::Normal, "Tested", "lost");
    world.pass_secs(60).await;
    refuses.store(false, Ordering::SeqCst);
    recorder.event(&map, EventType::Normal, "Tested", "heard");
    world.pass_secs(60).await;
    let told: Vec<Value> = about(&world, "settings")
        .await
        .iter()
        .map(|event| json!([event.message, event.count]))
        .collect();
    assert_eq!(told, [json!(["heard", 1])]);
}

#[tokio::test(start_paused = true)]
async fn event_01_one_lives_for_an_hour_after_its_last_report() {
    let world = World::start(succeeding(1)).await;
    let (map, recorder) = (map(&world).await, recorder(&world, world.client.clone()));
    let (half_an_hour, minute) = (1_800, 60);
    recorder.event(&map, EventType::Normal, "Tested", "again");
    world.pass_secs(half_an_hour).await;
    recorder.event(&map, EventType::Normal, "Tested", "again");
    world.pass_secs(2 * half_an_hour - minute).await;
    let events = about(&world, "settings").await;
    assert_eq!(events.len(), 1, "an hour after the first report");
    world.pass_secs(2 * minute).await;
    let events = about(&world, "settings").await;
    assert!(events.is_empty(), "an hour after the second");
}
