//! The kubelet wired in: pods as this machine's processes, and the API server's way to their logs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use futures::FutureExt;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};
use orrery_apiserver::{
    AttachRequest, ConnectRequest, Connection, ContainerUsage, ExecRequest, LogError, LogRequest,
    LogStream, NodeProxy, PodTarget, Session, SessionError, Streams, UsageReport,
};
use orrery_clock::Clock;
use orrery_informer::Cache;
use orrery_kubelet::node::{node_name, node_number};
use orrery_kubelet::process::{ProcessRuntime, http_image, machine, tls};
use orrery_kubelet::{Config, Kubelet, LogProblem, LogWish, Metrics, pod_init, streams};
use orrery_readmodel::is_off;

use crate::data_dir::DataDir;
use crate::endpoints::reachable;

/// Pods in work at once, over all nodes: starting one is mostly waiting for its process and for the
/// store, and more would only make each of them slower on two cores.
const WORKERS: usize = 16;

/// Nodes that there can be: the last has the address 127.0.1.254.
pub const MOST_NODES: u32 = 254;

/// Where commands are looked for when Orrery itself was started without a PATH.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// When this process is a pod's init or a built-in image rather than the server: its exit code.
pub fn reexecuted() -> Option<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    pod_init::main_if_asked(&args);
    http_image::main_if_asked(&args);
    None
}

/// The node agents. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Nodes(Arc<OnceLock<Kubelet>>);

/// What node agents are made with.
pub struct NodesConfig<'a> {
    pub dir: &'a DataDir,
    pub clock: Clock,
    /// Nodes that are always there; those of the data folder are besides.
    pub count: u8,
    pub version: String,
    /// Where pods reach the Kubernetes API.
    pub api: SocketAddr,
    /// The controllers' view of the pods, which the agents share.
    pub pods: Cache<Pod>,
}

impl Nodes {
    /// The agents' work. The API server needs the way to them before they have a client of it, so they
    /// come second: until then nobody answers for a log, and nobody can ask.
    pub async fn make(
        &self,
        client: Client,
        config: NodesConfig<'_>,
    ) -> Result<BoxFuture<'static, ()>> {
        let NodesConfig {
            dir,
            clock,
            count,
            version,
            api,
            pods,
        } = config;
        let exe = std::env::current_exe()
            .context("Orrery does not find its own binary, which pods need")?;
        let folder = dir.path().to_owned();
        let runtime = ProcessRuntime::new(folder, exe)
            .await
            .map_err(|error| dir.problem(error))?;
        let known = Api::<Node>::all(client.clone());
        let known = known.list(&ListParams::default()).await;
        let known = known.context("the nodes of the data folder cannot be read")?;
        let (kubelet, work) = Kubelet::new(
            client,
            clock,
            Config {
                nodes: count.into(),
                runtime: Arc::new(runtime),
                machine: machine(),
                version,
                base_env: base_env(reachable(api)),
                workers: WORKERS,
                pods: Some(pods),
            },
        );
        for (number, off) in earlier(&known.items) {
            kubelet.add_node(number);
            if off {
                kubelet.fail_node(&node_name(number)).await;
            }
        }
        if self.0.set(kubelet).is_err() {
            unreachable!("an engine makes its nodes once");
        }
        Ok(work.boxed())
    }

    /// The agents; None without nodes.
    pub fn agents(&self) -> Option<&Kubelet> {
        self.0.get()
    }

    /// Ends every pod's processes.
    pub async fn shutdown(&self) {
        if let Some(kubelet) = self.0.get() {
            kubelet.shutdown().await;
        }
    }
}

/// The nodes of an earlier life, and whether each was off when that ended.
fn earlier(nodes: &[Node]) -> Vec<(u32, bool)> {
    let ours = nodes.iter().filter_map(|node| {
        let number = own_number(&node.name_any())?;
        Some((number, is_off(node)))
    });
    ours.collect()
}

/// The number of a node that an agent of ours can be.
pub fn own_number(name: &str) -> Option<u32> {
    node_number(name).filter(|number| *number <= MOST_NODES)
}

/// What every container finds in its environment: where commands are, and, as upstream's kubelet puts it there, the
/// Service `kubernetes`. Its variables are named by the port of that Service and say where the API really listens,
/// for nothing leads there from the Service's own address.
fn base_env(api: SocketAddr) -> Vec<(String, String)> {
    let path = std::env::var("PATH").unwrap_or_else(|_| PATH.to_owned());
    let (host, port) = (api.ip().to_string(), api.port().to_string());
    let url = format!("tcp://{api}");
    [
        ("PATH", path),
        ("KUBERNETES_SERVICE_HOST", host.clone()),
        ("KUBERNETES_SERVICE_PORT", port.clone()),
        ("KUBERNETES_SERVICE_PORT_HTTPS", port.clone()),
        ("KUBERNETES_PORT", url.clone()),
        ("KUBERNETES_PORT_443_TCP", url),
        ("KUBERNETES_PORT_443_TCP_PROTO", "tcp".to_owned()),
        ("KUBERNETES_PORT_443_TCP_PORT", port),
        ("KUBERNETES_PORT_443_TCP_ADDR", host),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

impl NodeProxy for Nodes {
    fn logs(&self, request: LogRequest) -> BoxFuture<'static, Result<LogStream, LogError>> {
        let kubelet = self.0.get().cloned();
        async move {
            let Some(kubelet) = kubelet else {
                return Err(LogError::Unreachable {
                    node: request.node,
                    reason: STARTING.to_owned(),
                });
            };
            let (container, pod) = (request.container.clone(), request.pod.clone());
            let found = kubelet.logs(wish(request)).await;
            found.map_err(|problem| match problem {
                LogProblem::Waiting { reason } => LogError::Waiting {
                    container,
                    pod,
                    reason,
                },
                LogProblem::NotAvailable => LogError::NotAvailable { container, pod },
                LogProblem::Terminated => LogError::Terminated { container, pod },
                LogProblem::NoPrevious => LogError::NoPrevious { container, pod },
            })
        }
        .boxed()
    }

    fn exec(&self, request: ExecRequest) -> BoxFuture<'static, Result<Session, SessionError>> {
        let ExecRequest {
            target,
            command,
            streams,
        } = request;
        let spec = streams::ExecSpec {
            pod_uid: target.pod_uid.clone(),
            container: target.container.clone(),
            argv: command,
            streams: wanted(streams),
        };
        let kubelet = self.kubelet(&target);
        async move { session(kubelet?.exec(spec).await, target) }.boxed()
    }

    fn attach(&self, request: AttachRequest) -> BoxFuture<'static, Result<Session, SessionError>> {
        let AttachRequest { target, streams } = request;
        let spec = streams::AttachSpec {
            pod_uid: target.pod_uid.clone(),
            container: target.container.clone(),
            streams: wanted(streams),
        };
        let kubelet = self.kubelet(&target);
        async move { session(kubelet?.attach(spec).await, target) }.boxed()
    }

    fn usage(&self) -> BoxFuture<'static, Option<UsageReport>> {
        let kubelet = self.0.get().cloned();
        async move { Some(report(kubelet?.metrics().await)) }.boxed()
    }

    fn connect(&self, request: ConnectRequest) -> BoxFuture<'static, Connection> {
        let kubelet = self.0.get().cloned();
        async move {
            let kubelet = kubelet.ok_or(STARTING)?;
            let uid = &request.target.pod_uid;
            let (reader, writer) = kubelet.connect(uid, request.port).await?;
            match request.tls {
                true => tls::over(reader, writer).await,
                false => Ok((reader, writer)),
            }
        }
        .boxed()
    }

    fn answers(&self, node: &str) -> bool {
        self.0
            .get()
            .is_some_and(|kubelet| kubelet.node_answers(node))
    }
}

const STARTING: &str = "it is starting";

impl Nodes {
    fn kubelet(&self, target: &PodTarget) -> Result<Kubelet, SessionError> {
        self.0
            .get()
            .cloned()
            .ok_or_else(|| SessionError::Unreachable {
                node: target.node.clone(),
                reason: STARTING.to_owned(),
            })
    }
}

fn wanted(streams: Streams) -> streams::Streams {
    let Streams {
        stdin,
        stdout,
        stderr,
        tty,
    } = streams;
    streams::Streams {
        stdin,
        stdout,
        stderr,
        tty,
    }
}

fn report(metrics: Metrics) -> UsageReport {
    let Metrics {
        at,
        window,
        containers,
    } = metrics;
    let mut pods = BTreeMap::<String, Vec<ContainerUsage>>::new();
    for usage in containers {
        pods.entry(usage.pod_uid).or_default().push(ContainerUsage {
            container: usage.container,
            cpu_nanocores: usage.cpu_nanocores,
            memory_bytes: usage.memory_bytes,
        });
    }
    UsageReport { at, window, pods }
}

fn session(
    opened: Result<streams::Session, streams::SessionError>,
    target: PodTarget,
) -> Result<Session, SessionError> {
    match opened {
        Ok(streams::Session {
            stdin,
            stdout,
            stderr,
            resize,
            exit,
        }) => Ok(Session {
            stdin,
            stdout,
            stderr,
            resize,
            exit,
        }),
        Err(streams::SessionError::NotRunning) => Err(SessionError::NotRunning {
            container: target.container,
        }),
        Err(streams::SessionError::CannotRun(message)) => Err(SessionError::CannotRun { message }),
    }
}

fn wish(request: LogRequest) -> LogWish {
    // the node's name only says whom to ask, and all nodes are asked here
    let LogRequest {
        node: _,
        namespace,
        pod,
        pod_uid,
        container,
        options,
    } = request;
    LogWish {
        namespace,
        pod,
        pod_uid,
        container,
        follow: options.follow,
        previous: options.previous,
        tail_lines: options.tail_lines,
        since: options.since,
        timestamps: options.timestamps,
        limit_bytes: options.limit_bytes,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_api_is_told_by_the_variables_of_its_service() {
        for (api, host, url) in [
            ("127.0.0.1:16443", "127.0.0.1", "tcp://127.0.0.1:16443"),
            ("[::1]:16443", "::1", "tcp://[::1]:16443"),
        ] {
            let env = base_env(api.parse().expect("a literal address"));
            let value = |name: &str| {
                let found = env.iter().find(|(known, _)| known == name);
                found.map(|(_, value)| value.as_str())
            };
            for (name, want) in [
                ("KUBERNETES_SERVICE_HOST", host),
                ("KUBERNETES_SERVICE_PORT", "16443"),
                ("KUBERNETES_SERVICE_PORT_HTTPS", "16443"),
                ("KUBERNETES_PORT", url),
                ("KUBERNETES_PORT_443_TCP", url),
                ("KUBERNETES_PORT_443_TCP_PROTO", "tcp"),
                ("KUBERNETES_PORT_443_TCP_PORT", "16443"),
                ("KUBERNETES_PORT_443_TCP_ADDR", host),
            ] {
                assert_eq!(value(name), Some(want), "{name}");
            }
        }
    }

    #[test]
    fn nodes_of_an_earlier_life_are_known_by_their_names_and_stay_off() {
        let node = |name: &str, annotations: serde_json::Value| {
            let node = json!({"metadata": {"name": name, "annotations": annotations}});
            serde_json::from_value::<Node>(node).expect("a literal Node")
        };
        let nodes = [
            node("node-2", json!({})),
            node("node-4", json!({"orrery.dev/machine": "off"})),
            node("node-255", json!({})),
            node("edge", json!({"orrery.dev/machine": "off"})),
        ];
        assert_eq!(earlier(&nodes), [(2, false), (4, true)]);
    }
}
