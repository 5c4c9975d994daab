//! DELETE of one object: preconditions, grace, finalizers (GC-01 to GC-10).

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, StatusDetails, Time};

use crate::bootstrap;
use crate::call::{Answer, Call};
use crate::delete_options::{self, Options, Propagation};
use crate::meta::seconds;
use crate::modify::{Next, Written, modify, settle};
use crate::namespaces::{self, IMMORTAL};
use crate::object::Object;
use crate::problem::{Outcome, Problem};
use crate::registry::Name;
use crate::status;

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// Deletes the object, or begins to.
pub async fn delete(call: &Call, body: Bytes) -> Outcome<Answer> {
    let options = delete_options::read(&call.headers, &call.params, body)?;
    if let Some(why) = immortal(call) {
        return Err(Problem::Forbidden {
            resource: call.resource.name,
            name: call.name.clone(),
            message: why.to_owned(),
            cause: None,
        });
    }
    let written = remove(call, &options).await?;
    refurnish(call, &options, &written).await;
    answer(call, &options, written).map(|answer| answer.warn(warnings(call, &options)))
}

/// Gives back what was removed where it may not be missing.
pub async fn refurnish(call: &Call, options: &Options, written: &Written) {
    if let (Written::Removed(_), false) = (written, options.dry_run) {
        let namespace = call.namespace.as_deref();
        bootstrap::refurnish(&call.core, call.resource.name.plural, namespace, &call.name).await;
    }
}

/// JOBV-15: who does not say what to do with the children is told what happens.
pub fn warnings(call: &Call, options: &Options) -> Vec<String> {
    match options.propagation.is_none() && call.resource.info.orphan_by_default {
        true => vec![
            "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove \
             them or set propagationPolicy=Orphan to suppress this warning"
                .to_owned(),
        ],
        false => Vec::new(),
    }
}

/// Deletes without an answer, for eviction and deletecollection.
pub async fn remove(call: &Call, options: &Options) -> Outcome<Written> {
    modify(call, options.dry_run, |entry, old| {
        check_preconditions(call, options, old.meta(), entry.revision)?;
        Ok(begin(call, options, old, call.core.clock.now()))
    })
    .await
}

/// Why the object may not go, unless with its whole collection.
fn immortal(call: &Call) -> Option<&'static str> {
    let name = call.name.as_str();
    match call.resource.info.plural {
        "namespaces" if IMMORTAL.contains(&name) => Some("this namespace may not be deleted"),
        "priorityclasses" if bootstrap::is_system_class(name) => {
            Some("this is a system priority class and cannot be deleted")
        }
        _ => None,
    }
}

fn answer(call: &Call, options: &Options, written: Written) -> Outcome<Answer> {
    let info = call.resource.info;
    match written {
        Written::Removed(bytes) if !info.delete_returns_object => {
            let object = call.resource.decode_stored(&bytes);
            let object = object.map_err(|error| Problem::Internal(error.to_string()))?;
            let details = StatusDetails {
                name: Some(call.name.clone()),
                group: (!info.group.is_empty()).then(|| info.group.to_owned()),
                kind: Some(info.plural.to_owned()),
                uid: object.meta().uid.clone(),
                ..StatusDetails::default()
            };
            Ok(Answer::status(status::success(200, Some(details))))
        }
        Written::Removed(bytes) => Ok(Answer::object(bytes)),
        Written::Kept(bytes) if options.legacy_background => {
            Ok(Answer::object(bytes).code(http::StatusCode::ACCEPTED))
        }
        Written::Kept(bytes) => Ok(Answer::object(bytes)),
    }
}

/// GC-06.
pub fn check_preconditions(
    call: &Call,
    options: &Options,
    meta: &ObjectMeta,
    revision: u64,
) -> Outcome<()> {
    let info = call.resource.info;
    // upstream names the kind here, where all other conflicts name the resource
    let kind = Name {
        group: info.group,
        plural: info.kind,
    };
    let conflict = |what: &str, asked: &str, is: &str| Problem::Conflict {
        resource: kind,
        name: call.name.clone(),
        detail: format!(
            "the {what} in the precondition ({asked}) does not match the {what} in record ({is}). \
             The object might have been {}",
            if what == "UID" {
                "deleted and then recreated"
            } else {
                "modified"
            }
        ),
    };
    let uid = meta.uid.as_deref().unwrap_or_default();
    match options.preconditions.uid.as_deref() {
        Some(asked) if asked != uid => return Err(conflict("UID", asked, uid)),
        _ => {}
    }
    let version = revision.to_string();
    match options.preconditions.resource_version.as_deref() {
        Some(asked) if asked != version => Err(conflict("ResourceVersion", asked, &version)),
        _ => Ok(()),
    }
}

/// What the first or a repeated DELETE makes of the object.
pub fn begin(call: &Call, options: &Options, old: &dyn Object, now: Timestamp) -> Next {
    let mut object = old.duplicate();
    if call.resource.info.graceful_delete {
        let pending =
            old.meta().deletion_timestamp.is_some() && !shorten(options, object.meta_mut());
        if pending {
            // nothing changes, dependents' policy included; a released object still goes
            return settle(object);
        }
        if old.meta().deletion_timestamp.is_none() {
            // no longer than there is a time for its end: a pod may ask for any number
            let longest = Timestamp::MAX.duration_since(now).as_secs();
            let grace = grace_secs(options, object.as_ref()).min(longest);
            mark(
                object.meta_mut(),
                now + SignedDuration::from_secs(grace),
                grace,
            );
        }
        set_gc_finalizers(call, options, object.meta_mut());
        return settle(object);
    }
    set_gc_finalizers(call, options, object.meta_mut());
    let finalized = namespaces::is_finalized(object.as_ref());
    match !finalized
        || object
            .meta()
            .finalizers
            .as_ref()
            .is_some_and(|f| !f.is_empty())
    {
        true => {
            mark(object.meta_mut(), now, 0);
            terminate_namespace(object.as_mut());
            Next::Put(object)
        }
        // nothing holds it: watchers see its last state as it was
        false => Next::Remove(object),
    }
}

/// Sets the deletion's time once, and raises the generation with it (GC-08).
fn mark(meta: &mut ObjectMeta, at: Timestamp, grace_secs: i64) {
    if meta.deletion_timestamp.is_none() {
        meta.generation = meta.generation.map(|g| if g > 0 { g + 1 } else { g });
        meta.deletion_timestamp = Some(seconds(at));
    }
    meta.deletion_grace_period_seconds = Some(grace_secs);
}

/// A later DELETE can only shorten the grace (GC-09); false when it does not.
fn shorten(options: &Options, meta: &mut ObjectMeta) -> bool {
    let current = meta.deletion_grace_period_seconds.unwrap_or(0);
    let Some(asked) = options.grace_secs.filter(|asked| *asked < current) else {
        return false;
    };
    if let Some(Time(at)) = meta.deletion_timestamp {
        let sooner = SignedDuration::from_secs(current.saturating_sub(asked));
        meta.deletion_timestamp = Some(Time(at.checked_sub(sooner).unwrap_or(at)));
    }
    meta.deletion_grace_period_seconds = Some(asked);
    true
}

/// GC-09.
fn grace_secs(options: &Options, object: &dyn Object) -> i64 {
    let Some(pod) = object.as_any().downcast_ref::<Pod>() else {
        return 0;
    };
    let spec = pod.spec.as_ref();
    let scheduled = spec
        .and_then(|s| s.node_name.as_deref())
        .is_some_and(|n| !n.is_empty());
    let phase = pod.status.as_ref().and_then(|s| s.phase.as_deref());
    if !scheduled || matches!(phase, Some("Succeeded" | "Failed")) {
        return 0;
    }
    let own = spec.and_then(|s| s.termination_grace_period_seconds);
    match options.grace_secs.or(own).unwrap_or(0) {
        negative if negative < 0 => 1,
        secs => secs,
    }
}

/// Upstream's deletionFinalizersForGarbageCollection: an explicit policy wins, then finalizers that
/// are there, then the kind's default.
fn set_gc_finalizers(call: &Call, options: &Options, meta: &mut ObjectMeta) {
    let finalizers = meta.finalizers.take().unwrap_or_default();
    let present = |name: &str| finalizers.iter().any(|f| f == name);
    let policy = options.propagation.unwrap_or_else(|| {
        if present(ORPHAN) {
            Propagation::Orphan
        } else if present(FOREGROUND) {
            Propagation::Foreground
        } else if call.resource.info.orphan_by_default {
            Propagation::Orphan
        } else {
            Propagation::Background
        }
    });
    let wanted = match policy {
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    let mut kept: Vec<_> = finalizers
        .into_iter()
        .filter(|f| (f != ORPHAN && f != FOREGROUND) || Some(f.as_str()) == wanted)
        .collect();
    if let Some(wanted) = wanted.filter(|w| !kept.iter().any(|f| f == w)) {
        kept.push(wanted.to_owned());
    }
    meta.finalizers = (!kept.is_empty()).then_some(kept);
}

/// NS-01: a namespace on its way out says so.
fn terminate_namespace(object: &mut dyn Object) {
    if let Some(namespace) = object.as_any_mut().downcast_mut::<Namespace>() {
        namespace.status.get_or_insert_default().phase = Some("Terminating".to_owned());
    }
}
