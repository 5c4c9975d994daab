//! Answers of kinds whose objects are made when somebody asks, and kept nowhere.

use axum::response::Response;
use serde_json::{Value, json};

use crate::foreign;
use crate::go_json;
use crate::go_types;
use crate::negotiate::{MetaVersion, Representation};
use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::registry::{Name, api_version};
use crate::render;
use crate::table::{Include, PARTIAL};

/// A kind of theirs.
pub struct Unstored {
    pub name: Name,
    pub version: &'static str,
    pub kind: &'static str,
    /// Prints them.
    pub table: fn(&[Value], MetaVersion, Include) -> Value,
}

/// What a path leads to: objects with their apiVersion and kind.
pub enum Found {
    One(Value),
    Many(Vec<Value>),
}

impl Found {
    fn items(&self) -> &[Value] {
        match self {
            Self::One(object) => std::slice::from_ref(object),
            Self::Many(items) => items,
        }
    }
}

impl Unstored {
    /// What was found, as it is wanted.
    pub fn answer(
        &self,
        found: Found,
        wanted: Representation,
        params: &Params,
    ) -> Outcome<Response> {
        let package = foreign::package(self.name.group);
        let shown = match (wanted, found) {
            (Representation::Table(version), found) => {
                (self.table)(found.items(), version, Include::read(params)?)
            }
            (Representation::Whole, Found::One(object)) => object,
            (Representation::Whole, Found::Many(items)) => self.list(items),
            (Representation::Metadata(version), Found::One(object)) => partial(&object, version),
            (Representation::MetadataList(version), Found::Many(items)) => {
                let items = items.iter().map(|item| partial(item, version));
                list(&format!("{PARTIAL}List"), version.api_version(), items)
            }
            (Representation::Metadata(_), Found::Many(_)) => {
                return Err(render::is_list(package, self.kind));
            }
            (Representation::MetadataList(_), Found::One(_)) => {
                return Err(render::is_no_list(package, self.kind));
            }
        };
        Ok(render::whole(&go_types::ordered(&go_json::to_vec(&shown))))
    }

    /// Upstream keeps no history of them that could be watched.
    pub fn unwatchable(&self) -> Problem {
        Problem::Unsupported {
            verb: "watch",
            resource: self.name,
        }
    }

    /// Items of a built-in list name no kind of their own.
    fn list(&self, items: Vec<Value>) -> Value {
        let items = items.into_iter().map(|mut item| {
            if let Value::Object(fields) = &mut item {
                fields.remove("kind");
                fields.remove("apiVersion");
            }
            item
        });
        let api_version = api_version(self.name.group, self.version);
        list(&format!("{}List", self.kind), &api_version, items)
    }
}

fn list(kind: &str, api_version: &str, items: impl Iterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.collect();
    json!({"kind": kind, "apiVersion": api_version, "metadata": {}, "items": items})
}

/// A Table of such objects.
pub fn table(columns: &Value, rows: &Value, version: MetaVersion) -> Value {
    json!({
        "kind": "Table",
        "apiVersion": version.api_version(),
        "metadata": {},
        "columnDefinitions": columns,
        "rows": rows,
    })
}

/// A row of such a Table.
pub fn row(object: &Value, cells: &[Value], version: MetaVersion, include: Include) -> Value {
    let mut row = json!({"cells": cells});
    match include {
        Include::Nothing => {}
        Include::Metadata => row["object"] = partial(object, version),
        Include::Object => row["object"] = object.clone(),
    }
    row
}

fn partial(object: &Value, version: MetaVersion) -> Value {
    json!({
        "kind": PARTIAL,
        "apiVersion": version.api_version(),
        "metadata": object["metadata"],
    })
}
