//! A node's object as its agent reports it. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Node, NodeAddress, NodeCondition, NodeDaemonEndpoints, NodeSpec, NodeStatus, NodeSystemInfo,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{host_ip, node_name};
use crate::decide::seconds;
use crate::runtime::Isolation;

/// Says in the node's annotations how pods are kept apart.
pub const ISOLATION_ANNOTATION: &str = "orrery.dev/isolation";
const ISOLATION_MESSAGE_ANNOTATION: &str = "orrery.dev/isolation-message";
/// For how many seconds an agent may go by what it has read of Secrets and ConfigMaps: upstream's controller
/// says none of a small cluster.
const TTL_ANNOTATION: &str = "node.alpha.kubernetes.io/ttl";
/// The agent attaches no volume to its node itself.
const ATTACH_ANNOTATION: &str = "volumes.kubernetes.io/controller-managed-attach-detach";

/// Upstream's default for pods per node.
const PODS: u32 = 110;

/// What the machine offers, read once.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    pub cpus: u32,
    pub memory_bytes: u64,
    pub disk_bytes: u64,
    /// The sizes of huge pages that its kernel knows, in bytes.
    pub huge_pages: Vec<u64>,
    pub kernel: String,
    pub os_image: String,
    pub machine_id: String,
    pub boot_id: String,
    /// Go's names: amd64, arm64.
    pub arch: String,
}

impl Default for Machine {
    /// A made-up machine for simulations: the same wherever they run.
    fn default() -> Self {
        Self {
            cpus: 4,
            memory_bytes: 8 << 30,
            disk_bytes: 64 << 30,
            huge_pages: vec![2 << 20, 1 << 30],
            kernel: "simulated".to_owned(),
            os_image: "simulated".to_owned(),
            machine_id: "simulated".to_owned(),
            boot_id: "simulated".to_owned(),
            arch: "amd64".to_owned(),
        }
    }
}

/// The whole object of node `number`. `before` keeps what others own and the times of conditions that
/// did not change.
pub fn node(
    number: u32,
    machine: &Machine,
    isolation: &Isolation,
    version: &str,
    before: Option<&Node>,
    now: Timestamp,
) -> Node {
    let name = node_name(number);
    let mut metadata = before
        .map(|node| node.metadata.clone())
        .unwrap_or_else(|| ObjectMeta {
            name: Some(name.clone()),
            ..ObjectMeta::default()
        });
    metadata.managed_fields = None;
    metadata
        .labels
        .get_or_insert_default()
        .extend(labels(&name, machine));
    metadata.annotations.get_or_insert_default().extend([
        (ISOLATION_ANNOTATION.to_owned(), isolation.name.to_owned()),
        (
            ISOLATION_MESSAGE_ANNOTATION.to_owned(),
            isolation.message.clone(),
        ),
        (TTL_ANNOTATION.to_owned(), "0".to_owned()),
        (ATTACH_ANNOTATION.to_owned(), "true".to_owned()),
    ]);
    Node {
        metadata,
        spec: before
            .and_then(|node| node.spec.clone())
            .or_else(|| Some(NodeSpec::default())),
        status: Some(status(number, machine, isolation, version, before, now)),
    }
}

fn labels(name: &str, machine: &Machine) -> BTreeMap<String, String> {
    [
        ("kubernetes.io/hostname", name),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", &machine.arch),
        ("beta.kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/arch", &machine.arch),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

pub fn status(
    number: u32,
    machine: &Machine,
    isolation: &Isolation,
    version: &str,
    before: Option<&Node>,
    now: Timestamp,
) -> NodeStatus {
    let old = before
        .and_then(|node| node.status.clone())
        .unwrap_or_default();
    let amounts = amounts(machine);
    let address = |type_: &str, address: String| NodeAddress {
        type_: type_.to_owned(),
        address,
    };
    NodeStatus {
        capacity: Some(amounts.clone()),
        allocatable: Some(amounts),
        addresses: Some(vec![
            address("InternalIP", host_ip(number).to_string()),
            address("Hostname", node_name(number)),
        ]),
        conditions: Some(conditions(isolation, &old, now)),
        daemon_endpoints: Some(NodeDaemonEndpoints::default()),
        node_info: Some(NodeSystemInfo {
            architecture: machine.arch.clone(),
            boot_id: machine.boot_id.clone(),
            container_runtime_version: format!("orrery://{}", env!("CARGO_PKG_VERSION")),
            kernel_version: machine.kernel.clone(),
            kube_proxy_version: String::new(),
            kubelet_version: version.to_owned(),
            machine_id: machine.machine_id.clone(),
            operating_system: "linux".to_owned(),
            os_image: machine.os_image.clone(),
            system_uuid: machine.machine_id.clone(),
            swap: None,
        }),
        ..old
    }
}

/// What the machine has of each resource. Huge pages are named as upstream names them, and none of them is for pods: no
/// volume of them can be had here.
fn amounts(machine: &Machine) -> BTreeMap<String, Quantity> {
    let sizes = machine.huge_pages.iter();
    let huge_pages = sizes.map(|size| (huge_pages_of(*size), "0".to_owned()));
    let amounts = [
        ("cpu", machine.cpus.to_string()),
        ("memory", format!("{}Ki", machine.memory_bytes / 1024)),
        (
            "ephemeral-storage",
            format!("{}Ki", machine.disk_bytes / 1024),
        ),
        ("pods", PODS.to_string()),
    ];
    let amounts = amounts.map(|(name, amount)| (name.to_owned(), amount));
    let all = amounts.into_iter().chain(huge_pages);
    all.map(|(name, amount)| (name, Quantity(amount))).collect()
}

/// `hugepages-2Mi`.
fn huge_pages_of(size_bytes: u64) -> String {
    const UNITS: [&str; 4] = ["", "Ki", "Mi", "Gi"];
    let (mut size, mut units) = (size_bytes, UNITS.iter());
    let mut unit = units.next();
    while size >= 1024
        && size.is_multiple_of(1024)
        && let Some(larger) = units.next()
    {
        size /= 1024;
        unit = Some(larger);
    }
    format!("hugepages-{size}{}", unit.unwrap_or(&""))
}

fn conditions(isolation: &Isolation, old: &NodeStatus, now: Timestamp) -> Vec<NodeCondition> {
    let ready = format!(
        "kubelet is posting ready status; pods run with isolation: {}",
        isolation.name
    );
    let rows = [
        (
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        (
            "DiskPressure",
            "False",
            "KubeletHasNoDiskPressure",
            "kubelet has no disk pressure",
        ),
        (
            "PIDPressure",
            "False",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        ("Ready", "True", "KubeletReady", ready.as_str()),
    ];
    let mut result: Vec<NodeCondition> = old.conditions.clone().unwrap_or_default();
    for (type_, status, reason, message) in rows {
        let before = result
            .iter()
            .find(|c| c.type_ == type_ && c.status == status);
        let condition = NodeCondition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: Some(seconds(now)),
            last_transition_time: before
                .and_then(|c| c.last_transition_time.clone())
                .or_else(|| Some(seconds(now))),
        };
        match result.iter_mut().find(|c| c.type_ == type_) {
            Some(place) => *place = condition,
            None => result.push(condition),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_pages_are_told_by_their_sizes_and_offered_to_nobody() {
        let machine = Machine {
            huge_pages: vec![64 << 10, 2 << 20, 1 << 30, 16 << 30],
            ..Machine::default()
        };
        let told = amounts(&machine);
        for size in ["64Ki", "2Mi", "1Gi", "16Gi"] {
            let amount = told.get(&format!("hugepages-{size}"));
            assert_eq!(amount, Some(&Quantity("0".to_owned())), "{size}");
        }
        assert_eq!(told["pods"], Quantity("110".to_owned()));
        assert_eq!(told.len(), 8);
    }
}
