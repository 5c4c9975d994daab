//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};

use crate::kind::only_metadata_fields;
use crate::print::{age, age_cell, cell, name, string_column};
use crate::{Column, FieldError, FieldErrors, Info, Kind, Printed, Update};

const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Holder",
        "holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.",
    ),
    age(),
];

impl Kind for Lease {
    const INFO: Info = Info {
        unconditional_update: false,
        create_on_update: true,
        ..Info::namespaced("coordination.k8s.io", "v1", "Lease", "leases", "lease")
    };

    fn default_fields(&mut self) {
        self.spec.get_or_insert_default();
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        drop_coordination(self, None);
    }

    fn prepare_update(&mut self, old: &Self, _door: Update) {
        drop_coordination(self, old.spec.as_ref());
    }

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        validate(self)
    }

    fn validate_update(&self, _old: &Self, _door: Update) -> FieldErrors {
        validate(self)
    }

    fn unsupported_field(label: &str) -> String {
        only_metadata_fields(label)
    }

    fn columns() -> &'static [Column] {
        COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        let holder = self
            .spec
            .as_ref()
            .and_then(|spec| spec.holder_identity.clone());
        Printed {
            cells: vec![
                cell(self.metadata.name.clone().unwrap_or_default()),
                cell(holder.unwrap_or_default()),
                age_cell(&self.metadata, now),
            ],
            conditions: Vec::new(),
        }
    }
}

/// Coordinated elections are off in upstream's 1.36: their fields go, but for those that `old` has.
fn drop_coordination(lease: &mut Lease, old: Option<&LeaseSpec>) {
    let spec = lease.spec.get_or_insert_default();
    if old.is_none_or(|old| old.strategy.is_none()) {
        spec.strategy = None;
    }
    if old.is_none_or(|old| old.preferred_holder.is_none()) {
        spec.preferred_holder = None;
    }
}

fn validate(lease: &Lease) -> FieldErrors {
    let mut errors = Vec::new();
    let spec = lease.spec.clone().unwrap_or_default();
    if let Some(secs) = spec.lease_duration_seconds.filter(|secs| *secs <= 0) {
        let detail = "must be greater than 0";
        errors.push(FieldError::invalid(
            "spec.leaseDurationSeconds",
            secs,
            detail,
        ));
    }
    if let Some(count) = spec.lease_transitions.filter(|count| *count < 0) {
        let detail = "must be greater than or equal to 0";
        errors.push(FieldError::invalid("spec.leaseTransitions", count, detail));
    }
    errors
}
