//! GET of one object: the stored bytes, copied.

use crate::call::{Answer, Call};
use crate::problem::Outcome;
use crate::versions;

/// Answers the object's current version.
pub fn get(call: &Call) -> Outcome<Answer> {
    let asked = versions::parse(call.params.get("resourceVersion"))?;
    versions::reached(&call.core.store, asked)?;
    let entry = call
        .core
        .entry(&call.resource, call.namespace.as_deref(), &call.name)?;
    Ok(Answer::object(entry.value.clone()))
}
