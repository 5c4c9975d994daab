//! Keeping `metadata.managedFields` while objects are written (K-09, K-18).
//!
//! Orrery's own components keep no count: they write fields that no client writes, many times a
//! second. What they alone created belongs to `before-first-apply` once somebody applies to it, as
//! upstream treats every object without managedFields. What they change of a client's is taken from it.

use http::{HeaderMap, HeaderValue, header};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use orrery_apis::{FieldError, Update};
use orrery_schedule::is_printable;
use serde_json::{Map, Value};

use crate::apply::{self, Applied, Conflict, Manager, Operation, Sent};
use crate::auth::Identity;
use crate::call::Call;
use crate::events_v1;
use crate::hollow;
use crate::last_applied;
use crate::meta::seconds;
use crate::object::Object;
use crate::params::{MAX_MANAGER_LEN, Params};
use crate::problem::{Outcome, Problem};

/// What clients that name no program are called: those in process.
const OURSELVES: &str = "orrery";

/// The manager of a request: as it says, or the first part of its user agent. `None` for components.
pub fn manager(
    identity: Option<&Identity>,
    params: &Params,
    headers: &HeaderMap,
) -> Option<String> {
    if let Some(name) = params.get("fieldManager") {
        return Some(name.to_owned());
    }
    if identity.is_some_and(Identity::is_component) {
        return None;
    }
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.map_or(OURSELVES.as_bytes(), HeaderValue::as_bytes);
    Some(program(&String::from_utf8_lossy(agent)))
}

/// The program's name, as far as it can be shown and is not too long: upstream's `prefixFromUserAgent`.
fn program(agent: &str) -> String {
    let name = agent.split('/').next().unwrap_or_default();
    let mut program = String::new();
    for c in name.chars().filter(|c| is_printable(*c)) {
        if program.len() + c.len_utf8() > MAX_MANAGER_LEN {
            break;
        }
        program.push(c);
    }
    program
}

/// A new object belongs to whoever made it, as far as it was sent or defaulted.
pub fn created(call: &Call, object: &dyn Object) -> Option<Vec<ManagedFieldsEntry>> {
    let me = me(call, Operation::Update, Update::Main)?;
    let nothing = Value::Object(Map::new());
    let new = value_of(call, object);
    let mut managers = apply::updated(&nothing, &new, &call.resource.shape, Vec::new(), me);
    reset(call, &mut managers, Update::Main);
    apply::write(managers)
}

/// An update owns what it changes. `sent` is what the body says of the managers: a client may take
/// entries out, or rewrite them, through the main door (K-18's migration).
pub fn update(
    call: &Call,
    new: &mut dyn Object,
    old: &dyn Object,
    sent: Option<&[ManagedFieldsEntry]>,
    door: Update,
) {
    let stored = old.meta().managed_fields.as_deref();
    if call.manager.is_none() {
        lose(call, new, old, stored.unwrap_or_default(), door);
        return;
    }
    let sent = sent.filter(|sent| door == Update::Main && Some(*sent) != stored);
    let managers = match apply::read_sent(sent) {
        Sent::Reset => Vec::new(),
        Sent::Managers(managers) => managers,
        Sent::Nothing => match apply::read(stored.unwrap_or_default()) {
            Some(managers) => managers,
            None => return,
        },
    };
    let me = me(call, Operation::Update, door).filter(|_| !managers.is_empty());
    let Some(me) = me else {
        new.meta_mut().managed_fields = apply::write(managers);
        return;
    };
    let (before, after) = (value_of(call, old), value_of(call, new));
    let mut managers = apply::updated(&before, &after, &call.resource.shape, managers, me);
    reset(call, &mut managers, door);
    new.meta_mut().managed_fields = apply::write(managers);
}

/// Gives `new` the times of `old` where its entries say nothing else new. Returns what it had, which it
/// needs again if it turns out to be changed: upstream's IgnoreManagedFieldsTimestampsTransformer.
pub fn keep_times(new: &mut dyn Object, old: &dyn Object) -> Option<Vec<ManagedFieldsEntry>> {
    let (mine, stored) = (
        &mut new.meta_mut().managed_fields,
        &old.meta().managed_fields,
    );
    let timeless = |entries: &Option<Vec<ManagedFieldsEntry>>| -> Vec<ManagedFieldsEntry> {
        let entries = entries.iter().flatten().cloned();
        entries
            .map(|entry| ManagedFieldsEntry {
                time: None,
                ..entry
            })
            .collect()
    };
    if mine == stored || timeless(mine) != timeless(stored) {
        return None;
    }
    std::mem::replace(mine, stored.clone())
}

/// What a component changes is no longer owned by whoever owned it, though it is nobody's then.
fn lose(
    call: &Call,
    new: &mut dyn Object,
    old: &dyn Object,
    stored: &[ManagedFieldsEntry],
    door: Update,
) {
    // components write status many times a second, and clients hardly ever own any
    let concerned = stored.iter().any(|entry| match door {
        Update::Status => entry.subresource.as_deref() == Some("status"),
        _ => true,
    });
    let Some(managers) = apply::read(stored).filter(|_| concerned) else {
        return;
    };
    let (before, after) = (value_of(call, old), value_of(call, new));
    let managers = apply::taken(&before, &after, &call.resource.shape, managers);
    new.meta_mut().managed_fields = apply::write(managers);
}

/// Upstream's reset fields: what a door does not write, nobody owns by coming through it.
fn reset(call: &Call, managers: &mut [Manager], door: Update) {
    if !call.resource.info.has_status {
        return;
    }
    let field = match door {
        Update::Main => "status",
        Update::Status => "spec",
        // a change through these is of what they are for, and nothing else
        Update::EphemeralContainers | Update::Resize => return,
    };
    let subresource = door.subresource();
    let me = call.manager.as_deref().unwrap_or_default();
    for manager in managers {
        if manager.name == me && manager.subresource == subresource {
            manager.owns.cut(&[field]);
        }
    }
}

/// Lays a configuration over the live object, or over nothing (`None`).
pub fn apply(
    call: &Call,
    live: Option<(&Value, &dyn Object)>,
    config: &Value,
    door: Update,
) -> Outcome<Applied> {
    let me = me(call, Operation::Apply, door).ok_or_else(|| {
        let error = FieldError::required("fieldManager", "is required for apply patch");
        Problem::InvalidOptions {
            kind: "PatchOptions",
            errors: vec![error],
        }
    })?;
    let shape = &call.resource.shape;
    let Some((live, old)) = live else {
        return Ok(apply::created(config, shape, me));
    };
    let stored = old.meta().managed_fields.as_deref().unwrap_or_default();
    let managers = apply::read(stored).unwrap_or_default();
    let force = call.params.flag("force");
    if me.name != last_applied::KUBECTL {
        let applied = apply::applied(live, config, shape, managers, me, force);
        return applied.map_err(|conflicts| refused(call, conflicts));
    }
    let applied = apply::applied(live, config, shape, managers.clone(), me.clone(), force);
    let applied =
        applied.or_else(
            |conflicts| match last_applied::remaining(live, conflicts, shape) {
                none if none.is_empty() => apply::applied(live, config, shape, managers, me, true),
                others => Err(others),
            },
        );
    let mut applied = applied.map_err(|conflicts| refused(call, conflicts))?;
    last_applied::update(&mut applied.object, config);
    Ok(applied)
}

/// Conflicts, over fields as their sender calls them.
fn refused(call: &Call, mut conflicts: Vec<Conflict>) -> Problem {
    for conflict in &mut conflicts {
        conflict.path = events_v1::path_as_sent(call, &conflict.path);
    }
    Problem::ApplyConflict(conflicts)
}

fn me(call: &Call, operation: Operation, door: Update) -> Option<Manager> {
    let name = call.manager.as_deref()?;
    Some(Manager {
        name: name.to_owned(),
        operation,
        api_version: events_v1::api_version(call),
        subresource: door.subresource().to_owned(),
        time: Some(seconds(call.core.clock.now())),
        owns: Default::default(),
    })
}

/// The object as it is stored: nobody owns what is empty and left out.
fn value_of(call: &Call, object: &dyn Object) -> Value {
    let stored = hollow::cut(object.encode(), &call.resource.shape);
    serde_json::from_slice(&stored).expect("an object's JSON is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_09_a_program_is_called_by_what_can_be_shown_of_its_name() {
        let long = "a".repeat(MAX_MANAGER_LEN - 1);
        let rows: [(&str, &str); 5] = [
            ("kubectl/v1.36.0 (linux/amd64)", "kubectl"),
            ("/1", ""),
            ("a \u{200B}b\tc/1", "a bc"),
            (&format!("{long}bc/1"), &format!("{long}b")),
            // no part of a character
            (&format!("{long}\u{D55C}/1"), &long),
        ];
        for (agent, name) in rows {
            assert_eq!(program(agent), name);
        }
    }

    #[test]
    fn k_09_all_but_components_are_known_by_their_program() {
        let account = Identity::new("system:serviceaccount:ns:ci", &["system:serviceaccounts"]);
        let rows = [
            (Identity::administrator(), "", Some("foo")),
            (account, "", Some("foo")),
            (Identity::component("system:kube-scheduler"), "", None),
            (
                Identity::component("system:kube-scheduler"),
                "fieldManager=me",
                Some("me"),
            ),
        ];
        let headers = HeaderMap::from_iter([(
            header::USER_AGENT,
            http::HeaderValue::from_static("foo/1 (linux)"),
        )]);
        for (identity, query, wanted) in rows {
            let params = Params::parse(Some(query));
            let found = manager(Some(&identity), &params, &headers);
            assert_eq!(found.as_deref(), wanted, "{} {query}", identity.user);
        }
    }
}
