//! Metrics as a Table, as metrics-server prints them.

use orrery_apis::quantity::Quantity;
use serde_json::{Value, json};

use crate::negotiate::MetaVersion;
use crate::problem::{Outcome, Problem};
use crate::table::{Include, metadata_only};

/// What is measured, in the order of its columns.
const RESOURCES: [&str; 2] = ["cpu", "memory"];

/// Of nothing there is not even a column, as upstream has it.
pub fn of(items: &[Value], version: MetaVersion, include: Include) -> Outcome<Value> {
    let rows = items.iter().map(|item| row(item, version, include));
    let rows = rows.collect::<Outcome<Vec<Value>>>()?;
    let filled = |list: Vec<Value>| match items.is_empty() {
        true => Value::Null,
        false => Value::Array(list),
    };
    Ok(json!({
        "kind": "Table",
        "apiVersion": version.api_version(),
        "metadata": {},
        "columnDefinitions": filled(columns()),
        "rows": filled(rows),
    }))
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

fn row(item: &Value, version: MetaVersion, include: Include) -> Outcome<Value> {
    let mut cells = vec![item["metadata"]["name"].clone()];
    cells.extend(RESOURCES.map(|resource| Value::from(used(item, resource).to_string())));
    cells.push(item["window"].clone());
    let mut row = json!({"cells": cells});
    match include {
        Include::Nothing => {}
        Include::Object => row["object"] = item.clone(),
        Include::Metadata => {
            let partial = metadata_only(item.to_string().as_bytes(), version)?;
            row["object"] = serde_json::from_slice(&partial)
                .map_err(|error| Problem::Internal(error.to_string()))?;
        }
    }
    Ok(row)
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
