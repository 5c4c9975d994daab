//! PATCH of an object or its status: JSON patch, merge patch, strategic merge patch, server-side apply.

use bytes::Bytes;
use orrery_apis::{FieldError, Update};
use serde_json::Value;

use crate::body;
use crate::call::{Answer, Call};
use crate::decode::Decoded;
use crate::duplicates;
use crate::handlers::apply::{self, Configuration};
use crate::modify::{By, modify, prepare_update};
use crate::params::{FieldValidation, WriteParams};
use crate::patch::strategic_merge;
use crate::problem::{Outcome, Problem};
use crate::shapes::Shape;
use crate::tracking;

/// A JSON patch of more operations is refused, as upstream's `maxJSONPatchOperations`.
const MAX_OPERATIONS: usize = 10_000;

const OPTIONS: &str = "PatchOptions";
const APPLY: &str = "application/apply-patch+yaml";

enum Patch {
    Json(json_patch::Patch),
    Merge(Value),
    Strategic(Value),
    Apply(Configuration),
}

/// Patches the object; a lost race is run again on the newer version, as upstream does.
pub async fn patch(call: &Call, body: Bytes, door: Update) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params)?;
    check_options(call)?;
    let patch = Patch::read(call, &body, door)?;
    if let Patch::Apply(configuration) = &patch {
        return apply::apply(call, configuration, door).await;
    }
    let twice = match write.field_validation {
        FieldValidation::Ignore => Vec::new(),
        _ => duplicates::find(&body),
    };
    let twice: Vec<_> = twice
        .iter()
        .map(|path| format!("duplicate field {path:?}"))
        .collect();
    let mut warnings = Vec::new();
    let written = modify(call, write.dry_run, |entry, old| {
        let document = serde_json::from_slice(&entry.value)
            .map_err(|error| Problem::Internal(error.to_string()))?;
        let Decoded { object, strict } = call
            .resource
            .decode_value(patch.apply(document, call)?, write.field_validation)
            .map_err(|problem| Problem::bad_request(problem.to_string()))?;
        let strict = [twice.clone(), strict].concat();
        warnings.clear();
        if write.field_validation == FieldValidation::Strict && !strict.is_empty() {
            return Err(too_much(&body, &strict));
        }
        warnings.extend(strict);
        prepare_update(
            call,
            object,
            old,
            entry.revision,
            (door, By::Update),
            &mut warnings,
        )
    })
    .await?;
    Ok(Answer::object(written.into_bytes()).warn(warnings))
}

/// The rules of PatchOptions: force belongs to apply, which needs a manager's name.
fn check_options(call: &Call) -> Outcome<()> {
    tracking::check_name(OPTIONS, &call.params)?;
    let applies = body::media_type(&call.headers) == APPLY;
    let error = if applies && call.params.get("fieldManager").is_none() {
        FieldError::required("fieldManager", "is required for apply patch")
    } else if !applies && call.params.optional_flag("force").is_some() {
        FieldError::forbidden("force", "may not be specified for non-apply patch")
    } else {
        return Ok(());
    };
    Err(Problem::InvalidOptions {
        kind: OPTIONS,
        errors: vec![error],
    })
}

/// 422 on the field `patch` (K-08).
pub fn too_much(body: &[u8], strict: &[String]) -> Problem {
    let detail = format!("strict decoding error: {}", strict.join(", "));
    let text = String::from_utf8_lossy(body).into_owned();
    Problem::InvalidPatch(vec![FieldError::invalid("patch", text, detail)])
}

impl Patch {
    fn read(call: &Call, body: &Bytes, door: Update) -> Outcome<Self> {
        match body::media_type(&call.headers) {
            "application/json-patch+json" => {
                let patch: json_patch::Patch = parse(body)?;
                match patch.0.len() > MAX_OPERATIONS {
                    true => Err(Problem::TooLarge {
                        limit_bytes: body::LIMIT_BYTES,
                    }),
                    false => Ok(Self::Json(patch)),
                }
            }
            "application/merge-patch+json" => parse(body).map(Self::Merge),
            "application/strategic-merge-patch+json" => parse(body).map(Self::Strategic),
            APPLY => Configuration::read(call, body, door).map(Self::Apply),
            _ => Err(Problem::UnsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json-patch+json, application/merge-patch+json, \
                 application/strategic-merge-patch+json, application/apply-patch+yaml"
                    .to_owned(),
            )),
        }
    }

    fn apply(&self, mut document: Value, call: &Call) -> Outcome<Value> {
        match self {
            Self::Json(patch) => {
                json_patch::patch(&mut document, patch)
                    .map_err(|error| Problem::Unprocessable(error.to_string()))?;
            }
            Self::Merge(patch) => json_patch::merge(&mut document, patch),
            Self::Strategic(patch) => {
                let shape = Shape::of(&call.resource);
                strategic_merge(&mut document, patch.clone(), &shape)
                    .map_err(Problem::bad_request)?;
            }
            Self::Apply(_) => unreachable!("apply has its own handler"),
        }
        Ok(document)
    }
}

/// Patches may come as YAML, whatever their type says of JSON.
fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Outcome<T> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("error decoding patch: {error}")))
}
