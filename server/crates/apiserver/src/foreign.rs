//! Objects of another version or kind than their collection holds, in upstream's words (K-03).

use crate::call::Call;

/// Versions that upstream's scheme still reads of kinds that it serves in another.
const READ: [(&str, &str); 13] = [
    ("ControllerRevision", "apps/v1beta1"),
    ("ControllerRevision", "apps/v1beta2"),
    ("CronJob", "batch/v1beta1"),
    ("DaemonSet", "apps/v1beta2"),
    ("DaemonSet", "extensions/v1beta1"),
    ("EndpointSlice", "discovery.k8s.io/v1beta1"),
    ("Event", "v1"),
    ("Event", "events.k8s.io/v1"),
    ("Event", "events.k8s.io/v1beta1"),
    ("Lease", "coordination.k8s.io/v1beta1"),
    ("PodDisruptionBudget", "policy/v1beta1"),
    ("PriorityClass", "scheduling.k8s.io/v1alpha1"),
    ("PriorityClass", "scheduling.k8s.io/v1beta1"),
];

/// Why an object does not belong where it was sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Foreign {
    /// It can be read, and this is not its place.
    Version,
    /// What upstream's decoder says of it.
    Unreadable(String),
}

/// Looks at what an object says that it is; what it does not say is what the collection holds.
pub fn check(call: &Call, version: &str, kind: &str) -> Result<(), Foreign> {
    let own_version = call.resource.api_version();
    let own_kind = call.resource.info.kind;
    let version = match version {
        "" => own_version.as_str(),
        said => said,
    };
    let kind = match kind {
        "" => own_kind,
        said => said,
    };
    if version == own_version && kind == own_kind {
        return Ok(());
    }
    if kind == own_kind && READ.contains(&(kind, version)) {
        return Err(Foreign::Version);
    }
    let mut served = call.core.registry.iter();
    let is_known = served.any(|r| r.info.kind == kind && r.api_version() == version);
    Err(Foreign::Unreadable(match is_known {
        true => format!(
            "converting ({}.{kind}) to ({}.{own_kind}): unknown conversion",
            short(version),
            package(call.resource.info.group)
        ),
        false => format!(
            "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
        ),
    }))
}

/// A version without its group.
pub fn short(version: &str) -> &str {
    version.rsplit('/').next().unwrap_or(version)
}

/// Where upstream has its own types of a group.
pub fn package(group: &str) -> &str {
    match group.split('.').next().unwrap_or_default() {
        "" | "events" => "core",
        package => package,
    }
}
