//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use serde_json::json;

use crate::kind::only_metadata_fields;
use crate::meta::immutable;
use crate::pod_template::defaults::set;
use crate::print::{age, age_cell, cell, column, integer, name, string_column};
use crate::{Column, FieldError, FieldErrors, Info, Kind, Printed, Update};

/// Above this only the system's own classes may go.
const HIGHEST_USER_PRIORITY: i32 = 1_000_000_000;
const POLICIES: [&str; 2] = ["Never", "PreemptLowerPriority"];

const COLUMNS: &[Column] = &[
    name(),
    integer(
        "Value",
        "value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.",
    ),
    column(
        "Global-Default",
        "boolean",
        "globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.",
    ),
    age(),
    string_column(
        "PreemptionPolicy",
        "preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.",
    ),
];

impl Kind for PriorityClass {
    const INFO: Info = Info {
        short_names: &["pc"],
        has_generation: true,
        ..Info::cluster(
            "scheduling.k8s.io",
            "v1",
            "PriorityClass",
            "priorityclasses",
            "priorityclass",
        )
    };

    fn default_fields(&mut self) {
        set(&mut self.preemption_policy, "PreemptLowerPriority");
        // Go always writes the value
        self.value.get_or_insert(0);
    }

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
        if self.value != old.value {
            let detail = "may not be changed in an update.";
            errors.push(FieldError::forbidden("value", detail));
        }
        errors.extend(immutable(
            &self.preemption_policy,
            &old.preemption_policy,
            "preemptionPolicy",
        ));
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
                json!(self.value),
                json!(self.global_default.unwrap_or_default()),
                age_cell(&self.metadata, now),
                cell(self.preemption_policy.clone().unwrap_or_default()),
            ],
            conditions: Vec::new(),
        }
    }
}

fn validate(class: &PriorityClass) -> FieldErrors {
    let mut errors = Vec::new();
    let name = class.metadata.name.as_deref().unwrap_or_default();
    let value = class.value.unwrap_or_default();
    let built_in = crate::pod::priority_of_class(name).filter(|_| !name.is_empty());
    if name.starts_with("system-") && built_in != Some(value) {
        let detail = "priority class names with 'system-' prefix are reserved for system use only";
        errors.push(FieldError::forbidden("metadata.name", detail));
    } else if built_in.is_none() && value > HIGHEST_USER_PRIORITY {
        let detail =
            format!("maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}");
        errors.push(FieldError::forbidden("value", detail));
    }
    let policy = class.preemption_policy.as_deref().unwrap_or_default();
    if !POLICIES.contains(&policy) {
        errors.push(FieldError::not_supported(
            "preemptionPolicy",
            policy,
            &POLICIES,
        ));
    }
    errors
}
