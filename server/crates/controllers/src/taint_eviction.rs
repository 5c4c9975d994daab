//! Evicts pods from nodes with NoExecute taints, when their tolerations end (EV-02).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, Taint, Toleration};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use kube::{Error, ResourceExt};
use orrery_apis::toleration::tolerates_one;
use orrery_informer::{Doubling, EventType, ObjectKey, Queue, Recorder, Requeue};
use parking_lot::Mutex;
use serde_json::json;

use crate::errors::is_not_found;
use crate::manager::{Context, Startup, indexes};
use crate::pods::node_name;

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(10));

struct Controller {
    context: Context,
    recorder: Recorder,
    /// Since when a pod has been under taints; `tolerationSeconds` count from there.
    tainted_since: Mutex<BTreeMap<ObjectKey, Timestamp>>,
}

/// What the taints mean for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes,
    GoesAfter(SignedDuration),
}

/// Registers the controller and leaves its task with `startup`.
pub fn prepare(startup: &mut Startup) {
    let recorder = startup.recorder("taint-eviction-controller");
    let context = startup.context.clone();
    let queue = Queue::new(context.clock.clone(), BACKOFF);
    let waker = queue.clone();
    let caches = context.caches.clone();
    let nodes = caches.nodes.clone();
    caches.pods.on(move |change| {
        let pod = change.object();
        let node = nodes.get(&ObjectKey::new("", node_name(pod)));
        if node.is_some_and(|node| !no_execute(node.spec.as_ref()).is_empty()) {
            waker.add(ObjectKey::of(&pod.metadata));
        }
    });
    let waker = queue.clone();
    let pods = caches.pods.clone();
    caches.nodes.on(move |change| {
        let taints = |node: &Option<Arc<k8s_openapi::api::core::v1::Node>>| {
            node.as_ref()
                .map(|node| no_execute(node.spec.as_ref()))
                .unwrap_or_default()
        };
        if taints(&change.old) != taints(&change.new) {
            let pods = pods.by_index(indexes::NODE, &change.object().name_any());
            pods.iter()
                .for_each(|pod| waker.add(ObjectKey::of(&pod.metadata)));
        }
    });
    let controller = Arc::new(Controller {
        context,
        recorder,
        tainted_since: Mutex::default(),
    });
    startup.task(async move {
        let workers = controller.context.config.workers;
        queue.run(workers, |key| controller.reconcile(key)).await;
    });
}

fn no_execute(spec: Option<&k8s_openapi::api::core::v1::NodeSpec>) -> Vec<Taint> {
    let taints = spec
        .and_then(|spec| spec.taints.as_ref())
        .into_iter()
        .flatten();
    taints
        .filter(|taint| taint.effect == "NoExecute")
        .cloned()
        .collect()
}

/// A pod goes at once when a taint is not tolerated, else after the shortest of its tolerations.
fn fate(taints: &[Taint], tolerations: &[Toleration]) -> Fate {
    let mut shortest: Option<i64> = None;
    for taint in taints {
        let mut matching = tolerations
            .iter()
            .filter(|toleration| tolerates_one(toleration, taint))
            .peekable();
        if matching.peek().is_none() {
            return Fate::Goes;
        }
        let limits = matching.filter_map(|toleration| toleration.toleration_seconds);
        shortest = limits.chain(shortest).min();
    }
    match shortest {
        None => Fate::Stays,
        Some(secs) if secs <= 0 => Fate::Goes,
        Some(secs) => Fate::GoesAfter(SignedDuration::from_secs(secs)),
    }
}

impl Controller {
    async fn reconcile(&self, key: ObjectKey) -> Result<Requeue, Error> {
        let caches = &self.context.caches;
        let pod = caches
            .pods
            .get(&key)
            .filter(|pod| pod.metadata.deletion_timestamp.is_none());
        let node = pod
            .as_ref()
            .and_then(|pod| caches.nodes.get(&ObjectKey::new("", node_name(pod))));
        let taints = node
            .map(|node| no_execute(node.spec.as_ref()))
            .unwrap_or_default();
        let Some(pod) = pod.filter(|_| !taints.is_empty()) else {
            if self.tainted_since.lock().remove(&key).is_some() {
                tracing::debug!(%key, "eviction cancelled: the taints or the pod are gone");
            }
            return Ok(Requeue::Await);
        };
        let now = self.context.clock.now();
        let tolerations = pod
            .spec
            .as_ref()
            .and_then(|spec| spec.tolerations.as_deref());
        let at = match fate(&taints, tolerations.unwrap_or_default()) {
            Fate::Stays => {
                self.tainted_since.lock().remove(&key);
                return Ok(Requeue::Await);
            }
            Fate::Goes => now,
            Fate::GoesAfter(delay) => {
                *self.tainted_since.lock().entry(key.clone()).or_insert(now) + delay
            }
        };
        if at > now {
            return Ok(Requeue::At(at));
        }
        self.evict(&key, &pod).await?;
        self.tainted_since.lock().remove(&key);
        Ok(Requeue::Await)
    }

    async fn evict(&self, key: &ObjectKey, pod: &Pod) -> Result<(), Error> {
        let message = format!("Marking for deletion Pod {key}");
        self.recorder
            .event(pod, EventType::Normal, "TaintManagerEviction", message);
        let condition = json!({
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
            "observedGeneration": pod.metadata.generation,
            "lastTransitionTime": Time(self.context.clock.now()),
        });
        let patch =
            json!({"metadata": {"uid": pod.metadata.uid}, "status": {"conditions": [condition]}});
        let pods: Api<Pod> = Api::namespaced(self.context.client.clone(), &key.namespace);
        let marked = pods
            .patch_status(&key.name, &PatchParams::default(), &Patch::Strategic(patch))
            .await;
        match marked {
            Err(error) if is_not_found(&error) => return Ok(()),
            other => _ = other?,
        }
        match pods.delete(&key.name, &DeleteParams::default()).await {
            Err(error) if is_not_found(&error) => Ok(()),
            other => other.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn ev_02_fate_under_no_execute_taints() {
        let taints =
            json!([{"key": "a", "effect": "NoExecute"}, {"key": "b", "effect": "NoExecute"}]);
        let taints: Vec<Taint> = serde_json::from_value(taints).expect("taints");
        let for_secs = |key: &str, secs: Value| json!({"key": key, "operator": "Exists", "tolerationSeconds": secs});
        let rows = [
            ("nothing is tolerated", json!([]), Fate::Goes),
            (
                "one of two is not",
                json!([for_secs("a", Value::Null)]),
                Fate::Goes,
            ),
            (
                "both for good",
                json!([for_secs("a", Value::Null), for_secs("b", Value::Null)]),
                Fate::Stays,
            ),
            (
                "the shortest toleration counts",
                json!([for_secs("a", json!(300)), for_secs("b", json!(20))]),
                Fate::GoesAfter(SignedDuration::from_secs(20)),
            ),
            (
                "zero is at once",
                json!([{"operator": "Exists", "tolerationSeconds": 0}]),
                Fate::Goes,
            ),
        ];
        for (why, tolerations, expected) in rows {
            let tolerations: Vec<Toleration> =
                serde_json::from_value(tolerations).expect("tolerations");
            assert_eq!(fate(&taints, &tolerations), expected, "{why}");
        }
    }
}
