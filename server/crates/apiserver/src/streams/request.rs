//! What a request for a stream asks for, checked as upstream's pod registry and kubelet do.

use k8s_openapi::api::core::v1::Pod;

use super::Stream;
use crate::call::Call;
use crate::core::Core;
use crate::handlers::log::container;
use crate::nodes::{AttachRequest, ExecRequest, PodTarget, Streams};
use crate::problem::{Outcome, Problem};

/// Ports in one request: two channels each, and their numbers are bytes.
const PORTS: usize = 100;

/// The pod, when it can be streamed with.
pub fn target(call: &Call, stream: Stream) -> Outcome<PodTarget> {
    let entry = call
        .core
        .entry(&call.resource, call.namespace.as_deref(), &call.name)?;
    let object = Core::decode(&call.resource, &entry)?;
    let pod: &Pod = object.as_any().downcast_ref().expect("streams are of pods");
    let spec = pod.spec.clone().unwrap_or_default();
    let container = match stream {
        Stream::Exec | Stream::Attach => container(call, &spec)?,
        Stream::PortForward => String::new(),
    };
    let Some(node) = spec.node_name.filter(|node| !node.is_empty()) else {
        return Err(Problem::BadRequest(format!(
            "pod {} does not have a host assigned",
            call.name
        )));
    };
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    check(stream, phase.unwrap_or_default())?;
    Ok(PodTarget {
        node,
        pod: call.name.clone(),
        pod_uid: entry.columns.uid.to_string(),
        container,
    })
}

/// A pod that has ended has nothing to stream with; the words are kubectl's own.
fn check(stream: Stream, phase: &str) -> Outcome<()> {
    let ended = matches!(phase, "Succeeded" | "Failed");
    let message = match stream {
        Stream::Exec if ended => {
            format!("cannot exec into a container in a completed pod; current phase is {phase}")
        }
        Stream::Attach if ended => {
            format!("cannot attach a container in a completed pod; current phase is {phase}")
        }
        Stream::PortForward if phase != "Running" => {
            format!("unable to forward port because pod is not running. Current status={phase}")
        }
        _ => return Ok(()),
    };
    Err(Problem::BadRequest(message))
}

/// A command to run.
pub fn exec(call: &Call, target: PodTarget) -> Outcome<ExecRequest> {
    let command: Vec<String> = call.params.all("command").map(str::to_owned).collect();
    if command.first().is_none_or(String::is_empty) {
        return Err(Problem::bad_request(
            "you must specify at least one command for the container",
        ));
    }
    Ok(ExecRequest {
        target,
        command,
        streams: streams(call)?,
    })
}

/// A container to join.
pub fn attach(call: &Call, target: PodTarget) -> Outcome<AttachRequest> {
    Ok(AttachRequest {
        target,
        streams: streams(call)?,
    })
}

fn streams(call: &Call) -> Outcome<Streams> {
    let flag = |name| call.params.flag(name);
    let tty = flag("tty");
    let streams = Streams {
        stdin: flag("stdin"),
        stdout: flag("stdout"),
        // a terminal has one output only; upstream bypasses stderr, too
        stderr: flag("stderr") && !tty,
        tty,
    };
    match streams.stdin || streams.stdout || streams.stderr {
        true => Ok(streams),
        false => Err(Problem::bad_request(
            "you must specify at least 1 of stdin, stdout, stderr",
        )),
    }
}

/// The ports of a port-forward over channels, in their order; repeated or separated by commas.
pub fn ports(call: &Call) -> Outcome<Vec<u16>> {
    let texts = call.params.all("ports").flat_map(|list| list.split(','));
    let mut ports = Vec::new();
    for text in texts.filter(|text| !text.is_empty()) {
        match text.parse() {
            Ok(port) if port > 0 => ports.push(port),
            _ => {
                return Err(Problem::BadRequest(format!(
                    "ports: {text:?} is no port: a number from 1 to 65535 is needed"
                )));
            }
        }
    }
    match ports.len() {
        0..=PORTS => Ok(ports),
        many => Err(Problem::BadRequest(format!(
            "ports: {many} ports are asked for, and {PORTS} are the most of one connection"
        ))),
    }
}
