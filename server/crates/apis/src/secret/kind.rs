//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde_json::json;

use super::{validation, warnings};
use crate::print::{age, age_cell, cell, name, string_column};
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Type",
        "Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types",
    ),
    string_column(
        "Data",
        "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
    ),
    age(),
];

impl Kind for Secret {
    const INFO: Info = Info::namespaced("", "v1", "Secret", "secrets", "secret");

    fn default_fields(&mut self) {
        if self.type_.as_deref().is_none_or(str::is_empty) {
            self.type_ = Some("Opaque".to_owned());
        }
        // write-only: what is given as text is stored as data
        for (key, text) in self.string_data.take().into_iter().flatten() {
            let data = self.data.get_or_insert_default();
            data.insert(key, ByteString(text.into_bytes()));
        }
    }

    fn prepare_create(&mut self, _now: Timestamp) {}

    fn prepare_update(&mut self, _old: &Self, _door: Update) {}

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        validation::validate(self)
    }

    fn validate_update(&self, old: &Self, _door: Update) -> FieldErrors {
        validation::validate_update(self, old)
    }

    fn warnings(&self, _old: Option<&Self>) -> Vec<String> {
        warnings::warnings(self)
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        vec![("type", self.type_.clone().unwrap_or_default())]
    }

    fn field_labels() -> &'static [&'static str] {
        &["type"]
    }

    fn columns() -> &'static [Column] {
        COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        Printed {
            cells: vec![
                cell(self.metadata.name.clone().unwrap_or_default()),
                cell(self.type_.clone().unwrap_or_default()),
                json!(self.data.as_ref().map_or(0, |data| data.len())),
                age_cell(&self.metadata, now),
            ],
            conditions: Vec::new(),
        }
    }
}
