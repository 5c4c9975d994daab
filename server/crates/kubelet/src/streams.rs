//! What a person's terminal meets inside a pod: a command run beside a container, the container's own
//! streams, a connection to one of its ports.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

pub type Reader = Box<dyn AsyncRead + Send + Unpin>;
pub type Writer = Box<dyn AsyncWrite + Send + Unpin>;
/// Sets a terminal's columns and rows.
pub type Resize = Arc<dyn Fn(u16, u16) + Send + Sync>;

/// Which streams are wanted. A terminal has one output only: with `tty` there is no stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub tty: bool,
}

/// A command to run beside a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecSpec {
    pub pod_uid: String,
    pub container: String,
    pub argv: Vec<String>,
    pub streams: Streams,
}

/// A container to join.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachSpec {
    pub pod_uid: String,
    pub container: String,
    pub streams: Streams,
}

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
    /// The container does not run.
    NotRunning,
    /// The command cannot be started; what a person reads.
    CannotRun(String),
}
