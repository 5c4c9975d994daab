//! An applied configuration laid over the live object, and what its manager no longer applies taken out.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::element;
use super::set::Set;
use super::walk::elements;
use crate::shapes::Shape;

/// Lays `config` over `live`.
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
        (live, config) => *live = config.clone(),
    }
}

/// The configuration's order for what it names; what only the live list has stays before what it
/// stood before.
fn merge_list(live: &mut Vec<Value>, config: &[Value], shape: &Shape) {
    let (Some(there), Some(wanted)) = (elements(live, shape), elements(config, shape)) else {
        *live = config.to_vec();
        return;
    };
    // by their names, as a list may be as long as a body holds
    let places: HashMap<_, _> = there.iter().zip(0..).collect();
    let named: HashSet<_> = wanted.iter().collect();
    let mut old: Vec<Option<Value>> = std::mem::take(live).into_iter().map(Some).collect();
    let mut next = 0;
    for (element, item) in wanted.iter().zip(config) {
        let Some(&at) = places.get(element) else {
            live.push(item.clone());
            continue;
        };
        while next < at {
            if !named.contains(&there[next]) {
                live.extend(old[next].take());
            }
            next += 1;
        }
        let mut merged = old[at].take().unwrap_or(Value::Null);
        merge(&mut merged, item, shape.item());
        live.push(merged);
    }
    live.extend(old.into_iter().flatten());
}

/// Takes out of `value` what is in `last` and what nobody in `managed` owns any more. A declared field
/// or a list's element goes with all that is in it, defaults included.
pub fn prune(value: &mut Value, last: &Set, managed: &Set, shape: &Shape) {
    match value {
        Value::Object(map) if !shape.is_atomic() => prune_map(map, last, managed, shape),
        Value::Array(items) if !shape.is_atomic() => {
            let Some(names) = elements(items, shape) else {
                return;
            };
            let mut names = names.iter();
            items.retain_mut(|item| {
                let element = names.next().expect("as many names as items");
                match (last.get(element), managed.get(element)) {
                    (Some(last), Some(managed)) => {
                        prune(item, last, managed, shape.item());
                        true
                    }
                    (Some(_), None) => false,
                    (None, _) => true,
                }
            });
        }
        _ => {}
    }
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
