//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::DaemonSet;

use super::{columns, defaults, prepare, selector, validation};
use crate::kind::only_metadata_fields;
use crate::pod_template::level_amounts;
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

impl Kind for DaemonSet {
    const INFO: Info = Info {
        short_names: &["ds"],
        categories: &["all"],
        has_status: true,
        has_generation: true,
        ..Info::namespaced("apps", "v1", "DaemonSet", "daemonsets", "daemonset")
    };

    const NOTES_ABSENT: bool = true;

    fn note_absent(&mut self, json: &[u8]) {
        selector::note_absent(self, json);
    }

    fn unconvertible(&self) -> Option<String> {
        prepare::unreadable_generation(self)
    }

    fn default_fields(&mut self) {
        defaults::default_daemon_set(self);
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        prepare::prepare_create(self);
    }

    fn prepare_update(&mut self, old: &Self, door: Update) {
        prepare::prepare_update(self, old, door);
    }

    fn count_changes(&mut self, new: &Self, old: &Self) {
        prepare::count_changes(self, new, old);
    }

    fn level_amounts(&mut self) {
        let spec = self.spec.as_mut();
        let pod = spec.and_then(|spec| spec.template.spec.as_mut());
        pod.into_iter().for_each(level_amounts);
    }

    fn spec_changed(&self, old: &Self) -> bool {
        self.spec != old.spec
    }

    fn validate_create(&self) -> FieldErrors {
        validation::validate_create(self)
    }

    fn validate_update(&self, old: &Self, door: Update) -> FieldErrors {
        validation::validate_update(self, old, door)
    }

    fn warnings(&self, old: Option<&Self>) -> Vec<String> {
        validation::warnings(self, old)
    }

    fn unsupported_field(label: &str) -> String {
        only_metadata_fields(label)
    }

    fn columns() -> &'static [Column] {
        columns::COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        columns::print(self, now)
    }
}
