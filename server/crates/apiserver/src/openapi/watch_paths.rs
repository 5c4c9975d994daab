//! The paths of the deprecated way to ask for a watch, and what such a watch says.

use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::paths::{LIST, operation, path_parameters, root};
use super::schemas::kind_of;
use crate::registry::Resource;

const WATCH_EVENT: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent";

/// Adds the kind's: the whole, a namespace's, one by its name.
pub fn add(paths: &mut Map<String, Value>, resource: &Resource) {
    let info = resource.info;
    let whole = format!("{}/watch/{}", root(info), info.plural);
    let collection = match info.namespaced {
        true => format!(
            "{}/watch/namespaces/{{namespace}}/{}",
            root(info),
            info.plural
        ),
        false => whole.clone(),
    };
    let list = "watch individual changes to a list of";
    let instead = "deprecated: use the 'watch' parameter with a list operation instead";
    let lists = format!("{list} {}. {instead}.", info.kind);
    let one = format!(
        "watch changes to an object of kind {}. {instead}, filtered to a single item with the 'fieldSelector' parameter.",
        info.kind
    );
    paths.insert(whole, item(resource, "watchlist", &lists, json!([])));
    let named = path_parameters(true, info.namespaced);
    paths.insert(
        format!("{collection}/{{name}}"),
        item(resource, "watch", &one, named),
    );
    if info.namespaced {
        let within = path_parameters(false, true);
        paths.insert(collection, item(resource, "watchlist", &lists, within));
    }
}

fn item(resource: &Resource, action: &str, description: &str, parameters: Value) -> Value {
    let mut get = operation(action, LIST, &kind_of(resource), WATCH_EVENT);
    get["description"] = json!(description);
    json!({"get": get, "parameters": parameters})
}

/// Adds what such a watch says, line by line.
pub fn add_event(schemas: &mut Map<String, Value>, generator: &mut SchemaGenerator) {
    let object = generator.subschema_for::<RawExtension>();
    let event = json!({
        "description": "Event represents a single event to a watched resource.",
        "type": "object",
        "required": ["type", "object"],
        "properties": {
            "object": {"allOf": [object], "description": "Object is: the new state of the object if Type is Added, Modified or Bookmark; its last state if Type is Deleted; a Status if Type is Error."},
            "type": {"type": "string", "default": ""},
        },
    });
    schemas.insert(WATCH_EVENT.to_owned(), event);
}
