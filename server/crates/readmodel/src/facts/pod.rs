//! A pod's row.

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod};
use orrery_apis::affinity::target_node;
use orrery_apis::pod_requests::{self, Amounts};
use orrery_apis::{conditions, pod_status};
use orrery_view::{ContainerDot, ContainerState, Exit, Kind, PodHealth, PodRow, PodSquare, PodWhy};

use super::head::{head, label_lines, millis, owner, owner_uid, search_text};
use super::host_port::HostPort;
use crate::whynot;

const COMPLETION_INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// A pod's row with what only the server needs.
#[derive(Clone, Debug)]
pub struct PodFacts {
    pub row: PodRow,
    pub owner_uid: Option<String>,
    /// The template revision of a DaemonSet's pod.
    pub revision: Option<Box<str>>,
    /// The template generation that it was made from (DS-12).
    pub generation: Option<i64>,
    /// Ports of its node that it takes while it is not finished.
    pub host_ports: Box<[HostPort]>,
    pub ready: bool,
    pub finished: bool,
    /// It failed because it was deleted: its end came after that was asked for.
    pub stopped: bool,
    /// Of the first container that failed, or else of the last that ended, once the pod has.
    pub exit_code: Option<i32>,
    /// Why it does not start or did not last.
    pub why: Vec<PodWhy>,
    /// What keeps it from being ready while it runs.
    pub unready: Option<Box<PodWhy>>,
    /// The node it sits on or, unbound, the one that its affinity names (DS-11).
    pub target_node: Option<Box<str>>,
    /// What it asks of its node while it is not finished.
    pub requests: Amounts,
    pub text: Box<str>,
    /// `k=v` lines.
    pub labels: Box<str>,
}

impl PodFacts {
    pub fn of(pod: &Pod) -> Self {
        let label = |name| {
            pod.metadata
                .labels
                .as_ref()
                .and_then(|labels| labels.get(name))
        };
        let row = row(pod);
        let images = pod.spec.iter().flat_map(|spec| &spec.containers);
        let images: Vec<_> = images
            .filter_map(|container| container.image.as_deref())
            .collect();
        let mut words = images;
        words.extend([row.node.as_str(), row.status.as_str(), row.ip.as_str()]);
        Self {
            owner_uid: owner_uid(&pod.metadata),
            revision: label("controller-revision-hash").map(|hash| hash.as_str().into()),
            generation: label("pod-template-generation").and_then(|text| text.parse().ok()),
            host_ports: match &pod.spec {
                Some(spec) if !pod_status::is_terminated(pod) => HostPort::all(spec),
                _ => Box::default(),
            },
            ready: pod_status::is_ready(pod),
            finished: pod_status::is_terminated(pod),
            stopped: pod_status::phase(pod) == "Failed" && was_stopped(pod, row.end),
            exit_code: exit_code(pod),
            why: whynot::pod::of(pod),
            unready: whynot::pod::unready(pod).map(Box::new),
            requests: match pod_status::is_terminated(pod) {
                true => Amounts::new(),
                false => pod_requests::requested(pod),
            },
            target_node: target_node(pod).map(Into::into),
            text: search_text(&pod.metadata, &words),
            labels: label_lines(&pod.metadata),
            row,
        }
    }

    /// The container whose log tells how it ended: the first that failed, or else the last.
    pub fn telling_container(&self) -> Option<&str> {
        let containers = &self.row.containers;
        let failed = containers
            .iter()
            .find(|c| c.state == ContainerState::Failed);
        failed.or(containers.last()).map(|c| c.name.as_str())
    }

    pub fn square(&self) -> PodSquare {
        PodSquare {
            namespace: self.row.head.namespace.clone(),
            name: self.row.head.name.clone(),
            health: self.row.health,
            status: self.row.status.clone(),
        }
    }
}

fn row(pod: &Pod) -> PodRow {
    let (spec, status) = (pod.spec.as_ref(), pod.status.as_ref());
    let word = pod_status::status_word(pod);
    let annotation = |name| {
        pod.metadata
            .annotations
            .as_ref()
            .and_then(|all| all.get(name))
    };
    let (restarts, last_restart) = restarts(pod);
    PodRow {
        head: head(&pod.metadata),
        health: health(pod, &word),
        message: message(pod),
        ready: pod_status::ready_containers(pod) as u32,
        total: pod_status::total_containers(pod) as u32,
        containers: dots(pod),
        restarts,
        last_restart,
        node: spec.and_then(|s| s.node_name.clone()).unwrap_or_default(),
        ip: status.and_then(|s| s.pod_ip.clone()).unwrap_or_default(),
        owner: owner(&pod.metadata),
        index: annotation(COMPLETION_INDEX).and_then(|index| index.parse().ok()),
        start: millis(status.and_then(|s| s.start_time.as_ref())),
        end: end(pod),
        addresses: addresses(pod),
        status: word,
    }
}

fn health(pod: &Pod, word: &str) -> PodHealth {
    let waiting = [
        "Pending",
        "ContainerCreating",
        "PodInitializing",
        "SchedulingGated",
        "NotReady",
    ];
    match pod_status::phase(pod) {
        "Succeeded" => PodHealth::Done,
        "Failed" if is_of_job(pod) => PodHealth::Failed,
        "Failed" => PodHealth::Bad,
        _ if pod.metadata.deletion_timestamp.is_some() => PodHealth::Terminating,
        "Pending" if unschedulable(pod) => PodHealth::Bad,
        _ if word == "Running" => PodHealth::Running,
        _ if waiting.contains(&word) || word.starts_with("Init:") && word.contains('/') => {
            PodHealth::Waiting
        }
        _ => PodHealth::Bad,
    }
}

fn is_of_job(pod: &Pod) -> bool {
    owner(&pod.metadata).is_some_and(|owner| owner.kind == Kind::Job)
}

fn unschedulable(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let scheduled = conditions::find(conditions, "PodScheduled");
    scheduled.is_some_and(|c| c.status == "False" && c.reason.as_deref() == Some("Unschedulable"))
}

/// The pod's own message, else the scheduler's, else that of the first container that waits or failed.
fn message(pod: &Pod) -> String {
    let status = pod.status.as_ref();
    let own = status.and_then(|status| status.message.clone());
    let conditions = status.and_then(|status| status.conditions.as_ref());
    let scheduler = conditions::find(conditions, "PodScheduled").filter(|c| c.status == "False");
    own.or_else(|| scheduler.and_then(|c| c.message.clone()))
        .or_else(|| statuses(pod).find_map(container_message))
        .unwrap_or_default()
}

fn container_message(status: &ContainerStatus) -> Option<String> {
    let state = status.state.as_ref()?;
    let waiting = state
        .waiting
        .as_ref()
        .and_then(|waiting| waiting.message.clone());
    let failed = state
        .terminated
        .as_ref()
        .filter(|ended| ended.exit_code != 0);
    waiting.or_else(|| failed.and_then(|ended| ended.message.clone()))
}

/// Init containers first, then the others.
pub fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let init = status.and_then(|status| status.init_container_statuses.as_ref());
    let main = status.and_then(|status| status.container_statuses.as_ref());
    init.into_iter().flatten().chain(main.into_iter().flatten())
}

fn dots(pod: &Pod) -> Vec<ContainerDot> {
    let Some(spec) = &pod.spec else {
        return Vec::new();
    };
    let containers = spec
        .init_containers
        .iter()
        .flatten()
        .chain(&spec.containers);
    containers
        .map(|container| {
            dot(
                container,
                statuses(pod).find(|status| status.name == container.name),
            )
        })
        .collect()
}

/// A container's state in a word; without a status it waits.
pub fn dot(container: &Container, status: Option<&ContainerStatus>) -> ContainerDot {
    let state = status.and_then(|status| status.state.as_ref());
    let failed = state.and_then(|state| state.terminated.as_ref());
    let failed = failed.filter(|ended| ended.exit_code != 0);
    let (word, reason) = match state {
        Some(state) => match (&state.running, &state.terminated, &state.waiting) {
            (Some(_), _, _) => (ContainerState::Running, String::new()),
            (None, Some(ended), _) if ended.exit_code == 0 => {
                (ContainerState::Succeeded, String::new())
            }
            (None, Some(ended), _) => {
                let reason = ended.reason.clone();
                (
                    ContainerState::Failed,
                    reason.unwrap_or_else(|| "Error".into()),
                )
            }
            (None, None, waiting) => {
                let reason = waiting.as_ref().and_then(|waiting| waiting.reason.clone());
                (ContainerState::Waiting, reason.unwrap_or_default())
            }
        },
        None => (ContainerState::Waiting, String::new()),
    };
    ContainerDot {
        name: container.name.clone(),
        state: word,
        ready: status.is_some_and(|status| status.ready),
        reason,
        exit: failed.map(|ended| match ended.signal {
            Some(signal) if signal != 0 => Exit::Signal(signal),
            _ => Exit::Code(ended.exit_code),
        }),
    }
}

fn restarts(pod: &Pod) -> (u32, Option<i64>) {
    let count = statuses(pod)
        .map(|status| status.restart_count.max(0) as u32)
        .fold(0, u32::saturating_add);
    let ended = statuses(pod).filter_map(|status| {
        let last = status.last_state.as_ref()?.terminated.as_ref()?;
        millis(last.finished_at.as_ref())
    });
    (count, ended.max())
}

/// When the last container of a finished pod ended.
fn end(pod: &Pod) -> Option<i64> {
    let ends = statuses(pod).filter_map(|status| {
        let ended = status.state.as_ref()?.terminated.as_ref()?;
        millis(ended.finished_at.as_ref())
    });
    ends.max().filter(|_| pod_status::is_terminated(pod))
}

/// Whether its deletion was asked for before it ended at `end`.
fn was_stopped(pod: &Pod, end: Option<i64>) -> bool {
    let meta = &pod.metadata;
    let grace = meta.deletion_grace_period_seconds.unwrap_or(0);
    // other clusters keep any number
    let grace = grace.saturating_mul(1_000);
    let asked = millis(meta.deletion_timestamp.as_ref()).map(|at| at.saturating_sub(grace));
    asked.is_some_and(|asked| end.is_none_or(|end| asked <= end))
}

fn exit_code(pod: &Pod) -> Option<i32> {
    let ended = statuses(pod).filter_map(|status| status.state.as_ref()?.terminated.as_ref());
    let codes: Vec<_> = ended.map(|ended| ended.exit_code).collect();
    let failed = codes.iter().find(|code| **code != 0);
    let code = failed.or(codes.last()).copied();
    code.filter(|_| pod_status::is_terminated(pod))
}

fn addresses(pod: &Pod) -> Vec<String> {
    let status = pod.status.as_ref();
    let running = pod_status::phase(pod) == "Running";
    let Some(host) = status
        .and_then(|status| status.host_ip.as_deref())
        .filter(|_| running)
    else {
        return Vec::new();
    };
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let ports = containers.flat_map(|container| container.ports.iter().flatten());
    let tcp = ports.filter(|port| port.protocol.as_deref().unwrap_or("TCP") == "TCP");
    tcp.filter_map(|port| {
        let number = port.host_port.filter(|number| *number > 0)?;
        let own = port
            .host_ip
            .as_deref()
            .filter(|ip| !ip.is_empty() && *ip != "0.0.0.0");
        Some(format!("http://{}:{number}", own.unwrap_or(host)))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_whose_grace_is_longer_than_time_was_stopped() {
        let meta = json!({
            "deletionTimestamp": "2026-11-23T12:00:00Z",
            "deletionGracePeriodSeconds": i64::MAX,
        });
        let pod: Pod = serde_json::from_value(json!({ "metadata": meta })).expect("a pod");
        assert!(was_stopped(&pod, Some(0)));
        assert!(!was_stopped(&Pod::default(), Some(0)));
    }

    #[test]
    fn restarts_beyond_all_numbers_are_the_largest() {
        let restarted = |name: &str| {
            json!({
                "name": name, "image": "i", "imageID": "", "ready": false, "restartCount": i32::MAX,
            })
        };
        let all: Vec<_> = ["a", "b", "c"].map(restarted).into();
        let pod = json!({ "status": { "containerStatuses": all } });
        let pod: Pod = serde_json::from_value(pod).expect("a pod");
        assert_eq!(restarts(&pod), (u32::MAX, None));
    }
}
