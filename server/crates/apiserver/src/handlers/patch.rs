//! PATCH of an object or its status: JSON patch, merge patch, strategic merge patch, server-side apply.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use orrery_apis::{FieldError, FieldErrors, Update, go_syntax};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::body;
use crate::call::{Answer, Call};
use crate::decode::{DecodeProblem, Decoded};
use crate::events_v1;
use crate::foreign::{self, Foreign};
use crate::go_numbers;
use crate::go_text;
use crate::handlers::apply::{self, Configuration};
use crate::incoming;
use crate::literal;
use crate::mismatch;
use crate::modify::{By, modify, prepare_update};
use crate::owners;
use crate::params::{FieldValidation, PATCH, WriteParams};
use crate::patch::{
    json_patch, read_json_patch, strategic_merge, strict_operations, told, touched,
};
use crate::problem::{Outcome, Problem};
use crate::strict;

const APPLY: &str = "application/apply-patch+yaml";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

enum Patch {
    Json(json_patch::Patch),
    /// With its text, in which numbers are as they were sent.
    Merge(Value, Bytes),
    Strategic(Value),
    Apply(Configuration),
}

/// Patches the object; a lost race is run again on the newer version, as upstream does.
pub async fn patch(call: &Call, body: Bytes, door: Update) -> Outcome<Answer> {
    let write = options(call)?;
    let body = match body::media_type(&call.headers) {
        APPLY => body,
        media_type => text_of(media_type, body)?,
    };
    let patch = Patch::read(call, &body, door, write.field_validation)?;
    if let Patch::Apply(configuration) = &patch {
        return apply::apply(call, configuration, door).await;
    }
    let twice = match &call.newer_event {
        Some(event) => event.told.clone(),
        None => strict::told(write.field_validation, &body),
    };
    let twice = match patch {
        Patch::Json(_) => strict_operations(twice, &body, write.field_validation),
        _ => twice,
    };
    let mut warnings = Vec::new();
    let written = modify(call, write.dry_run, |entry, old| {
        let Decoded { mut object, strict } = patch
            .decode(call, &entry.value, write.field_validation)?
            .or_else(|problem| Err(patch.misfit(call, &entry.value, &problem)?))?;
        let strict = strict.into_iter();
        let strict = strict.map(|told| events_v1::told_as_sent(call, told));
        let strict: Vec<String> = twice.iter().cloned().chain(strict).collect();
        warnings.clear();
        if write.field_validation == FieldValidation::Strict && !strict.is_empty() {
            return Err(patch.refused(call, &entry.value, strict_error(&strict))?);
        }
        warnings.extend(strict);
        warnings.extend(owners::dedup(object.meta_mut(), PATCH));
        prepare_update(
            call,
            object,
            old,
            entry.revision,
            (door, By::Update),
            &mut warnings,
        )
        .or_else(|problem| Err(patch.unread(call, &entry.value, problem)?))
    })
    .await;
    let written = call.or_tell(written, &warnings)?;
    Ok(Answer::object(written.into_bytes()).warn(warnings))
}

/// The JSON of a patch. Of one that is nested too deeply this is said, whatever else it has too much of.
fn text_of(media_type: &str, body: Bytes) -> Outcome<Bytes> {
    let text = go_text::characters(body);
    if media_type.ends_with("patch+json")
        && go_syntax::may_be_too_deep(&text)
        && let Some(why) = go_syntax::fault(&text)
    {
        return Err(Problem::BadRequest(match media_type {
            STRATEGIC => why,
            _ => format!("error decoding patch: {why}"),
        }));
    }
    let read = match literal::with_whole_zeros(&text) {
        Cow::Owned(read) => Some(Bytes::from(read)),
        Cow::Borrowed(_) => None,
    };
    body::bounded(read.unwrap_or(text))
}

/// The options of a patch: force belongs to apply, which needs a manager's name.
fn options(call: &Call) -> Outcome<WriteParams> {
    let mut errors = FieldErrors::new();
    let applies = body::media_type(&call.headers) == APPLY;
    if applies && call.params.get("fieldManager").is_none() {
        errors.push(FieldError::required(
            "fieldManager",
            "is required for apply patch",
        ));
    } else if !applies && call.params.optional_flag("force").is_some() {
        errors.push(FieldError::forbidden(
            "force",
            "may not be specified for non-apply patch",
        ));
    }
    let write = WriteParams::check(&call.params, &mut errors);
    match errors.is_empty() {
        true => Ok(write),
        false => Err(Problem::InvalidOptions {
            kind: PATCH,
            errors,
        }),
    }
}

fn strict_error(strict: &[String]) -> String {
    format!("strict decoding error: {}", strict.join(", "))
}

impl Patch {
    fn read(call: &Call, body: &Bytes, door: Update, validation: FieldValidation) -> Outcome<Self> {
        match body::media_type(&call.headers) {
            "application/json-patch+json" => read_json_patch(body, validation).map(Self::Json),
            "application/merge-patch+json" => match go_syntax::object(body) {
                Ok(Value::Null) => Err(Problem::bad_request("Invalid JSON Patch")),
                Ok(patch) => Ok(Self::Merge(patch, body.clone())),
                Err(why) => Err(Problem::BadRequest(format!("error decoding patch: {why}"))),
            },
            STRATEGIC => match go_syntax::object(body) {
                // a map of nothing
                Ok(Value::Null) => Ok(Self::Strategic(Value::Object(Map::new()))),
                Ok(patch) => Ok(Self::Strategic(patch)),
                Err(why) => Err(Problem::BadRequest(why)),
            },
            APPLY => Configuration::read(call, body, door).map(Self::Apply),
            _ => Err(Problem::UnknownPatchType),
        }
    }

    /// The patched object. What a patch does not touch, of a pod's status its spec, is no document on the
    /// way where nothing unknown is looked for.
    fn decode(
        &self,
        call: &Call,
        stored: &[u8],
        validation: FieldValidation,
    ) -> Outcome<Result<Decoded, DecodeProblem>> {
        let whole = || self.apply(document_of(stored)?, call);
        match validation {
            FieldValidation::Ignore if let Some(text) = self.patched_text(call, stored)? => {
                Ok(call.resource.decode(&text, validation))
            }
            _ => Ok(call.resource.decode_value(whole()?, validation)),
        }
    }

    /// The patched object's text; `None` for a patch that does not go by fields.
    fn patched_text(&self, call: &Call, stored: &[u8]) -> Outcome<Option<Vec<u8>>> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Field<'a> {
            Kept(&'a RawValue),
            Patched(Value),
        }
        let internal = |error: serde_json::Error| Problem::Internal(error.to_string());
        let (Self::Merge(Value::Object(touches), _) | Self::Strategic(Value::Object(touches))) =
            self
        else {
            return Ok(None);
        };
        // a directive speaks of the object as a whole
        if touches.keys().any(|key| key.starts_with('$')) {
            return Ok(None);
        }
        let mut kept: BTreeMap<String, &RawValue> =
            serde_json::from_slice(stored).map_err(internal)?;
        let mut touched = Map::new();
        for key in touches.keys() {
            if let Some(raw) = kept.remove(key) {
                let value = serde_json::from_str(raw.get()).map_err(internal)?;
                touched.insert(key.clone(), value);
            }
        }
        let Value::Object(patched) = self.apply(Value::Object(touched), call)? else {
            return Ok(None);
        };
        let kept = kept.into_iter().map(|(key, raw)| (key, Field::Kept(raw)));
        let patched = patched
            .into_iter()
            .map(|(key, value)| (key, Field::Patched(value)));
        let fields: BTreeMap<String, Field<'_>> = kept.chain(patched).collect();
        serde_json::to_vec(&fields).map(Some).map_err(internal)
    }

    fn apply(&self, mut document: Value, call: &Call) -> Outcome<Value> {
        match self {
            Self::Json(patch) => {
                json_patch(&mut document, patch)?;
                // which can copy what is there
                body::check_document(&document)?;
            }
            Self::Merge(patch, _) => json_patch::merge(&mut document, patch),
            Self::Strategic(patch) => {
                let shape = &call.resource.shape;
                let mut patch = patch.clone();
                // such a patch changes a value of a type, which nothing in it makes another
                if let Some(patch) = patch.as_object_mut() {
                    patch.remove("apiVersion");
                    patch.remove("kind");
                }
                strategic_merge(&mut document, patch, shape).map_err(Problem::bad_request)?;
                go_numbers::fit(&mut document, shape);
            }
            Self::Apply(_) => unreachable!("apply has its own handler"),
        }
        Ok(document)
    }

    /// What the patched object is not, as upstream says it of each type of patch.
    fn misfit(&self, call: &Call, stored: &[u8], problem: &DecodeProblem) -> Outcome<Problem> {
        let document = self.apply(document_of(stored)?, call)?;
        let shape = &call.resource.shape;
        let said = |field: &str| document[field].as_str().unwrap_or_default();
        let foreign = foreign::check(call, said("apiVersion"), said("kind"));
        let told = match (self, mismatch::first(&document, shape)) {
            _ if let Err(Foreign::Unreadable(why)) = &foreign => why.clone(),
            (_, None) => problem.to_string(),
            (Self::Strategic(_), Some(found)) => found.as_unstructured(),
            (Self::Merge(patch, text), Some(found)) => match mismatch::first(patch, shape) {
                Some(sent) => sent.as_json_in(text, patch),
                None => found.as_json(),
            },
            (_, Some(found)) => found.as_json(),
        };
        self.refused(call, stored, told)
    }

    /// An amount that is none, which upstream sees as it decodes.
    fn unread(&self, call: &Call, stored: &[u8], problem: Problem) -> Outcome<Problem> {
        match problem {
            Problem::Invalid { errors, .. } if let Some(told) = incoming::unread(&errors) => {
                self.refused(call, stored, told)
            }
            other => Ok(other),
        }
    }

    /// 422 on the field `patch` (K-08), whose value is the strategic patch as Go prints it, or what the
    /// other types of patch made of the object.
    fn refused(&self, call: &Call, stored: &[u8], why: String) -> Outcome<Problem> {
        let sent = |value| events_v1::as_sent(call, value);
        let patched = || self.apply(document_of(stored)?, call).map(sent);
        let shown = match self {
            Self::Strategic(patch) => mismatch::go_value(&sent(patch.clone())),
            Self::Merge(patch, _) => told(&patched()?, &sent(patch.clone())),
            Self::Json(patch) => told(&patched()?, &touched(patch)),
            Self::Apply(_) => unreachable!("apply has its own handler"),
        };
        let error = FieldError::invalid("patch", shown, why);
        Ok(Problem::InvalidPatch(vec![error]))
    }
}

fn document_of(stored: &[u8]) -> Outcome<Value> {
    serde_json::from_slice(stored).map_err(|error| Problem::Internal(error.to_string()))
}
