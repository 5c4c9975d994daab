//! POST to a collection.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use orrery_store::{Change, Expect, Op, WriteError};

use crate::admission;
use crate::apply::{self, Manager};
use crate::bootstrap;
use crate::call::{Answer, Call, Content};
use crate::core::{Core, write_problem};
use crate::events_v1;
use crate::incoming;
use crate::meta;
use crate::modify::By;
use crate::namespaces;
use crate::object::Object;
use crate::owners;
use crate::params::{CREATE, WriteParams};
use crate::pod_security;
use crate::problem::{Outcome, Problem};
use crate::record::Draft;
use crate::services;
use crate::tracking;

/// How many generated names are tried before giving up (NAME-01).
const NAME_ATTEMPTS: usize = 8;

/// Creates the object that the body describes; a new namespace comes furnished.
pub async fn create(call: &Call, body: Bytes) -> Outcome<Answer> {
    let answer = create_bare(call, body).await?;
    furnish(call, answer).await
}

/// Creates what an apply describes of an object that is not there yet (K-18).
pub async fn create_applied(
    call: &Call,
    object: Box<dyn Object>,
    managers: Vec<Manager>,
) -> Outcome<Answer> {
    let answer = create_object(call, object, &By::Apply(managers)).await?;
    furnish(call, answer).await
}

async fn furnish(call: &Call, answer: Answer) -> Outcome<Answer> {
    if call.resource.name.plural == "namespaces"
        && let Content::Object(value) = &answer.content
        && !WriteParams::read(&call.params, CREATE)?.dry_run
    {
        let namespace = call.resource.decode_stored(value);
        let namespace = namespace.map_err(|error| Problem::Internal(error.to_string()))?;
        let name = namespace.meta().name.clone().unwrap_or_default();
        // what is gone again by now needs no furniture
        let _ = bootstrap::furnish(&call.core, &name).await;
    }
    Ok(answer)
}

/// Creates the object and nothing beside it.
pub async fn create_bare(call: &Call, body: Bytes) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, CREATE)?;
    let (object, warnings) = incoming::object(call, body, write.field_validation)?;
    let created = create_object(call, object, &By::Update).await;
    Ok(call.or_tell(created, &warnings)?.warn_first(warnings))
}

/// Creates that object, whose version nobody may have named.
pub async fn create_object(call: &Call, object: Box<dyn Object>, by: &By) -> Outcome<Answer> {
    let mut warnings = Vec::new();
    let created = create_warned(call, object, by, &mut warnings).await;
    let value = call.or_tell(created, &warnings)?;
    Ok(Answer::object(value)
        .code(StatusCode::CREATED)
        .warn(warnings))
}

async fn create_warned(
    call: &Call,
    mut object: Box<dyn Object>,
    by: &By,
    warnings: &mut Vec<String>,
) -> Outcome<Bytes> {
    let write = WriteParams::read(&call.params, CREATE)?;
    meta::place(call, object.meta_mut())?;
    warnings.extend(owners::dedup(object.meta_mut(), CREATE));
    namespaces::check_open(call, object.meta().name.as_deref().unwrap_or_default())?;
    object.default_fields();
    match object.meta().name.as_deref() {
        None | Some("")
            if object
                .meta()
                .generate_name
                .as_ref()
                .is_some_and(|g| !g.is_empty()) =>
        {
            create_generated(call, write, object, warnings).await
        }
        _ => create_named(call, write, object, warnings, by).await,
    }
}

async fn create_generated(
    call: &Call,
    write: WriteParams,
    object: Box<dyn Object>,
    warnings: &mut Vec<String>,
) -> Outcome<Bytes> {
    let prefix = object.meta().generate_name.clone().unwrap_or_default();
    let mut attempt = 1;
    loop {
        let mut named = object.duplicate();
        named.meta_mut().name = Some(meta::generated_name(call, &prefix));
        let known = warnings.len();
        match create_named(call, write, named, warnings, &By::Update).await {
            Err(Problem::AlreadyExists { .. }) if attempt < NAME_ATTEMPTS => attempt += 1,
            Err(Problem::AlreadyExists {
                resource,
                name,
                terminating,
                ..
            }) => {
                return Err(Problem::AlreadyExists {
                    resource,
                    name,
                    generated: true,
                    terminating,
                });
            }
            done => return done,
        }
        warnings.truncate(known);
    }
}

async fn create_named(
    call: &Call,
    write: WriteParams,
    mut object: Box<dyn Object>,
    warnings: &mut Vec<String>,
    by: &By,
) -> Outcome<Bytes> {
    let now = call.core.clock.now();
    // an apply may name the version of what it does not find
    let versioned =
        matches!(by, By::Update) && matches!(meta::expected_version(object.meta()), Ok(Some(_)));
    meta::begin(call, object.as_mut(), now);
    // what the server adds from here on is nobody's
    let managers = match by {
        By::Update => tracking::created(call, object.as_ref()),
        By::Apply(managers) => apply::write(managers.clone()),
    };
    object.prepare_create(now);
    admission::admit(call, object.as_mut())?;
    let _turn = services::turn(call).await;
    services::allocate(call, object.as_mut(), None)?;
    validate(call, object.as_ref()).map_err(|problem| incoming::as_decoded(call, problem))?;
    warnings.extend(object.warnings(None));
    object.complete_create();
    pod_security::check(call, object.as_ref(), None, warnings)?;
    admission::check(call, object.as_ref(), None)?;
    let name = object.meta().name.clone().unwrap_or_default();
    object.meta_mut().managed_fields = managers;
    let draft = Draft::new(&call.resource, object.as_mut());
    if write.dry_run {
        return absent(call, &name).map(|()| draft.unversioned());
    }
    if versioned {
        // it is the storage that upstream asks, at last, and nobody turns its word into a Status
        let why = "resourceVersion should not be set on objects to be created";
        return Err(Problem::Unmapped(why.to_owned()));
    }
    let change = store(call, &name, draft).await?;
    Ok(change.entry.value.clone())
}

async fn store(call: &Call, name: &str, draft: Draft) -> Outcome<Arc<Change>> {
    let key = Core::key(&call.resource, call.namespace.as_deref(), name);
    let put = move |revision, _: Option<&_>| Ok::<_, Problem>(Op::Put(draft.at(revision)));
    match call.core.store.write(key, Expect::Absent, put).await {
        Ok(change) => Ok(change),
        Err(WriteError::Exists) => Err(exists(call, name)),
        Err(error) => Err(write_problem(&call.resource, name, error)),
    }
}

fn absent(call: &Call, name: &str) -> Outcome<()> {
    match call
        .core
        .entry(&call.resource, call.namespace.as_deref(), name)
    {
        Ok(_) => Err(exists(call, name)),
        Err(_) => Ok(()),
    }
}

/// 409, saying so when the object in the way is being deleted (NAME-01).
fn exists(call: &Call, name: &str) -> Problem {
    let entry = call
        .core
        .entry(&call.resource, call.namespace.as_deref(), name);
    let existing = entry.and_then(|entry| Core::decode(&call.resource, &entry));
    Problem::AlreadyExists {
        resource: call.resource.name,
        name: name.to_owned(),
        generated: false,
        terminating: existing.is_ok_and(|object| object.meta().deletion_timestamp.is_some()),
    }
}

fn validate(call: &Call, object: &dyn Object) -> Outcome<()> {
    let name = object.meta().name.clone().unwrap_or_default();
    let mut errors = incoming::validate_meta(call, object.meta());
    errors.extend(object.validate_create());
    errors.extend(events_v1::strict_errors(call, object, None));
    incoming::verdict(call, &name, errors)
}
