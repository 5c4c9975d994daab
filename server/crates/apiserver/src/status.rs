//! The one place that turns a [`Problem`] into a Kubernetes `Status` and an HTTP code (K-03).

use std::collections::HashSet;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    ListMeta, Status, StatusCause, StatusDetails,
};
use orrery_apis::FieldErrors;
use orrery_apis::go_quote::quoted;

use crate::apply::Conflict;
use crate::form::Encodable;
use crate::go_json;
use crate::go_types;
use crate::problem::{Cause, Problem};
use crate::registry::Name;
use crate::render;

impl Problem {
    /// The Status that tells this.
    pub fn status(&self) -> Status {
        match self {
            Self::NotFound { resource, name } => {
                let told = format!("{resource} {} not found", quoted(name));
                failure(404, "NotFound", told).about(resource, name)
            }
            Self::NoSuchPath => failure(
                404,
                "NotFound",
                "the server could not find the requested resource",
            )
            .about_nothing(),
            Self::MethodNotAllowed => failure(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            )
            .about_nothing(),
            Self::Unsupported { verb, resource } => {
                let kind = quoted(&resource.to_string());
                let told = format!("{verb} is not supported on resources of kind {kind}");
                failure(405, "MethodNotAllowed", told).about(resource, "")
            }
            Self::Unauthorized => failure(401, "Unauthorized", "Unauthorized"),
            Self::Forbidden {
                resource,
                name,
                message,
                cause,
            } => forbidden(resource, name, message, cause.as_deref()),
            Self::ForbiddenRequest(message) => {
                failure(403, "Forbidden", format!("forbidden: {message}"))
            }
            Self::AlreadyExists {
                resource,
                name,
                generated,
                terminating,
            } => already_exists(resource, name, *generated, *terminating),
            Self::Conflict {
                resource,
                name,
                detail,
            } => failure(
                409,
                "Conflict",
                format!(
                    "Operation cannot be fulfilled on {resource} {}: {detail}",
                    quoted(name)
                ),
            )
            .about(resource, name),
            Self::ApplyConflict(conflicts) => apply_conflict(conflicts),
            Self::InvalidOptions { kind, errors } => invalid("meta.k8s.io", kind, "", errors),
            Self::Invalid {
                group,
                kind,
                name,
                errors,
            } => invalid(group, kind, name, errors),
            // upstream tells no more of a JSON patch that does not fit
            Self::Unprocessable(_) => failure(
                422,
                "Invalid",
                "the server rejected our request due to an error in our request",
            )
            .about_nothing(),
            Self::InvalidPatch(errors) => invalid("", "", "", errors),
            Self::BadRequest(message) => failure(400, "BadRequest", message),
            Self::Expired {
                message,
                continue_token,
            } => {
                let mut told = failure(410, "Expired", message);
                told.0.metadata.continue_.clone_from(continue_token);
                told
            }
            Self::TooLargeVersion { asked, current } => failure(
                504,
                "Timeout",
                format!("Timeout: Too large resource version: {asked}, current: {current}"),
            )
            .because(
                "ResourceVersionTooLarge",
                "Too large resource version",
                None,
            )
            .retry_after(1),
            Self::UnsupportedMediaType(message) => failure(415, "UnsupportedMediaType", message),
            Self::NotAcceptable(message) => failure(406, "NotAcceptable", message),
            Self::NoRepresentation(offered) => failure(
                406,
                "NotAcceptable",
                format!("406: Not Acceptable\n\nAvailable representations: {offered}"),
            )
            .about_nothing(),
            Self::UnknownPatchType => {
                failure(415, "UnsupportedMediaType", "415: Unsupported Media Type").about_nothing()
            }
            Self::TimedOut => failure(
                504,
                "Timeout",
                "Timeout: request did not complete within the allotted timeout",
            ),
            Self::TooLarge(limit) => failure(
                413,
                "RequestEntityTooLarge",
                format!("Request entity too large: {limit}"),
            ),
            Self::TooManyRequests {
                message,
                cause,
                retry_after_secs,
            } => {
                let told = failure(429, "TooManyRequests", message);
                let told = match retry_after_secs {
                    Some(secs) => told.retry_after(*secs),
                    None => told,
                };
                match cause {
                    Some(cause) => told.because(cause.reason, &cause.message, cause.field),
                    None => told,
                }
            }
            Self::Unavailable(message) => failure(503, "ServiceUnavailable", message),
            Self::Unmapped(message) => failure(500, "", message),
            Self::Internal(message) => {
                let told = format!("Internal error occurred: {message}");
                failure(500, "InternalError", told).because("", message, None)
            }
        }
        .0
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let retry_after = status.details.as_ref().and_then(|d| d.retry_after_seconds);
        let mut response = respond(&status);
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A Status as a response with its own code.
pub fn respond(status: &Status) -> Response {
    let code = status
        .code
        .and_then(|c| StatusCode::from_u16(c as u16).ok());
    let body = go_types::ordered(&go_json::to_vec(status));
    let mut response = Response::new(Body::from(render::ended(&body)));
    response.extensions_mut().insert(Encodable);
    *response.status_mut() = code.unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    let moment = HeaderValue::from_static("no-cache, private");
    headers.insert(header::CACHE_CONTROL, moment);
    response
}

/// The Status that says that something was done, e.g. an object removed (GC-10).
pub fn success(code: i32, details: Option<StatusDetails>) -> Status {
    Status {
        code: (code != 200).then_some(code),
        details,
        metadata: ListMeta::default(),
        status: Some("Success".to_owned()),
        ..Status::default()
    }
}

struct Told(Status);

fn failure(code: i32, reason: &str, message: impl Into<String>) -> Told {
    Told(Status {
        code: Some(code),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        message: Some(message.into()),
        status: Some("Failure".to_owned()),
        ..Status::default()
    })
}

impl Told {
    fn about(mut self, resource: &Name, name: &str) -> Self {
        let details = self.details();
        details.name = (!name.is_empty()).then(|| name.to_owned());
        details.group = (!resource.group.is_empty()).then(|| resource.group.to_owned());
        details.kind = Some(resource.plural.to_owned());
        self
    }

    /// Upstream's generic answers have details, and no more.
    fn about_nothing(mut self) -> Self {
        self.details();
        self
    }

    fn because(mut self, reason: &str, message: &str, field: Option<&str>) -> Self {
        let cause = StatusCause {
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            message: Some(message.to_owned()),
            field: field.map(str::to_owned),
        };
        self.details().causes.get_or_insert_default().push(cause);
        self
    }

    fn retry_after(mut self, seconds: i32) -> Self {
        self.details().retry_after_seconds = Some(seconds);
        self
    }

    fn details(&mut self) -> &mut StatusDetails {
        self.0.details.get_or_insert_default()
    }
}

fn forbidden(resource: &Name, name: &str, message: &str, cause: Option<&Cause>) -> Told {
    let text = match name {
        "" => format!("{resource} is forbidden: {message}"),
        _ => format!("{resource} {} is forbidden: {message}", quoted(name)),
    };
    let told = failure(403, "Forbidden", text).about(resource, name);
    match cause {
        Some(cause) => told.because(cause.reason, &cause.message, cause.field),
        None => told,
    }
}

fn apply_conflict(conflicts: &[Conflict]) -> Told {
    let text = match conflicts {
        [Conflict { manager, path }] => {
            format!("Apply failed with 1 conflict: conflict with {manager}: {path}")
        }
        many => {
            let mut lines = Vec::new();
            for managers in many.chunk_by(|a, b| a.manager == b.manager) {
                lines.push(format!("conflicts with {}:", managers[0].manager));
                lines.extend(managers.iter().map(|c| format!("- {}", c.path)));
            }
            format!(
                "Apply failed with {} conflicts: {}",
                many.len(),
                lines.join("\n")
            )
        }
    };
    let told = failure(409, "Conflict", text);
    conflicts.iter().fold(told, |told, conflict| {
        let message = format!("conflict with {}", conflict.manager);
        told.because("FieldManagerConflict", &message, Some(&conflict.path))
    })
}

fn already_exists(resource: &Name, name: &str, generated: bool, terminating: bool) -> Told {
    let mut text = format!("{resource} {} already exists", quoted(name));
    if generated {
        text.push_str(", the server was not able to generate a unique name for the object");
    }
    if terminating {
        text.insert_str(0, "object is being deleted: ");
    }
    let told = failure(409, "AlreadyExists", text).about(resource, name);
    match generated {
        true => told.retry_after(1),
        false => told,
    }
}

/// Of so many errors a Status tells, the first ones; each stands in it twice. Upstream tells all.
const MOST_TOLD: usize = 10_000;

fn invalid(group: &str, kind: &str, name: &str, errors: &FieldErrors) -> Told {
    let errors = &errors[..errors.len().min(MOST_TOLD)];
    let mut seen = HashSet::new();
    let texts = errors.iter().map(ToString::to_string);
    let texts: Vec<String> = texts.filter(|text| seen.insert(text.clone())).collect();
    let list = match texts.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let qualified = match group {
        "" => kind.to_owned(),
        _ => format!("{kind}.{group}"),
    };
    let mut told = failure(
        422,
        "Invalid",
        format!("{qualified} {} is invalid: {list}", quoted(name)),
    );
    let details = told.details();
    details.name = (!name.is_empty()).then(|| name.to_owned());
    details.group = (!group.is_empty()).then(|| group.to_owned());
    details.kind = Some(kind.to_owned());
    for error in errors {
        told = told.because(error.kind.reason(), &error.body(), Some(&error.field));
    }
    told
}

#[cfg(test)]
mod tests {
    use orrery_apis::FieldError;

    use super::*;

    #[test]
    fn of_many_errors_the_first_are_told() {
        let errors = (0..=MOST_TOLD).map(|n| FieldError::required(format!("f[{n}]"), ""));
        let problem = Problem::InvalidPatch(errors.collect());
        let told = problem.status();
        let message = told.message.expect("a message");
        let last = MOST_TOLD - 1;
        assert!(message.ends_with(&format!(", f[{last}]: Required value]")));
        let causes = told.details.and_then(|details| details.causes);
        assert_eq!(causes.map(|causes| causes.len()), Some(MOST_TOLD));
    }

    #[test]
    fn name_01_who_found_no_free_name_is_told_to_try_again() {
        let problem = Problem::AlreadyExists {
            resource: Name {
                group: "batch",
                plural: "jobs",
            },
            name: "j-abcde".to_owned(),
            generated: true,
            terminating: false,
        };
        let told = problem.status();
        assert_eq!(
            told.message.as_deref(),
            Some(
                "jobs.batch \"j-abcde\" already exists, the server was not able to generate a unique name for the object"
            )
        );
        let details = told.details.expect("details");
        assert_eq!(
            (told.code, details.retry_after_seconds),
            (Some(409), Some(1))
        );
    }
}
