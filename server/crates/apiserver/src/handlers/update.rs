//! PUT of an object or its status.

use bytes::Bytes;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use orrery_apis::Update;

use crate::call::{Answer, Call};
use crate::handlers::create;
use crate::incoming;
use crate::meta;
use crate::modify::{By, modify, prepare_update};
use crate::object::Object;
use crate::owners;
use crate::params::{UPDATE, WriteParams};
use crate::problem::{Outcome, Problem};

/// Replaces the object, or creates it where there is none and the kind allows that (API-01).
pub async fn update(call: &Call, body: Bytes, door: Update) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, UPDATE)?;
    let (mut sent, mut warnings) = incoming::object(call, body, write.field_validation)?;
    call.or_tell(meta::place(call, sent.meta_mut()), &warnings)?;
    warnings.extend(owners::dedup(sent.meta_mut(), UPDATE));
    let answer = replace_or_create(call, sent.as_ref(), door, write.dry_run).await;
    Ok(call.or_tell(answer, &warnings)?.warn_first(warnings))
}

async fn replace_or_create(
    call: &Call,
    sent: &dyn Object,
    door: Update,
    dry_run: bool,
) -> Outcome<Answer> {
    let creates = call.resource.info.create_on_update && door == Update::Main;
    loop {
        match replace(call, sent, door, dry_run).await {
            Err(Problem::NotFound { .. }) if creates => {}
            done => return done,
        }
        match create(call, sent).await {
            // somebody else was faster, and theirs is replaced
            Err(Problem::AlreadyExists { .. }) => {}
            done => return done,
        }
    }
}

async fn replace(call: &Call, sent: &dyn Object, door: Update, dry_run: bool) -> Outcome<Answer> {
    let mut told = Vec::new();
    let written = modify(call, dry_run, |entry, old| {
        told.clear();
        meta::check_uid(call, sent.meta(), old.meta())?;
        prepare_update(
            call,
            sent.duplicate(),
            old,
            entry.revision,
            (door, By::Update),
            &mut told,
        )
        .map_err(|problem| incoming::as_decoded(call, problem))
    })
    .await;
    let written = call.or_tell(written, &told)?;
    Ok(Answer::object(written.into_bytes()).warn(told))
}

/// What is not there has no version that the body could name wrongly, and no uid either.
async fn create(call: &Call, sent: &dyn Object) -> Outcome<Answer> {
    meta::check_uid(call, sent.meta(), &ObjectMeta::default())?;
    let mut new = sent.duplicate();
    new.meta_mut().resource_version = None;
    create::create_object(call, new, &By::Update).await
}
