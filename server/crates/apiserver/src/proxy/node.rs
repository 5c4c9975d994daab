//! `nodes/proxy`: what a node's agent answers over HTTP, upstream's kubelet as it is asked most. What this
//! agent does not know is no path of its.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{Method, StatusCode};
use orrery_store::{Entry, Range};
use serde::Serialize;

use super::forward::missing_slash;
use super::id::Id;
use super::path::Proxied;
use super::unreachable;
use crate::core::Core;
use crate::nodes::ContainerUsage;
use crate::problem::{Outcome, Problem};
use crate::render;

/// Upstream's port of the agent; any other of the machine is closed to this door.
const AGENT_PORT: &str = "10250";

/// Answers for the node's agent.
pub async fn serve(
    core: &Core,
    proxied: &Proxied,
    method: &Method,
    query: Option<&str>,
) -> Outcome<Response> {
    let text = &proxied.id;
    let id = Id::read(text)
        .ok_or_else(|| Problem::BadRequest(format!("invalid node request {text:?}")))?;
    let node = core.entry(core.resource("", "nodes"), None, id.name)?;
    if !matches!(id.port, "" | AGENT_PORT) {
        return Err(Problem::bad_request("address not allowed"));
    }
    if let Some(redirect) = missing_slash(proxied, method, query) {
        return Ok(redirect);
    }
    if !core.nodes.answers(id.name) {
        let why = "connect: connection refused";
        return Err(unreachable(format_args!(
            "dial tcp {}:{AGENT_PORT}: {why}",
            id.name
        )));
    }
    match proxied.path.as_str() {
        "/healthz" | "/healthz/" | "/healthz/ping" => ok(method, render::plain(Body::from("ok"))),
        "/pods" | "/pods/" => ok(method, json_of(pods(core, &node))),
        "/stats/summary" | "/stats/summary/" => {
            let summary = summary(core, &node).await?;
            ok(method, json_of(summary))
        }
        _ => Ok(said(StatusCode::NOT_FOUND, "404 page not found\n")),
    }
}

fn ok(method: &Method, response: Response) -> Outcome<Response> {
    match *method {
        Method::GET | Method::HEAD => Ok(response),
        _ => Ok(said(
            StatusCode::METHOD_NOT_ALLOWED,
            "405: Method Not Allowed",
        )),
    }
}

fn said(code: StatusCode, text: &'static str) -> Response {
    let mut response = render::plain(Body::from(text));
    *response.status_mut() = code;
    response
}

fn json_of(text: String) -> Response {
    render::typed(Body::from(text), "application/json")
}

/// The pods that are bound to the node.
fn bound(core: &Core, node: &Entry) -> Vec<Arc<Entry>> {
    let range = Range::all(core.resource("", "pods").key.clone());
    let pods = core.store.list(&range).entries.into_iter();
    let name = &*node.key.name;
    let is_bound = |pod: &Entry| {
        let mut fields = pod.columns.fields.iter();
        fields.any(|(field, value)| &**field == "spec.nodeName" && **value == *name)
    };
    pods.filter(|pod| is_bound(pod)).collect()
}

/// As in every list, items have no kind of their own.
fn pods(core: &Core, node: &Entry) -> String {
    let cut = core.resource("", "pods").types_len();
    let item = |pod: &Arc<Entry>| format!("{{{}", String::from_utf8_lossy(&pod.value[cut..]));
    let items: Vec<String> = bound(core, node).iter().map(item).collect();
    let items = items.join(",");
    format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{}},"items":[{items}]}}"#)
}

/// Upstream's stats/v1alpha1 Summary, as much of it as is measured.
#[derive(Serialize)]
struct Summary {
    node: NodeStats,
    pods: Vec<PodStats>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeStats {
    node_name: String,
    #[serde(flatten)]
    usage: Usage,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodStats {
    pod_ref: PodRef,
    containers: Vec<ContainerStats>,
    #[serde(flatten)]
    usage: Usage,
}

#[derive(Serialize)]
struct PodRef {
    name: String,
    namespace: String,
    uid: String,
}

#[derive(Serialize)]
struct ContainerStats {
    name: String,
    #[serde(flatten)]
    usage: Usage,
}

#[derive(Serialize)]
struct Usage {
    cpu: Cpu,
    memory: Memory,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cpu {
    time: String,
    usage_nano_cores: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
    time: String,
    working_set_bytes: u64,
}

impl Usage {
    fn of(containers: &[ContainerUsage], time: &str) -> Self {
        let cpu = containers.iter().map(|container| container.cpu_nanocores);
        let memory = containers.iter().map(|container| container.memory_bytes);
        Self {
            cpu: Cpu {
                time: time.to_owned(),
                usage_nano_cores: cpu.sum(),
            },
            memory: Memory {
                time: time.to_owned(),
                working_set_bytes: memory.sum(),
            },
        }
    }
}

async fn summary(core: &Core, node: &Entry) -> Outcome<String> {
    let report = core.nodes.usage().await;
    let report =
        report.ok_or_else(|| Problem::Unavailable("nothing is measured yet".to_owned()))?;
    let at = report.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut all: Vec<ContainerUsage> = Vec::new();
    let mut pods = Vec::new();
    for pod in bound(core, node) {
        let Some(containers) = report.pods.get(&*pod.columns.uid) else {
            continue;
        };
        all.extend_from_slice(containers);
        pods.push(pod_stats(&pod, containers, &at));
    }
    let summary = Summary {
        node: NodeStats {
            node_name: node.key.name.to_string(),
            usage: Usage::of(&all, &at),
        },
        pods,
    };
    Ok(serde_json::to_string(&summary).expect("a summary is plain data"))
}

fn pod_stats(pod: &Entry, containers: &[ContainerUsage], at: &str) -> PodStats {
    let stats = containers.iter().map(|container| ContainerStats {
        name: container.container.clone(),
        usage: Usage::of(std::slice::from_ref(container), at),
    });
    PodStats {
        pod_ref: PodRef {
            name: pod.key.name.to_string(),
            namespace: pod.key.namespace.to_string(),
            uid: pod.columns.uid.to_string(),
        },
        containers: stats.collect(),
        usage: Usage::of(containers, at),
    }
}
