//! Pods that nobody else will remove (PGC-01 to PGC-04): too many finished ones, those on a node that
//! is gone, those deleted before they were scheduled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use kube::{Error, ResourceExt};
use orrery_informer::ObjectKey;
use serde_json::json;

use crate::errors::is_not_found;
use crate::manager::{Context, Startup, indexes};
use crate::pods::{disrupted, is_leaving, is_terminal, node_name, phase};

/// Upstream's period (PGC-01).
const PERIOD: Duration = Duration::from_secs(20);
/// How long a node must have been missing before its pods are given up (PGC-02).
const QUARANTINE: SignedDuration = SignedDuration::from_secs(40);
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// Leaves the task with `startup`.
pub fn prepare(startup: &mut Startup) {
    let context = startup.context.clone();
    startup.task(async move {
        let mut missing_since = BTreeMap::new();
        loop {
            cycle(&context, &mut missing_since).await;
            context.clock.sleep(PERIOD).await;
        }
    });
}

/// One cycle, each step to its end: what fails is tried again in the next period.
async fn cycle(context: &Context, missing_since: &mut BTreeMap<String, Timestamp>) {
    let pods = &context.caches.pods;
    let most = context.config.most_ended_pods;
    if pods.count_by_index(indexes::GARBAGE, indexes::ENDED) > most {
        let surplus = surplus(pods.by_index(indexes::GARBAGE, indexes::ENDED), most);
        for pod in surplus.iter().filter(|pod| !is_held(pod)) {
            go_on(pod, delete(context, pod).await);
        }
    }
    let leaving = pods.by_index(indexes::GARBAGE, indexes::LEAVING);
    for pod in leaving.iter().filter(|pod| is_out_of_service(context, pod)) {
        go_on(pod, fail_and_delete(context, pod, None).await);
    }
    for node in lost_nodes(context, missing_since).await {
        for pod in pods.by_index(indexes::NODE, &node) {
            let why = Some("PodGC: node no longer exists");
            go_on(&pod, fail_and_delete(context, &pod, why).await);
        }
    }
    for pod in leaving.iter().filter(|pod| node_name(pod).is_empty()) {
        go_on(pod, fail_and_delete(context, pod, None).await);
    }
}

/// A pod that cannot be collected must not keep the others.
fn go_on(pod: &Pod, result: Result<(), Error>) {
    if let Err(error) = result {
        let pod = ObjectKey::of(&pod.metadata);
        tracing::debug!(%pod, %error, "the pod is not collected in this period");
    }
}

/// Nothing but its finalizers keeps the pod: to delete it again changes nothing.
fn is_held(pod: &Pod) -> bool {
    is_leaving(pod)
        && pod.metadata.deletion_grace_period_seconds == Some(0)
        && !pod.finalizers().is_empty()
}

/// Of the finished pods those over `most`, evicted ones first, then the oldest. As upstream those that
/// are on their way out count.
fn surplus(mut finished: Vec<Arc<Pod>>, most: usize) -> Vec<Arc<Pod>> {
    let evicted = |pod: &Pod| {
        let reason = pod
            .status
            .as_ref()
            .and_then(|status| status.reason.as_deref());
        phase(pod) == "Failed" && reason == Some("Evicted")
    };
    finished.sort_by_cached_key(|pod| (!evicted(pod), pod.creation_timestamp(), pod.name_any()));
    finished.truncate(finished.len().saturating_sub(most));
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
    missing_since: &mut BTreeMap<String, Timestamp>,
) -> Vec<String> {
    let now = context.clock.now();
    let nodes = &context.caches.nodes;
    let named = context.caches.pods.index_values(indexes::NODE).into_iter();
    let missing: BTreeSet<_> = named
        .filter(|name| nodes.get(&ObjectKey::new("", name)).is_none())
        .collect();
    missing_since.retain(|name, _| missing.contains(name));
    for name in missing {
        // a clock that was set back keeps nothing for as long as that
        let since = missing_since.entry(name).or_insert(now);
        *since = now.min(*since);
    }
    let mut lost = Vec::new();
    for (name, since) in missing_since.iter() {
        if now.duration_since(*since) < QUARANTINE {
            continue;
        }
        let api: Api<Node> = Api::all(context.client.clone());
        match api.get_opt(name).await {
            Ok(None) => lost.push(name.clone()),
            Ok(Some(_)) => {}
            Err(error) => tracing::debug!(name, %error, "a node may be gone or not"),
        }
    }
    lost
}

/// PGC-02 to PGC-04: the pod becomes Failed, if it has not ended, and goes at once.
async fn fail_and_delete(context: &Context, pod: &Pod, why: Option<&str>) -> Result<(), Error> {
    if !is_terminal(pod) {
        let mut status = json!({"phase": "Failed"});
        if let Some(message) = why {
            let now = context.clock.now();
            status["conditions"] = json!([disrupted(pod, "DeletionByPodGC", message, now)]);
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
    use crate::manager::Config;

    #[test]
    fn pgc_01_finished_pods_over_the_threshold_go_evicted_and_oldest_first() {
        let pod = |name: &str, phase: &str, reason: &str, minute: u8| {
            let pod = json!({
                "metadata": {"name": name, "creationTimestamp": format!("2026-11-23T12:{minute:02}:00Z")},
                "status": {"phase": phase, "reason": reason},
            });
            Arc::new(serde_json::from_value::<Pod>(pod).expect("a literal pod"))
        };
        let most = Config::default().most_ended_pods;
        assert_eq!(most, 12_500, "as many as upstream");
        let mut pods: Vec<_> = (0..most - 1)
            .map(|n| pod(&format!("p{n}"), "Succeeded", "", 30))
            .collect();
        let names = |pods: &[Arc<Pod>]| {
            let gone = surplus(pods.to_vec(), most);
            gone.iter().map(|pod| pod.name_any()).collect::<Vec<_>>()
        };
        pods.push(pod("old", "Failed", "", 1));
        assert!(names(&pods).is_empty(), "at the threshold all stay");
        pods.push(pod("evicted", "Failed", "Evicted", 50));
        assert_eq!(names(&pods), ["evicted"], "one over it: the evicted one");
        pods.push(pod("older", "Failed", "", 0));
        assert_eq!(names(&pods), ["evicted", "older"], "then the oldest");
        pods.push(pod("done", "Succeeded", "Evicted", 59));
        pods.push(pod("alike", "Failed", "", 0));
        assert_eq!(
            names(&pods),
            ["evicted", "alike", "older", "old"],
            "of one age by name; who has succeeded was not evicted"
        );
    }
}
