//! Errors of an event: the older API checks only where it lies, the newer (with eventTime) more.

use k8s_openapi::api::core::v1::Event;

use crate::meta::qualified_name_errors;
use crate::{FieldError, FieldErrors};

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
        _ => own == involved,
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
    match component {
        "" => errors.push(FieldError::required("reportingComponent", "")),
        _ => {
            for wrong in qualified_name_errors(component) {
                errors.push(FieldError::invalid("reportingComponent", component, wrong));
            }
        }
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
