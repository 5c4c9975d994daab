//! Registering the nodes, keeping their Leases and refreshing their statuses: one task for all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, OwnerReference};
use kube::Client;
use kube::api::{Api, Patch, PostParams};
use orrery_clock::Clock;
use orrery_informer::{Answered, Head, Recorder};
use serde_json::json;
use tokio::sync::Notify;

use super::object::{Machine, node, status};
use super::told::{tell, tell_turns, turned};
use super::{Nodes, node_name};
use crate::runtime::Isolation;

/// Upstream's `nodeLeaseDurationSeconds`, renewed at a quarter of it.
const LEASE_SECS: i32 = 40;
const BEAT: Duration = Duration::from_secs(10);
/// Upstream's `nodeStatusReportFrequency`.
const REPORT: SignedDuration = SignedDuration::from_secs(300);
/// Pause before registering again while the API server does not answer.
const RETRY: Duration = Duration::from_millis(200);
const LEASE_NAMESPACE: &str = "kube-node-lease";

/// What the task needs.
pub struct Heartbeat {
    pub client: Client,
    pub clock: Clock,
    pub nodes: Arc<Nodes>,
    pub machine: Machine,
    pub isolation: Isolation,
    pub version: String,
    pub recorder: Recorder,
    /// Told when the set of nodes changed.
    pub changed: Arc<Notify>,
}

impl Heartbeat {
    pub async fn run(self) {
        let mut reported: BTreeMap<u32, Timestamp> = BTreeMap::new();
        loop {
            let alive = self.nodes.alive();
            reported.retain(|number, _| alive.contains(number));
            let mut failed = false;
            for number in alive {
                // it may have gone while another was heard
                if !self.nodes.is_alive(&node_name(number)) {
                    continue;
                }
                if self.nodes.take_new(number) {
                    reported.remove(&number);
                }
                failed |= self.beat(number, &mut reported).await.is_err();
            }
            let pause = if failed { RETRY } else { BEAT };
            tokio::select! {
                biased;
                () = self.changed.notified() => {}
                () = self.clock.sleep(pause) => {}
            }
        }
    }

    async fn beat(&self, number: u32, reported: &mut BTreeMap<u32, Timestamp>) -> kube::Result<()> {
        let now = self.clock.now();
        match reported.get(&number) {
            None => self.register(number).await?,
            Some(at) if now.duration_since(*at) >= REPORT => {
                let turns = self.report(number).await?;
                tell_turns(&self.recorder, &node_name(number), &turns);
            }
            Some(_) => return self.renew(number).await,
        }
        reported.insert(number, now);
        self.renew(number).await
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

    async fn renew(&self, number: u32) -> kube::Result<()> {
        let api: Api<Lease> = Api::namespaced(self.client.clone(), LEASE_NAMESPACE);
        let name = node_name(number);
        let renewed = MicroTime(self.clock.now());
        let patch = json!({"spec": {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECS, "renewTime": renewed}});
        match api.patch_for::<Head>(&name, &Patch::Merge(patch)).await {
            Err(kube::Error::Api(answer)) if answer.code == 404 => {}
            other => return other.map(drop),
        }
        if !self.nodes.is_alive(&name) {
            return Ok(());
        }
        let node = Api::<Node>::all(self.client.clone()).get_opt(&name).await?;
        let owner = node
            .and_then(|node| node.metadata.uid)
            .map(|uid| OwnerReference {
                api_version: "v1".to_owned(),
                kind: "Node".to_owned(),
                name: name.clone(),
                uid,
                ..OwnerReference::default()
            });
        let lease = Lease {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(LEASE_NAMESPACE.to_owned()),
                owner_references: owner.map(|owner| vec![owner]),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(name),
                lease_duration_seconds: Some(LEASE_SECS),
                renew_time: Some(renewed),
                ..LeaseSpec::default()
            }),
        };
        api.create(&PostParams::default(), &lease).await.map(drop)
    }
}
