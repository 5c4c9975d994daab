//! In which order a strategic merge leaves the elements of a list.

use std::collections::HashMap;

use serde_json::Value;

use super::PATCH;
use super::wrong::{MAP, Wrong, another_order, another_type, without_key};

/// Where the items of a list stand, by their merge key or, without one, by what they are: a list may be
/// as long as a body holds, so that none is looked through for each of its items.
#[derive(Clone)]
pub struct Places<'a> {
    key: &'a str,
    of: HashMap<String, usize>,
}

impl<'a> Places<'a> {
    pub fn of(list: &[Value], key: &'a str) -> Self {
        let mut places = Self {
            key,
            of: HashMap::with_capacity(list.len()),
        };
        for (at, item) in list.iter().enumerate() {
            places.add(item, at);
        }
        places
    }

    /// Remembers where the item stands, unless it stands before that already, which is false then.
    pub fn add(&mut self, item: &Value, at: usize) -> bool {
        let Some(name) = self.name(item) else {
            return true;
        };
        let known = self.of.len();
        self.of.entry(name).or_insert(at);
        self.of.len() > known
    }

    pub fn first(&self, item: &Value) -> Option<usize> {
        self.of.get(&self.name(item)?).copied()
    }

    pub fn holds(&self, item: &Value) -> bool {
        self.first(item).is_some()
    }

    /// `None` for an item without the key, which is the same as no other.
    fn name(&self, item: &Value) -> Option<String> {
        match self.key {
            "" => Some(item.to_string()),
            key => item.get(key).map(Value::to_string),
        }
    }
}

/// Upstream's normalizeElementOrder: the patch's order for what it names, the live order for what it
/// does not, interleaved by the live order; what is new goes before what only the server has.
pub fn in_order(list: Vec<Value>, order: &Places<'_>, server_order: &Places<'_>) -> Vec<Value> {
    let (mut named, mut unnamed): (Vec<_>, Vec<_>) =
        list.into_iter().partition(|item| order.holds(item));
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

/// Upstream's validatePatchWithSetOrderList: what a patch lists, but for what it deletes, is in the order
/// that it sets, and stands so.
pub fn check_order(patch: &[Value], order: &[Value], key: &str) -> Result<(), Wrong> {
    let places: Vec<_> = order
        .iter()
        .map(|item| identity(item, key))
        .collect::<Result<_, _>>()?;
    if order.is_empty() {
        return Ok(());
    }
    let mut places = places.into_iter();
    for item in patch {
        let is_named = match item.get(PATCH) {
            Some(directive) if directive == "delete" => true,
            _ if places.len() == 0 => false,
            Some(_) => true,
            None => {
                let item = identity(item, key)?;
                places.any(|place| place == item)
            }
        };
        if !is_named {
            return Err(another_order(patch, order));
        }
    }
    Ok(())
}

/// What tells an item from the others.
fn identity<'a>(item: &'a Value, key: &str) -> Result<&'a Value, Wrong> {
    match item {
        item if key.is_empty() => Ok(item),
        Value::Object(map) => map.get(key).ok_or_else(|| without_key(map, key)),
        other => Err(another_type(MAP, other)),
    }
}
