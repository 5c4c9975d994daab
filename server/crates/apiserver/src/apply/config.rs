//! What an applied configuration must be before it is laid over anything.

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
    let mut seen = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let Some(element) = element::item(item, &rule) else {
            let keys = rule.list_map_keys.join(", ");
            return Err(format!(
                "{path}: element {index}: associative list with keys has an element that omits key field {keys:?} \
                 (and doesn't have default value)"
            ));
        };
        let shown = format!("{path}{}", element::shown(&element));
        if seen.contains(&element) {
            return Err(format!(
                "{path}: duplicate entries for key {}",
                &shown[path.len()..]
            ));
        }
        check_at(&shown, item, shape.item())?;
        seen.push(element);
    }
    Ok(())
}
