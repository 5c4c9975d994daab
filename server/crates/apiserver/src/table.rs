//! Server-side printing (PR-05): objects as rows of a `meta.k8s.io` Table.

use jiff::Timestamp;
use orrery_apis::{Column, FieldError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::go_json;
use crate::negotiate::MetaVersion;
use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::registry::Resource;

/// What a row carries of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    Nothing,
    Metadata,
    Object,
}

impl Include {
    /// Reads `includeObject`.
    pub fn read(params: &Params) -> Outcome<Self> {
        match params.get("includeObject") {
            Some("None") => Ok(Self::Nothing),
            None | Some("Metadata") => Ok(Self::Metadata),
            Some("Object") => Ok(Self::Object),
            Some(other) => {
                let detail = "must be 'Metadata', 'Object', 'None', or empty";
                let wrong = FieldError::invalid("includeObject", other, detail);
                Err(Problem::BadRequest(format!(
                    "Unable to convert to Table as requested: {wrong}"
                )))
            }
        }
    }
}

/// How to print, for all rows of an answer.
#[derive(Clone, Copy)]
pub struct Printer {
    pub version: MetaVersion,
    pub include: Include,
    pub now: Timestamp,
}

/// The metadata of a list, as far as it has any.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListHead {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource_version: String,
    #[serde(rename = "continue", skip_serializing_if = "Option::is_none")]
    pub continue_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_item_count: Option<usize>,
}

impl Printer {
    /// A Table of these stored values. Column definitions may be left out after the first event of a
    /// watch (K-12).
    pub fn table<'a>(
        &self,
        resource: &Resource,
        head: &ListHead,
        with_columns: bool,
        values: impl Iterator<Item = &'a [u8]>,
    ) -> Outcome<Vec<u8>> {
        let rows = values
            .map(|value| self.row(resource, value))
            .collect::<Outcome<Vec<_>>>()?;
        Ok(go_json::to_vec(&Table {
            kind: "Table",
            api_version: self.version.api_version(),
            metadata: head,
            column_definitions: with_columns.then(|| columns(resource.columns)),
            rows: &rows,
        }))
    }

    fn row(&self, resource: &Resource, value: &[u8]) -> Outcome<Row> {
        let object = resource.decode_stored(value).map_err(|error| {
            Problem::Internal(format!("a stored object does not decode: {error}"))
        })?;
        let printed = object.print(self.now);
        Ok(Row {
            cells: printed.cells,
            conditions: printed.conditions,
            object: self.included(value)?,
        })
    }

    fn included(&self, value: &[u8]) -> Outcome<Option<Box<RawValue>>> {
        let text = match self.include {
            Include::Nothing => return Ok(None),
            Include::Metadata => metadata_only(value, self.version)?,
            Include::Object => value.to_vec(),
        };
        let text = String::from_utf8(text).map_err(|error| Problem::Internal(error.to_string()))?;
        let raw =
            RawValue::from_string(text).map_err(|error| Problem::Internal(error.to_string()))?;
        Ok(Some(raw))
    }
}

/// The kind of an object that is reduced to its metadata.
pub const PARTIAL: &str = "PartialObjectMetadata";

/// A stored object as PartialObjectMetadata: its metadata is taken as it is written.
pub fn metadata_only(stored: &[u8], version: MetaVersion) -> Outcome<Vec<u8>> {
    #[derive(Deserialize)]
    struct Stored<'a> {
        #[serde(borrow)]
        metadata: &'a RawValue,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Partial<'a> {
        kind: &'a str,
        api_version: &'a str,
        metadata: &'a RawValue,
    }
    let internal = |error: serde_json::Error| Problem::Internal(error.to_string());
    let Stored { metadata } = serde_json::from_slice(stored).map_err(internal)?;
    let partial = Partial {
        kind: PARTIAL,
        api_version: version.api_version(),
        metadata,
    };
    serde_json::to_vec(&partial).map_err(internal)
}

/// In Go's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Table<'a> {
    kind: &'a str,
    api_version: &'a str,
    metadata: &'a ListHead,
    column_definitions: Option<Vec<ColumnDefinition<'a>>>,
    rows: &'a [Row],
}

#[derive(Serialize)]
struct Row {
    cells: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Box<RawValue>>,
}

/// A column, as a Table tells it.
#[derive(Serialize)]
pub struct ColumnDefinition<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    type_: &'a str,
    format: &'a str,
    description: &'a str,
    priority: i32,
}

/// What a Table says of these columns.
pub fn columns(columns: &[Column]) -> Vec<ColumnDefinition<'_>> {
    let columns = columns.iter().map(|column| ColumnDefinition {
        name: column.name,
        type_: column.type_,
        format: column.format,
        description: column.description,
        priority: column.priority,
    });
    columns.collect()
}
