//! What the API server needs from the nodes: the way to what runs in their pods.

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use jiff::Timestamp;

pub use crate::sessions::{
    AttachRequest, ConnectRequest, Connection, ContainerUsage, ExecRequest, PodTarget, Reader,
    Resize, Session, SessionError, Streams, UsageReport, Writer,
};

/// The node agents, as the API server sees them. The server room wires the kubelet to it. Whatever an implementation
/// does not answer is answered as by nodes without an agent.
pub trait NodeProxy: Send + Sync + 'static {
    /// Opens a container's log. The stream ends at the log's end, or with the container when
    /// following; dropping it stops the reading.
    fn logs(&self, request: LogRequest) -> BoxFuture<'static, Result<LogStream, LogError>> {
        let (node, reason) = (request.node, NOBODY.to_owned());
        Box::pin(async move { Err(LogError::Unreachable { node, reason }) })
    }

    /// Runs a command beside a container.
    fn exec(&self, request: ExecRequest) -> BoxFuture<'static, Result<Session, SessionError>> {
        nobody(request.target)
    }

    /// Joins a container's own streams.
    fn attach(&self, request: AttachRequest) -> BoxFuture<'static, Result<Session, SessionError>> {
        nobody(request.target)
    }

    /// What containers use; `None` where nobody can be asked.
    fn usage(&self) -> BoxFuture<'static, Option<UsageReport>> {
        Box::pin(async { None })
    }

    /// Connects to a port of a pod.
    fn connect(&self, _request: ConnectRequest) -> BoxFuture<'static, Connection> {
        Box::pin(async { Err(NOBODY.to_owned()) })
    }

    /// Whether the node's agent is there and has power.
    fn answers(&self, _node: &str) -> bool {
        false
    }
}

/// Nodes that answer nothing: for an API server without a kubelet.
pub struct NoNodes;

impl NodeProxy for NoNodes {}

const NOBODY: &str = "no node agent runs here";

fn nobody(target: PodTarget) -> BoxFuture<'static, Result<Session, SessionError>> {
    let (node, reason) = (target.node, NOBODY.to_owned());
    Box::pin(async move { Err(SessionError::Unreachable { node, reason }) })
}

/// A log as bytes, in chunks of any size.
pub type LogStream = BoxStream<'static, std::io::Result<Bytes>>;

/// Which log, and which part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRequest {
    pub node: String,
    pub namespace: String,
    pub pod: String,
    pub pod_uid: String,
    pub container: String,
    pub options: LogOptions,
}

/// The options of `pods/log`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    pub follow: bool,
    /// The output of the instance before the current one.
    pub previous: bool,
    /// Only the last so many lines.
    pub tail_lines: Option<u64>,
    /// Only lines written at or after this.
    pub since: Option<Timestamp>,
    /// Each line begins with its RFC 3339 time.
    pub timestamps: bool,
    /// End after so many bytes.
    pub limit_bytes: Option<u64>,
}

/// Why there is no log; the texts are upstream's (K-23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogError {
    /// Not started yet; the container's waiting reason (`ContainerCreating`, `ErrImagePull`…).
    Waiting {
        container: String,
        pod: String,
        reason: String,
    },
    /// Nothing is known of the container.
    NotAvailable { container: String, pod: String },
    /// It ended and its output is gone.
    Terminated { container: String, pod: String },
    /// `previous` was asked for and there was none.
    NoPrevious { container: String, pod: String },
    /// The node does not answer.
    Unreachable { node: String, reason: String },
}

impl std::fmt::Display for LogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Waiting {
                container,
                pod,
                reason,
            } => match reason.as_str() {
                "ErrImagePull" => write!(
                    f,
                    "container {container:?} in pod {pod:?} is waiting to start: image can't be pulled"
                ),
                "ImagePullBackOff" => write!(
                    f,
                    "container {container:?} in pod {pod:?} is waiting to start: trying and failing to pull image"
                ),
                reason => write!(
                    f,
                    "container {container:?} in pod {pod:?} is waiting to start: {reason}"
                ),
            },
            Self::NotAvailable { container, pod } => {
                write!(f, "container {container:?} in pod {pod:?} is not available")
            }
            Self::Terminated { container, pod } => {
                write!(f, "container {container:?} in pod {pod:?} is terminated")
            }
            Self::NoPrevious { container, pod } => {
                write!(
                    f,
                    "previous terminated container {container:?} in pod {pod:?} not found"
                )
            }
            Self::Unreachable { node, reason } => {
                write!(f, "node {node:?} cannot be asked: {reason}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_23_why_there_is_no_log() {
        let (container, pod) = ("c".to_owned(), "p".to_owned());
        let waits = |reason: &str| LogError::Waiting {
            container: container.clone(),
            pod: pod.clone(),
            reason: reason.to_owned(),
        };
        let start = "container \"c\" in pod \"p\" is";
        let rows = [
            (
                waits("ContainerCreating"),
                format!("{start} waiting to start: ContainerCreating"),
            ),
            (
                waits("ErrImagePull"),
                format!("{start} waiting to start: image can't be pulled"),
            ),
            (
                waits("ImagePullBackOff"),
                format!("{start} waiting to start: trying and failing to pull image"),
            ),
            (
                LogError::NotAvailable {
                    container: container.clone(),
                    pod: pod.clone(),
                },
                format!("{start} not available"),
            ),
            (
                LogError::Terminated {
                    container: container.clone(),
                    pod: pod.clone(),
                },
                format!("{start} terminated"),
            ),
            (
                LogError::NoPrevious {
                    container: container.clone(),
                    pod: pod.clone(),
                },
                "previous terminated container \"c\" in pod \"p\" not found".to_owned(),
            ),
        ];
        for (error, text) in rows {
            assert_eq!(error.to_string(), text);
        }
    }
}
