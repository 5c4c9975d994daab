//! PUT of `namespaces/finalize`: who emptied a namespace takes its finalizer out (NS-01).

use bytes::Bytes;
use k8s_openapi::api::core::v1::Namespace;
use orrery_apis::FieldErrors;
use orrery_apis::meta::{unqualified_finalizer, validate_qualified_name};

use crate::bootstrap;
use crate::call::{Answer, Call};
use crate::incoming;
use crate::meta;
use crate::modify::{Written, modify, settle};
use crate::object::Object;
use crate::params::{UPDATE, WriteParams};
use crate::problem::{Outcome, Problem};

/// Takes `spec.finalizers` from the body, and nothing else.
pub async fn finalize(call: &Call, body: Bytes) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, UPDATE)?;
    let (mut sent, warnings) = incoming::object(call, body, write.field_validation)?;
    call.or_tell(meta::place(call, sent.meta_mut()), &warnings)?;
    let finalizers = namespace(sent.as_ref())
        .spec
        .as_ref()
        .and_then(|s| s.finalizers.clone());
    let expected = meta::expected_version(sent.meta())?;
    let written = modify(call, write.dry_run, |entry, old| {
        if expected.is_some_and(|expected| expected != entry.revision) {
            return Err(Problem::modified(call.resource.name, &call.name));
        }
        check(call, finalizers.as_deref().unwrap_or_default())?;
        let mut new = old.duplicate();
        let target: &mut Namespace = new
            .as_any_mut()
            .downcast_mut()
            .expect("finalize is of namespaces");
        target
            .spec
            .get_or_insert_default()
            .finalizers
            .clone_from(&finalizers);
        Ok(settle(new))
    })
    .await;
    let written = call.or_tell(written, &warnings)?;
    if let (Written::Removed(_), false) = (&written, write.dry_run) {
        bootstrap::refurnish(&call.core, call.resource.name.plural, None, &call.name).await;
    }
    Ok(Answer::object(written.into_bytes()).warn(warnings))
}

/// Upstream's `ValidateNamespaceFinalizeUpdate`.
fn check(call: &Call, finalizers: &[String]) -> Outcome<()> {
    let mut errors = FieldErrors::new();
    for (at, name) in finalizers.iter().enumerate() {
        let path = format!("spec.finalizers[{at}]");
        errors.extend(validate_qualified_name(name, &path));
        errors.extend(unqualified_finalizer(name, &path));
    }
    incoming::verdict(call, &call.name, errors)
}

fn namespace(object: &dyn Object) -> &Namespace {
    object
        .as_any()
        .downcast_ref()
        .expect("finalize is of namespaces")
}
