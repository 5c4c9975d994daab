//! What an applied configuration says through each door of an object: whatever a door does not write is
//! nobody's by coming through it (upstream's reset fields).

use orrery_apis::Update;
use serde_json::{Map, Value};

use crate::call::Call;

/// What a resize is about, beside the name by which a container is known.
const RESIZED: [&str; 3] = ["name", "resources", "resizePolicy"];

/// Drops what `door` does not write.
pub fn keep(call: &Call, value: &mut Value, door: Update) {
    let Some(map) = value.as_object_mut() else {
        return;
    };
    match door {
        Update::Main if call.resource.info.has_status => drop(map.remove("status")),
        Update::Main => {}
        Update::Status => drop(map.remove("spec")),
        Update::EphemeralContainers => only(map, &["ephemeralContainers"]),
        Update::Resize => {
            only(map, &["containers", "initContainers", "resources"]);
            resources_only(map);
        }
    }
}

/// The name and these fields of the specification.
fn only(map: &mut Map<String, Value>, fields: &[&str]) {
    map.remove("status");
    let entries = [
        (
            "metadata",
            &["name", "namespace", "resourceVersion", "uid"][..],
        ),
        ("spec", fields),
    ];
    for (key, kept) in entries {
        if let Some(Value::Object(inner)) = map.get_mut(key) {
            inner.retain(|field, _| kept.contains(&field.as_str()));
        }
    }
}

fn resources_only(map: &mut Map<String, Value>) {
    let Some(spec) = map.get_mut("spec") else {
        return;
    };
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        let containers = containers.into_iter().flatten();
        for container in containers.filter_map(Value::as_object_mut) {
            container.retain(|field, _| RESIZED.contains(&field.as_str()));
        }
    }
}
