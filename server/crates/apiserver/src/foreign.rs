//! Objects of another version or kind than their collection holds, in upstream's words (K-03).

use crate::call::Call;
use crate::component_statuses;
use crate::registry::{Registry, Resource};
use crate::reviews;

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

/// The same of what is asked and never stored.
const READ_QUESTIONS: [(&str, &str); 7] = [
    ("LocalSubjectAccessReview", "authorization.k8s.io/v1beta1"),
    ("SelfSubjectAccessReview", "authorization.k8s.io/v1beta1"),
    ("SelfSubjectReview", "authentication.k8s.io/v1alpha1"),
    ("SelfSubjectReview", "authentication.k8s.io/v1beta1"),
    ("SelfSubjectRulesReview", "authorization.k8s.io/v1beta1"),
    ("SubjectAccessReview", "authorization.k8s.io/v1beta1"),
    ("TokenReview", "authentication.k8s.io/v1beta1"),
];

/// What is asked of an object, and known to the scheme as well.
const REQUESTS: [(&str, &str); 3] = [
    ("Binding", "v1"),
    ("Eviction", "policy/v1"),
    ("TokenRequest", "authentication.k8s.io/v1"),
];

/// What belongs at a place.
pub struct Expected<'a> {
    pub api_version: &'a str,
    pub group: &'a str,
    pub version: &'a str,
    pub kind: &'a str,
}

impl<'a> Expected<'a> {
    /// What a collection holds, whose apiVersion that is.
    pub fn of(resource: &Resource, api_version: &'a str) -> Self {
        let info = resource.info;
        Self {
            api_version,
            group: info.group,
            version: info.version,
            kind: info.kind,
        }
    }
}

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
    let api_version = call.resource.api_version();
    let expected = Expected::of(&call.resource, &api_version);
    compare(&call.core.registry, &expected, version, kind)
}

/// The same of any place.
pub fn compare(
    registry: &Registry,
    expected: &Expected<'_>,
    version: &str,
    kind: &str,
) -> Result<(), Foreign> {
    let (own_version, own_kind) = (expected.api_version, expected.kind);
    let version = match version {
        "" => own_version,
        said => said,
    };
    let kind = match kind {
        "" => own_kind,
        said => said,
    };
    if version == own_version && kind == own_kind {
        return Ok(());
    }
    let mut read = READ.iter().chain(&READ_QUESTIONS);
    if kind == own_kind && read.any(|known| *known == (kind, version)) {
        return Err(Foreign::Version);
    }
    Err(Foreign::Unreadable(
        match is_known(registry, version, kind) {
            true => format!(
                "converting ({}.{kind}) to ({}.{own_kind}): unknown conversion",
                short(version),
                package(expected.group)
            ),
            false => format!(
                "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
            ),
        },
    ))
}

/// Whether something of that kind is read at all, or a list of it.
fn is_known(registry: &Registry, version: &str, kind: &str) -> bool {
    let item = kind.strip_suffix("List").unwrap_or(kind);
    let mut served = registry.iter();
    let mut reviews = reviews::ALL.iter();
    served.any(|r| r.info.kind == item && r.api_version() == version)
        || (item, version) == (component_statuses::KIND, "v1")
        || reviews.any(|r| r.kind == kind && version == format!("{}/v1", r.group))
        || REQUESTS.contains(&(kind, version))
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
