//! The kubelet wired in.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use futures::future::BoxFuture;
use orrery_apiserver::{NoNodes, NodeProxy};
use orrery_clock::Clock;

use crate::data_dir::DataDir;

/// When this process is a pod's init or a built-in image rather than the server: its exit code.
pub fn reexecuted() -> Option<ExitCode> {
    None
}

/// The node agents.
pub struct Nodes {}

impl Nodes {
    pub fn new(_dir: &DataDir, _clock: Clock, _nodes: u8) -> Result<Self> {
        Ok(Self {})
    }

    /// The way to a container's output.
    pub fn proxy(&self) -> Arc<dyn NodeProxy> {
        Arc::new(NoNodes)
    }

    /// What the nodes do, each with a client of its own.
    pub fn tasks(
        &self,
        _client: impl Fn(&str) -> kube::Client,
    ) -> Vec<(&'static str, BoxFuture<'static, ()>)> {
        Vec::new()
    }

    /// Waits until every node is registered.
    pub async fn registered(&self) {}

    /// Ends every pod's processes.
    pub async fn shutdown(&self) {}
}
