//! From a body to an object of the right kind, and from errors to a verdict.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use orrery_apis::FieldErrors;
use orrery_apis::meta::{NameRule, validate_object_meta};
use serde::Deserialize;

use crate::call::Call;
use crate::decode::{DecodeProblem, Decoded};
use crate::mismatch;
use crate::object::Object;
use crate::params::FieldValidation;
use crate::problem::{Outcome, Problem};

/// Decodes a POST or PUT body; the second half are warnings (K-08).
pub fn object(
    call: &Call,
    json: &[u8],
    validation: FieldValidation,
) -> Outcome<(Box<dyn Object>, Vec<String>)> {
    // what begins as we store it needs no look of its own
    if !json.starts_with(call.resource.prefix.as_bytes()) {
        check_kind(call, json)?;
    }
    let Decoded { object, strict } = call
        .resource
        .decode(json, validation)
        .map_err(|problem| unreadable(call, json, &problem))?;
    match validation {
        FieldValidation::Strict if !strict.is_empty() => {
            Err(Problem::BadRequest(cannot_be_handled(
                call,
                &format!("strict decoding error: {}", strict.join(", ")),
            )))
        }
        FieldValidation::Ignore => Ok((object, Vec::new())),
        _ => Ok((object, strict)),
    }
}

/// Generic metadata rules.
pub fn validate_meta(call: &Call, meta: &ObjectMeta) -> FieldErrors {
    let info = call.resource.info;
    let rule = match (info.group, info.plural) {
        ("", "namespaces") => NameRule::DnsLabel,
        ("", "events") => NameRule::PathSegment,
        _ => NameRule::DnsSubdomain,
    };
    validate_object_meta(meta, info.namespaced, rule)
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
        return Err(Problem::BadRequest(format!(
            "{given_kind} in version {:?} cannot be handled as a {}: converting to the expected kind is not possible",
            info.version, info.kind
        )));
    }
    Ok(())
}

/// In Go's words where it is a matter of types, else in the decoder's.
fn unreadable(call: &Call, json: &[u8], problem: &DecodeProblem) -> Problem {
    let value = serde_json::from_slice(json).ok();
    let shape = &call.resource.shape;
    let told = value
        .as_ref()
        .and_then(|value| mismatch::first(value, shape))
        .map_or_else(|| problem.to_string(), |found| found.as_json());
    Problem::BadRequest(cannot_be_handled(call, &told))
}

/// `CronJob in version "v1" cannot be handled as a CronJob: …`
fn cannot_be_handled(call: &Call, why: &str) -> String {
    let info = call.resource.info;
    format!(
        "{} in version {:?} cannot be handled as a {}: {why}",
        info.kind, info.version, info.kind
    )
}
