//! What the pod worker needs from whatever really runs containers.
//!
//! Implemented twice: [`crate::process`] with local processes, [`crate::scripted`] with behaviour
//! written in annotations. No Kubernetes objects cross this line: everything is resolved before.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::streams::{AttachSpec, ExecSpec, Reader, Session, SessionError, Writer};

/// A pod about to get its sandbox: everything that its containers share.
#[derive(Clone, Debug, Default)]
pub struct Sandbox {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub node: String,
    /// What its containers are told that their host is called.
    pub hostname: String,
    pub ip: Option<IpAddr>,
    pub host_ip: Option<IpAddr>,
    pub host_ports: Vec<HostPort>,
    pub volumes: Vec<Volume>,
    /// Whether one of its containers is, which are shown the host's devices.
    pub privileged: bool,
    /// Read by the scripted runtime only.
    pub annotations: Vec<(String, String)>,
}

/// A port of the node that leads to a port of the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// None: the node's own address.
    pub host_ip: Option<IpAddr>,
    pub host_port: u16,
    pub container_port: u16,
}

/// A volume with its content resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    pub name: String,
    pub source: VolumeSource,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeSource {
    Empty,
    /// configMap volumes: files to write to the disk.
    Files(Vec<VolumeFile>),
    /// secret, downwardAPI and projected volumes, whose files upstream, too, has in memory only.
    Memory(Vec<VolumeFile>),
    /// `kind` is the hostPath's `type`, empty for no check.
    HostPath {
        path: String,
        kind: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeFile {
    pub path: String,
    #[serde(with = "crate::pod_init::proto::bytes")]
    pub content: Vec<u8>,
    pub mode: u32,
}

/// A container about to start, with all references resolved.
#[derive(Clone, Debug, Default)]
pub struct ContainerSpec {
    pub pod_uid: String,
    pub name: String,
    /// What this run of it is known by.
    pub id: String,
    /// Which start of this container it is, counted from 0: names the log.
    pub attempt: u32,
    pub argv: Vec<String>,
    pub env: Vec<(String, String)>,
    pub working_dir: Option<String>,
    pub run_as_user: Option<u32>,
    pub mounts: Vec<Mount>,
    pub memory_limit_bytes: Option<u64>,
    /// Whether something can be written to it, by attaching.
    pub stdin: bool,
    /// Its input ends with the first attached client's.
    pub stdin_once: bool,
    pub tty: bool,
    /// Where it may leave its last words; None: nowhere.
    pub message_path: Option<String>,
    /// Without any, the end of its log is taken for them when it fails.
    pub message_from_log: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub volume: String,
    pub path: String,
    pub sub_path: String,
    pub read_only: bool,
}

/// A failure to begin, with the reason that the container's status shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StartError {
    pub reason: &'static str,
    pub message: String,
    /// Set when the container counts as having run and ended (StartError).
    pub exit_code: Option<i32>,
}

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// 128 + signal for a signalled process.
    pub code: i32,
    pub signal: Option<i32>,
    pub out_of_memory: bool,
}

/// One run of a container, whoever began it.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    pub namespace: &'a str,
    pub pod: &'a str,
    pub pod_uid: &'a str,
    pub container: &'a str,
    pub attempt: u32,
    /// As of [`ContainerSpec`].
    pub message_from_log: bool,
}

/// What is left of a run when those who began it are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// It was never begun.
    Absent,
    /// It had begun; that it ended by itself nobody has seen.
    Begun,
    Ended(End),
}

/// The end of a run, as it was noted before anybody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// As of [`ContainerSpec`].
    pub id: String,
    pub exit: Exit,
    /// Its last words.
    pub message: Option<String>,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
}

/// What the runtime reports on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuntimeEvent {
    Exited {
        pod_uid: String,
        container: String,
        attempt: u32,
        exit: Exit,
        /// Its last words, at most 4096 bytes.
        message: Option<String>,
        at: Timestamp,
    },
    /// The sandbox died under its containers.
    SandboxLost { pod_uid: String, message: String },
}

pub type EventSink = Arc<dyn Fn(RuntimeEvent) + Send + Sync>;

/// What a probe does; hosts and ports are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAction {
    Exec(Vec<String>),
    Http {
        host: String,
        port: u16,
        path: String,
        headers: Vec<(String, String)>,
        tls: bool,
    },
    Tcp {
        host: String,
        port: u16,
    },
    /// Asks for `grpc.health.v1.Health/Check` of a service.
    Grpc {
        host: String,
        port: u16,
        service: String,
    },
}

/// A probe's answer; the text is what the Unhealthy event shows.
pub type ProbeResult = Result<(), String>;

/// Which part of which log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    pub namespace: String,
    pub pod: String,
    pub pod_uid: String,
    pub container: String,
    pub attempt: u32,
    pub follow: bool,
    pub tail_lines: Option<u64>,
    pub since: Option<Timestamp>,
    pub timestamps: bool,
    pub limit_bytes: Option<u64>,
}

/// A log as bytes; ends with the log, or with the container when following.
pub type LogStream = BoxStream<'static, std::io::Result<Bytes>>;

/// What a running container has used and uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub pod_uid: String,
    pub container: String,
    /// Since its start, as far as its processes remember.
    pub cpu_nanos: u64,
    /// Resident, pages shared by several processes counted for each.
    pub memory_bytes: u64,
}

/// How much of the disk a running pod takes, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// By volume, those of the host left out.
    pub volumes: BTreeMap<String, u64>,
    /// By container: its logs and what was made for it alone.
    pub containers: BTreeMap<String, u64>,
    /// What its containers share besides, such as their `/tmp`.
    pub shared: u64,
}

/// How far pods are kept apart, for the node's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// `namespaces`, `process-groups` or `scripted`.
    pub name: &'static str,
    pub can_mount: bool,
    pub message: String,
}

/// Runs pods.
pub trait Runtime: Send + Sync + 'static {
    fn isolation(&self) -> Isolation;

    /// Whether a container is a process, which reads its environment.
    fn runs_processes(&self) -> bool;

    /// Whether a container sees its volumes.
    fn shows_volumes(&self) -> bool;

    /// Where events go; called once, before anything starts.
    fn listen(&self, sink: EventSink);

    /// The command line of a container, or why there is none (ErrImagePull).
    fn command_line(
        &self,
        image: &str,
        command: &[String],
        args: &[String],
    ) -> Result<Vec<String>, String>;

    fn start_sandbox(&self, sandbox: Sandbox) -> BoxFuture<'_, Result<(), StartError>>;

    fn start_container(&self, spec: ContainerSpec) -> BoxFuture<'_, Result<(), StartError>>;

    /// Sends a signal to the container's process group. A container that is gone is no error.
    fn signal(&self, pod_uid: &str, container: &str, signal: i32);

    /// Kills everything the container ever started.
    fn kill(&self, pod_uid: &str, container: &str);

    /// Changes how much memory each of the container's processes may have, from now on. None: no limit.
    fn limit_memory(&self, pod_uid: &str, container: &str, bytes: Option<u64>);

    /// Brings the files of a running pod's volume up to date; all of them change at once.
    fn refresh_volume(&self, pod_uid: &str, volume: Volume) -> BoxFuture<'_, Result<(), String>>;

    /// How much of the disk a pod takes; nothing when it does not run.
    fn disk_usage(&self, pod_uid: &str) -> BoxFuture<'_, DiskUsage>;

    /// Ends the sandbox and everything in it; returns when nothing is left. Its files stay.
    fn stop_sandbox(&self, pod_uid: &str) -> BoxFuture<'_, ()>;

    /// Removes what the volumes of a pod held whose sandbox has ended for good; its logs stay.
    fn remove_volumes(&self, namespace: &str, name: &str, uid: &str) -> BoxFuture<'_, ()>;

    /// Removes the files of a pod whose object is gone.
    fn remove(&self, namespace: &str, name: &str, uid: &str) -> BoxFuture<'_, ()>;

    /// Runs a probe or a hook inside the container's world.
    fn probe(
        &self,
        pod_uid: &str,
        container: &str,
        action: ProbeAction,
        timeout: Duration,
    ) -> BoxFuture<'_, ProbeResult>;

    /// None when nothing was ever written under this name.
    fn logs(&self, query: LogQuery) -> BoxFuture<'_, Option<LogStream>>;

    /// What is left of a run: whoever has begun it may have died before it was told of, or before its end was.
    fn trace(&self, run: &Run<'_>) -> Trace;

    /// Runs a command beside a container, in its namespaces, with its environment and folder. It ends
    /// with the container, and when the session's `exit` is dropped.
    fn exec(&self, spec: ExecSpec) -> BoxFuture<'_, Result<Session, SessionError>>;

    /// Joins a running container's own streams, from now on.
    fn attach(&self, spec: AttachSpec) -> BoxFuture<'_, Result<Session, SessionError>>;

    /// Connects to a TCP port of the pod; an error is what a person reads.
    fn connect(&self, pod_uid: &str, port: u16) -> BoxFuture<'_, Result<(Reader, Writer), String>>;

    /// What every running container uses, looked up now.
    fn usage(&self) -> BoxFuture<'_, Vec<Usage>>;

    /// Removes what an earlier life left behind, pods not in `known` (namespace, name, uid) included.
    fn clean_up(&self, known: Vec<(String, String, String)>) -> BoxFuture<'_, ()>;

    /// Stops every sandbox.
    fn shutdown(&self) -> BoxFuture<'_, ()>;
}
