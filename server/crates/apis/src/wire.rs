//! What Go's decoder takes and the typed one does not: amounts written as numbers (`cpu: 1`).

use serde_json::Value;

/// Fields whose values, or the values of whose entries, are quantities.
const LISTS: [&str; 6] = [
    "limits",
    "requests",
    "capacity",
    "allocatable",
    "overhead",
    "allocatedResources",
];
const SINGLES: [&str; 2] = ["sizeLimit", "divisor"];
/// Free-form contents, which are the client's own.
const OPAQUE: [&str; 4] = ["data", "annotations", "labels", "managedFields"];

/// Rewrites numbers to texts where quantities stand, in a body that is not decoded yet.
pub fn quantities_to_text(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields
                .iter_mut()
                .filter(|(name, _)| !OPAQUE.contains(&name.as_str()))
            {
                if LISTS.contains(&name.as_str()) {
                    field
                        .as_object_mut()
                        .into_iter()
                        .flatten()
                        .for_each(|(_, entry)| to_text(entry));
                } else if SINGLES.contains(&name.as_str()) {
                    to_text(field);
                }
                quantities_to_text(field);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(quantities_to_text),
        _ => {}
    }
}

fn to_text(value: &mut Value) {
    if let Value::Number(number) = value {
        *value = Value::String(number.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_become_texts_only_where_quantities_stand() {
        let rows = [
            (
                json!({"spec": {"containers": [{"resources": {"limits": {"cpu": 1, "memory": "1Gi"}}}]}}),
                json!({"spec": {"containers": [{"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]}}),
            ),
            (
                json!({"emptyDir": {"sizeLimit": 1024}, "parallelism": 2}),
                json!({"emptyDir": {"sizeLimit": "1024"}, "parallelism": 2}),
            ),
            (
                json!({"data": {"limits": {"cpu": 1}}}),
                json!({"data": {"limits": {"cpu": 1}}}),
            ),
        ];
        for (mut value, want) in rows {
            quantities_to_text(&mut value);
            assert_eq!(value, want);
        }
    }
}
