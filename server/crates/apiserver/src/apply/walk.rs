//! Which paths a value holds, and which of them two values have differently.

use std::collections::BTreeMap;

use orrery_apis::merge_keys::MergeRule;
use serde_json::{Map, Value};

use super::element;
use super::set::Set;
use crate::shapes::Shape;

/// Objects that upstream's Go types hold by value: they are there even when nobody wrote them, so that
/// nobody owns them themselves, only what is in them.
const ALWAYS_THERE: [&str; 6] = [
    "metadata",
    "spec",
    "status",
    "template",
    "jobTemplate",
    "updateStrategy",
];

/// The paths that an applied configuration speaks of.
pub fn paths_of(value: &Value, shape: &Shape) -> Set {
    match value {
        Value::Object(map) if !shape.is_atomic() => {
            let mut set = Set::default();
            for (name, below) in map {
                let mut child = paths_of(below, shape.field(name));
                let hollow = below.is_null() || below.as_object().is_some_and(Map::is_empty);
                child.member |= hollow || !shape.declares(name);
                set.insert(&element::field(name), child);
            }
            set
        }
        Value::Array(items) if !shape.is_atomic() => match elements(items, shape) {
            Some(elements) => {
                let mut set = Set::default();
                for (element, item) in elements.iter().zip(items) {
                    let mut child = match set.get(element) {
                        // which of them is meant, nobody can say
                        Some(_repeated) => Set::leaf(),
                        None => paths_of(item, shape.item()),
                    };
                    child.member = true;
                    set.insert(element, child);
                }
                set
            }
            None => Set::leaf(),
        },
        _ => Set::leaf(),
    }
}

/// The elements of a list that apply parts.
pub fn elements(items: &[Value], shape: &Shape) -> Option<Vec<String>> {
    let rule: MergeRule = shape.rule()?;
    element::items(items, &rule)
}

/// What changed between two values.
#[derive(Debug, Default, PartialEq)]
pub struct Comparison {
    pub removed: Set,
    /// Added or given another value.
    pub written: Set,
}

impl Comparison {
    pub fn is_same(&self) -> bool {
        self.removed.is_empty() && self.written.is_empty()
    }

    fn put(&mut self, element: &str, below: Comparison) {
        self.removed.insert(element, below.removed);
        self.written.insert(element, below.written);
    }
}

/// Compares two objects of one shape.
pub fn compare(old: &Value, new: &Value, shape: &Shape) -> Comparison {
    let mut found = Comparison::default();
    if old != new {
        let empty = Map::new();
        let (old, new) = (old.as_object(), new.as_object());
        fields(
            &mut found,
            old.unwrap_or(&empty),
            new.unwrap_or(&empty),
            shape,
        );
    }
    found
}

fn fields(
    found: &mut Comparison,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    shape: &Shape,
) {
    for (name, before) in old {
        let before = Some(before).filter(|v| !v.is_null());
        // a null where something was is another value
        let after = new.get(name).filter(|v| before.is_some() || !v.is_null());
        let below = value(
            before,
            after,
            shape.field(name),
            is_always_there(shape, name),
        );
        found.put(&element::field(name), below);
    }
    for (name, after) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let after = Some(after).filter(|v| !v.is_null());
        let below = value(None, after, shape.field(name), is_always_there(shape, name));
        found.put(&element::field(name), below);
    }
}

fn is_always_there(shape: &Shape, name: &str) -> bool {
    ALWAYS_THERE.contains(&name) && shape.declares(name)
}

/// `fixed`: the place itself is never added or removed.
fn value(old: Option<&Value>, new: Option<&Value>, shape: &Shape, fixed: bool) -> Comparison {
    let mut found = Comparison::default();
    if old == new {
        return found;
    }
    let no_fields = Map::new();
    let parted = match (old, new) {
        _ if shape.is_atomic() => false,
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            fields(&mut found, old, new, shape);
            true
        }
        (None, Some(Value::Object(new))) => {
            fields(&mut found, &no_fields, new, shape);
            fixed || !new.is_empty()
        }
        (Some(Value::Object(old)), None) => {
            fields(&mut found, old, &no_fields, shape);
            fixed || !old.is_empty()
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => list(&mut found, old, new, shape),
        (None, Some(Value::Array(new))) => list(&mut found, &[], new, shape),
        (Some(Value::Array(old)), None) => list(&mut found, old, &[], shape),
        _ => false,
    };
    match (old, new) {
        (Some(_), Some(_)) => found.written.member |= !parted,
        (None, _) => found.written.member |= !(parted && fixed),
        (_, None) => found.removed.member |= !(parted && fixed),
    }
    found
}

/// False when the lists are compared as wholes.
fn list(found: &mut Comparison, old: &[Value], new: &[Value], shape: &Shape) -> bool {
    let (Some(before), Some(after)) = (elements(old, shape), elements(new, shape)) else {
        return false;
    };
    let mut sides: BTreeMap<&String, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
    for (element, item) in before.iter().zip(old) {
        sides.entry(element).or_default().0.push(item);
    }
    for (element, item) in after.iter().zip(new) {
        sides.entry(element).or_default().1.push(item);
    }
    for (element, (old, new)) in sides {
        found.put(element, items(&old, &new, shape.item()));
    }
    true
}

/// The items of one element. Repeated ones are compared together: nobody owns what is in them.
fn items(old: &[&Value], new: &[&Value], shape: &Shape) -> Comparison {
    let (was_repeated, is_repeated) = (old.len() > 1, new.len() > 1);
    let before = old.first().copied().filter(|_| !was_repeated);
    let after = new.first().copied().filter(|_| !is_repeated);
    let mut found = value(before, after, shape, false);
    found.removed.member |= was_repeated && !is_repeated;
    found.written.member |= is_repeated && old != new;
    found
}
