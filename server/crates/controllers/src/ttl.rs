//! Deletes finished Jobs when their `ttlSecondsAfterFinished` is over (TTL-01 to TTL-03).

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use kube::api::{Api, DeleteParams, Preconditions, PropagationPolicy};
use kube::{Error, ResourceExt};
use orrery_apis::conditions;
use orrery_informer::{Doubling, ObjectKey, Requeue};

use crate::cronjob::is_untold;
use crate::errors::is_not_found;
use crate::manager::{Context, Startup};

/// Upstream's item back-off starts at 5 ms; capped well below the seconds that a TTL counts.
const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(60));

/// How long a Job stays whose CronJob's status does not tell of its slot yet, before another look (CJ-54).
const TELLING: SignedDuration = SignedDuration::from_secs(1);

/// Registers the controller and leaves its task with `startup`.
pub fn prepare(startup: &mut Startup) {
    let context = startup.context.clone();
    let queue = startup.queue("ttl_jobs_to_delete", BACKOFF);
    let waker = queue.clone();
    context.caches.jobs.on(move |change| {
        let key = || ObjectKey::of(&change.object().metadata);
        match change.new.as_deref().and_then(expires_at) {
            Some(Ok(at)) => waker.add_at(key(), at),
            Some(Err(Timeless)) => waker.add(key()),
            // a TTL may be years, and most Jobs are gone before
            None if change.new.is_none() => waker.forget(&key()),
            None => {}
        }
    });
    let context = Arc::new(context);
    startup.task(async move {
        let workers = context.config.workers;
        queue.run(workers, |key| expire(context.clone(), key)).await;
    });
}

/// Its condition does not say when the Job finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unable to find the time when the Job finished")]
struct Timeless;

/// When the Job may go; `None` while it is not finished, has no TTL, or is being deleted already.
/// A finish time in the future (a skewed clock) is taken as it is (TTL-02).
fn expires_at(job: &Job) -> Option<Result<Timestamp, Timeless>> {
    let ttl = job.spec.as_ref()?.ttl_seconds_after_finished?;
    let condition = conditions::finished(job)?;
    let ttl = SignedDuration::from_secs(i64::from(ttl.max(0)));
    let living = job.metadata.deletion_timestamp.is_none();
    living.then(|| {
        let finished = condition.last_transition_time.as_ref().ok_or(Timeless)?.0;
        Ok(finished.checked_add(ttl).unwrap_or(Timestamp::MAX))
    })
}

/// Reads the Job again before it is deleted: the TTL may have been extended meanwhile.
async fn expire(context: Arc<Context>, key: ObjectKey) -> Result<Requeue, Error> {
    let jobs: Api<Job> = Api::namespaced(context.client.clone(), &key.namespace);
    let Some(job) = jobs.get_opt(&key.name).await? else {
        return Ok(Requeue::Await);
    };
    let Some(at) = expires_at(&job) else {
        return Ok(Requeue::Await);
    };
    let at = at.map_err(|error| Error::Service(Box::new(error)))?;
    let now = context.clock.now();
    if at > now {
        return Ok(Requeue::At(at));
    }
    if is_untold(&context.caches, &job) {
        return Ok(Requeue::At(now + TELLING));
    }
    delete(&jobs, &job).await?;
    Ok(Requeue::Await)
}

/// Deletes this Job, and no other that has its name by now.
async fn delete(jobs: &Api<Job>, job: &Job) -> Result<(), Error> {
    let params = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Foreground),
        preconditions: Some(Preconditions {
            uid: job.uid(),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    match jobs.delete(&job.name_any(), &params).await {
        Err(error) if is_not_found(&error) => Ok(()),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use kube::Client;
    use serde_json::{Value, json};

    use super::*;
    use crate::asked::{asked, plain, refusal};

    #[tokio::test]
    async fn ttl_01_the_job_that_was_read_goes_and_no_other_and_takes_its_pods_first() {
        let job = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": "pi", "namespace": "default", "uid": "u"},
        });
        let rows = [
            ("it goes", (200, job.clone()), true),
            ("it is gone", refusal(404), true),
            ("another one has its name", refusal(409), false),
        ];
        let job: Job = serde_json::from_value(job).expect("a literal Job");
        let body = json!({"propagationPolicy": "Foreground", "preconditions": {"uid": "u"}});
        for (why, answer, done) in rows {
            let told = asked(vec![answer], async |client: Client| {
                let jobs = Api::namespaced(client, "default");
                assert_eq!(delete(&jobs, &job).await.is_ok(), done, "{why}");
            });
            assert_eq!(told.await, [plain("DELETE", body.clone())], "{why}");
        }
    }

    #[test]
    fn ttl_01_to_03_when_a_job_may_go() {
        let at = "2026-11-23T12:00:00Z";
        let finished = json!([{"type": "Failed", "status": "True", "lastTransitionTime": at}]);
        type After = Option<Result<i64, Timeless>>;
        let rows: [(&str, Value, Value, After); 7] = [
            (
                "finished with a TTL",
                json!(30),
                finished.clone(),
                Some(Ok(30)),
            ),
            ("TTL 0 is at once", json!(0), finished.clone(), Some(Ok(0))),
            ("no TTL", Value::Null, finished.clone(), None),
            ("not finished", json!(30), json!([]), None),
            (
                "TTL-02: a finish in the future is taken as it is",
                json!(30),
                json!([{"type": "Complete", "status": "True", "lastTransitionTime": "2026-11-23T13:00:00Z"}]),
                Some(Ok(3630)),
            ),
            (
                "TTL-02: a finish without a time is tried again",
                json!(30),
                json!([{"type": "Complete", "status": "True"}]),
                Some(Err(Timeless)),
            ),
            (
                "a target is not the end",
                json!(30),
                json!([{"type": "FailureTarget", "status": "True", "lastTransitionTime": at}]),
                None,
            ),
        ];
        for (why, ttl, conditions, after_secs) in rows {
            let job = json!({
                "metadata": {"name": "pi"},
                "spec": {"ttlSecondsAfterFinished": ttl, "template": {}},
                "status": {"conditions": conditions},
            });
            let job: Job = serde_json::from_value(job).expect("a Job");
            let start: Timestamp = at.parse().expect("a literal time");
            let expected = after_secs.map(|secs| Ok(start + SignedDuration::from_secs(secs?)));
            assert_eq!(expires_at(&job), expected, "{why}");
            let mut leaving = job;
            leaving.metadata.deletion_timestamp = Some(Time(start));
            assert_eq!(expires_at(&leaving), None, "TTL-03: {why}, being deleted");
        }
    }
}
