//! The writes and live reads of a CronJob sync, with their Events (CJ-13, CJ-43, CJ-53 to CJ-55).

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, CronJobStatus, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, DeleteParams, Patch};
use kube::{Error, ResourceExt};
use orrery_informer::{Answered, Head, Recorder, controller_of};
use serde_json::json;

use super::slot::SCHEDULE_CHANGED_AT;
use crate::errors::{is_already_exists, is_namespace_terminating, message};
use crate::note::Note;

/// A slot's Job that is there now.
pub struct Mine {
    pub metadata: Box<ObjectMeta>,
    /// Through this write, and not through an earlier one whose answer was lost (CJ-54).
    pub is_new: bool,
}

/// Writes for one CronJob.
pub struct Writes<'a> {
    pub cronjobs: Api<CronJob>,
    pub jobs: Api<Job>,
    pub recorder: &'a Recorder,
    pub cronjob: &'a CronJob,
}

impl Writes<'_> {
    pub fn report(&self, note: Note) {
        note.report(self.recorder, self.cronjob);
    }

    /// CJ-13.
    pub async fn delete(&self, job: &Job) -> Result<(), Error> {
        let name = job.name_any();
        match self.jobs.delete(&name, &DeleteParams::background()).await {
            Ok(_) => {
                self.report(Note::normal(
                    "SuccessfulDelete",
                    format!("Deleted job {name}"),
                ));
                Ok(())
            }
            Err(error) => {
                self.report(Note::warning(
                    "FailedDelete",
                    format!("Deleted job: {}", message(&error)),
                ));
                Err(error)
            }
        }
    }

    /// Reads a Job that is about to be replaced (CJ-43).
    pub async fn get_active(&self, name: &str) -> Result<Job, Error> {
        let job = self.jobs.get(name).await;
        job.inspect_err(|error| {
            self.report(Note::warning(
                "FailedGet",
                format!("Get job: {}", message(error)),
            ));
        })
    }

    /// Creates a slot's Job, or finds the one that was created before; `None` where another object has
    /// the name.
    pub async fn create(&self, job: &Job) -> Result<Option<Mine>, Error> {
        match self.jobs.create_for::<Head>(job).await {
            Ok(Head { metadata }) => Ok(Some(Mine {
                metadata: Box::new(metadata),
                is_new: true,
            })),
            Err(error) if is_already_exists(&error) => {
                let job = self.jobs.get(&job.name_any()).await?;
                let owner = controller_of(&job.metadata).map(|owner| &owner.uid);
                let is_mine = owner == self.cronjob.metadata.uid.as_ref();
                Ok(is_mine.then(|| Mine {
                    metadata: Box::new(job.metadata),
                    is_new: false,
                }))
            }
            Err(error) => {
                if !is_namespace_terminating(&error) {
                    let text = format!("Error creating job: {}", message(&error));
                    self.report(Note::warning("FailedCreate", text));
                }
                Err(error)
            }
        }
    }

    /// Leaves on the CronJob when its schedule was changed (CJ-04).
    pub async fn schedule_changed(&self, at: Timestamp) -> Result<ObjectMeta, Error> {
        let patch = json!({"metadata": {"annotations": {SCHEDULE_CHANGED_AT: at.to_string()}}});
        let (name, patch) = (self.cronjob.name_any(), Patch::Merge(patch));
        let Head { metadata } = self.cronjobs.patch_for(&name, &patch).await?;
        Ok(metadata)
    }

    /// Writes the status over the version of the CronJob that it was made from.
    pub async fn status(
        &self,
        cronjob: &CronJob,
        status: CronJobStatus,
    ) -> Result<ObjectMeta, Error> {
        let cronjob = CronJob {
            status: Some(status),
            ..cronjob.clone()
        };
        let name = cronjob.name_any();
        let Head { metadata } = self.cronjobs.replace_status_for(&name, &cronjob).await?;
        Ok(metadata)
    }
}
