//! What the page asks for and does, over a `kube::Client` and the read model: each button does exactly
//! what its kubectl equal does.

mod access;
mod actions;
mod create;
mod diff;
mod drain;
mod error;
mod evict;
mod examples;
mod explain;
mod machines;
mod manifest;
mod manual;
mod mark;
mod marks;
mod objects;
mod outlook;
mod patched;
pub mod read_only;
mod replace;
mod retry;
mod settings;
mod slots;
#[cfg(test)]
mod tests;
mod trace;
mod undo;
mod with;

use async_trait::async_trait;
use kube::Client;
use orrery_app::action::Done;
use orrery_app::backend::{AppError, Backend, Machines};
use orrery_app::forms::draft::Settings;
use orrery_app::forms::drain::{Consent, Leaving};
use orrery_app::forms::evict::Evicting;
use orrery_app::forms::manifest::{About, Document, Offers, Replaced};
use orrery_app::forms::marks::{Changes, Marks};
use orrery_app::forms::outlook::{Edited, Outlook};
use orrery_app::forms::slots::{Fill, Filled, Retried, Slots};
use orrery_app::overrides::Overrides;
use orrery_app::permit::Permits;
use orrery_clock::Clock;
use orrery_readmodel::ReadModel;
use orrery_view::{
    Cascade, Detail, LastDay, ListQuery, Load, LoadQuery, LogLine, LogQuery, Millis, ObjectRef,
    Page, Shell,
};

use crate::pods::Nodes;
pub use access::Access;
use error::app_error;
pub use examples::manifests as example_manifests;
pub use explain::Known;

/// The page's hands and eyes.
#[derive(Clone)]
pub struct Dashboard {
    pub client: Client,
    pub readmodel: ReadModel,
    pub clock: Clock,
    /// What the person may do, as far as it has been asked.
    pub access: Access,
    /// What the cluster says of the fields of its kinds, as far as it has been asked.
    pub known: Known,
    /// Nothing may be done; `client` refuses it too.
    pub read_only: bool,
    /// Why, in the person's words; may be empty.
    pub reason: String,
    /// The node agents, where they are ours.
    pub nodes: Option<Nodes>,
}

#[async_trait]
impl Backend for Dashboard {
    async fn shell(&self) -> Result<Shell, AppError> {
        Ok(self.readmodel.shell())
    }

    async fn permits(&self, namespaces: &[String]) -> Permits {
        match self.read_only {
            true => Permits {
                read_only: true,
                ..Permits::default()
            },
            false => {
                let (client, clock) = (&self.client, &self.clock);
                let permits = self.access.permits(client, clock, namespaces).await;
                Permits {
                    machines: self.machines().is_some(),
                    ..permits
                }
            }
        }
    }

    fn because(&self, reason: &str) -> Option<Box<dyn Backend>> {
        Some(Box::new(Self {
            reason: reason.to_owned(),
            ..self.clone()
        }))
    }

    async fn page(&self, query: ListQuery) -> Result<Page, AppError> {
        Ok(self.readmodel.page(&query))
    }

    async fn detail(&self, object: ObjectRef) -> Result<Option<Detail>, AppError> {
        self.readmodel.detail(&object).await.map_err(app_error)
    }

    async fn load(&self, query: LoadQuery) -> Result<Load, AppError> {
        Ok(self.readmodel.load(&query))
    }

    async fn last_day(&self, namespaces: Vec<String>) -> Result<LastDay, AppError> {
        Ok(self.readmodel.last_day(&namespaces))
    }

    async fn log(&self, query: LogQuery) -> Result<Vec<LogLine>, AppError> {
        crate::page::read_log(&self.readmodel, self.client.clone(), &query)
            .await
            .map_err(app_error)
    }

    async fn yaml(&self, object: ObjectRef) -> Result<String, AppError> {
        objects::yaml(&self.client, &object).await
    }

    async fn source(&self, object: ObjectRef) -> Result<String, AppError> {
        let api = objects::api(&self.client, &object);
        let found = api.get(&object.name).await.map_err(app_error)?;
        objects::source(&found)
    }

    async fn explain(&self, text: String, line: u32) -> Option<About> {
        explain::explain(self, &text, line).await
    }

    async fn offers(&self, text: String, cursor: usize) -> Option<Offers> {
        explain::offers(self, &text, cursor).await
    }

    async fn create(
        &self,
        text: String,
        namespace: String,
        token: String,
        dry_run: bool,
    ) -> Result<Vec<Document>, AppError> {
        let order = create::Order {
            on: self,
            namespace: &namespace,
            token: &token,
        };
        create::create(order, &text, dry_run).await
    }

    async fn replace(
        &self,
        object: ObjectRef,
        text: String,
        was: String,
        dry_run: bool,
    ) -> Result<Replaced, AppError> {
        replace::replace(self, &object, (text.as_str(), was.as_str()), dry_run).await
    }

    async fn trigger(&self, cronjob: ObjectRef, token: String) -> Result<ObjectRef, AppError> {
        manual::trigger(self, &cronjob, &token).await
    }

    async fn trigger_with(
        &self,
        cronjob: ObjectRef,
        overrides: Overrides,
        token: String,
        dry_run: bool,
    ) -> Result<Done, AppError> {
        with::trigger(self, &cronjob, &overrides, &token, dry_run).await
    }

    async fn suspend(&self, object: ObjectRef, suspend: bool) -> Result<(), AppError> {
        actions::suspend(self, &object, suspend).await
    }

    async fn delete(&self, object: ObjectRef, cascade: Cascade) -> Result<(), AppError> {
        actions::delete(self, &object, cascade).await
    }

    async fn rerun(&self, job: ObjectRef, token: String) -> Result<ObjectRef, AppError> {
        manual::rerun(self, &job, &token).await
    }

    async fn restart(&self, daemonset: ObjectRef) -> Result<(), AppError> {
        actions::restart(self, &daemonset).await
    }

    async fn pause(&self, daemonset: ObjectRef, pause: bool) -> Result<(), AppError> {
        actions::pause(self, &daemonset, pause).await
    }

    async fn settings(&self, cronjob: ObjectRef) -> Result<(Settings, i64), AppError> {
        settings::settings(self, &cronjob).await
    }

    async fn outlook(
        &self,
        cronjob: ObjectRef,
        schedule: String,
        zone: Option<String>,
    ) -> Result<Outlook, AppError> {
        Ok(outlook::outlook(self, &cronjob, &schedule, zone.as_deref()))
    }

    async fn edit(
        &self,
        cronjob: ObjectRef,
        mine: Settings,
        was: Settings,
        generation: i64,
        dry_run: bool,
    ) -> Result<Edited, AppError> {
        settings::edit(self, &cronjob, (&mine, &was), generation, dry_run).await
    }

    async fn slots(&self, cronjob: ObjectRef, period: Millis) -> Result<Slots, AppError> {
        slots::slots(self, &cronjob, period).await
    }

    async fn backfill(
        &self,
        cronjob: ObjectRef,
        fill: Fill,
        dry_run: bool,
    ) -> Result<Vec<Filled>, AppError> {
        slots::backfill(self, &cronjob, &fill, dry_run).await
    }

    async fn retry(
        &self,
        job: ObjectRef,
        token: String,
        dry_run: bool,
    ) -> Result<Retried, AppError> {
        retry::retry(self, &job, &token, dry_run).await
    }

    async fn undo(
        &self,
        daemonset: ObjectRef,
        revision: i64,
        dry_run: bool,
    ) -> Result<Done, AppError> {
        undo::undo(self, &daemonset, revision, dry_run).await
    }

    async fn cordon(&self, node: ObjectRef, cordon: bool) -> Result<(), AppError> {
        actions::cordon(self, &node, cordon).await
    }

    async fn drain(
        &self,
        node: ObjectRef,
        consent: Consent,
        dry_run: bool,
    ) -> Result<Vec<Leaving>, AppError> {
        drain::drain(self, &node, consent, dry_run).await
    }

    async fn evict(&self, pod: ObjectRef, dry_run: bool) -> Result<Evicting, AppError> {
        evict::evict(self, &pod, dry_run).await
    }

    async fn marks(&self, node: ObjectRef) -> Result<Marks, AppError> {
        marks::marks(self, &node).await
    }

    async fn set_marks(
        &self,
        node: ObjectRef,
        changes: Changes,
        dry_run: bool,
    ) -> Result<Done, AppError> {
        marks::set(self, &node, &changes, dry_run).await
    }

    fn machines(&self) -> Option<&dyn Machines> {
        let ours = !self.read_only && self.nodes.is_some();
        ours.then_some(self as &dyn Machines)
    }

    async fn load_examples(&self, namespace: String) -> Result<u32, AppError> {
        examples::load(self, &namespace).await
    }
}
