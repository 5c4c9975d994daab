//! GET of `pods/log`: the node's stream, passed through (K-23).

use axum::body::Body;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, PodSpec};
use orrery_apis::{FieldError, FieldErrors};

use crate::call::Call;
use crate::core::Core;
use crate::go_time;
use crate::nodes::{LogError, LogOptions, LogRequest, LogStream};
use crate::problem::{Outcome, Problem};
use crate::render;

/// Streams a container's log.
pub async fn log(call: &Call) -> Outcome<Response> {
    let body = match open(call).await? {
        Some(stream) => Body::from_stream(stream),
        None => Body::empty(),
    };
    Ok(render::typed(body, "text/plain"))
}

/// Opens the log; `None` while the pod has no node.
pub async fn open(call: &Call) -> Outcome<Option<LogStream>> {
    let entry = call
        .core
        .entry(&call.resource, call.namespace.as_deref(), &call.name)?;
    let object = Core::decode(&call.resource, &entry)?;
    let pod: &Pod = object.as_any().downcast_ref().expect("logs are of pods");
    let options = options(call)?;
    let spec = pod.spec.clone().unwrap_or_default();
    let container = container(call, &spec)?;
    let Some(node) = spec.node_name.filter(|node| !node.is_empty()) else {
        // nothing runs yet; upstream answers nothing, too
        return Ok(None);
    };
    let request = LogRequest {
        node,
        namespace: entry.key.namespace.to_string(),
        pod: call.name.clone(),
        pod_uid: entry.columns.uid.to_string(),
        container,
        options,
    };
    match call.core.nodes.logs(request).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error @ LogError::Unreachable { .. }) => Err(Problem::Unavailable(error.to_string())),
        Err(error) => Err(Problem::BadRequest(error.to_string())),
    }
}

/// The container asked for, or the only one there is.
pub fn container(call: &Call, spec: &PodSpec) -> Outcome<String> {
    let pod = &call.name;
    let init = spec.init_containers.iter().flatten();
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    let names: Vec<&str> = init
        .chain(&spec.containers)
        .map(|c| c.name.as_str())
        .chain(ephemeral.map(|c| c.name.as_str()))
        .collect();
    match (call.params.get("container"), spec.containers.as_slice()) {
        (Some(name), _) if names.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => Err(Problem::BadRequest(format!(
            "container {name} is not valid for pod {pod}"
        ))),
        (None, [only]) => Ok(only.name.clone()),
        (None, _) => Err(Problem::BadRequest(format!(
            "a container name must be specified for pod {pod}, choose one of: [{}]",
            names.join(" ")
        ))),
    }
}

fn options(call: &Call) -> Outcome<LogOptions> {
    let params = &call.params;
    let mut errors = FieldErrors::new();
    let tail = params.integer("tailLines")?;
    let limit = params.integer("limitBytes")?;
    let seconds = params.integer("sinceSeconds")?;
    let since_time = params.get("sinceTime").map(time).transpose()?;
    if let Some(tail) = tail.filter(|tail| *tail < 0) {
        errors.push(FieldError::invalid(
            "tailLines",
            tail,
            "must be greater than or equal to 0",
        ));
    }
    if let Some(limit) = limit.filter(|limit| *limit < 1) {
        errors.push(FieldError::invalid(
            "limitBytes",
            limit,
            "must be greater than 0",
        ));
    }
    if seconds.is_some() && since_time.is_some() {
        let detail = "at most one of `sinceTime` or `sinceSeconds` may be specified";
        // upstream's path of the whole object
        errors.push(FieldError::forbidden("[]", detail));
    } else if let Some(seconds) = seconds.filter(|seconds| *seconds < 1) {
        errors.push(FieldError::invalid(
            "sinceSeconds",
            seconds,
            "must be greater than 0",
        ));
    }
    if !errors.is_empty() {
        return Err(Problem::Invalid {
            group: "",
            kind: "PodLogOptions",
            name: call.name.clone(),
            errors,
        });
    }
    let ago = |seconds: i64| {
        call.core
            .clock
            .now()
            .saturating_sub(SignedDuration::from_secs(seconds))
            .ok()
    };
    Ok(LogOptions {
        follow: params.flag("follow"),
        previous: params.flag("previous"),
        tail_lines: tail.and_then(|tail| u64::try_from(tail).ok()),
        since: since_time.or_else(|| seconds.and_then(ago)),
        timestamps: params.flag("timestamps"),
        limit_bytes: limit.and_then(|limit| u64::try_from(limit).ok()),
    })
}

/// A time of the query, or what Go says of it.
fn time(text: &str) -> Outcome<Timestamp> {
    if let Some(why) = go_time::fault(text, go_time::SECONDS) {
        return Err(Problem::BadRequest(why));
    }
    text.parse()
        .map_err(|error| Problem::bad_request(format!("sinceTime: {error}")))
}
