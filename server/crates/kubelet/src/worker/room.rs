//! Pods that keep more on the disk than they may, in an emptyDir with a `sizeLimit` or by their containers' limits of
//! `ephemeral-storage`: upstream's kubelet evicts them. It also looks at whole nodes; here the machine is not a node's own.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, Volume};
use orrery_apis::pod_requests;
use orrery_apis::quantity::Quantity;
use orrery_informer::EventType::Warning;

use super::{Live, Worker};
use crate::decide::{EVICTED, SandboxState, containers};
use crate::runtime::DiskUsage;

/// Upstream's `evictionMonitoringPeriod`.
const PERIOD: SignedDuration = SignedDuration::from_secs(10);
/// Pods from this priority on are critical: they are never evicted by their kubelet.
const CRITICAL: i32 = 2_000_000_000;
const EPHEMERAL: &str = "ephemeral-storage";

impl Worker {
    /// Looks at what a running pod keeps on the disk when it is time to; answers when it is again.
    pub(super) async fn keep_room(&self, live: &Arc<Live>, pod: &Arc<Pod>) -> Option<Timestamp> {
        let spec = pod.spec.as_ref()?;
        let critical = spec.priority.is_some_and(|priority| priority >= CRITICAL);
        if critical || !is_limited(pod) || !live.may_be_evicted() {
            return None;
        }
        let now = self.clock.now();
        let next = *live.measured.lock().get_or_insert(now) + PERIOD;
        if now < next {
            return Some(next);
        }
        *live.measured.lock() = Some(now);
        let usage = self.runtime.disk_usage(&live.uid).await;
        let Some(message) = outgrown(spec, &usage) else {
            return Some(now + PERIOD);
        };
        self.event(live, pod, None, Warning, EVICTED, message.clone());
        live.state.lock().evicted = Some(message);
        self.queue.add(live.key.clone());
        None
    }
}

impl Live {
    fn may_be_evicted(&self) -> bool {
        let state = self.state.lock();
        state.sandbox == SandboxState::Ready && state.stop.is_none() && state.evicted.is_none()
    }
}

fn is_limited(pod: &Pod) -> bool {
    let mut volumes = pod
        .spec
        .iter()
        .flat_map(|spec| spec.volumes.iter().flatten());
    let has_limit = |container: &Container| {
        let limits = container.resources.as_ref()?.limits.as_ref()?;
        limits.get(EPHEMERAL).map(drop)
    };
    volumes.any(|volume| size_limit(volume).is_some())
        || containers(pod).any(|container| has_limit(container).is_some())
}

/// Why the pod is evicted, in upstream's words and order: a volume, the pod as a whole, a container.
fn outgrown(spec: &PodSpec, usage: &DiskUsage) -> Option<String> {
    let volume = || {
        spec.volumes.iter().flatten().find_map(|volume| {
            let (name, limit) = (&volume.name, size_limit(volume)?);
            let text = limit.to_string();
            exceeds(*usage.volumes.get(name)?, limit)
                .then(|| format!("Usage of EmptyDir volume {name:?} exceeds the limit {text:?}. "))
        })
    };
    let whole = || {
        let limit = *pod_requests::limits(spec).get(EPHEMERAL)?;
        exceeds(of_pod(spec, usage), limit).then(|| {
            format!(
                "Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "
            )
        })
    };
    let container = || {
        spec.containers.iter().find_map(|container| {
            let limits = container.resources.as_ref()?.limits.as_ref()?;
            let limit = Quantity::of(limits.get(EPHEMERAL)?).ok()?;
            let (name, text) = (&container.name, limit.to_string());
            let used = *usage.containers.get(name)?;
            (!limit.is_zero() && exceeds(used, limit)).then(|| {
                format!("Container {name} exceeded its local ephemeral storage limit {text:?}. ")
            })
        })
    };
    volume().or_else(whole).or_else(container)
}

/// An emptyDir in memory and files of Secrets are not on upstream's disk.
fn of_pod(spec: &PodSpec, usage: &DiskUsage) -> u64 {
    let counts = |volume: &&Volume| {
        let empty_dir = volume.empty_dir.as_ref();
        let on_disk = empty_dir.is_some_and(|dir| dir.medium.as_deref().unwrap_or("").is_empty());
        on_disk || volume.config_map.is_some()
    };
    let volumes = spec.volumes.iter().flatten().filter(counts);
    let volumes = volumes.filter_map(|volume| usage.volumes.get(&volume.name));
    usage.shared + volumes.sum::<u64>() + usage.containers.values().sum::<u64>()
}

fn exceeds(used: u64, limit: Quantity) -> bool {
    Quantity::from_units(i64::try_from(used).unwrap_or(i64::MAX)) > limit
}

fn size_limit(volume: &Volume) -> Option<Quantity> {
    let size = volume.empty_dir.as_ref()?.size_limit.as_ref()?;
    let size = Quantity::of(size).ok()?;
    (!size.is_zero() && !size.is_negative()).then_some(size)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn limited(name: &str, limit: &str) -> Value {
        json!({"name": name, "resources": {"limits": {EPHEMERAL: limit}}})
    }

    #[test]
    fn what_is_outgrown_in_upstreams_words() {
        let volume = json!([{"name": "v", "emptyDir": {"sizeLimit": "1Ki"}}]);
        let memory = json!([{"name": "v", "emptyDir": {"medium": "Memory"}}]);
        let secret = json!([{"name": "v", "secret": {"secretName": "s"}}]);
        let map = json!([{"name": "v", "configMap": {"name": "m"}}]);
        let none = json!([]);
        let pod = "Pod ephemeral local storage usage exceeds the total limit of containers 2Ki. ";
        let own = "Container b exceeded its local ephemeral storage limit \"1Ki\". ";
        let of_volume = "Usage of EmptyDir volume \"v\" exceeds the limit \"1Ki\". ";
        let (a, b) = (limited("a", "1Ki"), limited("b", "1Ki"));
        /// Why, volumes, containers; bytes of the volume, of a, of b and of what they share.
        type Row<'a> = (
            &'static str,
            &'a Value,
            Vec<&'a Value>,
            [u64; 4],
            Option<&'static str>,
        );
        let free = json!({"name": "a"});
        let zero = limited("b", "0");
        let rows: [Row<'_>; 12] = [
            ("no limit", &none, vec![&free], [0, 9999, 0, 9999], None),
            (
                "all of them",
                &volume,
                vec![&a, &b],
                [1024, 1024, 0, 0],
                None,
            ),
            (
                "a volume",
                &volume,
                vec![&free],
                [1025, 0, 0, 0],
                Some(of_volume),
            ),
            (
                "it goes first",
                &volume,
                vec![&a, &b],
                [9999, 9999, 0, 0],
                Some(of_volume),
            ),
            (
                "the pod",
                &none,
                vec![&a, &b],
                [0, 1024, 1024, 1],
                Some(pod),
            ),
            (
                "before its container",
                &none,
                vec![&a, &b],
                [0, 0, 9999, 0],
                Some(pod),
            ),
            (
                "a container",
                &none,
                vec![&a, &b],
                [0, 0, 1025, 0],
                Some(own),
            ),
            (
                "shares are nobody's own",
                &none,
                vec![&a, &b],
                [0, 0, 0, 2048],
                None,
            ),
            (
                "memory is no disk",
                &memory,
                vec![&a, &b],
                [9999, 0, 0, 0],
                None,
            ),
            (
                "nor is a secret",
                &secret,
                vec![&a, &b],
                [9999, 0, 0, 0],
                None,
            ),
            (
                "a ConfigMap is",
                &map,
                vec![&a, &b],
                [2049, 0, 0, 0],
                Some(pod),
            ),
            (
                "a limit of nothing is one of the pod",
                &none,
                vec![&free, &zero],
                [0, 0, 1, 0],
                Some("Pod ephemeral local storage usage exceeds the total limit of containers 0. "),
            ),
        ];
        for (why, volumes, containers, [of_v, of_a, of_b, shared], want) in rows {
            let pod = json!({"spec": {"volumes": volumes, "containers": containers}});
            let pod: Pod = serde_json::from_value(pod).expect("a pod");
            let spec = pod.spec.as_ref().expect("a spec");
            let usage = DiskUsage {
                volumes: [("v".to_owned(), of_v)].into(),
                containers: [("a".to_owned(), of_a), ("b".to_owned(), of_b)].into(),
                shared,
            };
            assert_eq!(outgrown(spec, &usage).as_deref(), want, "{why}");
            assert!(want.is_none() || is_limited(&pod), "{why}");
        }
    }
}
