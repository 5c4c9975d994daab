//! Empties a namespace that is being deleted, then lets it go (NS-01).

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{
    Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PropagationPolicy,
};
use kube::core::ApiResource;
use kube::discovery::{Discovery, Scope, verbs};
use kube::{Client, Error, ResourceExt};
use orrery_informer::{Doubling, ObjectKey, Queue, Requeue};
use serde_json::{Value, json};

use crate::errors::is_not_found;
use crate::manager::{Context, Startup};

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(5), Duration::from_secs(60));
/// How often a namespace is looked at again while finalizers or grace periods hold its content. Pods,
/// which are most of it, also wake it by their own end.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(500);
/// The namespace's own finalizer, in `spec.finalizers`.
const FINALIZER: &str = "kubernetes";

/// Registers the controller and leaves its task with `startup`.
pub fn prepare(startup: &mut Startup) {
    let context = Arc::new(startup.context.clone());
    let queue = Queue::new(context.clock.clone(), BACKOFF);
    let waker = queue.clone();
    context.caches.namespaces.on(move |change| {
        let leaving = change
            .new
            .as_ref()
            .filter(|new| new.metadata.deletion_timestamp.is_some());
        if let Some(namespace) = leaving {
            waker.add(namespace.name_any());
        }
    });
    let waker = queue.clone();
    let namespaces = context.caches.namespaces.clone();
    context.caches.pods.on(move |change| {
        let namespace = change.object().namespace().unwrap_or_default();
        let leaving = namespaces.get(&ObjectKey::new("", &namespace));
        if change.new.is_none() && leaving.is_some_and(|n| n.metadata.deletion_timestamp.is_some())
        {
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
    let remaining = delete_content(&context.client, &name).await?;
    if remaining.is_empty() {
        finalize(&context.client, &namespace).await?;
        return Ok(Requeue::Await);
    }
    report(&context, &namespaces, &namespace, &remaining).await?;
    Ok(Requeue::At(context.clock.now() + LOOK_AGAIN))
}

/// What is left of one resource, and the finalizers that hold it.
struct Remaining {
    resource: String,
    objects: usize,
    finalizers: Vec<String>,
}

/// Deletes pods and, once none is left, everything else; answers what is still there.
async fn delete_content(client: &Client, namespace: &str) -> Result<Vec<Remaining>, Error> {
    let pods = ApiResource::erase::<Pod>(&());
    if let Some(left) = delete_all(client, namespace, &pods).await? {
        return Ok(vec![left]);
    }
    let mut remaining = Vec::new();
    for resource in deletable(client).await? {
        remaining.extend(delete_all(client, namespace, &resource).await?);
    }
    Ok(remaining)
}

async fn delete_all(
    client: &Client,
    namespace: &str,
    resource: &ApiResource,
) -> Result<Option<Remaining>, Error> {
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, resource);
    if api
        .list(&ListParams::default().limit(1))
        .await?
        .items
        .is_empty()
    {
        return Ok(None);
    }
    let params = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Background),
        ..DeleteParams::default()
    };
    api.delete_collection(&params, &ListParams::default())
        .await?;
    let left = api.list(&ListParams::default()).await?.items;
    let mut finalizers: Vec<_> = left
        .iter()
        .flat_map(|object| object.finalizers().to_vec())
        .collect();
    finalizers.sort();
    Ok((!left.is_empty()).then(|| Remaining {
        // of no group, too, in upstream's words: `pods. has 1 resource instances`
        resource: format!("{}.{}", resource.plural, resource.group),
        objects: left.len(),
        finalizers,
    }))
}

/// Every namespaced resource that can be listed and deleted, in the order of their names.
async fn deletable(client: &Client) -> Result<Vec<ApiResource>, Error> {
    let discovery = Discovery::new(client.clone()).run().await?;
    let resources = discovery
        .groups()
        .flat_map(|group| group.recommended_resources());
    let namespaced = resources.filter(|(_, can)| {
        can.scope == Scope::Namespaced
            && can.supports_operation(verbs::LIST)
            && can.supports_operation(verbs::DELETE)
    });
    let mut resources: Vec<_> = namespaced.map(|(resource, _)| resource).collect();
    resources.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
    Ok(resources)
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

/// Says on the namespace what it waits for, in upstream's conditions.
async fn report(
    context: &Context,
    api: &Api<Namespace>,
    namespace: &Namespace,
    remaining: &[Remaining],
) -> Result<(), Error> {
    let old = namespace
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_deref());
    let old = old.unwrap_or_default();
    let held: Vec<_> = remaining
        .iter()
        .filter(|left| !left.finalizers.is_empty())
        .collect();
    let content = remaining
        .iter()
        .map(|left| format!("{} has {} resource instances", left.resource, left.objects));
    let content = format!(
        "Some resources are remaining: {}",
        content.collect::<Vec<_>>().join(", ")
    );
    let mut finalizers = std::collections::BTreeMap::new();
    for finalizer in held.iter().flat_map(|left| &left.finalizers) {
        *finalizers.entry(finalizer).or_insert(0) += 1;
    }
    let finalizers = finalizers
        .iter()
        .map(|(name, count)| format!("{name} in {count} resource instances"));
    let finalizers = format!(
        "Some content in the namespace has finalizers remaining: {}",
        finalizers.collect::<Vec<_>>().join(", ")
    );
    let now = Time(context.clock.now());
    let condition = |type_: &str, status: bool, reason: &str, message: &str| -> Value {
        let status = if status { "True" } else { "False" };
        let same = old
            .iter()
            .find(|old| old.type_ == type_ && old.status == status);
        let since = same
            .and_then(|same| same.last_transition_time.clone())
            .unwrap_or(now.clone());
        json!({"type": type_, "status": status, "reason": reason, "message": message, "lastTransitionTime": since})
    };
    let finalizers = match held.is_empty() {
        true => condition(
            "NamespaceFinalizersRemaining",
            false,
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
        ),
        false => condition(
            "NamespaceFinalizersRemaining",
            true,
            "SomeFinalizersRemain",
            &finalizers,
        ),
    };
    let conditions = [
        condition(
            "NamespaceDeletionDiscoveryFailure",
            false,
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            false,
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        condition(
            "NamespaceDeletionContentFailure",
            false,
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        condition(
            "NamespaceContentRemaining",
            true,
            "SomeResourcesRemain",
            &content,
        ),
        finalizers,
    ];
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
