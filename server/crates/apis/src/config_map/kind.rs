//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use crate::kind::only_metadata_fields;
use crate::meta::config_map_key_errors;
use crate::print::{age, age_cell, cell, name, string_column};
use crate::{Column, FieldError, FieldErrors, Info, Kind, Printed, Update};

/// Upstream's limit for config maps and secrets alike.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Data",
        "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
    ),
    age(),
];

impl Kind for ConfigMap {
    const INFO: Info = Info {
        short_names: &["cm"],
        ..Info::namespaced("", "v1", "ConfigMap", "configmaps", "configmap")
    };

    fn default_fields(&mut self) {}

    fn prepare_create(&mut self, _now: Timestamp) {}

    fn prepare_update(&mut self, _old: &Self, _door: Update) {}

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        validate(self)
    }

    fn validate_update(&self, old: &Self, _door: Update) -> FieldErrors {
        let mut errors = Vec::new();
        if old.immutable == Some(true) {
            let rows = [
                ("immutable", self.immutable != Some(true)),
                ("data", self.data != old.data),
                ("binaryData", self.binary_data != old.binary_data),
            ];
            errors.extend(frozen(&rows));
        }
        errors.extend(validate(self));
        errors
    }

    fn unsupported_field(label: &str) -> String {
        only_metadata_fields(label)
    }

    fn columns() -> &'static [Column] {
        COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        let (data, binary) = (self.data.as_ref(), self.binary_data.as_ref());
        let count = data.map_or(0, |data| data.len()) + binary.map_or(0, |binary| binary.len());
        Printed {
            cells: vec![
                cell(self.metadata.name.clone().unwrap_or_default()),
                json!(count),
                age_cell(&self.metadata, now),
            ],
            conditions: Vec::new(),
        }
    }
}

/// Errors for the fields of an immutable object that would change.
pub(crate) fn frozen(rows: &[(&'static str, bool)]) -> FieldErrors {
    let changed = rows.iter().filter(|(_, changed)| *changed);
    let detail = "field is immutable when `immutable` is set";
    changed
        .map(|(field, _)| FieldError::forbidden(*field, detail))
        .collect()
}

/// Errors of a key in a map of data.
pub(crate) fn validate_key(field: &str, key: &str) -> FieldErrors {
    let wrong = config_map_key_errors(key).into_iter();
    wrong
        .map(|wrong| FieldError::invalid(format!("{field}[{key}]"), key, wrong))
        .collect()
}

fn validate(config_map: &ConfigMap) -> FieldErrors {
    let (mut errors, mut bytes) = (Vec::new(), 0);
    let binary = config_map.binary_data.as_ref();
    for (key, value) in config_map.data.iter().flatten() {
        errors.extend(validate_key("data", key));
        if binary.is_some_and(|binary| binary.contains_key(key)) {
            let detail = "duplicate of key present in binaryData";
            errors.push(FieldError::invalid(
                format!("data[{key}]"),
                key.as_str(),
                detail,
            ));
        }
        bytes += value.len();
    }
    for (key, value) in binary.into_iter().flatten() {
        errors.extend(validate_key("binaryData", key));
        bytes += value.0.len();
    }
    if bytes > MAX_BYTES {
        // upstream's path of the whole object
        errors.push(FieldError::too_long("[]", MAX_BYTES));
    }
    errors
}
