//! What a write does to the ownership of fields: structured-merge-diff's Update and Apply.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::element;
use super::managers::{Manager, Operation};
use super::merge::{merge, prune};
use super::set::Set;
use super::walk::{Comparison, compare, paths_of};
use crate::shapes::Shape;

/// More updaters than these are summed up as one, as upstream's `DefaultMaxUpdateManagers`.
const MAX_UPDATERS: usize = 10;
const ANCIENT: &str = "ancient-changes";

/// Owner of everything in an object that was written before anybody kept count.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// What no manager owns: the server's own, and what says only which object it is.
const UNOWNED: [&[&str]; 10] = [
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

/// A field that another manager owns with another value.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// [`Manager::shown`].
    pub manager: String,
    pub path: String,
}

/// What an apply comes to.
#[derive(Debug)]
pub struct Applied {
    pub object: Value,
    pub managers: Vec<Manager>,
}

/// The managers after `me` (who owns nothing yet) changed `old` into `new`.
pub fn updated(
    old: &Value,
    new: &Value,
    shape: &Shape,
    mut managers: Vec<Manager>,
    mut me: Manager,
) -> Vec<Manager> {
    let mut changed = compare(old, new, shape);
    strip(&mut changed.written);
    take_over(&mut managers, &changed);
    if !changed.written.is_empty() {
        me.owns = changed.written;
        if let Some(at) = managers.iter().position(|m| m.is(&me)) {
            me.owns.unite(&managers.remove(at).owns);
        }
        managers.push(me);
    }
    cap(managers)
}

/// The managers after somebody who is not counted changed `old` into `new`.
pub fn taken(old: &Value, new: &Value, shape: &Shape, mut managers: Vec<Manager>) -> Vec<Manager> {
    take_over(&mut managers, &compare(old, new, shape));
    managers
}

/// Lays `config` over `live` as `me`.
///
/// # Errors
/// What others own with other values, unless `force` takes it from them.
pub fn applied(
    live: &Value,
    config: &Value,
    shape: &Shape,
    mut managers: Vec<Manager>,
    mut me: Manager,
    force: bool,
) -> Result<Applied, Vec<Conflict>> {
    if managers.is_empty() {
        managers.extend(before_first_apply(live, shape, &me));
    }
    let mine = managers.iter().position(|m| m.is(&me));
    let last = mine.map(|at| managers.remove(at));
    let full = paths_of(config, shape);
    let mut object = live.clone();
    merge(&mut object, config, shape);
    if let Some(last) = &last {
        let mut managed = full.clone();
        for other in &managers {
            managed.unite(&other.owns);
        }
        prune(&mut object, &last.owns, &managed, shape);
    }
    let mut changed = compare(live, &object, shape);
    strip(&mut changed.written);
    let conflicts = conflicts(&managers, &changed);
    if !force && !conflicts.is_empty() {
        return Err(conflicts);
    }
    take_over(&mut managers, &changed);
    me.owns = full;
    strip(&mut me.owns);
    if let Some(last) = last
        && changed.is_same()
        && last.owns == me.owns
    {
        me.time = last.time;
    }
    managers.push(me);
    Ok(Applied { object, managers })
}

/// The paths of `said` that `live` has with the same values.
pub fn agreed(said: &Value, live: &Value, shape: &Shape) -> Vec<String> {
    let mut paths = paths_of(said, shape);
    let apart = compare(said, live, shape);
    paths.subtract(&apart.written);
    paths.subtract(&apart.removed);
    paths.paths()
}

/// The object that `config` describes, owned as far as it goes by `me`.
pub fn created(config: &Value, shape: &Shape, mut me: Manager) -> Applied {
    me.owns = paths_of(config, shape);
    strip(&mut me.owns);
    Applied {
        object: config.clone(),
        managers: vec![me],
    }
}

fn strip(set: &mut Set) {
    // there whoever wrote it
    if let Some(metadata) = set.children.get_mut(&element::field("metadata")) {
        metadata.member = false;
    }
    for path in UNOWNED {
        set.cut(path);
    }
}

/// An object that nobody kept count of belongs to a manager of that name.
fn before_first_apply(live: &Value, shape: &Shape, me: &Manager) -> Option<Manager> {
    let empty = Value::Object(Map::new());
    let mut owns = compare(&empty, live, shape).written;
    strip(&mut owns);
    owns.cut(&["status"]);
    (!owns.is_empty()).then(|| Manager {
        name: BEFORE_FIRST_APPLY.to_owned(),
        operation: Operation::Update,
        subresource: String::new(),
        owns,
        ..me.clone()
    })
}

fn conflicts(managers: &[Manager], changed: &Comparison) -> Vec<Conflict> {
    let mut found = Vec::new();
    for manager in managers {
        let shown = manager.shown();
        let paths = manager.owns.intersection(&changed.written).paths();
        found.extend(paths.into_iter().map(|path| Conflict {
            manager: shown.clone(),
            path,
        }));
    }
    found.sort_by(|a, b| a.manager.cmp(&b.manager));
    found
}

/// What was written or removed is no longer others'.
fn take_over(managers: &mut Vec<Manager>, changed: &Comparison) {
    for manager in managers.iter_mut() {
        manager.owns.subtract(&changed.written);
        manager.owns.subtract(&changed.removed);
    }
    managers.retain(|manager| !manager.owns.is_empty());
}

/// Sums the oldest updaters up, so that the entries of an object stay bounded.
fn cap(mut managers: Vec<Manager>) -> Vec<Manager> {
    let mut updaters: Vec<_> = managers
        .extract_if(.., |m| m.operation == Operation::Update)
        .collect();
    if updaters.len() > MAX_UPDATERS {
        updaters.sort_by_key(|m| m.time.as_ref().map(|t| t.0));
        let old = updaters.len() - MAX_UPDATERS + 1;
        let mut sums: BTreeMap<String, Manager> = BTreeMap::new();
        for manager in updaters.drain(..old) {
            let sum = sums
                .entry(manager.api_version.clone())
                .or_insert_with(|| Manager {
                    name: ANCIENT.to_owned(),
                    subresource: String::new(),
                    owns: Set::default(),
                    ..manager.clone()
                });
            sum.owns.unite(&manager.owns);
            sum.time = manager.time;
        }
        updaters.extend(sums.into_values());
    }
    managers.extend(updaters);
    managers
}
