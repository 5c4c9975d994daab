//! Errors of an event: of the older form only where it lies, of the newer (with eventTime) more, and
//! through events.k8s.io/v1 all of it.

use k8s_openapi::api::core::v1::Event;

use crate::meta::{immutable, immutable_inside, qualified_name_errors};
use crate::{FieldError, FieldErrors};

const TYPES: [&str; 2] = ["Normal", "Warning"];
const TEXT_MAX: usize = 128;
const NOTE_MAX: usize = 1024;

pub(super) fn validate(event: &Event) -> FieldErrors {
    let mut errors = Vec::new();
    validate_namespace(event, &mut errors);
    if event.event_time.is_some() {
        validate_new_style(event, &mut errors);
    }
    errors
}

/// What else an event needs that comes through events.k8s.io/v1.
pub fn validate_strict(event: &Event) -> FieldErrors {
    let mut errors = FieldErrors::new();
    validate_series(event, &mut errors);
    if event.event_time.is_none() {
        errors.push(FieldError::required("eventTime", ""));
    }
    let type_ = event.type_.as_deref().unwrap_or_default();
    if !TYPES.contains(&type_) {
        let detail = format!("has invalid value: {type_}");
        errors.push(FieldError::invalid("type", "", detail));
    }
    let named = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let source = event.source.clone().unwrap_or_default();
    let older = [
        ("firstTimestamp", event.first_timestamp.is_some()),
        ("lastTimestamp", event.last_timestamp.is_some()),
        ("count", event.count.is_some_and(|count| count != 0)),
        ("source", named(&source.component) || named(&source.host)),
    ];
    for (field, _) in older.into_iter().filter(|(_, is_set)| *is_set) {
        errors.push(FieldError::invalid(field, "", "needs to be unset"));
    }
    errors
}

/// What may not change through events.k8s.io/v1: all but its series.
pub fn validate_strict_update(new: &Event, old: &Event) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if new.series != old.series {
        validate_series(new, &mut errors);
    }
    let source = |event: &Event| event.source.clone().unwrap_or_default();
    let unchanged = [
        immutable_inside(
            "ObjectReference",
            &new.involved_object,
            &old.involved_object,
            "involvedObject",
        ),
        immutable(&new.reason, &old.reason, "reason"),
        immutable(&new.message, &old.message, "message"),
        immutable_inside("EventSource", &source(new), &source(old), "source"),
        immutable(&new.first_timestamp, &old.first_timestamp, "firstTimestamp"),
        immutable(&new.last_timestamp, &old.last_timestamp, "lastTimestamp"),
        immutable(&new.count, &old.count, "count"),
        immutable(&new.type_, &old.type_, "type"),
        immutable(&new.event_time, &old.event_time, "eventTime"),
        immutable(&new.action, &old.action, "action"),
        immutable_inside("ObjectReference", &new.related, &old.related, "related"),
        immutable(
            &new.reporting_component,
            &old.reporting_component,
            "reportingController",
        ),
        immutable(
            &new.reporting_instance,
            &old.reporting_instance,
            "reportingInstance",
        ),
    ];
    errors.extend(unchanged.into_iter().flatten());
    errors
}

fn validate_series(event: &Event, errors: &mut FieldErrors) {
    let Some(series) = &event.series else {
        return;
    };
    if series.count.unwrap_or_default() < 2 {
        errors.push(FieldError::invalid(
            "series.count",
            "",
            "should be at least 2",
        ));
    }
    if series.last_observed_time.is_none() {
        errors.push(FieldError::required("series.lastObservedTime", ""));
    }
}

fn validate_namespace(event: &Event, errors: &mut FieldErrors) {
    let own = event.metadata.namespace.as_deref().unwrap_or_default();
    let involved = event
        .involved_object
        .namespace
        .as_deref()
        .unwrap_or_default();
    let fits = match (involved, event.event_time.is_some()) {
        ("", false) => matches!(own, "" | "default"),
        ("", true) => matches!(own, "default" | "kube-system"),
        (_, true) => true,
        (involved, false) => own == involved,
    };
    if !fits {
        let detail = "does not match event.namespace";
        errors.push(FieldError::invalid(
            "involvedObject.namespace",
            involved,
            detail,
        ));
    }
}

fn validate_new_style(event: &Event, errors: &mut FieldErrors) {
    let component = event.reporting_component.as_deref().unwrap_or_default();
    if component.is_empty() {
        errors.push(FieldError::required("reportingController", ""));
    }
    for wrong in qualified_name_errors(component) {
        errors.push(FieldError::invalid("reportingController", component, wrong));
    }
    let texts = [
        ("reportingInstance", &event.reporting_instance),
        ("action", &event.action),
        ("reason", &event.reason),
    ];
    for (field, text) in texts {
        match text.as_deref().unwrap_or_default() {
            "" => errors.push(FieldError::required(field, "")),
            text => limit(field, text, TEXT_MAX, errors),
        }
    }
    limit(
        "message",
        event.message.as_deref().unwrap_or_default(),
        NOTE_MAX,
        errors,
    );
}

fn limit(field: &str, text: &str, max: usize, errors: &mut FieldErrors) {
    if text.len() > max {
        errors.push(FieldError::invalid(
            field,
            "",
            format!("can have at most {max} characters"),
        ));
    }
}
