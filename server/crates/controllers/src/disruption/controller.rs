//! Which budgets to look at, and the write of what was decided.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::Error;
use kube::api::{Api, PostParams};
use orrery_apis::selector::matches_labels;
use orrery_informer::{Doubling, EventType, ObjectKey, Recorder, Requeue};

use super::decide::{Decided, decide};
use crate::errors::is_not_found;
use crate::manager::{Context, Startup};

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(60));

/// Registers the controller and leaves its tasks with `startup`.
pub fn prepare(startup: &mut Startup) {
    let context = Arc::new(startup.context.clone());
    let budgets = context.caches.budgets.clone();
    let queue = startup.queue("disruption", BACKOFF);
    let recorder = startup.recorder("controllermanager");
    let waker = queue.clone();
    budgets.on(move |change| waker.add(ObjectKey::of(&change.object().metadata)));
    let (waker, known) = (queue.clone(), budgets.clone());
    context.caches.pods.on(move |change| {
        for pod in change.old.iter().chain(&change.new) {
            let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
            let near = known.list_in(namespace);
            for budget in near.iter().filter(|budget| covers(budget, pod)) {
                waker.add(ObjectKey::of(&budget.metadata));
            }
        }
    });
    startup.task(async move {
        let workers = context.config.workers;
        queue
            .run(workers, |key| keep(&context, &recorder, key))
            .await;
    });
}

/// True when the budget speaks for the pod.
fn covers(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    budget.metadata.namespace == pod.metadata.namespace
        && matches_labels(selector, pod.metadata.labels.as_ref())
}

/// Reads the budget afresh: evictions write its status, too.
async fn keep(context: &Context, recorder: &Recorder, key: ObjectKey) -> Result<Requeue, Error> {
    let budgets: Api<PodDisruptionBudget> = Api::namespaced(context.client.clone(), &key.namespace);
    let Some(mut budget) = budgets.get_opt(&key.name).await? else {
        return Ok(Requeue::Await);
    };
    let pods = context.caches.pods.list_in(&key.namespace);
    let covered: Vec<&Pod> = pods
        .iter()
        .map(AsRef::as_ref)
        .filter(|pod| covers(&budget, pod))
        .collect();
    let Decided {
        status,
        wake_at,
        events,
        stayed,
    } = decide(&budget, &covered, context.clock.now());
    for (type_, reason, message) in events {
        recorder.event(&budget, type_, reason, message);
    }
    let is_stayed = |pod: &&&Pod| {
        pod.metadata
            .name
            .as_ref()
            .is_some_and(|name| stayed.contains(name))
    };
    for pod in covered.iter().filter(is_stayed) {
        // upstream's words, but for the name, where it has the namespace once more
        let message = format!("Pod was expected by PDB {key} to be deleted but it wasn't");
        recorder.event(*pod, EventType::Warning, "NotDeleted", message);
    }
    let next = wake_at.map_or(Requeue::Await, Requeue::At);
    if budget.status.as_ref() == Some(&status) {
        return Ok(next);
    }
    budget.status = Some(status);
    let written = budgets
        .replace_status(&key.name, &PostParams::default(), &budget)
        .await;
    match written {
        Err(error) if is_not_found(&error) => Ok(Requeue::Await),
        other => other.map(|_| next),
    }
}
