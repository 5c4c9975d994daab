//! `nodes/proxy`: what a node's agent answers over HTTP, upstream's kubelet as it is asked most. What this
//! agent does not know is no path of its.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{Method, StatusCode};
use jiff::Timestamp;
use orrery_store::{Entry, Range};
use serde_json::{Value, json};

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
        "/pods" | "/pods/" => ok(method, json_of(&pods(core, &node)?)),
        "/stats/summary" | "/stats/summary/" => {
            let summary = summary(core, &node).await?;
            ok(method, json_of(&summary))
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

fn json_of(value: &Value) -> Response {
    render::typed(Body::from(value.to_string()), "application/json")
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

fn pods(core: &Core, node: &Entry) -> Outcome<Value> {
    let mut items = Vec::new();
    for pod in bound(core, node) {
        let mut pod: Value = serde_json::from_slice(&pod.value)
            .map_err(|error| Problem::Internal(format!("a pod does not decode: {error}")))?;
        if let Some(pod) = pod.as_object_mut() {
            pod.remove("kind");
            pod.remove("apiVersion");
        }
        items.push(pod);
    }
    Ok(json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items}))
}

/// Upstream's stats/v1alpha1 Summary, as much of it as is measured.
async fn summary(core: &Core, node: &Entry) -> Outcome<Value> {
    let report = core.nodes.usage().await;
    let report =
        report.ok_or_else(|| Problem::Unavailable("nothing is measured yet".to_owned()))?;
    let mut all = (0_u64, 0_u64);
    let mut pods = Vec::new();
    for pod in bound(core, node) {
        let Some(containers) = report.pods.get(&*pod.columns.uid) else {
            continue;
        };
        let mut sum = (0_u64, 0_u64);
        let mut parts = Vec::new();
        for ContainerUsage {
            container,
            cpu_nanocores,
            memory_bytes,
        } in containers
        {
            sum = (sum.0 + cpu_nanocores, sum.1 + memory_bytes);
            let used = (*cpu_nanocores, *memory_bytes);
            parts.push(usage(json!({"name": container}), used, report.at));
        }
        all = (all.0 + sum.0, all.1 + sum.1);
        let reference = json!({
            "name": &*pod.key.name,
            "namespace": &*pod.key.namespace,
            "uid": &*pod.columns.uid,
        });
        let told = json!({"podRef": reference, "containers": parts});
        pods.push(usage(told, sum, report.at));
    }
    let told = usage(json!({"nodeName": &*node.key.name}), all, report.at);
    Ok(json!({"node": told, "pods": pods}))
}

fn usage(mut of: Value, (cpu_nanocores, memory_bytes): (u64, u64), at: Timestamp) -> Value {
    let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    of["cpu"] = json!({"time": at, "usageNanoCores": cpu_nanocores});
    of["memory"] = json!({"time": at, "workingSetBytes": memory_bytes});
    of
}
