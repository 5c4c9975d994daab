//! The writes of a Job sync, with their Events (JOB-24, JOB-25, JOB-28, JOB-60).

use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt, stream};
use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, DeleteParams, Patch};
use kube::{Error, ResourceExt};
use orrery_informer::{Answered, EventType, Head, Recorder};
use serde_json::json;

use super::pod_facts::{TRACKING_FINALIZER, is_tracked};
use crate::errors::{is_namespace_terminating, is_not_found, message};
use crate::note::Note;
use crate::pods::uid;
use crate::slow_start::slow_start;
use crate::unsure::keep_unsure;

/// Writes for one Job.
pub struct Writes<'a> {
    pub pods: Api<Pod>,
    pub jobs: Api<Job>,
    pub recorder: &'a Recorder,
    pub job: &'a Job,
    pub at_once: usize,
}

/// What a group of writes did.
#[derive(Default)]
pub struct Written {
    /// Answers that a cache must reach before the next sync.
    pub metas: Vec<ObjectMeta>,
    /// Pods created or deleted, as the status counts them.
    pub done: usize,
    /// Uids of the pods dealt with.
    pub uids: Vec<String>,
    pub error: Option<Error>,
}

impl Writes<'_> {
    /// Creates pods, slowly at first.
    pub async fn create(&self, pods: Vec<Pod>) -> Written {
        let create = |pod| async move {
            match self.pods.create_for::<Head>(&pod).await {
                Ok(Head { metadata }) => {
                    let name = metadata.name.as_deref().unwrap_or_default();
                    let text = format!("Created pod: {name}");
                    self.event(EventType::Normal, "SuccessfulCreate", text);
                    Ok(Some(metadata))
                }
                // Counted as created: nothing more can come of this namespace (JOB-24).
                Err(error) if is_namespace_terminating(&error) => Ok(None),
                Err(error) => {
                    let text = format!("Error creating: {}", message(&error));
                    self.event(EventType::Warning, "FailedCreate", text);
                    Err(error)
                }
            }
        };
        let mut written = Written::default();
        for answer in slow_start(pods, self.at_once, create).await.answers {
            match answer {
                Ok(meta) => {
                    written.done += 1;
                    written.metas.extend(meta);
                }
                Err(error) => keep_unsure(&mut written.error, error),
            }
        }
        written
    }

    /// Deletes pods, each after its tracking finalizer when it must not be counted.
    pub async fn delete(&self, pods: &[&Pod], untrack_first: bool) -> Written {
        let deletes = pods
            .iter()
            .map(|pod| self.delete_one(pod, untrack_first).boxed());
        let mut answers = self.some_at_once(deletes.collect());
        let mut written = Written::default();
        while let Some((uid, meta, result)) = answers.next().await {
            written.metas.extend(meta);
            match result {
                Ok(()) => {
                    written.done += 1;
                    written.uids.push(uid);
                }
                Err(error) => written.error = Some(error),
            }
        }
        written
    }

    async fn delete_one(
        &self,
        pod: &Pod,
        untrack: bool,
    ) -> (String, Option<ObjectMeta>, Result<(), Error>) {
        let mut meta = None;
        if untrack && is_tracked(pod) {
            match self.untrack_one(pod).await.1 {
                Ok(patched) => meta = patched,
                Err(error) => return (uid(pod).to_owned(), None, Err(error)),
            }
        }
        let name = pod.name_any();
        let result = match self.pods.delete(&name, &DeleteParams::default()).await {
            Ok(_) => {
                self.event(
                    EventType::Normal,
                    "SuccessfulDelete",
                    format!("Deleted pod: {name}"),
                );
                Ok(())
            }
            Err(error) if is_not_found(&error) => Ok(()),
            Err(error) => {
                let text = format!("Error deleting: {}", message(&error));
                self.event(EventType::Warning, "FailedDelete", text);
                Err(error)
            }
        };
        (uid(pod).to_owned(), meta, result)
    }

    /// Removes the tracking finalizer from pods.
    pub async fn untrack(&self, pods: &[&Pod]) -> Written {
        let untracks = pods.iter().map(|pod| self.untrack_one(pod).boxed());
        let mut answers = self.some_at_once(untracks.collect());
        let mut written = Written::default();
        while let Some((uid, result)) = answers.next().await {
            match result {
                Ok(meta) => {
                    written.metas.extend(meta);
                    written.uids.push(uid);
                }
                Err(error) => written.error = Some(error),
            }
        }
        written
    }

    async fn untrack_one(&self, pod: &Pod) -> (String, Result<Option<ObjectMeta>, Error>) {
        let result = untrack(&self.pods, &pod.name_any(), None).await;
        (uid(pod).to_owned(), result)
    }

    /// Boxed because a stream of borrowing futures is not general enough for a spawned task.
    fn some_at_once<'a, T>(
        &self,
        writes: Vec<BoxFuture<'a, T>>,
    ) -> impl Stream<Item = T> + Unpin + use<'a, T> {
        stream::iter(writes).buffered(self.at_once.max(1))
    }

    /// Writes the status over the Job's last seen version; the answer's spec is that version's.
    pub async fn status(&self, job: &Job, status: JobStatus) -> Result<Job, Error> {
        let job = Job {
            status: Some(status),
            ..job.clone()
        };
        let name = job.name_any();
        let Head { metadata } = self.jobs.replace_status_for(&name, &job).await?;
        Ok(Job { metadata, ..job })
    }

    /// Reports what a written status says.
    pub fn notes(&self, notes: Vec<Note>) {
        for note in notes {
            note.report(self.recorder, self.job);
        }
    }

    fn event(&self, type_: EventType, reason: &str, message: String) {
        self.recorder.event(self.job, type_, reason, message);
    }
}

/// Removes the tracking finalizer from the pod; one that is gone needs nothing (JOB-11). Where it must be
/// as it was seen, `version` is that one.
pub async fn untrack(
    pods: &Api<Pod>,
    name: &str,
    version: Option<&str>,
) -> Result<Option<ObjectMeta>, Error> {
    let mut patch =
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": [TRACKING_FINALIZER]}});
    if let Some(version) = version {
        patch["metadata"]["resourceVersion"] = json!(version);
    }
    match pods.patch_for(name, &Patch::Strategic(patch)).await {
        Ok(Head { metadata }) => Ok(Some(metadata)),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use kube::Client;
    use orrery_clock::Clock;
    use parking_lot::Mutex;
    use serde_json::Value;

    use super::*;
    use crate::asked::{Asked, asked, metadata_patch, plain, refusal};

    #[tokio::test]
    async fn job_11_a_finalizer_goes_from_the_pod_that_was_seen() {
        let off = "$deleteFromPrimitiveList/finalizers";
        let any = json!({off: [TRACKING_FINALIZER]});
        let seen = json!({off: [TRACKING_FINALIZER], "resourceVersion": "7"});
        let done = || (200, json!({"metadata": {"name": "a"}}));
        let rows = [
            ("whatever it is by now", None, done(), Ok(true), any.clone()),
            ("it is as it was", Some("7"), done(), Ok(true), seen.clone()),
            (
                "a Job has adopted it",
                Some("7"),
                refusal(409),
                Err(()),
                seen,
            ),
            ("it is gone", None, refusal(404), Ok(false), any),
        ];
        for (why, version, answer, want, patch) in rows {
            let told = asked(vec![answer], async |client: Client| {
                let pods = Api::namespaced(client, "default");
                let untracked = untrack(&pods, "a", version).await;
                let got = untracked.map(|meta| meta.is_some()).map_err(drop);
                assert_eq!(got, want, "{why}");
            });
            assert_eq!(
                told.await,
                [metadata_patch("strategic-merge", patch)],
                "{why}"
            );
        }
    }

    fn object(version: &str, kind: &str, finalizers: &[&str]) -> Value {
        json!({
            "apiVersion": version, "kind": kind,
            "metadata": {"name": "a", "namespace": "default", "uid": "a", "finalizers": finalizers},
        })
    }

    /// What is asked to delete the pod, the Events included; and whether that is done.
    async fn deleting(
        pod: &Value,
        untrack_first: bool,
        answers: Vec<(u16, Value)>,
    ) -> (Vec<Asked>, bool) {
        let noon = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let clock = Clock::simulated(7, noon);
        let job = serde_json::from_value(object("batch/v1", "Job", &[]));
        let job: Job = job.expect("a literal Job");
        let pod: Pod = serde_json::from_value(pod.clone()).expect("a literal pod");
        let done = Mutex::new(false);
        let requests = asked(answers, async |client: Client| {
            let (recorder, sender) =
                Recorder::new(client.clone(), clock.clone(), "job-controller", None);
            let written = {
                let writes = Writes {
                    pods: Api::namespaced(client.clone(), "default"),
                    jobs: Api::namespaced(client, "default"),
                    recorder: &recorder,
                    job: &job,
                    at_once: 1,
                };
                writes.delete(&[&pod], untrack_first).await
            };
            assert_eq!(written.done, written.uids.len());
            assert_eq!(written.error.is_none(), written.done == 1);
            *done.lock() = written.done == 1;
            drop(recorder);
            sender.await;
        });
        let requests = requests.await;
        (requests, done.into_inner())
    }

    fn told(reason: &str) -> (u16, Value) {
        (201, json!({ "reason": reason }))
    }

    #[tokio::test(start_paused = true)]
    async fn job_28_a_pod_is_deleted_as_it_is_and_one_that_is_gone_is_done() {
        let pod = object("v1", "Pod", &[TRACKING_FINALIZER]);
        let rows = [
            (
                "deleted",
                vec![(200, pod.clone()), told("SuccessfulDelete")],
                true,
            ),
            ("gone before", vec![refusal(404)], true),
            ("refused", vec![refusal(409), told("FailedDelete")], false),
        ];
        for (why, answers, is_done) in rows {
            let reasons: Vec<Value> = answers[1..]
                .iter()
                .map(|(_, event)| event["reason"].clone())
                .collect();
            let (requests, done) = deleting(&pod, false, answers).await;
            assert_eq!(done, is_done, "{why}");
            assert_eq!(requests[0], plain("DELETE", json!({})), "{why}");
            let events = requests[1..].iter();
            let told: Vec<_> = events.map(|(.., event)| event["reason"].clone()).collect();
            assert_eq!(told, reasons, "{why}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn job_33_the_finalizer_goes_first_and_a_pod_that_keeps_it_is_not_deleted() {
        let tracked = object("v1", "Pod", &[TRACKING_FINALIZER, "test/other"]);
        let counted = object("v1", "Pod", &["test/other"]);
        let patched = || (200, counted.clone());
        let deleted = || (200, counted.clone());
        let rows = [
            (
                "first the one, then the other",
                &tracked,
                vec![patched(), deleted(), told("SuccessfulDelete")],
                vec!["PATCH", "DELETE", "POST"],
                true,
            ),
            (
                "one without is deleted",
                &counted,
                vec![deleted(), told("SuccessfulDelete")],
                vec!["DELETE", "POST"],
                true,
            ),
            (
                "one that keeps it stays",
                &tracked,
                vec![refusal(409)],
                vec!["PATCH"],
                false,
            ),
            (
                "one that is gone is done",
                &tracked,
                vec![refusal(404), refusal(404)],
                vec!["PATCH", "DELETE"],
                true,
            ),
        ];
        for (why, pod, answers, methods, is_done) in rows {
            let (requests, done) = deleting(pod, true, answers).await;
            let asked: Vec<_> = requests
                .iter()
                .map(|(method, ..)| method.as_str())
                .collect();
            assert_eq!((asked, done), (methods, is_done), "{why}");
        }
    }
}
