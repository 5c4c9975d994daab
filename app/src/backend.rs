//! What the page needs from whoever serves it. `server` implements it; nothing here knows how.

use std::fmt;

use async_trait::async_trait;
#[cfg(feature = "ssr")]
use orrery_view::Millis;
use orrery_view::{
    Cascade, Detail, LastDay, ListQuery, Load, LoadQuery, LogLine, LogQuery, ObjectRef, Page, Shell,
};
use serde::{Deserialize, Serialize};

use crate::action::Done;
#[cfg(feature = "ssr")]
use crate::forms::draft::Settings;
#[cfg(feature = "ssr")]
use crate::forms::drain::{Consent, Leaving};
#[cfg(feature = "ssr")]
use crate::forms::evict::Evicting;
#[cfg(feature = "ssr")]
use crate::forms::manifest::{About, Document, Offers, Replaced};
#[cfg(feature = "ssr")]
use crate::forms::marks::{Changes, Marks};
#[cfg(feature = "ssr")]
use crate::forms::outlook::{Edited, Outlook};
#[cfg(feature = "ssr")]
use crate::forms::slots::{Fill, Filled, Retried, Slots};
#[cfg(feature = "ssr")]
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
    /// The same, but what it changes is left this reason. `None`: it leaves none.
    #[cfg(feature = "ssr")]
    fn because(&self, reason: &str) -> Option<Box<dyn Backend>> {
        let _ = reason;
        None
    }
    async fn page(&self, query: ListQuery) -> Result<Page, AppError>;
    /// `None`: there is no such object.
    async fn detail(&self, object: ObjectRef) -> Result<Option<Detail>, AppError>;
    /// All CronJobs of these namespaces (none: of all) on one axis.
    async fn load(&self, query: LoadQuery) -> Result<Load, AppError>;
    /// What ran in the last 24 hours in these namespaces (none: in all).
    async fn last_day(&self, namespaces: Vec<String>) -> Result<LastDay, AppError>;
    /// The log so far, for the first paint.
    async fn log(&self, query: LogQuery) -> Result<Vec<LogLine>, AppError>;
    /// The object as `kubectl get -o yaml` prints it, without managedFields.
    async fn yaml(&self, object: ObjectRef) -> Result<String, AppError>;
    /// The object as one edits it: the same without its status and what the cluster alone sets.
    async fn source(&self, object: ObjectRef) -> Result<String, AppError>;
    /// What the cluster says of the field at a line of a YAML text, as far as it says anything.
    #[cfg(feature = "ssr")]
    async fn explain(&self, text: String, line: u32) -> Option<About> {
        let _ = (text, line);
        None
    }
    /// The fields whose names go on with what is typed of a YAML text up to a place, counted in bytes, and are not there
    /// yet. `None`: there are none.
    #[cfg(feature = "ssr")]
    async fn offers(&self, text: String, cursor: usize) -> Option<Offers> {
        let _ = (text, cursor);
        None
    }
    /// `kubectl create` of each document of a YAML text, in order, after all of them were rehearsed; what says no
    /// namespace gets this one. `token` as in `trigger`. `dry_run` makes nothing.
    #[cfg(feature = "ssr")]
    async fn create(
        &self,
        text: String,
        namespace: String,
        token: String,
        dry_run: bool,
    ) -> Result<Vec<Document>, AppError>;
    /// `kubectl replace` of an object by a YAML text, if it is still what it `was` when that was opened. `dry_run`
    /// changes nothing.
    #[cfg(feature = "ssr")]
    async fn replace(
        &self,
        object: ObjectRef,
        text: String,
        was: String,
        dry_run: bool,
    ) -> Result<Replaced, AppError>;

    /// Makes a Job of a CronJob, as `kubectl create job --from` does, named `<cronjob>-manual-<suffix>`.
    /// The suffix derives from `token`, so that a double click is one run. Answers the Job.
    async fn trigger(&self, cronjob: ObjectRef, token: String) -> Result<ObjectRef, AppError>;
    /// As `trigger`, with these changes to the Job. `dry_run` makes nothing; it answers how the Job would differ
    /// from the plain one, as the cluster would store both.
    #[cfg(feature = "ssr")]
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
    /// Sets the update strategy of a DaemonSet: `OnDelete` pauses its rollouts, `RollingUpdate` resumes them.
    async fn pause(&self, daemonset: ObjectRef, pause: bool) -> Result<(), AppError>;
    /// What of a CronJob can be edited by form, and its generation.
    #[cfg(feature = "ssr")]
    async fn settings(&self, cronjob: ObjectRef) -> Result<(Settings, i64), AppError>;
    /// What a schedule in a zone would mean for a CronJob.
    #[cfg(feature = "ssr")]
    async fn outlook(
        &self,
        cronjob: ObjectRef,
        schedule: String,
        zone: Option<String>,
    ) -> Result<Outlook, AppError>;
    /// Patches what differs between two settings, if the CronJob is of that generation still. `dry_run` changes
    /// nothing; it answers how the cluster would store it.
    #[cfg(feature = "ssr")]
    async fn edit(
        &self,
        cronjob: ObjectRef,
        mine: Settings,
        was: Settings,
        generation: i64,
        dry_run: bool,
    ) -> Result<Edited, AppError>;
    /// The slots of a CronJob in the time before now that did not succeed.
    #[cfg(feature = "ssr")]
    async fn slots(&self, cronjob: ObjectRef, period: Millis) -> Result<Slots, AppError>;
    /// Makes a Job for each of these slots; `dry_run` makes none.
    #[cfg(feature = "ssr")]
    async fn backfill(
        &self,
        cronjob: ObjectRef,
        fill: Fill,
        dry_run: bool,
    ) -> Result<Vec<Filled>, AppError>;
    /// Makes a Job for the indexes of a failed Indexed Job that did not succeed; `dry_run` makes none.
    #[cfg(feature = "ssr")]
    async fn retry(
        &self,
        job: ObjectRef,
        token: String,
        dry_run: bool,
    ) -> Result<Retried, AppError>;
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
    /// `kubectl drain` of a Node: what becomes of each of its pods. `dry_run` changes nothing.
    #[cfg(feature = "ssr")]
    async fn drain(
        &self,
        node: ObjectRef,
        consent: Consent,
        dry_run: bool,
    ) -> Result<Vec<Leaving>, AppError>;
    /// Asks one Pod to leave by the Eviction API. `dry_run` changes nothing.
    #[cfg(feature = "ssr")]
    async fn evict(&self, pod: ObjectRef, dry_run: bool) -> Result<Evicting, AppError>;
    /// The labels and taints of a Node.
    #[cfg(feature = "ssr")]
    async fn marks(&self, node: ObjectRef) -> Result<Marks, AppError>;
    /// Changes some of them. `dry_run` changes nothing; it answers how the Node would differ.
    #[cfg(feature = "ssr")]
    async fn set_marks(
        &self,
        node: ObjectRef,
        changes: Changes,
        dry_run: bool,
    ) -> Result<Done, AppError>;
    /// What can be done to the machines under the nodes; `None`: they are not Orrery's, or nothing may be done.
    #[cfg(feature = "ssr")]
    fn machines(&self) -> Option<&dyn Machines> {
        None
    }
    /// Creates the example objects in `namespace`; what is already there stays. Answers how many were made.
    async fn load_examples(&self, namespace: String) -> Result<u32, AppError>;
}

/// The machines under the nodes of a cluster that brings its own.
#[cfg(feature = "ssr")]
#[async_trait]
pub trait Machines: Send + Sync {
    /// The node that would be added next, and its address. `None`: there are as many as there can be.
    async fn next(&self) -> Result<Option<(ObjectRef, String)>, AppError>;
    /// Makes the node, and starts its agent. One that is there already stays as it is.
    async fn add(&self, node: ObjectRef) -> Result<(), AppError>;
    /// Stops the agent, ends what it runs, and deletes the node.
    async fn remove(&self, node: ObjectRef) -> Result<(), AppError>;
    /// As a power cut: what runs there ends at once, and the agent says nothing more.
    async fn fail(&self, node: ObjectRef) -> Result<(), AppError>;
    /// Starts the agent of one that failed.
    async fn recover(&self, node: ObjectRef) -> Result<(), AppError>;
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
