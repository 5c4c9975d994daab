//! Who owns which fields, as `metadata.managedFields` writes it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, ManagedFieldsEntry, Time};
use orrery_apis::event_v1;
use orrery_apis::go_quote::quoted;
use serde_json::Value;

use super::set::Set;

/// The only way to write a set of fields.
const FIELDS_TYPE: &str = "FieldsV1";

const NEWER_EVENTS: &str = "events.k8s.io/v1";

/// How a manager came to own its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Apply,
    Update,
}

/// A manager with what it owns.
#[derive(Clone, Debug, PartialEq)]
pub struct Manager {
    pub name: String,
    pub operation: Operation,
    pub api_version: String,
    pub subresource: String,
    pub time: Option<Time>,
    pub owns: Set,
}

impl Manager {
    /// True when both are one: an applier whatever version it wrote, an updater of one version.
    pub fn is(&self, other: &Manager) -> bool {
        self.name == other.name
            && self.operation == other.operation
            && self.subresource == other.subresource
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }

    /// As conflicts name it (K-18).
    pub fn shown(&self) -> String {
        let mut text = quoted(&self.name);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource {}", quoted(&self.subresource));
        }
        match (self.operation, &self.time) {
            (Operation::Apply, _) => text,
            (Operation::Update, None) => format!("{text} using {}", self.api_version),
            (Operation::Update, Some(Time(at))) => {
                format!("{text} using {} at {at}", self.api_version)
            }
        }
    }
}

/// What a written body says about the managers.
pub enum Sent {
    /// Nothing that can be read: what is stored holds.
    Nothing,
    /// No entry, or one that is empty: forget them all.
    Reset,
    Managers(Vec<Manager>),
}

/// Reads the entries of a body.
pub fn read_sent(entries: Option<&[ManagedFieldsEntry]>) -> Sent {
    match entries {
        None => Sent::Nothing,
        Some([]) => Sent::Reset,
        Some([only]) if *only == ManagedFieldsEntry::default() => Sent::Reset,
        Some(entries) => read(entries).map_or(Sent::Nothing, Sent::Managers),
    }
}

/// The managers of these entries; `None` when one cannot be read.
pub fn read(entries: &[ManagedFieldsEntry]) -> Option<Vec<Manager>> {
    entries.iter().map(read_one).collect()
}

fn read_one(entry: &ManagedFieldsEntry) -> Option<Manager> {
    let operation = match entry.operation.as_deref()? {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return None,
    };
    if entry.fields_type.as_deref() != Some(FIELDS_TYPE) {
        return None;
    }
    let owns = match &entry.fields_v1 {
        Some(FieldsV1(fields)) if of_newer_events(entry.api_version.as_deref()) => {
            Set::from_fields(&renamed(fields, event_v1::field_label))?
        }
        Some(FieldsV1(fields)) => Set::from_fields(fields)?,
        None => Set::default(),
    };
    Some(Manager {
        name: entry.manager.clone().unwrap_or_default(),
        operation,
        api_version: entry.api_version.clone().filter(|v| !v.is_empty())?,
        subresource: entry.subresource.clone().unwrap_or_default(),
        time: entry.time.clone(),
        owns,
    })
}

/// The entries in upstream's order: appliers first, then by time, then by name.
pub fn write(mut managers: Vec<Manager>) -> Option<Vec<ManagedFieldsEntry>> {
    managers.retain(|manager| !manager.owns.is_empty());
    managers.sort_by(|a, b| {
        let key = |m: &Manager| {
            (
                m.operation,
                m.time.as_ref().map(|t| t.0),
                m.name.clone(),
                m.api_version.clone(),
                m.subresource.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    let entries: Vec<_> = managers.into_iter().map(write_one).collect();
    (!entries.is_empty()).then_some(entries)
}

fn write_one(manager: Manager) -> ManagedFieldsEntry {
    let operation = match manager.operation {
        Operation::Apply => "Apply",
        Operation::Update => "Update",
    };
    let fields = manager.owns.to_fields();
    let fields = match of_newer_events(Some(&manager.api_version)) {
        true => renamed(&fields, event_v1::newer_label),
        false => fields,
    };
    ManagedFieldsEntry {
        api_version: Some(manager.api_version),
        fields_type: Some(FIELDS_TYPE.to_owned()),
        fields_v1: Some(FieldsV1(fields)),
        manager: Some(manager.name),
        operation: Some(operation.to_owned()),
        subresource: Some(manager.subresource).filter(|s| !s.is_empty()),
        time: manager.time,
    }
}

/// Events are kept under their core names, whatever version their managers wrote; an entry is of its
/// own version.
fn of_newer_events(api_version: Option<&str>) -> bool {
    api_version == Some(NEWER_EVENTS)
}

/// Fields of an event under other names.
fn renamed(fields: &Value, label: fn(&str) -> String) -> Value {
    let Value::Object(fields) = fields else {
        return fields.clone();
    };
    let renamed = fields.iter().map(|(key, below)| {
        let key = match key.strip_prefix("f:") {
            Some(name) => format!("f:{}", label(name)),
            None => key.clone(),
        };
        (key, below.clone())
    });
    Value::Object(renamed.collect())
}
