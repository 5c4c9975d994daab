//! PUT of an object or its status.

use bytes::Bytes;
use orrery_apis::{FieldError, Update};

use crate::body;
use crate::call::{Answer, Call};
use crate::incoming;
use crate::meta;
use crate::modify::{By, modify, prepare_update};
use crate::params::{UPDATE, WriteParams};
use crate::problem::Outcome;

/// Replaces the object; never creates one (API-01).
pub async fn update(call: &Call, body: Bytes, door: Update) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, UPDATE)?;
    let json = body::json(&call.headers, body)?;
    let (mut sent, mut warnings) = incoming::object(call, &json, write.field_validation)?;
    meta::place(call, sent.meta_mut())?;
    let unversioned = meta::expected_version(sent.meta())?.is_none();
    if unversioned && !call.resource.info.unconditional_update {
        // upstream prints the number that it read
        let detail = "must be specified for an update";
        let error = FieldError::invalid("metadata.resourceVersion", 0, detail);
        incoming::verdict(call, &call.name, vec![error])?;
    }
    let mut told = Vec::new();
    let written = modify(call, write.dry_run, |entry, old| {
        told.clear();
        meta::check_uid(call, sent.meta(), old.meta())?;
        let mut new = sent.duplicate();
        if unversioned {
            new.meta_mut().resource_version = Some(entry.revision.to_string());
        }
        prepare_update(
            call,
            new,
            old,
            entry.revision,
            (door, By::Update),
            &mut told,
        )
        .map_err(|problem| incoming::as_decoded(call, problem))
    })
    .await?;
    warnings.append(&mut told);
    Ok(Answer::object(written.into_bytes()).warn(warnings))
}
