//! What every handler shares: store, clock, kinds, nodes; and the reading and keying of objects.

use std::net::SocketAddr;
use std::sync::Arc;

use orrery_clock::Clock;
use orrery_store::{Entry, Key, Store, WriteError};

use crate::auth::Authenticator;
use crate::component_statuses::Components;
use crate::monitoring::MoreMetrics;
use crate::nodes::NodeProxy;
use crate::object::Object;
use crate::openapi::Documents;
use crate::problem::{Outcome, Problem};
use crate::registry::{Registry, Resource};
use crate::services::Turns;
use crate::stats::Counters;
use crate::tokens::Signer;
use crate::traffic::Traffic;
use crate::version::VersionInfo;

/// The server's parts, behind one `Arc`.
pub struct Core {
    pub store: Store,
    pub clock: Clock,
    pub registry: Registry,
    pub nodes: Arc<dyn NodeProxy>,
    pub authenticator: Authenticator,
    pub tokens: Signer,
    pub version: VersionInfo,
    pub ca_pem: Option<String>,
    pub advertised: Option<SocketAddr>,
    pub counters: Counters,
    pub traffic: Traffic,
    pub more_metrics: Option<MoreMetrics>,
    pub components: Option<Components>,
    pub documents: Documents,
    pub services: Turns,
}

impl Core {
    /// The store's key of an object; cluster-scoped kinds have an empty namespace.
    pub fn key(resource: &Resource, namespace: Option<&str>, name: &str) -> Key {
        Key::new(resource.key.clone(), namespace.unwrap_or_default(), name)
    }

    /// The object's current version, or 404.
    pub fn entry(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Outcome<Arc<Entry>> {
        let key = Self::key(resource, namespace, name);
        self.store
            .get(&key)
            .ok_or_else(|| Problem::not_found(resource.name, name))
    }

    /// A stored value as an object.
    pub fn decode(resource: &Resource, entry: &Entry) -> Outcome<Box<dyn Object>> {
        resource.decode_stored(&entry.value).map_err(|error| {
            Problem::Internal(format!(
                "{} {:?} does not decode: {error}",
                resource.name, entry.key.name
            ))
        })
    }

    /// The registry's entry of a kind that is certainly served.
    pub fn resource(&self, group: &str, plural: &str) -> &Arc<Resource> {
        self.registry
            .find(group, "v1", plural)
            .expect("the kinds that handlers name are in the registry")
    }
}

/// A failed write that has no meaning of its own to the handler.
pub fn write_problem(resource: &Resource, name: &str, error: WriteError<Problem>) -> Problem {
    match error {
        WriteError::Refused(problem) => problem,
        WriteError::Exists => Problem::AlreadyExists {
            resource: resource.name,
            name: name.to_owned(),
            generated: false,
            terminating: false,
        },
        WriteError::Missing => Problem::not_found(resource.name, name),
        WriteError::Conflict { .. } => Problem::modified(resource.name, name),
        WriteError::Full(error) => Problem::Internal(format!("the disk is full: {error}")),
        WriteError::Io(error) => Problem::Internal(format!("the disk failed: {error}")),
        WriteError::Closed => Problem::Unavailable("the server is shutting down".to_owned()),
    }
}
