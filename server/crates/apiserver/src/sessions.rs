//! What streams with a pod, as the API server asks for it and as a node answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};

pub type Reader = Box<dyn AsyncRead + Send + Unpin>;
pub type Writer = Box<dyn AsyncWrite + Send + Unpin>;
/// Sets a terminal's columns and rows.
pub type Resize = Arc<dyn Fn(u16, u16) + Send + Sync>;

/// A pod on its node, and one of its containers where it is about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodTarget {
    pub node: String,
    pub pod: String,
    pub pod_uid: String,
    pub container: String,
}

/// The streams that are wanted; with `tty` there is no stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub tty: bool,
}

/// A command to run beside a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecRequest {
    pub target: PodTarget,
    pub command: Vec<String>,
    pub streams: Streams,
}

/// A container to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachRequest {
    pub target: PodTarget,
    pub streams: Streams,
}

/// A port to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectRequest {
    pub target: PodTarget,
    pub port: u16,
    /// Whether what answers there speaks TLS; who it is is not checked, as upstream does not.
    pub tls: bool,
}

/// A connection to a port, or why there is none.
pub type Connection = Result<(Reader, Writer), String>;

/// Our ends of something that runs.
pub struct Session {
    pub stdin: Option<Writer>,
    pub stdout: Option<Reader>,
    pub stderr: Option<Reader>,
    /// `None` without a terminal.
    pub resize: Option<Resize>,
    /// The exit code of a command, 0 at the end of an attached container; `None` when the pod ended
    /// first. Dropping it ends the command.
    pub exit: BoxFuture<'static, Option<i32>>,
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionError {
    NotRunning {
        container: String,
    },
    CannotRun {
        message: String,
    },
    /// The node does not answer.
    Unreachable {
        node: String,
        reason: String,
    },
}

/// What containers use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageReport {
    /// The end of the time that it was measured over.
    pub at: Timestamp,
    pub window: Duration,
    /// By the pod's uid. A pod that has just started is absent.
    pub pods: BTreeMap<String, Vec<ContainerUsage>>,
}

/// One container's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerUsage {
    pub container: String,
    /// Billionths of a processor.
    pub cpu_nanocores: u64,
    pub memory_bytes: u64,
}
