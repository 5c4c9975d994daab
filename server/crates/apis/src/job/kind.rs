//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;

use super::{columns, defaults, prepare, update, validation};
use crate::pod_template::level_amounts;
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

impl Kind for Job {
    const INFO: Info = Info {
        categories: &["all"],
        has_status: true,
        orphan_by_default: true,
        has_generation: true,
        ..Info::namespaced("batch", "v1", "Job", "jobs", "job")
    };

    fn default_fields(&mut self) {
        defaults::default_job(self);
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        prepare::prepare_create(self);
    }

    fn prepare_update(&mut self, old: &Self, door: Update) {
        match door {
            // a controller sends what it has read: to compare is cheaper than to copy
            Update::Status if self.spec == old.spec => {}
            Update::Status => self.spec.clone_from(&old.spec),
            _ => self.status.clone_from(&old.status),
        }
    }

    fn spec_changed(&self, old: &Self) -> bool {
        self.spec != old.spec
    }

    fn level_amounts(&mut self) {
        let spec = self.spec.as_mut();
        let pod = spec.and_then(|spec| spec.template.spec.as_mut());
        pod.into_iter().for_each(level_amounts);
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

    fn fields(&self) -> Vec<(&'static str, String)> {
        let succeeded = self.status.as_ref().and_then(|status| status.succeeded);
        vec![(
            "status.successful",
            succeeded.unwrap_or_default().to_string(),
        )]
    }

    fn field_labels() -> &'static [&'static str] {
        &["status.successful"]
    }

    fn columns() -> &'static [Column] {
        columns::COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        columns::print(self, now)
    }
}
