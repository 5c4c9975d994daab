//! Registering the nodes, keeping their Leases and refreshing their statuses: one task for all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Node;
use kube::Client;
use kube::api::{Api, Patch, PostParams};
use orrery_clock::Clock;
use orrery_informer::{Answered, Cache, Head, ObjectKey, Recorder};
use serde_json::json;
use tokio::sync::Notify;

use super::lease::Leases;
use super::object::{Machine, node, status};
use super::told::{tell, tell_turns, turned};
use super::{Nodes, node_name};
use crate::runtime::Isolation;

/// A quarter of how long a Lease lasts, as upstream.
const BEAT: Duration = Duration::from_secs(10);
/// Upstream's `nodeStatusReportFrequency`.
const REPORT: SignedDuration = SignedDuration::from_secs(300);
/// Pause before registering again while the API server does not answer.
const RETRY: Duration = Duration::from_millis(200);

/// What the task needs.
pub struct Heartbeat {
    pub client: Client,
    pub clock: Clock,
    pub nodes: Arc<Nodes>,
    /// What the cluster says of them.
    pub objects: Cache<Node>,
    pub machine: Machine,
    pub isolation: Isolation,
    pub version: String,
    pub recorder: Recorder,
    /// Told when the set of nodes changed.
    pub changed: Arc<Notify>,
}

/// What the cluster has been told.
struct Told {
    /// When each node's status was.
    reported: BTreeMap<u32, Timestamp>,
    leases: Leases,
}

impl Heartbeat {
    pub async fn run(self) {
        let mut told = Told {
            reported: BTreeMap::new(),
            leases: Leases::new(&self.client),
        };
        loop {
            let alive = self.nodes.alive();
            told.reported.retain(|number, _| alive.contains(number));
            told.leases.keep(&alive);
            let mut failed = false;
            for number in alive {
                // it may have gone while another was heard
                if !self.nodes.is_alive(&node_name(number)) {
                    continue;
                }
                if self.nodes.take_new(number) {
                    told.reported.remove(&number);
                }
                failed |= self.beat(number, &mut told).await.is_err();
            }
            let pause = if failed { RETRY } else { BEAT };
            tokio::select! {
                biased;
                () = self.changed.notified() => {}
                () = self.clock.sleep(pause) => {}
            }
        }
    }

    async fn beat(&self, number: u32, told: &mut Told) -> kube::Result<()> {
        let now = self.clock.now();
        match told.reported.get(&number) {
            None => self.register(number).await?,
            Some(at) if now.duration_since(*at) >= REPORT || self.is_doubted(number) => {
                let turns = self.report(number).await?;
                tell_turns(&self.recorder, &node_name(number), &turns);
            }
            Some(_) => return told.leases.renew(number, &self.nodes, now).await,
        }
        told.reported.insert(number, now);
        told.leases.renew(number, &self.nodes, now).await
    }

    /// It was silent for too long, and is not: as upstream, what is said of a node is put right at its next beat.
    fn is_doubted(&self, number: u32) -> bool {
        let node = self.objects.get(&ObjectKey::new("", node_name(number)));
        let status = node.as_ref().and_then(|node| node.status.as_ref());
        let conditions = status.and_then(|status| status.conditions.as_deref());
        let mut conditions = conditions.unwrap_or_default().iter();
        conditions.any(|condition| condition.status == "Unknown")
    }

    async fn register(&self, number: u32) -> kube::Result<()> {
        let api: Api<Node> = Api::all(self.client.clone());
        let name = node_name(number);
        let before = api.get_opt(&name).await?;
        let object = node(
            number,
            &self.machine,
            &self.isolation,
            &self.version,
            before.as_ref(),
            self.clock.now(),
        );
        let conditions = object.status.as_ref();
        let conditions = conditions.and_then(|status| status.conditions.as_deref());
        let fresh = turned(&Node::default(), conditions.unwrap_or_default());
        let is_new = before.is_none();
        match before {
            // it was taken away meanwhile, and its object after it
            None if !self.nodes.is_alive(&name) => return Ok(()),
            None => drop(api.create(&PostParams::default(), &object).await?),
            Some(_) => {
                let meta = json!({"metadata": {"labels": object.metadata.labels, "annotations": object.metadata.annotations}});
                let _: Head = api.patch_for(&name, &Patch::Merge(meta)).await?;
            }
        }
        let turns = self.report(number).await?;
        tell(&self.recorder, &name, "Starting", "Starting kubelet.");
        let turns = if is_new { fresh } else { turns };
        tell_turns(&self.recorder, &name, &turns);
        Ok(())
    }

    /// Answers what has turned to the better by it.
    async fn report(&self, number: u32) -> kube::Result<Vec<&'static str>> {
        let api: Api<Node> = Api::all(self.client.clone());
        let name = node_name(number);
        let before = api.get_opt(&name).await?;
        let status = status(
            number,
            &self.machine,
            &self.isolation,
            &self.version,
            before.as_ref(),
            self.clock.now(),
        );
        let conditions = status.conditions.as_deref().unwrap_or_default();
        let turns = turned(before.as_ref().unwrap_or(&Node::default()), conditions);
        let status = Patch::Merge(json!({"status": status}));
        let reported = api.patch_status_for::<Head>(&name, &status).await;
        reported.map(|_| turns)
    }
}
