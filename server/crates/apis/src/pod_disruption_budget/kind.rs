//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::json;

use crate::go_internal::Internal;
use crate::int_or_percent::{validate_at_most_all, validate_count_or_percent};
use crate::kind::only_metadata_fields;
use crate::meta::validate_conditions;
use crate::print::{age, age_cell, cell, integer, name, string_column};
use crate::selector::validate_label_selector;
use crate::{Column, FieldError, FieldErrors, Info, Kind, Printed, Update};

const EVICTION_POLICIES: [&str; 2] = ["AlwaysAllow", "IfHealthyBudget"];

const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Min Available",
        "The minimum number of pods that must be available.",
    ),
    string_column(
        "Max Unavailable",
        "The maximum number of pods that may be unavailable.",
    ),
    integer(
        "Allowed Disruptions",
        "Calculated number of pods that may be disrupted at this time.",
    ),
    age(),
];

impl Kind for PodDisruptionBudget {
    const INFO: Info = Info {
        short_names: &["pdb"],
        has_status: true,
        unconditional_update: false,
        has_generation: true,
        ..Info::namespaced(
            "policy",
            "v1",
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            "poddisruptionbudget",
        )
    };

    fn default_fields(&mut self) {
        self.spec.get_or_insert_default();
        let status = self.status.get_or_insert_default();
        // Go always writes these four
        let counts = [
            &mut status.current_healthy,
            &mut status.desired_healthy,
            &mut status.disruptions_allowed,
            &mut status.expected_pods,
        ];
        for count in counts {
            count.get_or_insert(0);
        }
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        self.status = Some(PodDisruptionBudgetStatus::default());
        self.default_fields();
    }

    fn prepare_update(&mut self, old: &Self, door: Update) {
        match door {
            Update::Status => self.spec.clone_from(&old.spec),
            _ => self.status.clone_from(&old.status),
        }
    }

    fn spec_changed(&self, old: &Self) -> bool {
        self.spec != old.spec
    }

    fn validate_create(&self) -> FieldErrors {
        validate(self)
    }

    fn validate_update(&self, _old: &Self, door: Update) -> FieldErrors {
        match door {
            Update::Status => validate_status(self),
            _ => validate(self),
        }
    }

    fn unsupported_field(label: &str) -> String {
        only_metadata_fields(label)
    }

    fn columns() -> &'static [Column] {
        COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        let spec = self.spec.clone().unwrap_or_default();
        let allowed = self
            .status
            .as_ref()
            .and_then(|status| status.disruptions_allowed);
        let text = |value: Option<IntOrString>| match value {
            None => cell("N/A"),
            Some(IntOrString::Int(count)) => cell(count.to_string()),
            Some(IntOrString::String(percent)) => cell(percent),
        };
        Printed {
            cells: vec![
                cell(self.metadata.name.clone().unwrap_or_default()),
                text(spec.min_available),
                text(spec.max_unavailable),
                json!(allowed.unwrap_or_default()),
                age_cell(&self.metadata, now),
            ],
            conditions: Vec::new(),
        }
    }
}

fn validate(budget: &PodDisruptionBudget) -> FieldErrors {
    let spec = budget.spec.clone().unwrap_or_default();
    let mut errors = Vec::new();
    if spec.min_available.is_some() && spec.max_unavailable.is_some() {
        let detail = "minAvailable and maxUnavailable cannot be both set";
        let shown = Internal::of("PodDisruptionBudgetSpec", &spec);
        errors.push(FieldError::invalid("spec", shown, detail));
    }
    let counts = [
        ("spec.minAvailable", &spec.min_available),
        ("spec.maxUnavailable", &spec.max_unavailable),
    ];
    for (path, count) in counts {
        if let Some(count) = count {
            errors.extend(validate_count_or_percent(count, path));
            errors.extend(validate_at_most_all(count, path));
        }
    }
    errors.extend(validate_label_selector(
        spec.selector.as_ref(),
        "spec.selector",
    ));
    let policy = spec.unhealthy_pod_eviction_policy.as_deref();
    if let Some(policy) = policy.filter(|policy| !EVICTION_POLICIES.contains(policy)) {
        let path = "spec.unhealthyPodEvictionPolicy";
        errors.push(FieldError::not_supported(path, policy, &EVICTION_POLICIES));
    }
    errors
}

/// `ValidatePodDisruptionBudgetStatusUpdate`.
fn validate_status(budget: &PodDisruptionBudget) -> FieldErrors {
    let status = budget.status.clone().unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    let mut errors = validate_conditions(&conditions, "status.conditions");
    let counts = [
        ("disruptionsAllowed", status.disruptions_allowed),
        ("currentHealthy", status.current_healthy),
        ("desiredHealthy", status.desired_healthy),
        ("expectedPods", status.expected_pods),
    ];
    for (field, count) in counts {
        let negative = count.filter(|count| *count < 0);
        errors.extend(negative.map(|count| {
            let detail = "must be greater than or equal to 0";
            FieldError::invalid(format!("status.{field}"), count, detail)
        }));
    }
    errors
}
