//! Empties a namespace that is being deleted, then lets it go (NS-01).

mod conditions;
mod content;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, Error, ResourceExt};
use orrery_informer::{Doubling, ObjectKey, Requeue};
use serde_json::json;

use self::conditions::conditions;
use self::content::{Content, delete_content};
use crate::errors::is_not_found;
use crate::manager::{Context, Startup};

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(60));
/// How often a namespace is looked at again while finalizers or grace periods hold its content. The end
/// of its last pod, which all else waits for, wakes it too.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(500);
/// A look lists what is left: so many objects are worth the pause above, and more are worth a longer one.
const OBJECTS_A_LOOK: usize = 1000;
/// Where a person still waits for the end.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The namespace's own finalizer, in `spec.finalizers`.
const FINALIZER: &str = "kubernetes";

/// Registers the controller and leaves its task with `startup`.
pub fn prepare(startup: &mut Startup) {
    let context = Arc::new(startup.context.clone());
    let queue = startup.queue("namespace", BACKOFF);
    let waker = queue.clone();
    context.caches.namespaces.on(move |change| {
        let Some(namespace) = &change.new else { return };
        // what is said here of what is left is no reason to look again
        let known = change.old.as_ref().is_some_and(|old| {
            let leaving = old.metadata.deletion_timestamp.is_some();
            leaving && old.spec == namespace.spec
        });
        if namespace.metadata.deletion_timestamp.is_some() && !known {
            waker.add(namespace.name_any());
        }
    });
    let waker = queue.clone();
    let (namespaces, pods) = (
        context.caches.namespaces.clone(),
        context.caches.pods.clone(),
    );
    context.caches.pods.on(move |change| {
        if change.new.is_some() {
            return;
        }
        let namespace = change.object().namespace().unwrap_or_default();
        let leaving = namespaces.get(&ObjectKey::new("", &namespace));
        let leaves = leaving.is_some_and(|n| n.metadata.deletion_timestamp.is_some());
        if leaves && !pods.has_any_in(&namespace) {
            waker.add(namespace);
        }
    });
    startup.task(async move {
        let workers = context.config.workers;
        queue
            .run(workers, |name| empty(context.clone(), name))
            .await;
    });
}

async fn empty(context: Arc<Context>, name: String) -> Result<Requeue, Error> {
    let namespaces: Api<Namespace> = Api::all(context.client.clone());
    let Some(namespace) = namespaces.get_opt(&name).await? else {
        return Ok(Requeue::Await);
    };
    let finalizers = namespace
        .spec
        .as_ref()
        .and_then(|spec| spec.finalizers.as_deref());
    let held = finalizers
        .unwrap_or_default()
        .iter()
        .any(|own| own == FINALIZER);
    if namespace.metadata.deletion_timestamp.is_none() || !held {
        return Ok(Requeue::Await);
    }
    let content = delete_content(&context.client, &name).await;
    if content.is_gone() {
        finalize(&context.client, &namespace).await?;
        return Ok(Requeue::Await);
    }
    report(&context, &namespaces, &namespace, &content).await?;
    let again = context.clock.now() + pause(content.objects());
    content.into_error().map_or(Ok(Requeue::At(again)), Err)
}

/// Until the next look at so many objects.
fn pause(objects: usize) -> SignedDuration {
    let looks = i32::try_from(objects.div_ceil(OBJECTS_A_LOOK)).unwrap_or(i32::MAX);
    LOOK_AGAIN.saturating_mul(looks.max(1)).min(LONGEST_PAUSE)
}

async fn finalize(client: &Client, namespace: &Namespace) -> Result<(), Error> {
    let mut finalized = namespace.clone();
    if let Some(finalizers) = finalized
        .spec
        .as_mut()
        .and_then(|spec| spec.finalizers.as_mut())
    {
        finalizers.retain(|own| own != FINALIZER);
    }
    let api: Api<Namespace> = Api::all(client.clone());
    let params = kube::api::PostParams::default();
    let name = namespace.name_any();
    let replaced = api.replace_subresource("finalize", &name, &params, &finalized);
    match replaced.await {
        Err(error) if is_not_found(&error) => Ok(()),
        other => other.map(drop),
    }
}

/// Says on the namespace what it waits for.
async fn report(
    context: &Context,
    api: &Api<Namespace>,
    namespace: &Namespace,
    content: &Content,
) -> Result<(), Error> {
    let status = namespace.status.as_ref();
    let old = status.and_then(|status| status.conditions.as_deref());
    let now = Time(context.clock.now());
    let conditions = conditions(content, old.unwrap_or_default(), &now);
    let patch =
        json!({"metadata": {"uid": namespace.metadata.uid}, "status": {"conditions": conditions}});
    let patched = api
        .patch_status(
            &namespace.name_any(),
            &PatchParams::default(),
            &Patch::Strategic(patch),
        )
        .await;
    match patched {
        Err(error) if is_not_found(&error) => Ok(()),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ns_01_a_look_at_many_objects_is_followed_by_a_longer_pause() {
        let rows = [
            (0, 500),
            (1, 500),
            (1000, 500),
            (1001, 1000),
            (10_000, 5000),
            (100_000, 30_000),
            (usize::MAX, 30_000),
        ];
        for (objects, millis) in rows {
            let want = SignedDuration::from_millis(millis);
            assert_eq!(pause(objects), want, "{objects}");
        }
    }
}
