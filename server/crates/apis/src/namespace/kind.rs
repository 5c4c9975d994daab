//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Namespace, NamespaceStatus};

use crate::meta::{NameRule, unqualified_finalizer, validate_qualified_name};
use crate::print::{age, age_cell, cell, name, string_column};
use crate::{Column, FieldError, FieldErrors, Info, Kind, Printed, Update};

/// Holds a namespace until its contents are gone.
const FINALIZER: &str = "kubernetes";
/// Lets selectors name a namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

const COLUMNS: &[Column] = &[
    name(),
    string_column("Status", "The status of the namespace"),
    age(),
];

impl Kind for Namespace {
    const INFO: Info = Info {
        short_names: &["ns"],
        has_status: true,
        delete_returns_object: true,
        ..Info::cluster("", "v1", "Namespace", "namespaces", "namespace")
    };
    const NAME_RULE: NameRule = NameRule::DnsLabel;

    fn default_fields(&mut self) {
        if let Some(name) = self.metadata.name.clone().filter(|name| !name.is_empty()) {
            let labels = self.metadata.labels.get_or_insert_default();
            labels.insert(NAME_LABEL.to_owned(), name);
        }
        self.spec.get_or_insert_default();
        let status = self.status.get_or_insert_default();
        status.phase.get_or_insert_with(|| "Active".to_owned());
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        let name = self.metadata.name.clone().unwrap_or_default();
        let labels = self.metadata.labels.get_or_insert_default();
        labels.insert(NAME_LABEL.to_owned(), name);
        self.status = Some(NamespaceStatus {
            phase: Some("Active".to_owned()),
            conditions: None,
        });
        let finalizers = self
            .spec
            .get_or_insert_default()
            .finalizers
            .get_or_insert_default();
        if !finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
            finalizers.push(FINALIZER.to_owned());
        }
    }

    fn prepare_update(&mut self, old: &Self, door: Update) {
        // finalizers of the spec change through /finalize only
        self.spec.clone_from(&old.spec);
        if door == Update::Main {
            self.status.clone_from(&old.status);
        }
    }

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        let finalizers = self
            .spec
            .iter()
            .flat_map(|spec| spec.finalizers.iter().flatten());
        const PATH: &str = "spec.finalizers";
        let mut errors = FieldErrors::new();
        for name in finalizers {
            errors.extend(validate_qualified_name(name, PATH));
            errors.extend(unqualified_finalizer(name, PATH));
        }
        errors
    }

    fn validate_update(&self, old: &Self, door: Update) -> FieldErrors {
        if door != Update::Status {
            return Vec::new();
        }
        let status = self.status.as_ref();
        let phase = status.and_then(|status| status.phase.as_deref());
        let (wanted, detail) = match old.metadata.deletion_timestamp {
            None => (
                "Active",
                "may only be 'Active' if `deletionTimestamp` is empty",
            ),
            Some(_) => (
                "Terminating",
                "may only be 'Terminating' if `deletionTimestamp` is not empty",
            ),
        };
        match phase == Some(wanted) {
            true => Vec::new(),
            false => vec![FieldError::invalid("status.Phase", phase, detail)],
        }
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        vec![
            (
                "status.phase",
                self.status
                    .as_ref()
                    .and_then(|status| status.phase.clone())
                    .unwrap_or_default(),
            ),
            // an alias of old
            ("name", self.metadata.name.clone().unwrap_or_default()),
        ]
    }

    fn field_labels() -> &'static [&'static str] {
        &["status.phase", "name"]
    }

    fn columns() -> &'static [Column] {
        COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        let phase = self.status.as_ref().and_then(|status| status.phase.clone());
        Printed {
            cells: vec![
                cell(self.metadata.name.clone().unwrap_or_default()),
                cell(phase.unwrap_or_default()),
                age_cell(&self.metadata, now),
            ],
            conditions: Vec::new(),
        }
    }
}
