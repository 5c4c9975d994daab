//! Metrics as a Table, as metrics-server prints them.

use orrery_apis::quantity::Quantity;
use serde_json::{Value, json};

use crate::negotiate::MetaVersion;
use crate::table::Include;
use crate::unstored;

/// What is measured, in the order of its columns.
const RESOURCES: [&str; 2] = ["cpu", "memory"];

/// Of nothing there is not even a column, as upstream has it.
pub fn of(items: &[Value], version: MetaVersion, include: Include) -> Value {
    if items.is_empty() {
        return unstored::table(&Value::Null, &Value::Null, version);
    }
    let rows = items.iter();
    let rows: Value = rows
        .map(|item| unstored::row(item, &cells(item), version, include))
        .collect();
    unstored::table(&Value::Array(columns()), &rows, version)
}

fn columns() -> Vec<Value> {
    let column = |name: &str, format: &str, description: &str| {
        json!({
            "name": name, "type": "string", "format": format, "description": description, "priority": 0,
        })
    };
    let mut columns = vec![column("Name", "name", "Name of the resource")];
    columns.extend(RESOURCES.map(|resource| column(resource, "quantity", "")));
    columns.push(column("Window", "duration", ""));
    columns
}

fn cells(item: &Value) -> Vec<Value> {
    let mut cells = vec![item["metadata"]["name"].clone()];
    cells.extend(RESOURCES.map(|resource| Value::from(used(item, resource).to_string())));
    cells.push(item["window"].clone());
    cells
}

/// A pod's is what its containers use together.
fn used(item: &Value, resource: &str) -> Quantity {
    let of = |usage: &Value| {
        let text = usage[resource].as_str().unwrap_or_default();
        text.parse().unwrap_or(Quantity::ZERO)
    };
    match item["containers"].as_array() {
        Some(containers) => {
            let used = containers.iter().map(|container| of(&container["usage"]));
            used.fold(Quantity::ZERO, |sum, used| sum + used)
        }
        None => of(&item["usage"]),
    }
}
