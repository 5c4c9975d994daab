//! The table of events (PR-15).

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use serde_json::json;

use crate::print::{cell, name, since_text, string_column, wide};
use crate::{Column, Printed};

pub(super) const COLUMNS: &[Column] = &[
    string_column(
        "Last Seen",
        "The time at which the most recent occurrence of this event was recorded.",
    ),
    string_column(
        "Type",
        "Type of this event (Normal, Warning), new types could be added in the future",
    ),
    string_column(
        "Reason",
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    ),
    string_column("Object", "The object that this event is about."),
    wide(
        "Subobject",
        "If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: \"spec.containers{name}\" (where \"name\" refers to the name of the container that triggered the event) or if no container name is specified \"spec.containers[2]\" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.",
    ),
    wide(
        "Source",
        "The component reporting this event. Should be a short machine understandable string.",
    ),
    string_column(
        "Message",
        "A human-readable description of the status of this operation.",
    ),
    wide(
        "First Seen",
        "The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)",
    ),
    wide("Count", "The number of times this event has occurred."),
    Column {
        priority: 1,
        ..name()
    },
];

pub(super) fn print(event: &Event, now: Timestamp) -> Printed {
    let object = &event.involved_object;
    let (kind, object_name) = (object.kind.as_deref(), object.name.as_deref());
    let kind = kind.unwrap_or_default().to_lowercase();
    let target = match object_name.unwrap_or_default() {
        "" => kind,
        name => format!("{kind}/{name}"),
    };
    let text = |text: &Option<String>| cell(text.clone().unwrap_or_default());
    let (first, last, count) = times(event);
    Printed {
        cells: vec![
            cell(since_text(last, now)),
            text(&event.type_),
            text(&event.reason),
            cell(target),
            text(&object.field_path),
            cell(source_text(event)),
            cell(event.message.as_deref().unwrap_or_default().trim()),
            cell(since_text(first, now)),
            json!(count),
            text(&event.metadata.name),
        ],
        conditions: Vec::new(),
    }
}

/// First and last sight and the count; a series speaks for the event.
fn times(event: &Event) -> (Option<Timestamp>, Option<Timestamp>, i32) {
    let happened = event.event_time.as_ref().map(|time| time.0);
    let first = event
        .first_timestamp
        .as_ref()
        .map(|time| time.0)
        .or(happened);
    let last = event.last_timestamp.as_ref().map(|time| time.0).or(first);
    match &event.series {
        Some(series) => {
            let observed = series.last_observed_time.as_ref().map(|time| time.0);
            (first, observed, series.count.unwrap_or_default())
        }
        // a single event of the newer API has no count
        None => (
            first,
            last,
            event.count.filter(|count| *count != 0).unwrap_or(1),
        ),
    }
}

/// The component and its host, each as the newer API reports it where the older field is empty.
fn source_text(event: &Event) -> String {
    let source = event.source.clone().unwrap_or_default();
    let first = |older: Option<String>, newer: &Option<String>| {
        let older = older.filter(|text| !text.is_empty());
        older.or_else(|| newer.clone()).unwrap_or_default()
    };
    let component = first(source.component, &event.reporting_component);
    match first(source.host, &event.reporting_instance).as_str() {
        "" => component,
        host => format!("{component}, {host}"),
    }
}
