//! The read-change-write loop under update, patch, status, binding, eviction and delete.
//!
//! Everything costly (decode, validate, encode) happens outside the store's commit, against a version
//! that the commit then insists on; whoever lost the race starts again from the newer version.

use std::sync::Arc;

use bytes::Bytes;
use orrery_apis::meta::validate_object_meta_update;
use orrery_apis::{FieldError, FieldErrors, Update};
use orrery_store::{Entry, Expect, Op, WriteError};

use crate::admission;
use crate::apply::{self, Manager};
use crate::call::Call;
use crate::core::{Core, write_problem};
use crate::events_v1;
use crate::hollow;
use crate::incoming;
use crate::meta;
use crate::namespaces;
use crate::object::Object;
use crate::pod_security;
use crate::problem::{Outcome, Problem};
use crate::record::Draft;
use crate::registry::Resource;
use crate::services;
use crate::tracking;

/// How often a lost race is run again. Upstream gives patches five rounds; unconditional writes end
/// sooner or later, since each lost round is another writer's success.
const ATTEMPTS: usize = 32;

/// What became of the object.
pub enum Written {
    /// Stored, or unchanged (API-01): its bytes.
    Kept(Bytes),
    /// Removed: its last bytes.
    Removed(Bytes),
}

impl Written {
    /// The bytes, whatever happened.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Kept(bytes) | Self::Removed(bytes) => bytes,
        }
    }
}

/// The next state of an object.
pub enum Next {
    Put(Box<dyn Object>),
    Remove(Box<dyn Object>),
}

/// Runs `change` on the current version until its result is stored. `pinned`: a lost race is a
/// conflict, because the client named the version.
pub async fn modify(
    call: &Call,
    dry_run: bool,
    mut change: impl FnMut(&Arc<Entry>, &dyn Object) -> Outcome<Next>,
) -> Outcome<Written> {
    let mut last = None;
    let _turn = services::turn(call).await;
    for _ in 0..ATTEMPTS {
        let entry = call
            .core
            .entry(&call.resource, call.namespace.as_deref(), &call.name)?;
        let old = Core::decode(&call.resource, &entry)?;
        let next = change(&entry, old.as_ref())?;
        match commit(call, dry_run, &entry, old.as_ref(), next).await {
            Err(WriteError::Conflict { current }) => last = Some(current),
            done => return done.map_err(|error| write_problem(&call.resource, &call.name, error)),
        }
    }
    tracing::debug!(name = call.name, lost_to = ?last.map(|e| e.revision), "gave up a contended write");
    Err(Problem::modified(call.resource.name, &call.name))
}

async fn commit(
    call: &Call,
    dry_run: bool,
    entry: &Arc<Entry>,
    old: &dyn Object,
    next: Next,
) -> Result<Written, WriteError<Problem>> {
    let (mut object, remove) = match next {
        Next::Put(object) => (object, false),
        Next::Remove(object) => (object, true),
    };
    let renewed = tracking::keep_times(object.as_mut(), old);
    let mut draft = Draft::new(&call.resource, object.as_mut());
    if !remove && draft.same_as(&entry.value) {
        return Ok(Written::Kept(entry.value.clone()));
    }
    if renewed.is_some() {
        object.meta_mut().managed_fields = renewed;
        draft = Draft::new(&call.resource, object.as_mut());
    }
    if dry_run {
        let bytes = draft.versioned(entry.revision);
        return Ok(if remove {
            Written::Removed(bytes)
        } else {
            Written::Kept(bytes)
        });
    }
    let write = move |revision, _: Option<&Arc<Entry>>| {
        let encoded = draft.at(revision);
        Ok(if remove {
            Op::Delete(encoded)
        } else {
            Op::Put(encoded)
        })
    };
    let expect = Expect::Revision(entry.revision);
    let change = call
        .core
        .store
        .write(entry.key.clone(), expect, write)
        .await?;
    let bytes = change.entry.value.clone();
    Ok(if remove {
        Written::Removed(bytes)
    } else {
        Written::Kept(bytes)
    })
}

/// How the new state came about, which decides who owns its fields (K-18).
pub enum By {
    /// A whole object or a patch.
    Update,
    /// Server-side apply, which knows the owners already.
    Apply(Vec<Manager>),
}

/// Upstream's BeforeUpdate: from what a client sent to what may be stored, or to a removal when the
/// last finalizer of a deleted object went (GC-07).
pub fn prepare_update(
    call: &Call,
    mut new: Box<dyn Object>,
    old: &dyn Object,
    revision: u64,
    (door, by): (Update, By),
    warnings: &mut Vec<String>,
) -> Outcome<Next> {
    let sent = new.meta_mut().managed_fields.take();
    new.default_fields();
    meta::place(call, new.meta_mut())?;
    meta::carry_over(new.meta_mut(), old.meta());
    settle_version(call, new.as_mut(), revision)?;
    new.prepare_update(old, door);
    if door == Update::Main {
        services::allocate(call, new.as_mut(), Some(old))?;
    }
    let compared = compare(call, new.as_ref(), old, door)?;
    if let Some(changed) = compared.changed {
        let generation = old.meta().generation.unwrap_or(0);
        new.meta_mut().generation = Some(generation + 1);
        new.count_changes(changed.new.as_ref(), changed.old.as_ref());
    }
    let mut errors = validate_object_meta_update(new.meta(), old.meta());
    errors.extend(compared.errors);
    errors.extend(events_v1::strict_errors(call, new.as_ref(), Some(old)));
    incoming::verdict(call, &call.name, errors)?;
    admission::check(call, new.as_ref(), Some(door))?;
    warnings.extend(match door {
        Update::Main => new.warnings(Some(old)),
        Update::Status => new.status_warnings(),
        // at a pod's other doors nobody is warned
        Update::EphemeralContainers | Update::Resize => Vec::new(),
    });
    pod_security::check(call, new.as_ref(), Some((old, door)), warnings)?;
    match by {
        By::Update => tracking::update(call, new.as_mut(), old, sent.as_deref(), door),
        By::Apply(managers) => new.meta_mut().managed_fields = apply::write(managers),
    }
    Ok(settle(new))
}

/// Removal when nothing holds a deleted object any more, else storage.
pub fn settle(object: Box<dyn Object>) -> Next {
    let meta = object.meta();
    let released = meta.deletion_timestamp.is_some()
        && meta.deletion_grace_period_seconds.unwrap_or(0) == 0
        && meta.finalizers.as_ref().is_none_or(Vec::is_empty)
        && namespaces::is_finalized(object.as_ref());
    match released {
        true => Next::Remove(object),
        false => Next::Put(object),
    }
}

/// Whoever names a version means it. Who names none, by PUT or by a patch that takes it out, means the
/// version that there is, where the kind lets them.
fn settle_version(call: &Call, new: &mut dyn Object, current: u64) -> Outcome<()> {
    match meta::expected_version(new.meta())? {
        Some(expected) if expected == current => Ok(()),
        Some(_) => Err(Problem::modified(call.resource.name, &call.name)),
        None if call.resource.info.unconditional_update => {
            new.meta_mut().resource_version = Some(current.to_string());
            Ok(())
        }
        None => Err(unversioned(call)),
    }
}

/// Upstream prints the number that it read, and calls the kind by its resource.
fn unversioned(call: &Call) -> Problem {
    let detail = "must be specified for an update";
    Problem::Invalid {
        group: call.resource.info.group,
        kind: call.resource.info.plural,
        name: call.name.clone(),
        errors: vec![FieldError::invalid("metadata.resourceVersion", 0, detail)],
    }
}

/// Kinds whose immutable fields upstream compares with `reflect.DeepEqual`, to which an empty map is not
/// the same as none; all else is compared with `Semantic.DeepEqual`, to which it is.
const TELL_EMPTY_FROM_NONE: [&str; 2] = ["configmaps", "secrets"];

/// What an update comes to.
struct Compared {
    /// Where the spec changed, as generations count.
    changed: Option<Versions>,
    errors: FieldErrors,
}

/// The objects before and after, in words that differ only where what they say does.
struct Versions {
    new: Box<dyn Object>,
    old: Box<dyn Object>,
}

/// Whether the spec changed, and what is wrong with the update. `volumes: []` and `tty: false` change
/// nothing where neither was said, nor do `1000M` where it was `1G`: the object is looked at again as it
/// would be stored, and amounts levelled, only when it seems to differ.
fn compare(call: &Call, new: &dyn Object, old: &dyn Object, door: Update) -> Outcome<Compared> {
    let info = &call.resource.info;
    let seems_changed = info.has_generation && new.spec_changed(old);
    let mut errors = new.validate_update(old, door);
    let differs = seems_changed || !errors.is_empty();
    // of these none has a generation
    if !differs || TELL_EMPTY_FROM_NONE.contains(&info.plural) {
        let changed = None;
        return Ok(Compared { changed, errors });
    }
    let mut stored = as_stored(&call.resource, new)?;
    let mut before = old.duplicate();
    stored.level_amounts();
    before.level_amounts();
    if !errors.is_empty() {
        // what is wrong with the object itself stays so
        let mut remaining = stored.validate_update(before.as_ref(), door);
        remaining.extend(new.validate_update(new, door));
        errors.retain(|error| remaining.iter().any(|other| other.field == error.field));
    }
    let changed = seems_changed && stored.spec_changed(before.as_ref());
    let changed = changed.then_some(Versions {
        new: stored,
        old: before,
    });
    Ok(Compared { changed, errors })
}

/// The object as the store would give it back.
fn as_stored(resource: &Resource, object: &dyn Object) -> Outcome<Box<dyn Object>> {
    let text = hollow::cut(object.encode(), &resource.shape);
    let stored = resource.decode_stored(&text);
    stored.map_err(|error| {
        Problem::Internal(format!(
            "a new {} does not decode: {error}",
            resource.info.plural
        ))
    })
}
