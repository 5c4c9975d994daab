//! From a body to an object of the right kind, and from errors to a verdict.

use bytes::Bytes;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use orrery_apis::meta::validate_object_meta;
use orrery_apis::quantity::QuantityError;
use orrery_apis::{FieldErrors, go_syntax};
use serde::Deserialize;
use serde_json::Value;

use crate::body;
use crate::call::Call;
use crate::decode::{DecodeProblem, Decoded};
use crate::mismatch;
use crate::object::Object;
use crate::params::FieldValidation;
use crate::problem::{Outcome, Problem};

/// Decodes a POST or PUT body; the second half are warnings (K-08).
pub fn object(
    call: &Call,
    body: Bytes,
    validation: FieldValidation,
) -> Outcome<(Box<dyn Object>, Vec<String>)> {
    if validation == FieldValidation::Ignore {
        let json = body::json(&call.headers, body)?;
        return Ok((decode(call, &json, validation)?.object, Vec::new()));
    }
    let json = body::json(&call.headers, body.clone())?;
    let Decoded { object, mut strict } = decode(call, &json, validation)?;
    let twice = body::said_twice(&call.headers, &body);
    if validation == FieldValidation::Warn {
        strict.splice(0..0, twice.warnings());
        return Ok((object, strict));
    }
    strict.splice(0..0, twice.error());
    match strict.is_empty() {
        true => Ok((object, strict)),
        false => Err(Problem::BadRequest(cannot_be_handled(
            call,
            &format!("strict decoding error: {}", strict.join(", ")),
        ))),
    }
}

fn decode(call: &Call, json: &[u8], validation: FieldValidation) -> Outcome<Decoded> {
    // what begins as we store it needs no look of its own
    if !json.starts_with(call.resource.prefix.as_bytes()) {
        check_kind(call, json)?;
    }
    call.resource
        .decode(json, validation)
        .map_err(|problem| unreadable(call, json, &problem))
}

/// Generic metadata rules.
pub fn validate_meta(call: &Call, meta: &ObjectMeta) -> FieldErrors {
    let info = call.resource.info;
    validate_object_meta(meta, info.namespaced, call.resource.name_rule)
}

/// 422 when there is any error; what two rules both say is said once.
pub fn verdict(call: &Call, name: &str, found: FieldErrors) -> Outcome<()> {
    let mut errors = FieldErrors::new();
    for error in found {
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Problem::Invalid {
            group: call.resource.info.group,
            kind: call.resource.info.kind,
            name: name.to_owned(),
            errors,
        }),
    }
}

/// The problem of a whole object, whose amounts upstream reads as it decodes: one that is none is no
/// matter of fields.
pub fn as_decoded(call: &Call, problem: Problem) -> Problem {
    match problem {
        Problem::Invalid { errors, .. } if let Some(told) = unread(&errors) => {
            Problem::BadRequest(cannot_be_handled(call, &told))
        }
        other => other,
    }
}

/// What upstream's decoder would have said of the first amount that is none.
pub fn unread(found: &FieldErrors) -> Option<String> {
    let mut details = found.iter().map(|error| &error.detail);
    details.find(|detail| QuantityError::says(detail)).cloned()
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TypeMeta {
    api_version: Option<String>,
    kind: Option<String>,
}

/// A body of another version or kind is refused before anything is read out of it (K-03).
fn check_kind(call: &Call, json: &[u8]) -> Outcome<()> {
    let Ok(given) = serde_json::from_slice::<TypeMeta>(json) else {
        // the decoder says what is wrong with it, in better words
        return Ok(());
    };
    let info = call.resource.info;
    let version = call.resource.api_version();
    let (given_version, given_kind) = (
        given.api_version.unwrap_or_default(),
        given.kind.unwrap_or_default(),
    );
    if !given_version.is_empty() && given_version != version {
        return Err(Problem::BadRequest(format!(
            "the API version in the data ({given_version}) does not match the expected API version ({version})"
        )));
    }
    if !given_kind.is_empty() && given_kind != info.kind {
        let mut known = call.core.registry.iter();
        let why = match known.any(|r| r.info.kind == given_kind && r.api_version() == version) {
            true => "converting to the expected kind is not possible".to_owned(),
            false => format!(
                "no kind {given_kind:?} is registered for version {version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
            ),
        };
        return Err(Problem::BadRequest(format!(
            "{given_kind} in version {:?} cannot be handled as a {}: {why}",
            info.version, info.kind
        )));
    }
    Ok(())
}

/// In Go's words where it is a matter of types, else in the decoder's.
fn unreadable(call: &Call, json: &[u8], problem: &DecodeProblem) -> Problem {
    let value = serde_json::from_slice(json).ok();
    if let Some(why) = without_type(json, value.as_ref()) {
        return Problem::BadRequest(format!(
            "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse error: {why} ({})",
            call.resource.info.kind,
            summary(json)
        ));
    }
    let shape = &call.resource.shape;
    let told = value
        .as_ref()
        .and_then(|value| mismatch::first(value, shape))
        .map_or_else(|| problem.to_string(), |found| found.as_json());
    Problem::BadRequest(cannot_be_handled(call, &told))
}

/// Why upstream cannot even look for a body's version and kind.
fn without_type(json: &[u8], value: Option<&Value>) -> Option<String> {
    const PLACE: &str = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
    let Some(value) = value else {
        return go_syntax::fault(json);
    };
    let Value::Object(map) = value else {
        let what = go_syntax::json_kind(value);
        return Some(format!(
            "json: cannot unmarshal {what} into Go value of type {PLACE}"
        ));
    };
    let said = ["apiVersion", "kind"].map(|field| (field, map.get(field)));
    let mut wrong = said.into_iter().filter_map(|(field, value)| {
        let value = value.filter(|value| !value.is_string() && !value.is_null())?;
        Some((field, go_syntax::json_kind(value)))
    });
    let (field, what) = wrong.next()?;
    Some(format!(
        "json: cannot unmarshal {what} into Go struct field .{field} of type string"
    ))
}

/// The beginning of a body, in hex where it is no object.
fn summary(body: &[u8]) -> String {
    const SHOWN: usize = 30;
    let head = &body[..body.len().min(SHOWN)];
    let more = if body.len() > SHOWN { " ..." } else { "" };
    match body.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(head)),
        Some(_) => {
            let hex: String = head.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}{more}")
        }
    }
}

/// `CronJob in version "v1" cannot be handled as a CronJob: …`
fn cannot_be_handled(call: &Call, why: &str) -> String {
    let info = call.resource.info;
    format!(
        "{} in version {:?} cannot be handled as a {}: {why}",
        info.kind, info.version, info.kind
    )
}
