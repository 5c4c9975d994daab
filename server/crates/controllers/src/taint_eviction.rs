//! Evicts pods from nodes with NoExecute taints, when their tolerations end (EV-02).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ObjectReference, Pod, Taint, Toleration};
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use kube::{Error, ResourceExt};
use orrery_apis::toleration::tolerates_one;
use orrery_informer::{Doubling, EventType, ObjectKey, Queue, Recorder, Requeue, object_reference};
use parking_lot::Mutex;
use serde_json::json;

use crate::errors::is_not_found;
use crate::manager::{Context, Startup, indexes};
use crate::pods::{disrupted, is_leaving, node_name};

const BACKOFF: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(10));

struct Controller {
    context: Context,
    recorder: Recorder,
    scheduled: Mutex<BTreeMap<ObjectKey, Scheduled>>,
}

/// A pod whose eviction is scheduled or done.
#[derive(Clone, Debug)]
struct Scheduled {
    uid: Option<String>,
    /// None once the pod is evicted, which happens once.
    due: Option<Due>,
}

/// When a pod goes. As upstream it is settled when the taints come: seconds that a toleration gets later
/// neither save the pod nor hurry it.
#[derive(Clone, Copy, Debug)]
struct Due {
    since: Timestamp,
    delay: SignedDuration,
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
        scheduled: Mutex::default(),
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

/// A pod goes at once when a taint is not tolerated, else after the shortest of the tolerations that
/// count: of each taint the first that matches, as upstream's GetMatchingTolerations finds them. One
/// without seconds lasts.
fn fate(taints: &[Taint], tolerations: &[Toleration]) -> Fate {
    let mut shortest: Option<i64> = None;
    for taint in taints {
        let mut matching = tolerations.iter();
        let Some(first) = matching.find(|toleration| tolerates_one(toleration, taint)) else {
            return Fate::Goes;
        };
        shortest = shortest.into_iter().chain(first.toleration_seconds).min();
    }
    match shortest {
        None => Fate::Stays,
        Some(secs) => Fate::GoesAfter(SignedDuration::from_secs(secs.max(0))),
    }
}

impl Controller {
    async fn reconcile(&self, key: ObjectKey) -> Result<Requeue, Error> {
        let caches = &self.context.caches;
        let Some(pod) = caches.pods.get(&key) else {
            self.cancel(&key, None);
            return Ok(Requeue::Await);
        };
        let Some(node) = caches.nodes.get(&ObjectKey::new("", node_name(&pod))) else {
            // its pods are the pod collector's (PGC-02); upstream tells nothing either
            self.scheduled.lock().remove(&key);
            return Ok(Requeue::Await);
        };
        let Some(at) = self.goes_at(&key, &pod, &no_execute(node.spec.as_ref())) else {
            return Ok(Requeue::Await);
        };
        if at > self.context.clock.now() {
            return Ok(Requeue::At(at));
        }
        if !is_leaving(&pod) {
            self.evict(&key, &pod).await?;
        }
        let uid = pod.metadata.uid.clone();
        let done = Scheduled { uid, due: None };
        self.scheduled.lock().insert(key, done);
        Ok(Requeue::Await)
    }

    /// When the pod is to be evicted; None when it stays or its eviction is done. Keeps the schedule.
    fn goes_at(&self, key: &ObjectKey, pod: &Pod, taints: &[Taint]) -> Option<Timestamp> {
        let spec = pod.spec.as_ref();
        let tolerations = spec.and_then(|spec| spec.tolerations.as_deref());
        let now = self.context.clock.now();
        match fate(taints, tolerations.unwrap_or_default()) {
            Fate::Stays => {
                self.cancel(key, Some(pod));
                None
            }
            Fate::Goes if self.is_done(key, pod) => None,
            Fate::Goes => {
                self.cancel(key, Some(pod));
                Some(now)
            }
            Fate::GoesAfter(delay) => {
                let mut scheduled = self.scheduled.lock();
                let uid = pod.metadata.uid.clone();
                let known = scheduled.get(key).filter(|known| known.uid == uid).cloned();
                let due = match known {
                    Some(known) => known.due,
                    None => Some(Due { since: now, delay }),
                };
                // a clock that was set back keeps nobody for as long as that
                let due = due.map(|due| Due {
                    since: due.since.min(now),
                    ..due
                });
                scheduled.insert(key.clone(), Scheduled { uid, due });
                // a toleration has no upper bound
                due.map(|due| due.since.checked_add(due.delay).unwrap_or(Timestamp::MAX))
            }
        }
    }

    /// The pod is evicted, be it that nobody has seen it leave yet.
    fn is_done(&self, key: &ObjectKey, pod: &Pod) -> bool {
        let scheduled = self.scheduled.lock();
        let known = scheduled.get(key);
        known.is_some_and(|known| known.uid == pod.metadata.uid && known.due.is_none())
    }

    /// Takes a pod off the schedule, and says so if it was on it. Only a pod that is gone has no object.
    fn cancel(&self, key: &ObjectKey, pod: Option<&Pod>) {
        let scheduled = self.scheduled.lock().remove(key);
        if scheduled.is_none_or(|scheduled| scheduled.due.is_none()) {
            return;
        }
        let gone = ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Pod".to_owned()),
            namespace: Some(key.namespace.clone()),
            name: Some(key.name.clone()),
            ..ObjectReference::default()
        };
        let about = pod.map_or(gone, object_reference);
        let message = format!("Cancelling deletion of Pod {key}");
        self.recorder
            .event_about(about, EventType::Normal, "TaintManagerEviction", message);
    }

    async fn evict(&self, key: &ObjectKey, pod: &Pod) -> Result<(), Error> {
        let now = self.context.clock.now();
        let message = format!("Marking for deletion Pod {key}");
        self.recorder
            .event(pod, EventType::Normal, "TaintManagerEviction", message);
        let message = "Taint manager: deleting due to NoExecute taint";
        let condition = disrupted(pod, "DeletionByTaintManager", message, now);
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
                "of one taint the first toleration counts, the shorter one after it does not",
                json!([
                    for_secs("a", json!(300)),
                    for_secs("a", json!(5)),
                    for_secs("b", Value::Null)
                ]),
                Fate::GoesAfter(SignedDuration::from_secs(300)),
            ),
            (
                "the first lasts, whatever follows",
                json!([{"operator": "Exists"}, for_secs("a", json!(5)), for_secs("b", json!(5))]),
                Fate::Stays,
            ),
            (
                "zero is at once",
                json!([{"operator": "Exists", "tolerationSeconds": 0}]),
                Fate::GoesAfter(SignedDuration::ZERO),
            ),
            (
                "so is less",
                json!([for_secs("a", json!(-1)), for_secs("b", json!(20))]),
                Fate::GoesAfter(SignedDuration::ZERO),
            ),
            (
                "the seconds of one taint count where the other is tolerated for good",
                json!([for_secs("a", Value::Null), for_secs("b", json!(60))]),
                Fate::GoesAfter(SignedDuration::from_secs(60)),
            ),
            (
                "another effect is tolerated",
                json!([{"operator": "Exists", "effect": "NoSchedule"}]),
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
