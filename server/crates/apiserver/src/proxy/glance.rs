//! As much of a stored pod as tells whether a service leads to it, and to which port.

use std::borrow::Cow;

use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::problem::{Outcome, Problem};

const TCP: &str = "TCP";

/// A pod, of which all else is skipped as it is read.
#[derive(Deserialize)]
pub struct Glance<'a> {
    #[serde(default)]
    metadata: Metadata,
    #[serde(borrow, default)]
    spec: Spec<'a>,
    #[serde(borrow, default)]
    status: Status<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    deletion_timestamp: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    #[serde(borrow, default)]
    containers: Vec<Container<'a>>,
    #[serde(borrow, default)]
    init_containers: Vec<Container<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container<'a> {
    #[serde(borrow, default)]
    restart_policy: Cow<'a, str>,
    #[serde(borrow, default)]
    ports: Vec<Port<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Port<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default = "tcp")]
    protocol: Cow<'a, str>,
    container_port: i32,
}

fn tcp<'a>() -> Cow<'a, str> {
    Cow::Borrowed(TCP)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow, default)]
    phase: Cow<'a, str>,
    #[serde(rename = "podIP", default)]
    pod_ip: Option<IgnoredAny>,
    #[serde(borrow, default)]
    conditions: Vec<Condition<'a>>,
}

#[derive(Deserialize)]
struct Condition<'a> {
    #[serde(borrow, rename = "type")]
    type_: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
}

impl<'a> Glance<'a> {
    /// Reads it from the bytes that the store has.
    pub fn at(stored: &'a [u8]) -> Outcome<Self> {
        serde_json::from_slice(stored)
            .map_err(|error| Problem::Internal(format!("a stored pod does not decode: {error}")))
    }

    /// True when something may be sent to it.
    pub fn is_there(&self, unready_too: bool) -> bool {
        let status = &self.status;
        let ended = matches!(&*status.phase, "Succeeded" | "Failed");
        let mut conditions = status.conditions.iter();
        let is_ready = conditions.any(|c| c.type_ == "Ready" && c.status == "True");
        let stays = self.metadata.deletion_timestamp.is_none();
        status.pod_ip.is_some() && !ended && (unready_too || is_ready && stays)
    }

    /// Where the service's port leads in the pod; a name is that of a port of a container or sidecar (`FindPort`).
    pub fn port(&self, port: &ServicePort) -> Option<u16> {
        let number = match &port.target_port {
            None => port.port,
            Some(IntOrString::Int(number)) => *number,
            Some(IntOrString::String(name)) => {
                let protocol = port.protocol.as_deref().unwrap_or(TCP);
                let init = self.spec.init_containers.iter();
                let sidecars = init.filter(|container| container.restart_policy == "Always");
                let containers = self.spec.containers.iter().chain(sidecars);
                let mut ports = containers.flat_map(|container| &container.ports);
                let found = ports.find(|known| known.name == *name && known.protocol == protocol);
                found?.container_port
            }
        };
        u16::try_from(number).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_service_needs_to_know_of_a_pod() {
        let pod = json!({
            "metadata": {"name": "p", "annotations": {"a": "\"quoted\"\n"}},
            "spec": {"containers": [
                {"name": "a", "image": "i"},
                {"name": "b", "ports": [
                    {"containerPort": 1},
                    {"name": "http", "protocol": "UDP", "containerPort": 443},
                    {"name": "http", "containerPort": 8080},
                ]},
            ], "initContainers": [
                {"name": "first", "ports": [{"name": "setup", "containerPort": 2}]},
                {"name": "beside", "restartPolicy": "Always", "ports": [
                    {"name": "http", "containerPort": 3}, {"name": "metrics", "containerPort": 9100},
                ]},
            ]},
            "status": {"phase": "Running", "podIP": "10.0.0.5", "conditions": [
                {"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"},
            ]},
        });
        let is_there = |pod: &serde_json::Value| {
            let text = pod.to_string();
            let glance = Glance::at(text.as_bytes()).expect("a pod");
            (glance.is_there(false), glance.is_there(true))
        };
        assert_eq!(is_there(&pod), (true, true));
        let rows = [
            ("/status/phase", json!("Failed"), (false, false)),
            ("/status/podIP", json!(null), (false, false)),
            ("/status/conditions/1/status", json!("False"), (false, true)),
        ];
        for (place, value, want) in rows {
            let mut pod = pod.clone();
            *pod.pointer_mut(place).expect("it is there") = value;
            assert_eq!(is_there(&pod), want, "{place}");
        }
        let mut going = pod.clone();
        going["metadata"]["deletionTimestamp"] = json!("2026-11-23T12:00:00Z");
        assert_eq!(is_there(&going), (false, true));

        let text = pod.to_string();
        let glance = Glance::at(text.as_bytes()).expect("a pod");
        let rows = [
            (json!({"port": 80}), Some(80)),
            (json!({"port": 80, "targetPort": 9}), Some(9)),
            (json!({"port": 80, "targetPort": "http"}), Some(8080)),
            (
                json!({"port": 80, "protocol": "UDP", "targetPort": "http"}),
                Some(443),
            ),
            (json!({"port": 80, "targetPort": "metrics"}), Some(9100)),
            (json!({"port": 80, "targetPort": "setup"}), None),
            (json!({"port": 80, "targetPort": "other"}), None),
        ];
        for (port, want) in rows {
            let port: ServicePort = serde_json::from_value(port).expect("a port");
            assert_eq!(glance.port(&port), want, "{port:?}");
        }
    }
}
