//! Registering the nodes, keeping their Leases and refreshing their statuses: one task for all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Node, NodeStatus};
use kube::api::{Api, Patch, PostParams};
use kube::{Client, Error};
use orrery_clock::Clock;
use orrery_informer::{Answered, Cache, Head, ObjectKey, Recorder};
use serde_json::{Map, Value, json};
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

    /// Answers what has turned to the better by it. What is known of the node is asked for only where it is of yesterday.
    async fn report(&self, number: u32) -> kube::Result<Vec<&'static str>> {
        let name = node_name(number);
        if let Some(known) = self.objects.get(&ObjectKey::new("", &name)) {
            match self.write_status(number, &known).await {
                Err(Error::Api(answer)) if answer.code == 409 => {}
                other => return other,
            }
        }
        let api: Api<Node> = Api::all(self.client.clone());
        let before = api.get_opt(&name).await?;
        self.write_status(number, &before.unwrap_or_default()).await
    }

    /// Writes what has changed since `before`, and nothing if the node is another one by now.
    async fn write_status(&self, number: u32, before: &Node) -> kube::Result<Vec<&'static str>> {
        let status = status(
            number,
            &self.machine,
            &self.isolation,
            &self.version,
            Some(before),
            self.clock.now(),
        );
        let conditions = status.conditions.as_deref().unwrap_or_default();
        let turns = turned(before, conditions);
        let patch = Patch::Merge(json!({
            "metadata": {"resourceVersion": before.metadata.resource_version},
            "status": changes(before.status.as_ref(), &status),
        }));
        let api: Api<Node> = Api::all(self.client.clone());
        let reported = api
            .patch_status_for::<Head>(&node_name(number), &patch)
            .await;
        reported.map(|_| turns)
    }
}

/// The fields of `new` that `old` has not, or not so; null for those that are gone.
fn changes(old: Option<&NodeStatus>, new: &NodeStatus) -> Map<String, Value> {
    let fields = |status: &NodeStatus| match serde_json::to_value(status) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let mut old = old.map(fields).unwrap_or_default();
    let mut changed = fields(new);
    changed.retain(|name, value| old.remove(name).as_ref() != Some(value));
    changed.extend(old.into_iter().map(|(name, _)| (name, Value::Null)));
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_of_a_node_is_written() {
        let of = |status: Value| serde_json::from_value::<NodeStatus>(status).expect("a status");
        let whole = json!({"phase": "Running", "volumesInUse": ["a"]});
        let rows = [
            (None, whole.clone(), whole.clone()),
            (Some(whole.clone()), whole.clone(), json!({})),
            (
                Some(whole.clone()),
                json!({"phase": "Running", "volumesInUse": ["b"]}),
                json!({"volumesInUse": ["b"]}),
            ),
            (
                Some(whole),
                json!({"phase": "Running"}),
                json!({"volumesInUse": null}),
            ),
        ];
        for (old, new, want) in rows {
            let got = changes(old.map(of).as_ref(), &of(new.clone()));
            assert_eq!(Value::Object(got), want, "{new}");
        }
    }
}
