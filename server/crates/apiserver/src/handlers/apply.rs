//! PATCH as server-side apply (K-18): decide who owns what, merge, then the way of every update.

use bytes::Bytes;
use orrery_apis::{Update, go_syntax};
use serde_json::Value;

use super::create;
use crate::apply;
use crate::body;
use crate::call::{Answer, Call};
use crate::decode::DecodeProblem;
use crate::doors;
use crate::go_numbers;
use crate::go_wire::{self, Nulls};
use crate::mismatch;
use crate::modify::{By, modify, prepare_update};
use crate::nulls;
use crate::object::Object;
use crate::params::{FieldValidation, PATCH, WriteParams};
use crate::problem::{Outcome, Problem};
use crate::tracking;
use crate::yaml::{self, SaidTwice};

/// How often an object that comes and goes under our hands is looked for again.
const ATTEMPTS: usize = 5;

/// What a client wants, and what it said too much.
pub struct Configuration {
    value: Value,
    strict: Vec<String>,
}

impl Configuration {
    /// Reads the body, which is YAML (and so may be JSON).
    pub fn read(call: &Call, body: &Bytes, door: Update) -> Outcome<Self> {
        let write = WriteParams::read(&call.params, PATCH)?;
        let mut value = parsed(body)?;
        check_type(call, &value)?;
        go_wire::soften(&mut value, &call.resource.shape, Nulls::Stay);
        check_types(call, &value)?;
        let mut typed = value.clone();
        go_numbers::fit(&mut typed, &call.resource.shape);
        let unread = mismatch::first(&typed, &call.resource.shape);
        let unread = unread.map(|found| found.as_unstructured());
        let decoded = decode_value(call, typed);
        let managed = decoded.as_ref().ok().map(|object| object.meta());
        if managed.is_some_and(|meta| meta.managed_fields.is_some()) {
            return Err(Problem::bad_request("metadata.managedFields must be nil"));
        }
        apply::check(&value, &call.resource.shape)
            .map_err(|problem| untyped(call, &value, &problem))?;
        if let Some(why) = unread.or(decoded.err().map(|problem| problem.to_string())) {
            return Err(unconverted(call, &value, &why));
        }
        let strict = said_twice(call, body, write.field_validation)?;
        doors::keep(call, &mut value, door);
        Ok(Self { value, strict })
    }
}

/// The body as a document, or what upstream's reader of YAML says of it.
fn parsed(sent: &[u8]) -> Outcome<Value> {
    let unread = |why: String| Problem::BadRequest(format!("error decoding YAML: {why}"));
    let json = yaml::to_json(sent);
    let json = json.map_err(|why| unread(format!("error converting YAML to JSON: {why}")))?;
    let json = body::bounded(json.into())?;
    go_syntax::object(&json).map_err(|why| {
        unread(format!(
            "error unmarshaling JSON: while decoding JSON: {why}"
        ))
    })
}

/// What is to be warned of, or refused. JSON is read as YAML here.
fn said_twice(call: &Call, body: &Bytes, validation: FieldValidation) -> Outcome<Vec<String>> {
    if validation == FieldValidation::Ignore {
        return Ok(Vec::new());
    }
    let twice = match &call.newer_event {
        Some(event) => event.twice.clone(),
        None => SaidTwice::find(body),
    };
    match twice.error() {
        Some(error) if validation == FieldValidation::Strict => Err(Problem::BadRequest(format!(
            "error strict decoding YAML: error converting YAML to JSON: {error}"
        ))),
        _ => Ok(twice.warnings()),
    }
}

fn check_type(call: &Call, value: &Value) -> Outcome<()> {
    let said = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let (version, kind) = (said("apiVersion"), said("kind"));
    if version == call.resource.api_version() && kind == call.resource.info.kind {
        return Ok(());
    }
    let shown = match version.matches('/').count() {
        0 => format!("/{version}, Kind={kind}"),
        1 => format!("{version}, Kind={kind}"),
        // Go makes nothing of it
        _ => "/, Kind=".to_owned(),
    };
    let told = format!("invalid object type: {shown}");
    Err(Problem::BadRequest(told))
}

/// Whatever the query says of validation, apply must know each field to say whose it is.
fn check_types(call: &Call, value: &Value) -> Outcome<()> {
    let shape = &call.resource.shape;
    let found = mismatch::all(value, shape);
    let errors: Vec<_> = found.iter().map(mismatch::Mismatch::as_typed).collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(untyped(call, value, &mismatch::typed_errors(&errors))),
    }
}

/// What structured-merge-diff takes and Go's types do not, which upstream finds behind the merge.
fn unconverted(call: &Call, value: &Value, why: &str) -> Problem {
    let kind = gvk(call);
    Problem::Unmapped(format!(
        "failed to convert new object ({}) to proper version: unable to convert unstructured object to {kind}: {why}",
        named(call, value)
    ))
}

/// Upstream's text and code: v1.36 answers 500, which kubernetes/kubernetes#139253 would make a 400.
fn untyped(call: &Call, value: &Value, why: &str) -> Problem {
    Problem::Unmapped(format!(
        "failed to create typed patch object ({}): {why}",
        named(call, value)
    ))
}

/// `default/c; /v1, Kind=ConfigMap`
fn named(call: &Call, value: &Value) -> String {
    let name = value["metadata"]["name"].as_str().unwrap_or(&call.name);
    let namespace = call.namespace.as_deref().unwrap_or_default();
    format!("{namespace}/{name}; {}", gvk(call))
}

fn gvk(call: &Call) -> String {
    let info = call.resource.info;
    format!("{}/{}, Kind={}", info.group, info.version, info.kind)
}

/// Applies; creates the object when it is not there.
pub async fn apply(call: &Call, configuration: &Configuration, door: Update) -> Outcome<Answer> {
    for _ in 1..ATTEMPTS {
        match update(call, configuration, door).await {
            Err(Problem::NotFound { .. }) if door == Update::Main => {}
            done => return done,
        }
        match create(call, configuration).await {
            Err(Problem::AlreadyExists { .. }) => {}
            done => return done,
        }
    }
    update(call, configuration, door).await
}

async fn create(call: &Call, configuration: &Configuration) -> Outcome<Answer> {
    let applied = tracking::apply(call, None, &configuration.value, Update::Main)?;
    let object = decode(call, applied.object)?;
    if let Some(uid) = object.meta().uid.as_ref().filter(|uid| !uid.is_empty()) {
        return Err(Problem::Conflict {
            resource: call.resource.name,
            name: call.name.clone(),
            detail: format!(
                "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            ),
        });
    }
    let created = create::create_applied(call, object, applied.managers).await;
    let answer = call.or_tell(created, &configuration.strict)?;
    Ok(answer.warn_first(configuration.strict.clone()))
}

async fn update(call: &Call, configuration: &Configuration, door: Update) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, PATCH)?;
    let mut warnings = Vec::new();
    let written = modify(call, write.dry_run, |entry, old| {
        warnings.clone_from(&configuration.strict);
        let mut live: Value = serde_json::from_slice(&entry.value)
            .map_err(|error| Problem::Internal(error.to_string()))?;
        forget_managers(&mut live);
        let applied = tracking::apply(call, Some((&live, old)), &configuration.value, door)?;
        let object = decode(call, applied.object)?;
        let by = By::Apply(applied.managers);
        prepare_update(call, object, old, entry.revision, (door, by), &mut warnings)
    })
    .await;
    let written = call.or_tell(written, &warnings)?;
    Ok(Answer::object(written.into_bytes()).warn(warnings))
}

/// The managers are compared beside the object, never as a part of it.
fn forget_managers(live: &mut Value) {
    if let Some(metadata) = live.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}

fn decode(call: &Call, value: Value) -> Outcome<Box<dyn Object>> {
    decode_value(call, value).map_err(|problem| Problem::bad_request(problem.to_string()))
}

/// The object that a document is once its nulls, which only say what to clear, did so; among free keys they
/// are Go's zero value.
fn decode_value(call: &Call, mut value: Value) -> Result<Box<dyn Object>, DecodeProblem> {
    go_numbers::fit(&mut value, &call.resource.shape);
    go_wire::soften(&mut value, &call.resource.shape, Nulls::AreZero);
    nulls::forget(&mut value);
    let decoded = call.resource.decode_value(value, FieldValidation::Ignore);
    decoded.map(|decoded| decoded.object)
}
