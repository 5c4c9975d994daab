//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ServiceAccount;
use serde_json::json;

use crate::kind::only_metadata_fields;
use crate::print::{age, age_cell, cell, name, string_column};
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

/// Lets pods of the account mount only the Secrets that it names.
const MOUNTABLE: &str = "kubernetes.io/enforce-mountable-secrets";

const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Secrets",
        "Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use. Pods are only limited to this list if this service account has a \"kubernetes.io/enforce-mountable-secrets\" annotation set to \"true\". The \"kubernetes.io/enforce-mountable-secrets\" annotation is deprecated since v1.32. Prefer separate namespaces to isolate access to mounted secrets. This field should not be used to find auto-generated service account token secrets for use outside of pods. Instead, tokens can be requested directly using the TokenRequest API, or service account token secrets can be manually created. More info: https://kubernetes.io/docs/concepts/configuration/secret",
    ),
    age(),
];

impl Kind for ServiceAccount {
    const INFO: Info = Info {
        short_names: &["sa"],
        delete_returns_object: true,
        ..Info::namespaced(
            "",
            "v1",
            "ServiceAccount",
            "serviceaccounts",
            "serviceaccount",
        )
    };

    fn default_fields(&mut self) {}

    fn prepare_create(&mut self, _now: Timestamp) {}

    fn prepare_update(&mut self, _old: &Self, _door: Update) {}

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        Vec::new()
    }

    fn validate_update(&self, _old: &Self, _door: Update) -> FieldErrors {
        Vec::new()
    }

    fn warnings(&self, old: Option<&Self>) -> Vec<String> {
        let has = |account: &Self| {
            let annotations = account.metadata.annotations.as_ref();
            annotations.is_some_and(|annotations| annotations.contains_key(MOUNTABLE))
        };
        let had = old.is_some_and(has);
        match has(self) && !had {
            true => vec![format!(
                "metadata.annotations[{MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access \
                 to mounted secrets"
            )],
            false => Vec::new(),
        }
    }

    fn unsupported_field(label: &str) -> String {
        only_metadata_fields(label)
    }

    fn columns() -> &'static [Column] {
        COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        Printed {
            cells: vec![
                cell(self.metadata.name.clone().unwrap_or_default()),
                json!(self.secrets.as_ref().map_or(0, Vec::len)),
                age_cell(&self.metadata, now),
            ],
            conditions: Vec::new(),
        }
    }
}
