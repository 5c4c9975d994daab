//! Pods that nobody else will remove (PGC-01 to PGC-04): too many finished ones, those on a node that
//! is gone, those deleted before they were scheduled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use kube::{Error, ResourceExt};
use orrery_informer::ObjectKey;
use serde_json::json;

use crate::errors::is_not_found;
use crate::manager::{Context, Startup};
use crate::pods::{is_leaving, is_terminal, node_name};

/// Upstream's period (PGC-01).
const PERIOD: Duration = Duration::from_secs(20);
/// Finished pods kept in the whole cluster; upstream's default threshold.
const MOST_TERMINATED: usize = 12_500;
/// How long a node must have been missing before its pods are given up (PGC-02).
const QUARANTINE: SignedDuration = SignedDuration::from_secs(40);
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// Leaves the task with `startup`.
pub fn prepare(startup: &mut Startup) {
    let context = startup.context.clone();
    startup.task(async move {
        let mut missing_since = BTreeMap::new();
        loop {
            if let Err(error) = cycle(&context, &mut missing_since).await {
                tracing::debug!(%error, "pod collection is tried again in the next period");
            }
            context.clock.sleep(PERIOD).await;
        }
    });
}

async fn cycle(
    context: &Context,
    missing_since: &mut BTreeMap<String, Timestamp>,
) -> Result<(), Error> {
    let pods = context.caches.pods.list();
    for pod in surplus(&pods) {
        delete(context, pod).await?;
    }
    for pod in pods
        .iter()
        .filter(|pod| is_leaving(pod) && is_out_of_service(context, pod))
    {
        fail_and_delete(context, pod, None).await?;
    }
    for node in lost_nodes(context, &pods, missing_since).await? {
        let orphans = pods.iter().filter(|pod| node_name(pod) == node);
        for pod in orphans {
            fail_and_delete(context, pod, Some("PodGC: node no longer exists")).await?;
        }
    }
    for pod in pods
        .iter()
        .filter(|pod| is_leaving(pod) && node_name(pod).is_empty())
    {
        fail_and_delete(context, pod, None).await?;
    }
    Ok(())
}

/// The finished pods over the threshold, evicted ones first, then the oldest.
fn surplus(pods: &[Arc<Pod>]) -> Vec<&Arc<Pod>> {
    let mut finished: Vec<_> = pods
        .iter()
        .filter(|pod| is_terminal(pod) && !is_leaving(pod))
        .collect();
    let evicted = |pod: &Pod| {
        let reason = pod
            .status
            .as_ref()
            .and_then(|status| status.reason.as_deref());
        reason == Some("Evicted")
    };
    finished.sort_by_key(|pod| (!evicted(pod), pod.creation_timestamp(), pod.name_any()));
    finished.truncate(finished.len().saturating_sub(MOST_TERMINATED));
    finished
}

fn is_out_of_service(context: &Context, pod: &Pod) -> bool {
    let node = context
        .caches
        .nodes
        .get(&ObjectKey::new("", node_name(pod)));
    node.is_some_and(|node| {
        let taints = node
            .spec
            .iter()
            .flat_map(|spec| spec.taints.iter().flatten());
        let conditions = node
            .status
            .iter()
            .flat_map(|status| status.conditions.iter().flatten());
        let mut ready = conditions.filter(|c| c.type_ == "Ready" && c.status == "True");
        ready.next().is_none() && taints.into_iter().any(|taint| taint.key == OUT_OF_SERVICE)
    })
}

/// Nodes that pods are bound to, missing for longer than the quarantine and confirmed by a live read.
async fn lost_nodes(
    context: &Context,
    pods: &[Arc<Pod>],
    missing_since: &mut BTreeMap<String, Timestamp>,
) -> Result<Vec<String>, Error> {
    let now = context.clock.now();
    let nodes = &context.caches.nodes;
    let named = pods
        .iter()
        .map(|pod| node_name(pod))
        .filter(|name| !name.is_empty());
    let missing: Vec<_> = named
        .filter(|name| nodes.get(&ObjectKey::new("", *name)).is_none())
        .collect();
    missing_since.retain(|name, _| missing.contains(&name.as_str()));
    for name in missing {
        missing_since.entry(name.to_owned()).or_insert(now);
    }
    let mut lost = Vec::new();
    for (name, since) in missing_since.iter() {
        let api: Api<Node> = Api::all(context.client.clone());
        if now.duration_since(*since) >= QUARANTINE && api.get_opt(name).await?.is_none() {
            lost.push(name.clone());
        }
    }
    Ok(lost)
}

/// PGC-02 to PGC-04: the pod becomes Failed, if it has not ended, and goes at once.
async fn fail_and_delete(context: &Context, pod: &Pod, why: Option<&str>) -> Result<(), Error> {
    if !is_terminal(pod) {
        let mut status = json!({"phase": "Failed"});
        if let Some(message) = why {
            status["conditions"] = json!([{
                "type": "DisruptionTarget",
                "status": "True",
                "reason": "DeletionByPodGC",
                "message": message,
                "observedGeneration": pod.metadata.generation,
                "lastTransitionTime": Time(context.clock.now()),
            }]);
        }
        let patch = json!({"metadata": {"uid": pod.metadata.uid}, "status": status});
        let api = api(context, pod);
        let (name, params) = (pod.name_any(), PatchParams::default());
        match api
            .patch_status(&name, &params, &Patch::Strategic(patch))
            .await
        {
            Err(error) if is_not_found(&error) => return Ok(()),
            other => _ = other?,
        }
    }
    delete(context, pod).await
}

async fn delete(context: &Context, pod: &Pod) -> Result<(), Error> {
    let params = DeleteParams {
        grace_period_seconds: Some(0),
        ..DeleteParams::default()
    };
    match api(context, pod).delete(&pod.name_any(), &params).await {
        Err(error) if is_not_found(&error) => Ok(()),
        other => other.map(drop),
    }
}

fn api(context: &Context, pod: &Pod) -> Api<Pod> {
    Api::namespaced(context.client.clone(), &pod.namespace().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pgc_01_finished_pods_over_the_threshold_go_evicted_and_oldest_first() {
        let pod = |name: &str, phase: &str, reason: &str, minute: u8| {
            let pod = json!({
                "metadata": {"name": name, "creationTimestamp": format!("2026-11-23T12:{minute:02}:00Z")},
                "status": {"phase": phase, "reason": reason},
            });
            Arc::new(serde_json::from_value::<Pod>(pod).expect("a literal pod"))
        };
        let mut pods: Vec<_> = (0..MOST_TERMINATED - 1)
            .map(|n| pod(&format!("p{n}"), "Succeeded", "", 30))
            .collect();
        pods.push(pod("running", "Running", "", 0));
        let names = |pods: &[Arc<Pod>]| {
            let gone = surplus(pods);
            gone.iter().map(|pod| pod.name_any()).collect::<Vec<_>>()
        };
        pods.push(pod("old", "Failed", "", 1));
        assert!(names(&pods).is_empty(), "at the threshold all stay");
        pods.push(pod("evicted", "Failed", "Evicted", 50));
        assert_eq!(names(&pods), ["evicted"], "one over it: the evicted one");
        pods.push(pod("older", "Failed", "", 0));
        assert_eq!(names(&pods), ["evicted", "older"], "then the oldest");
    }
}
