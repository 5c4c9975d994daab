//! Generic rules of `metadata` on create and update: what the server owns, no body can set.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use orrery_apis::go_quote::quoted;

use crate::call::Call;
use crate::object::Object;
use crate::problem::{Outcome, Problem};
use crate::versions;

/// A generated name holds at most 63 characters, five of which are random (NAME-01).
const MAX_GENERATED_PREFIX: usize = 58;
pub const SUFFIX_LEN: usize = 5;

/// A time as the API writes it: whole seconds.
pub fn seconds(time: Timestamp) -> Time {
    Time(Timestamp::from_second(time.as_second()).expect("the seconds of a timestamp are in range"))
}

/// Refuses what says that it is of another namespace than the URL; where that names none, and of cluster-scoped kinds,
/// an object forgets its own.
pub fn check_namespace(call: &Call, meta: &ObjectMeta) -> Outcome<()> {
    let wanted = call.namespace.as_deref().unwrap_or_default();
    let given = meta.namespace.as_deref().unwrap_or_default();
    let is_told = !given.is_empty() && !wanted.is_empty() && call.resource.info.namespaced;
    if !is_told || given == wanted {
        return Ok(());
    }
    Err(Problem::BadRequest(format!(
        "the namespace of the provided object does not match the namespace sent on the request: {} and {}",
        quoted(given),
        quoted(wanted)
    )))
}

/// Puts the object where the URL says, or refuses with upstream's words.
pub fn place(call: &Call, meta: &mut ObjectMeta) -> Outcome<()> {
    check_namespace(call, meta)?;
    meta.namespace.clone_from(&call.namespace);
    if call.name.is_empty() {
        return Ok(());
    }
    let name = &call.name;
    let told = match meta.name.as_deref().unwrap_or_default() {
        "" => format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        ),
        given if given == name => return Ok(()),
        given => {
            format!("the name of the object ({given}) does not match the name on the URL ({name})")
        }
    };
    Err(Problem::BadRequest(told))
}

/// First values of a new object.
pub fn begin(call: &Call, object: &mut dyn Object, now: Timestamp) {
    let meta = object.meta_mut();
    meta.uid = Some(call.core.clock.uid());
    meta.creation_timestamp = Some(seconds(now));
    meta.deletion_timestamp = None;
    meta.deletion_grace_period_seconds = None;
    meta.self_link = None;
    meta.managed_fields = None;
    meta.generation = call.resource.info.has_generation.then_some(1);
}

/// A name for `generateName`.
pub fn generated_name(call: &Call, prefix: &str) -> String {
    let mut end = prefix.len().min(MAX_GENERATED_PREFIX);
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{}", &prefix[..end], call.core.clock.suffix(SUFFIX_LEN))
}

/// A replacement that names a uid is of that object only. A patch that does so changes a field that
/// cannot be changed.
pub fn check_uid(call: &Call, new: &ObjectMeta, old: &ObjectMeta) -> Outcome<()> {
    match new.uid.as_deref() {
        None | Some("") => Ok(()),
        given if given == old.uid.as_deref() => Ok(()),
        given => Err(Problem::Conflict {
            resource: call.resource.name,
            name: call.name.clone(),
            detail: other_uid(
                call,
                given.unwrap_or_default(),
                old.uid.as_deref().unwrap_or_default(),
            ),
        }),
    }
}

/// What upstream's storage says of an object that is not the one that was meant.
pub fn other_uid(call: &Call, meant: &str, is: &str) -> String {
    precondition(call, "UID", meant, is)
}

/// The same of one that is at another version by now.
pub fn other_version(call: &Call, meant: &str, is: &str) -> String {
    precondition(call, "ResourceVersion", meant, is)
}

fn precondition(call: &Call, what: &str, meant: &str, is: &str) -> String {
    format!(
        "StorageError: invalid object, Code: 4, Key: {}, ResourceVersion: 0, AdditionalErrorMsg: \
         Precondition failed: {what} in precondition: {meant}, {what} in object meta: {is}",
        storage_key(call)
    )
}

/// Where upstream keeps the object.
fn storage_key(call: &Call) -> String {
    let collection = match call.resource.info.plural {
        "nodes" => "minions",
        "services" => "services/specs",
        "endpoints" => "services/endpoints",
        plural => plural,
    };
    let parts = [
        Some(collection),
        call.namespace.as_deref(),
        Some(&call.name),
    ];
    let parts = parts.into_iter().flatten();
    format!("/registry/{}", parts.collect::<Vec<_>>().join("/"))
}

/// Restores what an update cannot change (GC-07, API-01).
pub fn carry_over(new: &mut ObjectMeta, old: &ObjectMeta) {
    if new.uid.as_deref().is_none_or(str::is_empty) {
        new.uid = old.uid.clone();
    }
    new.creation_timestamp = old.creation_timestamp.clone();
    // nobody calls back what is being deleted; who says so of what is not is refused by validation
    if old.deletion_timestamp.is_some() {
        new.deletion_timestamp = old.deletion_timestamp.clone();
    }
    new.deletion_grace_period_seconds = new
        .deletion_grace_period_seconds
        .or(old.deletion_grace_period_seconds);
    new.generation = old.generation;
    new.self_link = None;
    new.managed_fields = old.managed_fields.clone();
}

/// The resourceVersion that a body insists on; `None` when it says none.
pub fn expected_version(meta: &ObjectMeta) -> Outcome<Option<u64>> {
    match meta.resource_version.as_deref() {
        None | Some("" | "0") => Ok(None),
        // upstream's storage reads the number, and what it says is nobody's to translate
        Some(text) => versions::number(text).map(Some).map_err(Problem::Unmapped),
    }
}
