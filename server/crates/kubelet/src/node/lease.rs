//! The nodes' Leases, each renewed by what was last known of it, as upstream's kubelet does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, OwnerReference};
use kube::api::{Api, PostParams};
use kube::{Client, Error, Result};
use orrery_informer::Answered;
use serde::Deserialize;

use super::{Nodes, node_name};

/// Upstream's `nodeLeaseDurationSeconds`, renewed at a quarter of it.
const LEASE_SECS: i32 = 40;
const NAMESPACE: &str = "kube-node-lease";

/// What is read of the answer to a renewal, of which there are many.
#[derive(Deserialize)]
struct Written {
    metadata: Version,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    resource_version: String,
}

/// The Leases of all nodes, by the nodes' numbers, as they were last written.
pub struct Leases {
    api: Api<Lease>,
    nodes: Api<Node>,
    known: BTreeMap<u32, Lease>,
}

impl Leases {
    pub fn new(client: &Client) -> Self {
        Self {
            api: Api::namespaced(client.clone(), NAMESPACE),
            nodes: Api::all(client.clone()),
            known: BTreeMap::new(),
        }
    }

    /// Forgets the Leases of all other nodes: one that comes back may find another of its name.
    pub fn keep(&mut self, nodes: &[u32]) {
        self.known.retain(|number, _| nodes.contains(number));
    }

    /// Says that the node was alive at `now`. What somebody else has written meanwhile is read anew.
    pub async fn renew(&mut self, number: u32, nodes: &Nodes, now: Timestamp) -> Result<()> {
        if let Some(lease) = self.known.remove(&number) {
            match self.write(number, lease, now).await {
                Err(Error::Api(answer)) if matches!(answer.code, 404 | 409) => {}
                other => return other,
            }
        }
        let name = node_name(number);
        match self.api.get_opt(&name).await? {
            Some(lease) => self.write(number, lease, now).await,
            None if !nodes.is_alive(&name) => Ok(()),
            None => self.create(number, now).await,
        }
    }

    async fn write(&mut self, number: u32, mut lease: Lease, now: Timestamp) -> Result<()> {
        let name = node_name(number);
        if lease.metadata.owner_references.is_none() {
            lease.metadata.owner_references = self.owner(&name).await?;
        }
        let spec = lease.spec.get_or_insert_default();
        spec.holder_identity = Some(name.clone());
        spec.lease_duration_seconds = Some(LEASE_SECS);
        spec.renew_time = Some(MicroTime(now));
        let Written { metadata } = self.api.replace_for(&name, &lease).await?;
        lease.metadata.resource_version = Some(metadata.resource_version);
        self.known.insert(number, lease);
        Ok(())
    }

    async fn create(&mut self, number: u32, now: Timestamp) -> Result<()> {
        let name = node_name(number);
        let lease = Lease {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(NAMESPACE.to_owned()),
                owner_references: self.owner(&name).await?,
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(name),
                lease_duration_seconds: Some(LEASE_SECS),
                renew_time: Some(MicroTime(now)),
                ..LeaseSpec::default()
            }),
        };
        let lease = self.api.create(&PostParams::default(), &lease).await?;
        self.known.insert(number, lease);
        Ok(())
    }

    /// The Lease goes with its node.
    async fn owner(&self, name: &str) -> Result<Option<Vec<OwnerReference>>> {
        let node = self.nodes.get_opt(name).await?;
        let uid = node.and_then(|node| node.metadata.uid);
        let owner = uid.map(|uid| OwnerReference {
            api_version: "v1".to_owned(),
            kind: "Node".to_owned(),
            name: name.to_owned(),
            uid,
            ..OwnerReference::default()
        });
        Ok(owner.map(|owner| vec![owner]))
    }
}
