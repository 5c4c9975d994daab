//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ControllerRevision;
use serde_json::{Value, json};

use crate::json_depth::depth;
use crate::kind::only_metadata_fields;
use crate::meta::{controller_of, immutable};
use crate::print::{age, age_cell, cell, name, string_column};
use crate::{Column, FieldError, FieldErrors, Info, Kind, Printed, Update};

/// How deep the data may be, which alone of all that is stored may be anything: a list or a watch that holds a deeper
/// one could not be read by our own clients. Ours alone; upstream has no such bound below the 10,000 of Go's decoder.
const DATA_DEPTH: usize = 100;

const COLUMNS: &[Column] = &[
    name(),
    string_column("Controller", "Controller of the object"),
    string_column(
        "Revision",
        "Revision indicates the revision of the state represented by Data.",
    ),
    age(),
];

impl Kind for ControllerRevision {
    const INFO: Info = Info::namespaced(
        "apps",
        "v1",
        "ControllerRevision",
        "controllerrevisions",
        "controllerrevision",
    );

    fn default_fields(&mut self) {}

    fn prepare_create(&mut self, _now: Timestamp) {}

    fn prepare_update(&mut self, _old: &Self, _door: Update) {}

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        let mut errors = validate_revision(self);
        match self.data.as_ref().map(|data| &data.0) {
            None | Some(Value::Null) => {
                errors.push(FieldError::required("data", "data is mandatory"))
            }
            Some(data @ Value::Object(_)) if depth(data) > DATA_DEPTH => {
                let why = format!("must not be nested more than {DATA_DEPTH} levels deep");
                errors.push(FieldError::forbidden("data", why));
            }
            Some(Value::Object(_)) => {}
            Some(_) => errors.push(FieldError::required(
                "data",
                "data must be a valid JSON object",
            )),
        }
        errors
    }

    fn validate_update(&self, old: &Self, _door: Update) -> FieldErrors {
        let mut errors = validate_revision(self);
        errors.extend(immutable(&self.data, &old.data, "data"));
        errors
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
                cell(controller_text(self)),
                json!(self.revision),
                age_cell(&self.metadata, now),
            ],
            conditions: Vec::new(),
        }
    }
}

fn validate_revision(revision: &ControllerRevision) -> FieldErrors {
    match revision.revision {
        ..0 => vec![FieldError::invalid(
            "revision",
            revision.revision,
            "must be greater than or equal to 0",
        )],
        _ => Vec::new(),
    }
}

/// `daemonset.apps/foo`; `<none>` without a controller (PR-16).
fn controller_text(revision: &ControllerRevision) -> String {
    let Some(owner) = controller_of(&revision.metadata) else {
        return "<none>".to_owned();
    };
    let kind = owner.kind.to_lowercase();
    match owner.api_version.split_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{}", owner.name),
        None => format!("{kind}/{}", owner.name),
    }
}
