//! Pods whose resources were changed (`pods/resize`): whether the node has what they ask for now, and
//! what is done about the containers that run.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Container, Pod, ResourceRequirements};
use orrery_apis::pod_requests::{self, Amounts};
use orrery_informer::EventType::{Normal, Warning};
use serde::Serialize;

use super::env::amount;
use super::{Live, Worker, is_over};
use crate::decide::{containers, resources_of};

/// Between looks at whether a resize that had to wait fits by now; upstream's first delay.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// Why a pod does not get what it asks for.
type Held = (&'static str, String);

/// What an event says of a resize.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    init_containers: Vec<Asked<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    containers: Vec<Asked<'a>>,
    generation: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    error: &'a str,
}

#[derive(Serialize)]
struct Asked<'a> {
    name: &'a str,
    resources: ResourceRequirements,
}

impl Worker {
    /// Grants what the pod asks for, at first and after each resize, when the node has it. Answers when
    /// to look again at what has to wait.
    pub(super) fn grant(&self, live: &Live, pod: &Pod) -> Option<Timestamp> {
        let asked = given(containers(pod).map(|c| (&c.name, c.resources.as_ref())));
        let mut state = live.state.lock();
        let granted = state.granted.take().unwrap_or_else(|| reported(pod));
        let settled = granted == asked || state.stop.is_some();
        state.granted = Some(granted);
        if settled {
            state.held_resize = None;
            return None;
        }
        let held = self.misfit(live, pod);
        let is_new = held.is_some() && state.held_resize != held;
        state.held_resize.clone_from(&held);
        if held.is_none() {
            state.granted = Some(asked);
            state.resizing = Some(pod.metadata.generation.unwrap_or_default());
        }
        drop(state);
        match held {
            None => {
                let message = summary(pod, "");
                let message = format!("Pod resize started: {message}");
                self.event(live, pod, None, Normal, "ResizeStarted", message);
                None
            }
            Some((reason, why)) => {
                if is_new {
                    let message = format!("Pod resize {reason}: {}", summary(pod, &why));
                    let event = format!("Resize{reason}");
                    self.event(live, pod, None, Warning, &event, message);
                }
                (reason == "Deferred").then(|| self.clock.now() + LOOK_AGAIN)
            }
        }
    }

    /// Why the node does not have what the pod asks for: never, or not now.
    fn misfit(&self, live: &Live, pod: &Pod) -> Option<Held> {
        let asked = pod_requests::desired(pod);
        let has = self.allocatable();
        let rows = ["cpu", "memory"].map(|name| {
            let of = |amounts: &Amounts| amounts.get(name).copied().unwrap_or_default();
            (name, of(&asked), of(&has))
        });
        if let Some((name, asked, has)) = rows.iter().find(|(_, asked, has)| asked > has) {
            let why = format!(
                "Node didn't have enough capacity: {name}, requested: {asked}, capacity: {has}"
            );
            return Some(("Infeasible", why));
        }
        let used = self.used_by_others(live);
        rows.iter().find_map(|(name, asked, has)| {
            let used = used.get(*name).copied().unwrap_or_default();
            (asked.saturating_add(used) > *has).then(|| {
                let why = format!(
                    "Node didn't have enough resource: {name}, requested: {asked}, used: {used}, capacity: {has}"
                );
                ("Deferred", why)
            })
        })
    }

    fn allocatable(&self) -> Amounts {
        let (cpus, memory) = self.capacity;
        // the node's object says memory in whole KiB
        let memory = (memory as i64) / 1024 * 1024;
        [("cpu", (cpus * 1000.0) as i64), ("memory", memory)]
            .map(|(name, amount)| (name.to_owned(), amount))
            .into()
    }

    fn used_by_others(&self, live: &Live) -> Amounts {
        let mut used = Amounts::new();
        for other in self.pods.list() {
            let node = other
                .spec
                .as_ref()
                .and_then(|spec| spec.node_name.as_deref());
            let other_uid = other.metadata.uid.as_deref();
            if node == Some(&*live.node) && other_uid != Some(&*live.uid) && !is_over(&other) {
                pod_requests::add(&mut used, &pod_requests::granted(&other));
            }
        }
        used
    }

    /// Changes what can be changed while it runs: memory. CPU is not limited here (the node says so).
    pub(super) fn resize_container(&self, live: &Live, pod: &Pod, name: &str) {
        let Some(container) = containers(pod).find(|c| c.name == name) else {
            return;
        };
        let granted = live.state.lock().granted(container);
        let limit = |resources: &ResourceRequirements| {
            let limit = resources.limits.as_ref()?.get("memory")?;
            amount(&limit.0).map(|bytes| bytes as u64)
        };
        let before = live.record(name, |record| {
            std::mem::replace(&mut record.resources, granted.clone())
        });
        if limit(&before) != limit(&granted) {
            self.runtime.limit_memory(&live.uid, name, limit(&granted));
        }
    }

    /// Ends a container, to start it again with what it was granted.
    pub(super) fn restart_resized(
        self: &Arc<Self>,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        name: &str,
        message: String,
    ) {
        live.record(name, |record| record.restarts_resized = true);
        self.condemn(live, pod, name, None, message);
    }

    /// A resize is complete when every container that runs has what it was granted.
    pub(super) fn finish_resize(&self, live: &Live, pod: &Pod) {
        let mut state = live.state.lock();
        let waits = |container: &Container| {
            let record = state.record(&container.name);
            state.is_outgrown(container) || record.is_some_and(|record| record.restarts_resized)
        };
        if state.resizing.is_none() || containers(pod).any(waits) {
            return;
        }
        state.resizing = None;
        drop(state);
        let message = format!("Pod resize completed: {}", summary(pod, ""));
        self.event(live, pod, None, Normal, "ResizeCompleted", message);
    }
}

/// The containers that have anything, with it.
fn given<'a>(
    all: impl Iterator<Item = (&'a String, Option<&'a ResourceRequirements>)>,
) -> BTreeMap<String, ResourceRequirements> {
    let nothing = ResourceRequirements::default();
    all.filter_map(|(name, resources)| Some((name.clone(), resources?.clone())))
        .filter(|(_, resources)| *resources != nothing)
        .collect()
}

/// What an earlier life of the node had granted, as its report says; of what had not begun, what it asks.
fn reported(pod: &Pod) -> BTreeMap<String, ResourceRequirements> {
    let statuses = || {
        let status = pod.status.iter();
        status.flat_map(|status| {
            let init = status.init_container_statuses.iter().flatten();
            init.chain(status.container_statuses.iter().flatten())
        })
    };
    given(containers(pod).map(|container| {
        let status = statuses().find(|status| status.name == container.name);
        let reported = status.and_then(|status| status.resources.as_ref());
        (&container.name, reported.or(container.resources.as_ref()))
    }))
}

fn asked(container: &Container) -> Asked<'_> {
    Asked {
        name: &container.name,
        resources: resources_of(container),
    }
}

fn summary(pod: &Pod, error: &str) -> String {
    let spec = pod.spec.as_ref();
    let init = spec
        .iter()
        .flat_map(|spec| spec.init_containers.iter().flatten());
    let summary = Summary {
        init_containers: init.map(asked).collect(),
        containers: spec
            .iter()
            .flat_map(|spec| &spec.containers)
            .map(asked)
            .collect(),
        generation: pod.metadata.generation.unwrap_or_default(),
        error,
    };
    serde_json::to_string(&summary).expect("a summary is plain data")
}
