//! Strategic merge patches, as upstream's `strategicpatch` applies them: maps merge, `null` deletes,
//! listed lists merge by key, and the directives `$patch`, `$retainKeys`, `$setElementOrder` and
//! `$deleteFromPrimitiveList` say the rest (K-17).

use std::collections::HashMap;

use orrery_apis::merge_keys::MergeRule;
use serde_json::{Map, Value};

use crate::shapes::Shape;

const PATCH: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const SET_ORDER: &str = "$setElementOrder/";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// A patch that contradicts itself; the text says how.
pub type Wrong = String;

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
    match directive(&mut patch)? {
        Directive::Merge => {}
        Directive::Replace => {
            *original = without_directives(patch, shape);
            return Ok(());
        }
        Directive::Delete => {
            original.clear();
            return Ok(());
        }
    }
    retain_keys(original, &mut patch)?;
    let lists = list_directives(&mut patch)?;
    let before = original.clone();
    for (field, value) in patch {
        merge_field(original, &field, value, shape.field(&field))?;
    }
    for list in lists {
        list.apply(original, &before, shape);
    }
    Ok(())
}

/// The rule of a list whose elements merge.
fn merging(shape: &Shape) -> Option<MergeRule> {
    shape.rule().filter(MergeRule::merges)
}

fn merge_field(
    original: &mut Map<String, Value>,
    field: &str,
    value: Value,
    shape: &Shape,
) -> Result<(), Wrong> {
    match (original.get_mut(field), value) {
        (_, Value::Null) => {
            original.remove(field);
        }
        (Some(Value::Object(old)), Value::Object(new)) => merge_map(old, new, shape)?,
        (Some(Value::Array(old)), Value::Array(new)) if merging(shape).is_some() => {
            let rule = merging(shape).expect("checked by the guard");
            merge_list(old, new, rule, shape.item())?;
        }
        (_, value) => {
            original.insert(field.to_owned(), drop_directives(value, shape));
        }
    }
    Ok(())
}

enum Directive {
    Merge,
    Replace,
    Delete,
}

fn directive(patch: &mut Map<String, Value>) -> Result<Directive, Wrong> {
    match patch.remove(PATCH) {
        None => Ok(Directive::Merge),
        Some(Value::String(text)) => match text.as_str() {
            "merge" => Ok(Directive::Merge),
            "replace" => Ok(Directive::Replace),
            "delete" => Ok(Directive::Delete),
            other => Err(format!("unknown patch type found: {other}")),
        },
        Some(other) => Err(format!("unknown patch type found: {other}")),
    }
}

/// `$retainKeys`: what it does not name goes; a patch may not set what it does not name.
fn retain_keys(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
) -> Result<(), Wrong> {
    let Some(directive) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    let Value::Array(keys) = directive else {
        return Err("invalid patch format of retainKeys: it is a list".to_owned());
    };
    let kept = |field: &String| keys.iter().any(|key| key.as_str() == Some(field));
    let unnamed = patch
        .iter()
        .any(|(field, value)| !field.starts_with('$') && !value.is_null() && !kept(field));
    if unnamed {
        return Err("The 'retainKeys' list doesn't contain all fields of the patch".to_owned());
    }
    original.retain(|field, _| kept(field));
    Ok(())
}

/// What a patch says beside a list field.
struct ListDirective {
    field: String,
    order: Option<Vec<Value>>,
    delete: Vec<Value>,
}

fn list_directives(patch: &mut Map<String, Value>) -> Result<Vec<ListDirective>, Wrong> {
    let names: Vec<String> = patch
        .keys()
        .filter(|k| k.starts_with('$'))
        .cloned()
        .collect();
    let mut found: Vec<ListDirective> = Vec::new();
    for name in names {
        let Some(Value::Array(items)) = patch.remove(&name) else {
            return Err(format!("invalid patch: {name} is a list"));
        };
        let (field, is_order) = match (name.strip_prefix(SET_ORDER), name.strip_prefix(DELETE_FROM))
        {
            (Some(field), _) => (field, true),
            (None, Some(field)) => (field, false),
            (None, None) => return Err(format!("unknown directive in the patch: {name}")),
        };
        let at = found
            .iter()
            .position(|d| d.field == field)
            .unwrap_or_else(|| {
                found.push(ListDirective {
                    field: field.to_owned(),
                    order: None,
                    delete: Vec::new(),
                });
                found.len() - 1
            });
        match is_order {
            true => found[at].order = Some(items),
            false => found[at].delete = items,
        }
    }
    Ok(found)
}

impl ListDirective {
    fn apply(self, original: &mut Map<String, Value>, before: &Map<String, Value>, shape: &Shape) {
        let Some(Value::Array(list)) = original.get_mut(&self.field) else {
            return;
        };
        if !self.delete.is_empty() {
            let gone = Places::of(&self.delete, "");
            list.retain(|item| gone.first(item).is_none());
        }
        let Some(order) = self.order else { return };
        let key = merging(shape.field(&self.field)).map_or("", |rule| rule.merge_key);
        let server_order = match before.get(&self.field) {
            Some(Value::Array(items)) => Places::of(items, key),
            _ => Places::of(&[], key),
        };
        *list = in_order(
            std::mem::take(list),
            &Places::of(&order, key),
            &server_order,
        );
    }
}

/// Where the items of a list stand, by their merge key or, without one, by what they are: a list may be
/// as long as a body holds, so that none is looked through for each of its items.
struct Places<'a> {
    key: &'a str,
    of: HashMap<String, Vec<usize>>,
}

impl<'a> Places<'a> {
    fn of(list: &[Value], key: &'a str) -> Self {
        let mut places = Self {
            key,
            of: HashMap::new(),
        };
        for (at, item) in list.iter().enumerate() {
            places.add(item, at);
        }
        places
    }

    fn add(&mut self, item: &Value, at: usize) {
        if let Some(name) = self.name(item) {
            self.of.entry(name).or_default().push(at);
        }
    }

    /// `None` for an item without the key, which is the same as no other.
    fn name(&self, item: &Value) -> Option<String> {
        match self.key {
            "" => Some(item.to_string()),
            key => item.get(key).map(Value::to_string),
        }
    }

    fn first(&self, item: &Value) -> Option<usize> {
        self.of.get(&self.name(item)?)?.first().copied()
    }

    /// All of them, which are then forgotten.
    fn take(&mut self, item: &Value) -> Vec<usize> {
        let name = self.name(item);
        name.and_then(|name| self.of.remove(&name))
            .unwrap_or_default()
    }
}

/// Upstream's normalizeElementOrder: the patch's order for what it names, the live order for what it
/// does not, interleaved by the live order.
fn in_order(list: Vec<Value>, order: &Places<'_>, server_order: &Places<'_>) -> Vec<Value> {
    let (mut named, mut unnamed): (Vec<_>, Vec<_>) = list
        .into_iter()
        .partition(|item| order.first(item).is_some());
    named.sort_by_cached_key(|item| order.first(item));
    unnamed.sort_by_cached_key(|item| server_order.first(item));
    let before =
        |left: &Value, right: &Value| match (server_order.first(left), server_order.first(right)) {
            (Some(left), Some(right)) => left < right,
            _ => false,
        };
    let (mut named, mut unnamed) = (named.into_iter().peekable(), unnamed.into_iter().peekable());
    let mut merged = Vec::new();
    loop {
        let next = match (unnamed.peek(), named.peek()) {
            (Some(left), Some(right)) if before(left, right) => unnamed.next(),
            (_, Some(_)) => named.next(),
            (_, None) => unnamed.next(),
        };
        match next {
            Some(item) => merged.push(item),
            None => return merged,
        }
    }
}

fn merge_list(
    original: &mut Vec<Value>,
    patch: Vec<Value>,
    rule: MergeRule,
    item: &Shape,
) -> Result<(), Wrong> {
    if rule.merge_key.is_empty() {
        let mut places = Places::of(original, "");
        for item in patch {
            if places.first(&item).is_none() {
                places.add(&item, original.len());
                original.push(item);
            }
        }
        return Ok(());
    }
    if patch
        .iter()
        .any(|item| item.get(PATCH).and_then(Value::as_str) == Some("replace"))
    {
        let kept = patch.into_iter().filter(|kept| kept.get(PATCH).is_none());
        *original = kept.map(|kept| drop_directives(kept, item)).collect();
        return Ok(());
    }
    let mut places = Places::of(original, rule.merge_key);
    let mut kept: Vec<Option<Value>> = std::mem::take(original).into_iter().map(Some).collect();
    for element in patch {
        merge_element(&mut kept, &mut places, element, item)?;
    }
    original.extend(kept.into_iter().flatten());
    Ok(())
}

/// Of what is kept, what a patch deleted leaves its place empty.
fn merge_element(
    kept: &mut Vec<Option<Value>>,
    places: &mut Places<'_>,
    item: Value,
    shape: &Shape,
) -> Result<(), Wrong> {
    let key = places.key;
    if !item.is_object() {
        return Err(format!("a list that merges by {key} holds objects"));
    }
    if item.get(key).is_none() {
        return Err(format!(
            "map: {item} does not contain declared merge key: {key}"
        ));
    }
    if item.get(PATCH).and_then(Value::as_str) == Some("delete") {
        for at in places.take(&item) {
            kept[at] = None;
        }
        return Ok(());
    }
    let at = places.first(&item);
    match (at.and_then(|at| kept[at].as_mut()), item) {
        (Some(Value::Object(old)), Value::Object(item)) => merge_map(old, item, shape),
        (_, mut item) => {
            if let Value::Object(item) = &mut item {
                item.remove(PATCH);
            }
            places.add(&item, kept.len());
            kept.push(Some(drop_directives(item, shape)));
            Ok(())
        }
    }
}

/// A value that meets nothing to merge with: it is taken as it is, without directives and nulls.
fn drop_directives(value: Value, shape: &Shape) -> Value {
    match value {
        Value::Object(map) => Value::Object(without_directives(map, shape)),
        Value::Array(items) if merging(shape).is_some_and(|rule| !rule.merge_key.is_empty()) => {
            items
                .into_iter()
                .filter(|item| item.get(PATCH).is_none())
                .map(|item| drop_directives(item, shape.item()))
                .collect()
        }
        other => other,
    }
}

fn without_directives(map: Map<String, Value>, shape: &Shape) -> Map<String, Value> {
    let kept = map
        .into_iter()
        .filter(|(field, value)| !value.is_null() && !is_directive(field));
    kept.map(|(field, value)| {
        let value = drop_directives(value, shape.field(&field));
        (field, value)
    })
    .collect()
}

fn is_directive(field: &str) -> bool {
    field == PATCH
        || field == RETAIN_KEYS
        || field.starts_with(SET_ORDER)
        || field.starts_with(DELETE_FROM)
}
