//! Why a pod does not start, or did not last.

use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, Pod};
use orrery_apis::{conditions, pod_status};
use orrery_view::{EventRow, PodWhy};

use super::scheduler::unschedulable;

/// Waiting for these means that the image cannot be had or run.
const IMAGE: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// What the pod itself tells, the deepest cause first; empty while all is well.
pub fn of(pod: &Pod) -> Vec<PodWhy> {
    if let Some(why) = ended(pod) {
        return vec![why];
    }
    if let Some(why) = unbound(pod) {
        return vec![why];
    }
    if pod_status::phase(pod) == "Succeeded" {
        return Vec::new();
    }
    let status = pod.status.as_ref();
    let init = status.and_then(|status| status.init_container_statuses.as_ref());
    let main = status.and_then(|status| status.container_statuses.as_ref());
    let init = init.into_iter().flatten();
    let init = init.flat_map(|status| container(pod, status, true));
    let main = main.into_iter().flatten();
    init.chain(main.flat_map(|status| container(pod, status, false)))
        .collect()
}

/// What only events tell of a pod that waits for its containers: volumes.
pub fn of_events<'a>(events: impl Iterator<Item = &'a EventRow>) -> Option<PodWhy> {
    let volume = ["FailedMount", "FailedAttachVolume"];
    let of_volume = events.filter(|event| volume.contains(&event.reason.as_str()));
    let latest = of_volume.max_by_key(|event| event.last)?;
    let message = latest.message.clone();
    Some(PodWhy::Volume { message })
}

/// The first container that runs and that a probe keeps from being ready.
pub fn unready(pod: &Pod) -> Option<PodWhy> {
    let specs = &pod.spec.as_ref()?.containers;
    let statuses = pod.status.as_ref()?.container_statuses.iter().flatten();
    let probe = |status: &ContainerStatus| {
        let spec = specs.iter().find(|spec| spec.name == status.name)?;
        let probe = match status.started {
            Some(false) => spec.startup_probe.as_ref().map(|_| "startup"),
            _ => spec.readiness_probe.as_ref().map(|_| "readiness"),
        };
        Some(PodWhy::Unready {
            container: status.name.clone(),
            probe: probe?.to_owned(),
            message: String::new(),
        })
    };
    let runs = |status: &ContainerStatus| {
        let state = status.state.as_ref();
        state.is_some_and(|state| state.running.is_some())
    };
    let mut waiting = statuses.filter(|status| !status.ready && runs(status));
    waiting.find_map(probe)
}

/// It with what the probe said last; `None` where none has failed: what has just started is not stuck.
pub fn unready_by<'a>(why: &PodWhy, events: impl Iterator<Item = &'a EventRow>) -> Option<PodWhy> {
    let PodWhy::Unready {
        container, probe, ..
    } = why
    else {
        return None;
    };
    let told = format!("{probe} probe ");
    let of_probe = events.filter(|event| {
        let message = event.message.to_ascii_lowercase();
        event.reason == "Unhealthy" && message.starts_with(&told)
    });
    let latest = of_probe.max_by_key(|event| event.last)?;
    Some(PodWhy::Unready {
        container: container.clone(),
        probe: probe.clone(),
        message: latest.message.clone(),
    })
}

/// What only events tell of a container that ended: that it was killed because a probe of it failed. What was started
/// since then ended by itself.
pub fn by_probe<'a>(why: PodWhy, events: impl Iterator<Item = &'a EventRow>) -> PodWhy {
    let (container, restarts) = match &why {
        PodWhy::CrashLoop {
            container,
            restarts,
            ..
        } => (container.clone(), *restarts),
        PodWhy::Failed { container, .. } => (container.clone(), 0),
        _ => return why,
    };
    let mut events: Vec<_> = events.collect();
    // events are told to the second
    events.sort_by_key(|event| (event.last, event.reason != "Started"));
    let probe = |event: &EventRow| {
        let (of, probe) = killed(event)?;
        (of == container).then(|| probe.to_owned())
    };
    let latest = events.iter().rev();
    let mut latest = latest.filter(|event| event.reason == "Started" || probe(event).is_some());
    let Some(probe) = latest.next().and_then(|event| probe(event)) else {
        return why;
    };
    let said = format!("{probe} probe failed");
    let said = events.iter().rev().find(|event| {
        let message = event.message.to_ascii_lowercase();
        event.reason == "Unhealthy" && message.starts_with(&said)
    });
    PodWhy::Probe {
        container,
        probe,
        restarts,
        message: said.map(|event| event.message.clone()).unwrap_or_default(),
    }
}

/// The container that the kubelet killed, and by which probe: `Container main failed liveness probe, will be restarted`.
fn killed(event: &EventRow) -> Option<(&str, &str)> {
    let told = event.message.strip_prefix("Container ")?;
    let (container, how) = told.split_once(" failed ")?;
    let (probe, _) = how.split_once(" probe")?;
    (event.reason == "Killing").then_some((container, probe))
}

/// The pod was ended as a whole.
fn ended(pod: &Pod) -> Option<PodWhy> {
    let status = pod.status.as_ref()?;
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let disrupted = conditions::find(status.conditions.as_ref(), "DisruptionTarget");
    let collected = disrupted.filter(|c| c.status == "True");
    let collected = collected.is_some_and(|c| c.reason.as_deref() == Some("DeletionByPodGC"));
    match status.reason.as_deref() {
        Some("Evicted") => Some(PodWhy::Evicted {
            message: status.message.clone().unwrap_or_default(),
        }),
        Some("DeadlineExceeded") => Some(PodWhy::DeadlineExceeded),
        Some("NodeLost") => Some(PodWhy::NodeLost {
            node: node.unwrap_or_default(),
        }),
        _ if collected => Some(PodWhy::NodeLost {
            node: node.unwrap_or_default(),
        }),
        _ => None,
    }
}

/// No node has it yet.
fn unbound(pod: &Pod) -> Option<PodWhy> {
    let gates = pod.spec.as_ref()?.scheduling_gates.iter().flatten();
    let gates: Vec<_> = gates.map(|gate| gate.name.clone()).collect();
    if !gates.is_empty() {
        return Some(PodWhy::Gated { gates });
    }
    let conditions = pod.status.as_ref()?.conditions.as_ref();
    let scheduled = conditions::find(conditions, "PodScheduled")?;
    let refused =
        scheduled.status == "False" && scheduled.reason.as_deref() == Some("Unschedulable");
    refused.then(|| unschedulable(scheduled.message.as_deref().unwrap_or_default()))
}

fn container(pod: &Pod, status: &ContainerStatus, init: bool) -> Vec<PodWhy> {
    let Some(state) = &status.state else {
        return Vec::new();
    };
    let last = status.last_state.as_ref();
    let last = last.and_then(|last| last.terminated.as_ref());
    if let Some(ended) = &state.terminated {
        return failed(status, ended, init).into_iter().collect();
    }
    let Some(waiting) = &state.waiting else {
        return Vec::new();
    };
    let reason = waiting.reason.clone().unwrap_or_default();
    let message = waiting.message.clone().unwrap_or_default();
    let container = status.name.clone();
    match reason.as_str() {
        image if IMAGE.contains(&image) => vec![PodWhy::Image {
            image: image_of(pod, &container).unwrap_or_else(|| status.image.clone()),
            container,
            reason,
            message,
        }],
        "CreateContainerConfigError" | "CreateContainerError" => {
            vec![PodWhy::Config { container, message }]
        }
        "CrashLoopBackOff" => crash_loop(status, last, init),
        _ => Vec::new(),
    }
}

fn crash_loop(
    status: &ContainerStatus,
    last: Option<&ContainerStateTerminated>,
    init: bool,
) -> Vec<PodWhy> {
    if let Some(why) = last
        .filter(|_| init)
        .and_then(|last| failed(status, last, init))
    {
        return vec![why];
    }
    let memory = last.is_some_and(|last| last.reason.as_deref() == Some("OOMKilled"));
    let memory = memory.then(|| PodWhy::OutOfMemory {
        container: status.name.clone(),
    });
    let again = PodWhy::CrashLoop {
        container: status.name.clone(),
        exit_code: last.map(|last| last.exit_code),
        reason: last
            .and_then(|last| last.reason.clone())
            .unwrap_or_default(),
        restarts: status.restart_count.max(0) as u32,
        message: last.map(said).unwrap_or_default(),
    };
    memory.into_iter().chain([again]).collect()
}

fn failed(
    status: &ContainerStatus,
    ended: &ContainerStateTerminated,
    init: bool,
) -> Option<PodWhy> {
    let container = status.name.clone();
    let reason = ended.reason.clone().unwrap_or_default();
    let exit_code = ended.exit_code;
    match (exit_code, reason.as_str(), init) {
        (_, "OOMKilled", _) => Some(PodWhy::OutOfMemory { container }),
        (0, _, _) => None,
        (_, _, true) => Some(PodWhy::InitFailed {
            container,
            exit_code,
            reason,
            message: said(ended),
        }),
        (_, _, false) => Some(PodWhy::Failed {
            container,
            exit_code,
            reason,
            message: said(ended),
        }),
    }
}

/// The first line of its message, which may be a whole log.
fn said(ended: &ContainerStateTerminated) -> String {
    const MOST: usize = 200;
    let message = ended.message.as_deref().unwrap_or_default();
    let line = message.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or_default().trim().chars().take(MOST).collect()
}

fn image_of(pod: &Pod, container: &str) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let mut all = spec
        .init_containers
        .iter()
        .flatten()
        .chain(&spec.containers);
    all.find(|c| c.name == container)?.image.clone()
}
