//! Path elements as `FieldsV1` writes them: `f:name`, `k:{"name":"c"}`, `v:"x"`.

use orrery_apis::merge_keys::MergeRule;
use serde_json::{Map, Value};

/// A field of an object.
pub fn field(name: &str) -> String {
    format!("f:{name}")
}

/// An element of a keyed list or a set; `None` when it does not say its keys.
pub fn item(item: &Value, rule: &MergeRule) -> Option<String> {
    if rule.list_type == "set" {
        return Some(format!("v:{item}"));
    }
    let mut keys = Map::new();
    for key in rule.list_map_keys {
        let value = match item.get(key) {
            Some(Value::Null) | None => default_of(key).or_else(|| item.get(key).cloned())?,
            Some(value) => value.clone(),
        };
        keys.insert((*key).to_owned(), value);
    }
    Some(format!("k:{}", Value::Object(keys)))
}

/// What a key is when an element does not say it.
pub fn default_of(key: &str) -> Option<Value> {
    (key == "protocol").then(|| Value::from("TCP"))
}

/// The elements of a list, of which some may be the same; `None` when one does not say its keys: such a
/// list is taken as a whole.
pub fn items(list: &[Value], rule: &MergeRule) -> Option<Vec<String>> {
    list.iter().map(|one| item(one, rule)).collect()
}

/// The element as a part of a path that people read: `.name`, `[name="c"]`, `[="x"]`.
pub fn shown(element: &str) -> String {
    let (kind, rest) = element.split_at(element.len().min(2));
    match kind {
        "f:" => format!(".{rest}"),
        "v:" => format!("[={rest}]"),
        "k:" => {
            let keys: Map<String, Value> = serde_json::from_str(rest).unwrap_or_default();
            let keys: Vec<_> = keys.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("[{}]", keys.join(","))
        }
        _ => format!("[{rest}]"),
    }
}

/// The item as paths show it: by its keys, or by its place where it has none.
pub fn shown_item(value: &Value, index: usize, rule: Option<&MergeRule>) -> String {
    let keyed = rule.filter(|rule| matches!(rule.list_type, "map" | "set"));
    match keyed.and_then(|rule| item(value, rule)) {
        Some(element) => shown(&element),
        None => format!("[{index}]"),
    }
}

/// The element as it is compared: its JSON part printed anew. `None` when it is none.
pub fn canonical(text: &str) -> Option<String> {
    let kind = text.get(..2)?;
    let rest = &text[2..];
    match kind {
        "f:" => Some(text.to_owned()),
        "i:" => rest.parse::<u64>().ok().map(|_| text.to_owned()),
        "k:" | "v:" => {
            let value: Value = serde_json::from_str(rest).ok()?;
            (kind == "v:" || value.is_object()).then(|| format!("{kind}{value}"))
        }
        _ => None,
    }
}
