//! An applied configuration laid over the live object, and what its manager no longer applies taken out.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::element;
use super::set::Set;
use super::walk::elements;
use crate::shapes::Shape;

/// Lays `config` over `live`. A null takes away what changes as a whole; what is parted it leaves as it is.
pub fn merge(live: &mut Value, config: &Value, shape: &Shape) {
    match (live, config) {
        (Value::Object(live), Value::Object(config)) if !shape.is_atomic() => {
            for (name, wanted) in config {
                match live.get_mut(name) {
                    Some(there) => merge(there, wanted, shape.field(name)),
                    None => {
                        live.insert(name.clone(), wanted.clone());
                    }
                }
            }
        }
        (Value::Array(live), Value::Array(config)) if !shape.is_atomic() => {
            merge_list(live, config, shape);
        }
        (live, Value::Null) if !shape.is_atomic() && !is_hollow(live) => {}
        (live, config) => *live = config.clone(),
    }
}

/// Of items that the live list repeats, as validation allows for some lists, the configuration leaves its
/// own if it names them.
fn merge_list(live: &mut Vec<Value>, config: &[Value], shape: &Shape) {
    let (Some(there), Some(wanted)) = (elements(live, shape), elements(config, shape)) else {
        *live = config.to_vec();
        return;
    };
    let mut old: Vec<Option<Value>> = std::mem::take(live).into_iter().map(Some).collect();
    let places = places(&there);
    let merged = wanted.iter().zip(config).map(|(element, item)| {
        let at = places.get(element).copied().flatten();
        let mut merged = at.and_then(|at| old[at].take()).unwrap_or(Value::Null);
        merge(&mut merged, item, shape.item());
        merged
    });
    let merged: Vec<_> = merged.collect();
    *live = interleaved(&there, old, &wanted, merged);
}

/// The items of both lists, of which `merged` are those of the elements `wanted`. Both keep their order as
/// far as they agree; where they do not, that of `wanted` holds. What only the live list has stays where it
/// stands, before what is new there.
fn interleaved(
    there: &[String],
    old: Vec<Option<Value>>,
    wanted: &[String],
    merged: Vec<Value>,
) -> Vec<Value> {
    let (known, named): (HashSet<_>, HashSet<_>) =
        (there.iter().collect(), wanted.iter().collect());
    let mut shared = wanted.iter().filter(|e| known.contains(e)).peekable();
    let mut coming = wanted.iter().zip(merged);
    let mut all = Vec::with_capacity(there.len());
    for (element, item) in there.iter().zip(old) {
        if !named.contains(element) {
            all.extend(item);
        } else if shared.next_if_eq(&element).is_some() {
            for (name, item) in coming.by_ref() {
                all.push(item);
                if name == element {
                    break;
                }
            }
        } else if shared.peek().is_none() {
            // a repeated item makes room for one that is new, as upstream
            all.extend(coming.next().map(|(_, item)| item));
        }
    }
    all.extend(coming.map(|(_, item)| item));
    all
}

/// Where each element stands; `None` for one that stands at several places. By their names, as a list may
/// be as long as a body holds.
fn places(elements: &[String]) -> HashMap<&String, Option<usize>> {
    let mut places = HashMap::with_capacity(elements.len());
    for (at, element) in elements.iter().enumerate() {
        places
            .entry(element)
            .and_modify(|place| *place = None)
            .or_insert(Some(at));
    }
    places
}

/// Takes out of `value` what is in `last` and what nobody in `managed` owns any more. A declared field
/// or a list's element goes with all that is in it, defaults included: who owns but a part of an element
/// does not keep it.
pub fn prune(value: &mut Value, last: &Set, managed: &Set, shape: &Shape) {
    match value {
        Value::Object(map) if !shape.is_atomic() => prune_map(map, last, managed, shape),
        Value::Array(items) if !shape.is_atomic() => prune_list(items, last, managed, shape),
        _ => {}
    }
}

fn prune_list(items: &mut Vec<Value>, last: &Set, managed: &Set, shape: &Shape) {
    let Some(names) = elements(items, shape) else {
        return;
    };
    let nothing = Set::default();
    let mut names = names.iter();
    items.retain_mut(|item| {
        let element = names.next().expect("as many names as items");
        let Some(last) = last.get(element) else {
            return true;
        };
        let managed = managed.get(element).unwrap_or(&nothing);
        if last.member && !managed.member {
            return false;
        }
        prune(item, last, managed, shape.item());
        true
    });
}

fn prune_map(map: &mut Map<String, Value>, last: &Set, managed: &Set, shape: &Shape) {
    let nothing = Set::default();
    for (element, last) in &last.children {
        let Some(name) = element.strip_prefix("f:") else {
            continue;
        };
        let owned = managed.get(&element::field(name));
        let below = shape.field(name);
        let whole = last.member || (shape.declares(name) && matches!(below, Shape::Struct(_)));
        if owned.is_none() && whole {
            map.remove(name);
        } else if let Some(value) = map.get_mut(name) {
            prune(value, last, owned.unwrap_or(&nothing), below);
            if owned.is_none() && is_hollow(value) {
                map.remove(name);
            }
        }
    }
}

fn is_hollow(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}
