//! Any object of a kind that has a page, untyped.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event, Node, Pod};
use kube::api::{Api, ApiResource, DynamicObject};
use kube::{Client, Resource};
use orrery_app::backend::AppError;
use orrery_view::{Kind, ObjectRef};
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::app_error;

/// The API of an object's kind, in its namespace.
pub fn api(client: &Client, object: &ObjectRef) -> Api<DynamicObject> {
    let resource = resource(object.kind);
    match object.kind {
        Kind::Node => Api::all_with(client.clone(), &resource),
        _ => Api::namespaced_with(client.clone(), &object.namespace, &resource),
    }
}

/// The kind, as the API has it.
pub fn resource(kind: Kind) -> ApiResource {
    fn of<K: Resource<DynamicType = ()>>() -> ApiResource {
        ApiResource::erase::<K>(&())
    }
    match kind {
        Kind::CronJob => of::<CronJob>(),
        Kind::Job => of::<Job>(),
        Kind::DaemonSet => of::<DaemonSet>(),
        Kind::Pod => of::<Pod>(),
        Kind::Node => of::<Node>(),
        Kind::Event => of::<Event>(),
    }
}

/// As `kubectl get -o yaml` prints it: keys in order, without managedFields.
pub async fn yaml(client: &Client, object: &ObjectRef) -> Result<String, AppError> {
    let mut found = api(client, object)
        .get(&object.name)
        .await
        .map_err(app_error)?;
    found.metadata.managed_fields = None;
    printed(&found)
}

/// As one edits it: without its status, and without what the cluster alone sets, which would differ at every look.
pub fn source(object: &DynamicObject) -> Result<String, AppError> {
    let mut object = object.clone();
    let meta = &mut object.metadata;
    meta.creation_timestamp = None;
    meta.generation = None;
    meta.managed_fields = None;
    meta.resource_version = None;
    meta.self_link = None;
    meta.uid = None;
    if let Some(fields) = object.data.as_object_mut() {
        fields.remove("status");
    }
    printed(&object)
}

/// As YAML, keys in order.
pub fn printed(object: &impl Serialize) -> Result<String, AppError> {
    let value = serde_json::to_value(object).map_err(|error| AppError::Away {
        message: error.to_string(),
    })?;
    serde_saphyr::to_string(&sorted(value)).map_err(|error| AppError::Away {
        message: error.to_string(),
    })
}

/// `serde_json` keeps keys in the order they came in when some crate asks it to; kubectl sorts them.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(pairs))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
