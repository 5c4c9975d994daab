//! What an applied configuration must be before it is laid over anything.

use std::collections::BTreeSet;

use orrery_apis::merge_keys::MergeRule;
use serde_json::Value;

use super::element;
use crate::shapes::Shape;

/// The elements of lists that apply parts must be told apart.
///
/// # Errors
/// Which list, and why not, in upstream's words.
pub fn check(value: &Value, shape: &Shape) -> Result<(), String> {
    check_at("", value, shape)
}

fn check_at(path: &str, value: &Value, shape: &Shape) -> Result<(), String> {
    match value {
        Value::Object(map) => map.iter().try_for_each(|(name, below)| {
            check_at(&format!("{path}.{name}"), below, shape.field(name))
        }),
        Value::Array(items) if !shape.is_atomic() => check_list(path, items, shape),
        _ => Ok(()),
    }
}

fn check_list(path: &str, items: &[Value], shape: &Shape) -> Result<(), String> {
    let rule = shape.rule().expect("a list that is parted has a rule");
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let Some(element) = element::item(item, &rule) else {
            let why = unnamed(item, &rule);
            return Err(format!("{path}: element {index}: {why}"));
        };
        let shown = format!("{path}{}", element::shown(&element));
        if !seen.insert(element) {
            return Err(format!(
                "{path}: duplicate entries for key {}",
                &shown[path.len()..]
            ));
        }
        check_at(&shown, item, shape.item())?;
    }
    Ok(())
}

/// Why nothing tells the item from others.
fn unnamed(item: &Value, rule: &MergeRule) -> String {
    let what = match item {
        Value::Null => "may not have a null element".to_owned(),
        Value::Object(map) => {
            let keys = rule.list_map_keys.iter();
            let mut omitted = keys.filter(|key| !map.contains_key(**key));
            let key = omitted.find(|key| element::default_of(key).is_none());
            let key = key.copied().unwrap_or_default();
            format!("has an element that omits key field {key:?} (and doesn't have default value)")
        }
        _ => "may not have non-map elements".to_owned(),
    };
    format!("associative list with keys {what}")
}
