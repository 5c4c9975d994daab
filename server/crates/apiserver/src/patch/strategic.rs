//! Strategic merge patches, as upstream's `strategicpatch` applies them: maps merge, `null` deletes,
//! listed lists merge by key, and the directives `$patch`, `$retainKeys`, `$setElementOrder` and
//! `$deleteFromPrimitiveList` say the rest (K-17).

use std::collections::BTreeSet;

use orrery_apis::merge_keys::{MergeRule, merge_rule};
use serde_json::{Map, Value};

use super::PATCH;
use super::order::{Places, check_order, in_order};
use super::wrong::{LIST, MAP, Wrong, another_type, unknown_directive, without_key};
use crate::nulls;
use crate::shapes::Shape;

const RETAIN_KEYS: &str = "$retainKeys";
const SET_ORDER: &str = "$setElementOrder";
const DELETE_FROM: &str = "$deleteFromPrimitiveList";

/// Applies `patch` to `original`, an object of that shape.
pub fn strategic_merge(original: &mut Value, patch: Value, shape: &Shape) -> Result<(), Wrong> {
    match (original, patch) {
        (Value::Object(original), Value::Object(patch)) => merge_map(original, patch, shape),
        _ => Err("a strategic merge patch is a JSON object".to_owned()),
    }
}

fn merge_map(
    original: &mut Map<String, Value>,
    mut patch: Map<String, Value>,
    shape: &Shape,
) -> Result<(), Wrong> {
    match patch.get(PATCH) {
        None => {}
        Some(directive) if directive == "replace" => {
            patch.remove(PATCH);
            nulls::forget_in(&mut patch);
            *original = patch;
            return Ok(());
        }
        Some(directive) if directive == "delete" => {
            original.clear();
            return Ok(());
        }
        Some(directive) => return Err(unknown_directive(directive, &patch)),
    }
    retain_keys(original, &mut patch)?;
    merge_ordered(original, &mut patch, shape)?;
    let (deletions, fields): (Vec<_>, Vec<_>) = patch
        .into_iter()
        .partition(|(field, _)| field.starts_with(DELETE_FROM));
    for (field, value) in fields {
        merge_field(original, field, value, shape)?;
    }
    for (directive, value) in deletions {
        delete_from(original, &directive, value, shape)?;
    }
    Ok(())
}

/// `$retainKeys`: what it does not name goes; a patch may not set what it does not name.
fn retain_keys(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
) -> Result<(), Wrong> {
    let Some(directive) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    let wrong = || "invalid patch format of retainKeys".to_owned();
    let keys = directive.as_array().ok_or_else(wrong)?;
    let keys: BTreeSet<&str> = keys.iter().filter_map(Value::as_str).collect();
    let kept = |field: &String| keys.contains(field.as_str());
    let is_directive = |field: &str| field.starts_with(DELETE_FROM) || field.starts_with(SET_ORDER);
    let unnamed = patch
        .iter()
        .any(|(field, value)| !value.is_null() && !is_directive(field) && !kept(field));
    if unnamed {
        return Err(wrong());
    }
    original.retain(|field, _| kept(field));
    Ok(())
}

/// `$setElementOrder`: merges the lists that it orders, and takes them out of the patch.
fn merge_ordered(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    shape: &Shape,
) -> Result<(), Wrong> {
    let is_order = |name: &&String| name.starts_with(SET_ORDER);
    let directives: Vec<String> = patch.keys().filter(is_order).cloned().collect();
    for directive in directives {
        let order = list(patch.remove(&directive))?.unwrap_or_default();
        let field = named_list(&directive, SET_ORDER)
            .ok_or("invalid patch format of setElementOrder list")?;
        let below = shape.field(field);
        let key = merging(below).map_or("", |rule| rule.merge_key);
        let new = list(patch.remove(field))?;
        let live = list(original.remove(field))?;
        check_order(new.as_deref().unwrap_or_default(), &order, key)?;
        let places = Places::of(live.as_deref().unwrap_or_default(), key);
        let merged = match (live, new) {
            (None, None) => continue,
            (Some(live), None) => live,
            (None, Some(new)) => new.into_iter().filter_map(taken).collect(),
            (Some(mut live), Some(new)) => {
                merge_list(&mut live, new, below)?;
                live
            }
        };
        let merged = in_order(merged, &Places::of(&order, key), &places);
        original.insert(field.to_owned(), merged.into());
    }
    Ok(())
}

/// The field that a directive of the form `prefix/field` speaks of.
fn named_list<'a>(directive: &'a str, prefix: &str) -> Option<&'a str> {
    directive.strip_prefix(prefix)?.strip_prefix('/')
}

fn list(value: Option<Value>) -> Result<Option<Vec<Value>>, Wrong> {
    match value {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(other) => Err(another_type(LIST, &other)),
    }
}

/// The rule of a list whose elements merge.
fn merging(shape: &Shape) -> Option<MergeRule> {
    shape.rule().filter(MergeRule::merges)
}

/// True for an object that a patch replaces as it stands.
fn is_replaced(owner: &Shape, field: &str) -> bool {
    merge_rule(owner.schema(), field).is_some_and(|rule| rule.strategy == "replace")
}

fn merge_field(
    original: &mut Map<String, Value>,
    field: String,
    value: Value,
    owner: &Shape,
) -> Result<(), Wrong> {
    let shape = owner.field(&field);
    match (original.get_mut(&field), value) {
        (_, Value::Null) => {
            original.remove(&field);
        }
        (Some(Value::Object(old)), Value::Object(mut new)) if is_replaced(owner, &field) => {
            nulls::forget_in(&mut new);
            *old = new;
        }
        (Some(Value::Object(old)), Value::Object(new)) => merge_map(old, new, shape)?,
        (Some(Value::Array(old)), Value::Array(new)) => merge_list(old, new, shape)?,
        (_, value) => match taken(value) {
            Some(value) => drop(original.insert(field, value)),
            None => drop(original.remove(&field)),
        },
    }
    Ok(())
}

/// `$deleteFromPrimitiveList`; on a list that is no set, upstream takes its items for a patch of it.
fn delete_from(
    original: &mut Map<String, Value>,
    directive: &str,
    value: Value,
    owner: &Shape,
) -> Result<(), Wrong> {
    let field =
        named_list(directive, DELETE_FROM).ok_or("invalid patch format of primitive list")?;
    let shape = owner.field(field);
    let is_set = merging(shape).is_some_and(|rule| rule.merge_key.is_empty());
    match (original.get_mut(field), value) {
        (_, Value::Null) => drop(original.remove(field)),
        (Some(Value::Array(items)), Value::Array(gone)) if is_set => {
            let gone = Places::of(&gone, "");
            items.retain(|item| !gone.holds(item));
        }
        (Some(Value::Array(items)), Value::Array(new)) => merge_list(items, new, shape)?,
        _ => {}
    }
    Ok(())
}

/// The patch's own order rules over that of the original.
fn merge_list(original: &mut Vec<Value>, patch: Vec<Value>, shape: &Shape) -> Result<(), Wrong> {
    match merging(shape) {
        None => *original = patch,
        Some(rule) if rule.merge_key.is_empty() => merge_set(original, patch),
        Some(rule) => merge_keyed(original, patch, rule.merge_key, shape.item())?,
    }
    Ok(())
}

fn merge_set(original: &mut Vec<Value>, patch: Vec<Value>) {
    let (order, places) = (Places::of(&patch, ""), Places::of(original, ""));
    let mut seen = Places::of(&[], "");
    let items = std::mem::take(original).into_iter().chain(patch);
    let items = items.filter(|item| seen.add(item, 0)).collect();
    *original = in_order(items, &order, &places);
}

fn merge_keyed(
    original: &mut Vec<Value>,
    patch: Vec<Value>,
    key: &'static str,
    shape: &Shape,
) -> Result<(), Wrong> {
    let (patch, replaces) = obey(original, patch, key)?;
    if replaces {
        *original = patch;
        original.iter_mut().for_each(nulls::forget);
        return Ok(());
    }
    let (order, mut places) = (Places::of(&patch, key), Places::of(original, key));
    let before = places.clone();
    for element in patch {
        let at = places.first(&element);
        match (at.and_then(|at| original.get_mut(at)), element) {
            (Some(Value::Object(old)), Value::Object(new)) => merge_map(old, new, shape)?,
            (_, mut element) => {
                nulls::forget(&mut element);
                places.add(&element, original.len());
                original.push(element);
            }
        }
    }
    *original = in_order(std::mem::take(original), &order, &before);
    Ok(())
}

/// Does what elements with a directive say: deletes from `original` before anything is merged. Returns
/// the elements without one, and whether they are the new list.
fn obey(
    original: &mut Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, bool), Wrong> {
    let (mut plain, mut replaces) = (Vec::with_capacity(patch.len()), false);
    let mut gone = Places::of(&[], key);
    for element in patch {
        let Value::Object(map) = &element else {
            return Err(another_type(MAP, &element));
        };
        match map.get(PATCH) {
            Some(directive) if directive == "replace" => replaces = true,
            Some(directive) if directive == "merge" => {
                return Err("merging lists cannot yet be specified in the patch".to_owned());
            }
            Some(directive) if directive != "delete" => {
                return Err(unknown_directive(directive, map));
            }
            _ if !map.contains_key(key) => return Err(without_key(map, key)),
            Some(_) => {
                gone.add(&element, 0);
            }
            None => plain.push(element),
        }
    }
    original.retain(|item| !gone.holds(item));
    Ok((plain, replaces))
}

/// A value that meets nothing to merge with: it is taken without nulls and without what has a `$patch`,
/// even if that is itself.
fn taken(mut value: Value) -> Option<Value> {
    nulls::forget(&mut value);
    without_directives(value)
}

fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(PATCH) => None,
        Value::Object(map) => {
            let kept = map
                .into_iter()
                .filter_map(|(field, value)| Some((field, without_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => {
            let kept = items.into_iter().filter_map(without_directives);
            Some(Value::Array(kept.collect()))
        }
        scalar => Some(scalar),
    }
}
