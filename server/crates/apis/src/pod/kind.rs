//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use super::{admission, columns, defaults, fields, prepare, status, update, validation};
use crate::pod_template::level_amounts;
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

impl Kind for Pod {
    const INFO: Info = Info {
        short_names: &["po"],
        categories: &["all"],
        has_status: true,
        graceful_delete: true,
        delete_returns_object: true,
        has_generation: true,
        ..Info::namespaced("", "v1", "Pod", "pods", "pod")
    };

    fn default_fields(&mut self) {
        defaults::default_pod(self);
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        admission::admit(self);
        prepare::prepare_create(self);
    }

    fn prepare_update(&mut self, old: &Self, door: Update) {
        prepare::prepare_update(self, old, door);
    }

    fn spec_changed(&self, old: &Self) -> bool {
        self.spec != old.spec
    }

    fn level_amounts(&mut self) {
        self.spec.iter_mut().for_each(level_amounts);
    }

    fn complete_create(&mut self) {
        prepare::complete_create(self);
    }

    fn validate_create(&self) -> FieldErrors {
        validation::validate_create(self)
    }

    fn validate_update(&self, old: &Self, door: Update) -> FieldErrors {
        update::validate_update(self, old, door)
    }

    fn warnings(&self, old: Option<&Self>) -> Vec<String> {
        validation::warnings(self, old)
    }

    fn status_warnings(&self) -> Vec<String> {
        status::warnings(self)
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        fields::values(self)
    }

    fn field_labels() -> &'static [&'static str] {
        fields::LABELS
    }

    fn columns() -> &'static [Column] {
        columns::COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        columns::print(self, now)
    }
}
