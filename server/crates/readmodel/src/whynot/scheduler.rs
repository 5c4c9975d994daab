//! The scheduler's message, read: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) …. no new claims to
//! deallocate, preemption: …`; before v1.34 nothing is said of claims.

use orrery_view::{NodeCause, NodeWhy, PodWhy};

/// The causes in `message`, each with its number of nodes.
pub fn unschedulable(message: &str) -> PodWhy {
    let own = message.split(" preemption: ").next().unwrap_or(message);
    let own = own
        .strip_suffix(" no new claims to deallocate,")
        .unwrap_or(own);
    let (nodes, reasons) = own
        .split_once(" nodes are available: ")
        .unwrap_or(("", own));
    let nodes = nodes.rsplit('/').next().and_then(|n| n.parse().ok());
    let reasons = reasons.trim_end_matches('.');
    PodWhy::Unschedulable {
        nodes: nodes.unwrap_or_default(),
        causes: parts(reasons).into_iter().map(cause).collect(),
    }
}

/// Reasons between commas; one that does not begin with a number belongs to the one before.
fn parts(reasons: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in reasons.split(", ").filter(|part| !part.is_empty()) {
        let numbered = part.starts_with(|c: char| c.is_ascii_digit());
        match parts.last_mut().filter(|_| !numbered) {
            Some(last) => *last = format!("{last}, {part}"),
            None => parts.push(part.to_owned()),
        }
    }
    parts
}

fn cause(part: String) -> NodeWhy {
    let numbered = part.split_once(' ');
    let numbered = numbered.and_then(|(number, rest)| Some((number.parse().ok()?, rest)));
    let (nodes, reason) = numbered.unwrap_or((0, part.as_str()));
    NodeWhy {
        nodes,
        cause: of_reason(reason),
    }
}

fn of_reason(reason: &str) -> NodeCause {
    let about = reason.strip_prefix("node(s) ").unwrap_or(reason);
    if let Some(taint) = about.strip_prefix("had untolerated taint") {
        let inside = taint.trim_start_matches("(s)").trim();
        let inside = inside.trim_start_matches('{').trim_end_matches('}');
        let taint = inside.replace(": ", "=");
        return NodeCause::Taint(taint.trim_end_matches('=').to_owned());
    }
    if let Some(resource) = reason.strip_prefix("Insufficient ") {
        return NodeCause::Insufficient(resource.to_owned());
    }
    match about {
        "Too many pods" => NodeCause::TooManyPods,
        "were unschedulable" => NodeCause::Cordoned,
        "didn't match Pod's node affinity/selector" => NodeCause::Selector,
        "didn't match the requested node name" => NodeCause::NodeName,
        // left out before they were asked, for the pod's affinity names another by name
        "didn't satisfy plugin(s) [NodeAffinity]" => NodeCause::NodeName,
        "didn't have free ports for the requested pod ports" => NodeCause::HostPort,
        "didn't match pod affinity rules" => NodeCause::PodAffinity,
        "didn't match pod anti-affinity rules"
        | "didn't satisfy existing pods anti-affinity rules" => NodeCause::PodAntiAffinity,
        _ if about.contains("topology spread") => NodeCause::TopologySpread,
        _ if about.contains("volume") || about.contains("persistentvolumeclaim") => {
            NodeCause::Volume
        }
        _ => NodeCause::Other(reason.to_owned()),
    }
}
