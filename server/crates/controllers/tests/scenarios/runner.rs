//! Runs pods as a script says, with the statuses that a kubelet gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use kube::runtime::watcher;
use kube::{Client, ResourceExt};
use orrery_clock::Clock;
use orrery_informer::{Cache, Doubling, ObjectKey, Queue, Requeue};
use serde_json::json;

/// How long the `nth` pod runs, and its exit code.
pub type Script = Arc<dyn Fn(&Pod, usize) -> (i64, i32) + Send + Sync>;

/// Every pod runs this long and succeeds.
pub fn succeeding(secs: i64) -> Script {
    Arc::new(move |_, _| (secs, 0))
}

/// The first `failures` pods fail after a second, the others succeed after a second.
pub fn failing_first(failures: usize) -> Script {
    Arc::new(move |_, nth| (1, i32::from(nth < failures)))
}

/// The node that pods are bound to, with a lease that is renewed as a living node's is.
async fn heartbeat(client: Client, clock: Clock) {
    let node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    });
    let node: Node = serde_json::from_value(node).expect("a literal node");
    let nodes: Api<Node> = Api::all(client.clone());
    nodes
        .create(&PostParams::default(), &node)
        .await
        .expect("it is new");
    nodes
        .replace_status("node-1", &PostParams::default(), &node)
        .await
        .expect("it is there");
    let leases: Api<Lease> = Api::namespaced(client, "kube-node-lease");
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "node-1"}});
    let lease: Lease = serde_json::from_value(lease).expect("a literal lease");
    leases
        .create(&PostParams::default(), &lease)
        .await
        .expect("it is new");
    loop {
        let now = clock.now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let renewal = Patch::Merge(json!({"spec": {"holderIdentity": "node-1", "renewTime": now}}));
        leases
            .patch("node-1", &PatchParams::default(), &renewal)
            .await
            .expect("it is there");
        clock.sleep(Duration::from_secs(10)).await;
    }
}

struct Runner {
    client: Client,
    clock: Clock,
    script: Script,
    started: AtomicUsize,
    pods: Cache<Pod>,
}

pub async fn run_pods(client: Client, clock: Clock, script: Script) {
    let backoff = Doubling::new(Duration::from_millis(10), Duration::from_secs(1));
    let queue: Queue<ObjectKey> = Queue::new(clock.clone(), backoff);
    let pods = Cache::<Pod>::builder().build();
    let nudge = queue.clone();
    pods.on(move |change| nudge.add(ObjectKey::of(&change.object().metadata)));
    let runner = Runner {
        client: client.clone(),
        clock,
        script,
        started: AtomicUsize::new(0),
        pods: pods.clone(),
    };
    let step = |key| runner.step(key);
    tokio::join!(
        heartbeat(client.clone(), runner.clock.clone()),
        pods.watch(Api::all(client), watcher::Config::default()),
        queue.run(1, step)
    );
}

impl Runner {
    async fn step(&self, key: ObjectKey) -> Result<Requeue, kube::Error> {
        let Some(pod) = self.pods.get(&key) else {
            return Ok(Requeue::Await);
        };
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &key.namespace);
        let phase = pod
            .status
            .as_ref()
            .and_then(|status| status.phase.clone())
            .unwrap_or_default();
        let ended = matches!(phase.as_str(), "Succeeded" | "Failed");
        match pod.metadata.deletion_timestamp.is_some() {
            true if ended => self.remove(&api, &pod).await,
            true => self.end(&api, &pod, 137).await,
            false if ended => Ok(Requeue::Await),
            false => self.run(&api, &pod).await,
        }
    }

    async fn run(&self, api: &Api<Pod>, pod: &Pod) -> Result<Requeue, kube::Error> {
        let planned = pod.annotations().get("test/ends").cloned();
        let Some(planned) = planned else {
            let (secs, code) = (self.script)(pod, self.started.fetch_add(1, Ordering::SeqCst));
            let ends = self.clock.now() + SignedDuration::from_secs(secs);
            let plan =
                json!({"metadata": {"annotations": {"test/ends": format!("{ends} {code}")}}});
            api.patch(
                &pod.name_any(),
                &PatchParams::default(),
                &Patch::Merge(plan),
            )
            .await?;
            let running = json!({"status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": self.now()}],
            }});
            api.patch_status(
                &pod.name_any(),
                &PatchParams::default(),
                &Patch::Merge(running),
            )
            .await?;
            return Ok(Requeue::At(ends));
        };
        let (ends, code) = planned.split_once(' ').expect("written above");
        let ends = ends.parse().expect("written above");
        if self.clock.now() < ends {
            return Ok(Requeue::At(ends));
        }
        self.end(api, pod, code.parse().expect("written above"))
            .await
    }

    async fn end(&self, api: &Api<Pod>, pod: &Pod, code: i32) -> Result<Requeue, kube::Error> {
        let now = self.now();
        let ended = json!({"status": {
            "phase": if code == 0 { "Succeeded" } else { "Failed" },
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": now}],
            "containerStatuses": [{
                "name": "main", "image": "x", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": code, "startedAt": now, "finishedAt": now}},
            }],
        }});
        api.patch_status(
            &pod.name_any(),
            &PatchParams::default(),
            &Patch::Merge(ended),
        )
        .await?;
        Ok(Requeue::Await)
    }

    async fn remove(&self, api: &Api<Pod>, pod: &Pod) -> Result<Requeue, kube::Error> {
        let now = DeleteParams::default().grace_period(0);
        match api.delete(&pod.name_any(), &now).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(Requeue::Await),
            other => other.map(|_| Requeue::Await),
        }
    }

    fn now(&self) -> String {
        self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}
