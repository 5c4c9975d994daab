//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, CronJobStatus};

use super::{columns, defaults, validation};
use crate::kind::only_metadata_fields;
use crate::pod_template::level_amounts;
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

impl Kind for CronJob {
    const INFO: Info = Info {
        short_names: &["cj"],
        categories: &["all"],
        has_status: true,
        has_generation: true,
        ..Info::namespaced("batch", "v1", "CronJob", "cronjobs", "cronjob")
    };

    fn default_fields(&mut self) {
        defaults::default_cron_job(self);
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        self.status = Some(CronJobStatus::default());
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
        let job = self.spec.job_template.spec.as_mut();
        let pod = job.and_then(|job| job.template.spec.as_mut());
        pod.into_iter().for_each(level_amounts);
    }

    fn validate_create(&self) -> FieldErrors {
        validation::validate_create(self)
    }

    fn validate_update(&self, old: &Self, door: Update) -> FieldErrors {
        match door {
            // CJV-07: nothing about a CronJob's status is checked
            Update::Status => Vec::new(),
            _ => validation::validate_update(self, old),
        }
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
