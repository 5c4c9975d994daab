//! The pod and status writes of a sync, with their Events (DS-14, DS-51).

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, DeleteParams};
use kube::{Error, ResourceExt};
use orrery_informer::{Answered, Head, Recorder};

use super::spec::Spec;
use super::status::{self, Counts};
use crate::errors::{is_namespace_terminating, is_not_found, message};
use crate::note::Note;
use crate::pods::uid;
use crate::slow_start::slow_start;
use crate::unsure::keep_unsure;

/// Writes for one DaemonSet.
pub struct Writes<'a> {
    pub daemonsets: Api<DaemonSet>,
    pub pods: Api<Pod>,
    pub recorder: &'a Recorder,
    pub spec: Spec<'a>,
    pub at_once: usize,
}

/// What a group of writes did.
pub struct Written<T> {
    pub done: Vec<T>,
    pub error: Option<Error>,
}

impl Writes<'_> {
    /// Creates pods, slowly at first; answers what a cache must reach before the next sync.
    pub async fn create(&self, pods: Vec<Pod>) -> Written<ObjectMeta> {
        let create = |pod| self.create_one(pod).boxed();
        let answers = slow_start(pods, self.at_once, create).await.answers;
        let (done, errors) = split(answers);
        let mut error = None;
        for each in errors {
            keep_unsure(&mut error, each);
        }
        Written {
            done: done.into_iter().flatten().collect(),
            error,
        }
    }

    async fn create_one(&self, pod: Pod) -> Result<Option<ObjectMeta>, Error> {
        match self.pods.create_for::<Head>(&pod).await {
            Ok(Head { metadata }) => {
                let name = metadata.name.as_deref().unwrap_or_default();
                let text = format!("Created pod: {name}");
                self.report(Note::normal("SuccessfulCreate", text));
                Ok(Some(metadata))
            }
            Err(error) if is_namespace_terminating(&error) => Ok(None),
            Err(error) => {
                let text = format!("Error creating: {}", message(&error));
                self.report(Note::warning("FailedCreate", text));
                Err(error)
            }
        }
    }

    /// Deletes pods; answers the uids of those that are on their way out.
    pub async fn delete(&self, pods: &[&Pod]) -> Written<String> {
        let deletes: Vec<BoxFuture<'_, _>> = pods
            .iter()
            .map(|pod| self.delete_one(pod).boxed())
            .collect();
        let answers = stream::iter(deletes).buffered(self.at_once.max(1));
        let (done, errors) = split(answers.collect().await);
        Written {
            done,
            error: errors.into_iter().next(),
        }
    }

    async fn delete_one(&self, pod: &Pod) -> Result<String, Error> {
        let name = pod.name_any();
        match self.pods.delete(&name, &DeleteParams::default()).await {
            Ok(_) => {
                let text = format!("Deleted pod: {name}");
                self.report(Note::normal("SuccessfulDelete", text));
            }
            Err(error) if is_not_found(&error) => {}
            Err(error) => {
                let text = format!("Error deleting: {}", message(&error));
                self.report(Note::warning("FailedDelete", text));
                return Err(error);
            }
        }
        Ok(uid(pod).to_owned())
    }

    /// Writes the counts if the status says otherwise: over the version that was seen, and if that
    /// fails once more over the live one (DS-51). None when nothing was written.
    pub async fn status(&self, counts: Counts) -> Result<Option<ObjectMeta>, Error> {
        if let Ok(written) = self.status_over(self.spec.daemonset, counts).await {
            return Ok(written);
        }
        let live = self.daemonsets.get_opt(self.spec.name()).await?;
        let is_this = |live: &DaemonSet| live.metadata.uid.as_deref() == Some(self.spec.uid());
        match live.filter(is_this) {
            Some(live) => self.status_over(&live, counts).await,
            None => Ok(None),
        }
    }

    async fn status_over(
        &self,
        daemonset: &DaemonSet,
        counts: Counts,
    ) -> Result<Option<ObjectMeta>, Error> {
        let status = Spec::of(daemonset).and_then(|spec| status::next(spec, counts));
        let Some(status) = status else {
            return Ok(None);
        };
        let daemonset = DaemonSet {
            status: Some(status),
            ..daemonset.clone()
        };
        let written = self
            .daemonsets
            .replace_status_for(self.spec.name(), &daemonset);
        let Head { metadata } = written.await?;
        Ok(Some(metadata))
    }

    pub fn report(&self, note: Note) {
        note.report(self.recorder, self.spec.daemonset);
    }
}

fn split<T>(answers: Vec<Result<T, Error>>) -> (Vec<T>, Vec<Error>) {
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(answer) => done.push(answer),
            Err(error) => errors.push(error),
        }
    }
    (done, errors)
}
