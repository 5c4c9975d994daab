//! What the page asks for and does, over a `kube::Client` and the read model: each button does exactly
//! what its kubectl equal does.

mod access;
mod actions;
mod diff;
mod error;
mod examples;
mod manual;
mod mark;
mod objects;
pub mod read_only;
#[cfg(test)]
mod tests;
mod undo;
mod with;

use async_trait::async_trait;
use kube::Client;
use orrery_app::action::Done;
use orrery_app::backend::{AppError, Backend};
use orrery_app::overrides::Overrides;
use orrery_app::permit::Permits;
use orrery_clock::Clock;
use orrery_readmodel::ReadModel;
use orrery_view::{Cascade, Detail, ListQuery, Load, LogLine, LogQuery, ObjectRef, Page, Shell};

pub use access::Access;
use error::app_error;

/// The page's hands and eyes.
pub struct Dashboard {
    pub client: Client,
    pub readmodel: ReadModel,
    pub clock: Clock,
    /// What the person may do, as far as it has been asked.
    pub access: Access,
    /// Nothing may be done; `client` refuses it too.
    pub read_only: bool,
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
                self.access.permits(client, clock, namespaces).await
            }
        }
    }

    async fn page(&self, query: ListQuery) -> Result<Page, AppError> {
        Ok(self.readmodel.page(&query))
    }

    async fn detail(&self, object: ObjectRef) -> Result<Option<Detail>, AppError> {
        self.readmodel.detail(&object).await.map_err(app_error)
    }

    async fn load(&self, namespaces: Vec<String>) -> Result<Load, AppError> {
        Ok(self.readmodel.load(&namespaces))
    }

    async fn log(&self, query: LogQuery) -> Result<Vec<LogLine>, AppError> {
        crate::page::read_log(self.client.clone(), &query)
            .await
            .map_err(app_error)
    }

    async fn yaml(&self, object: ObjectRef) -> Result<String, AppError> {
        objects::yaml(&self.client, &object).await
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

    async fn load_examples(&self, namespace: String) -> Result<u32, AppError> {
        examples::load(self, &namespace).await
    }
}
