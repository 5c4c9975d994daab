//! What the page needs from whoever serves it. `server` implements it; nothing here knows how.

use std::fmt;

use async_trait::async_trait;
use orrery_view::{Cascade, Detail, ListQuery, Load, LogLine, LogQuery, ObjectRef, Page, Shell};
use serde::{Deserialize, Serialize};

use crate::action::Done;
use crate::overrides::Overrides;
use crate::permit::Permits;

/// The answers and actions behind the page. Every action does exactly what its kubectl equal does.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    async fn shell(&self) -> Result<Shell, AppError>;
    /// What may not be done, in the whole cluster or in these namespaces. Only offers depend on it.
    async fn permits(&self, namespaces: &[String]) -> Permits {
        let _ = namespaces;
        Permits::default()
    }
    async fn page(&self, query: ListQuery) -> Result<Page, AppError>;
    /// `None`: there is no such object.
    async fn detail(&self, object: ObjectRef) -> Result<Option<Detail>, AppError>;
    /// All CronJobs of these namespaces (none: of all) on one axis.
    async fn load(&self, namespaces: Vec<String>) -> Result<Load, AppError>;
    /// The log so far, for the first paint.
    async fn log(&self, query: LogQuery) -> Result<Vec<LogLine>, AppError>;
    /// The object as `kubectl get -o yaml` prints it, without managedFields.
    async fn yaml(&self, object: ObjectRef) -> Result<String, AppError>;

    /// Makes a Job of a CronJob, as `kubectl create job --from` does, named `<cronjob>-manual-<suffix>`.
    /// The suffix derives from `token`, so that a double click is one run. Answers the Job.
    async fn trigger(&self, cronjob: ObjectRef, token: String) -> Result<ObjectRef, AppError>;
    /// As `trigger`, with these changes to the Job. `dry_run` makes nothing; it answers how the Job would differ
    /// from the plain one, as the cluster would store both.
    async fn trigger_with(
        &self,
        cronjob: ObjectRef,
        overrides: Overrides,
        token: String,
        dry_run: bool,
    ) -> Result<Done, AppError>;
    /// Sets `spec.suspend` of a CronJob or Job.
    async fn suspend(&self, object: ObjectRef, suspend: bool) -> Result<(), AppError>;
    async fn delete(&self, object: ObjectRef, cascade: Cascade) -> Result<(), AppError>;
    /// Makes a clean copy of a Job; `token` as in `trigger`. Answers the new Job.
    async fn rerun(&self, job: ObjectRef, token: String) -> Result<ObjectRef, AppError>;
    /// `kubectl rollout restart` of a DaemonSet.
    async fn restart(&self, daemonset: ObjectRef) -> Result<(), AppError>;
    /// `kubectl rollout undo` of a DaemonSet to a revision. `dry_run` changes nothing; it answers how the DaemonSet
    /// would differ; an empty diff: it is that revision already.
    async fn undo(
        &self,
        daemonset: ObjectRef,
        revision: i64,
        dry_run: bool,
    ) -> Result<Done, AppError>;
    /// Sets `spec.unschedulable` of a Node.
    async fn cordon(&self, node: ObjectRef, cordon: bool) -> Result<(), AppError>;
    /// Creates the example objects in `namespace`; what is already there stays. Answers how many were made.
    async fn load_examples(&self, namespace: String) -> Result<u32, AppError>;
}

/// What a person can act on. `message` is the server's own text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppError {
    /// Not signed in, or no longer.
    SignIn,
    /// There is no such object (any more).
    Gone { message: String },
    /// The cluster refused: conflict, invalid, forbidden…
    Refused { message: String },
    /// The cluster or the server cannot be reached.
    Away { message: String },
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn => f.write_str("not signed in"),
            Self::Gone { message } | Self::Refused { message } | Self::Away { message } => {
                f.write_str(message)
            }
        }
    }
}

impl std::error::Error for AppError {}
