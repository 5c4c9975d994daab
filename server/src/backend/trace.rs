//! What is left of an object that is gone: an Event that says who deleted or evicted it, when and why.

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::Api;
use kube::api::PostParams;
use orrery_view::{Kind, ObjectRef};

use super::Dashboard;
use super::mark::DASHBOARD;
use super::objects::resource;

/// Who reports it.
const REPORTER: &str = "orrery-dashboard";

pub async fn deleted(on: &Dashboard, object: &ObjectRef, known: &ObjectMeta) {
    if object.kind != Kind::Event {
        leave(on, object, known, "Deleted").await;
    }
}

pub async fn evicted(on: &Dashboard, object: &ObjectRef, known: &ObjectMeta) {
    leave(on, object, known, "Evicted").await;
}

/// Leaves the Event. It is gone already, so a cluster that takes no Event of ours is no reason to call it a failure.
async fn leave(on: &Dashboard, object: &ObjectRef, known: &ObjectMeta, did: &str) {
    let event = event(on, object, known, did);
    let namespace = event.metadata.namespace.clone().unwrap_or_default();
    let events: Api<Event> = Api::namespaced(on.client.clone(), &namespace);
    if let Err(error) = events.create(&PostParams::default(), &event).await {
        tracing::debug!(%error, name = %object.name, "no Event says who did it");
    }
}

fn event(on: &Dashboard, object: &ObjectRef, known: &ObjectMeta, did: &str) -> Event {
    let resource = resource(object.kind);
    let namespace = match object.namespace.as_str() {
        "" => "default",
        namespace => namespace,
    };
    let message = on.why(&format!("{did} by {DASHBOARD}"));
    let at = Time(on.clock.now());
    Event {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}.", object.name)),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        },
        involved_object: ObjectReference {
            api_version: Some(resource.api_version),
            kind: Some(resource.kind),
            name: Some(object.name.clone()),
            namespace: known.namespace.clone(),
            uid: known.uid.clone(),
            ..ObjectReference::default()
        },
        type_: Some("Normal".to_owned()),
        reason: Some(did.to_owned()),
        message: Some(message),
        source: Some(EventSource {
            component: Some(REPORTER.to_owned()),
            host: None,
        }),
        reporting_component: Some(REPORTER.to_owned()),
        count: Some(1),
        first_timestamp: Some(at.clone()),
        last_timestamp: Some(at),
        ..Event::default()
    }
}
