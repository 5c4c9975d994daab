//! The checks in upstream's order, and what they find.

use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::policy::{Level, LevelVersion, Version};
use super::subject::Subject;
use super::{baseline, restricted};

/// The newest version for which a check says something of its own; those of the future are as this one.
const NEWEST: i64 = 35;

/// What is wrong with a pod, in few words and at length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub reason: String,
    pub detail: String,
}

impl Violation {
    pub fn new(reason: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            detail: detail.into(),
        }
    }
}

struct Check {
    id: &'static str,
    level: Level,
    /// The version from which on it is made.
    since: i64,
    look: fn(&Subject<'_>) -> Option<Violation>,
    /// The check of the baseline in whose place this one is made.
    instead_of: Option<&'static str>,
}

const fn of_baseline(
    id: &'static str,
    since: i64,
    look: fn(&Subject<'_>) -> Option<Violation>,
) -> Check {
    Check {
        id,
        level: Level::Baseline,
        since,
        look,
        instead_of: None,
    }
}

const fn of_restricted(
    id: &'static str,
    since: i64,
    look: fn(&Subject<'_>) -> Option<Violation>,
    instead_of: Option<&'static str>,
) -> Check {
    Check {
        id,
        level: Level::Restricted,
        since,
        look,
        instead_of,
    }
}

/// By level and id, which is the order in which they are told.
static CHECKS: [Check; 19] = [
    of_baseline("appArmorProfile", 0, baseline::app_armor_profile),
    of_baseline("capabilities_baseline", 0, baseline::capabilities),
    of_baseline("hostNamespaces", 0, baseline::host_namespaces),
    of_baseline("hostPathVolumes", 0, baseline::host_path_volumes),
    of_baseline("hostPorts", 0, baseline::host_ports),
    of_baseline("hostProbesAndHostLifecycle", 34, baseline::hosts),
    of_baseline("privileged", 0, baseline::privileged),
    of_baseline("procMount", 0, baseline::proc_mount),
    of_baseline("seLinuxOptions", 0, baseline::se_linux_options),
    of_baseline("seccompProfile_baseline", 0, baseline::seccomp_profile),
    of_baseline("sysctls", 0, baseline::sysctls),
    of_baseline("windowsHostProcess", 0, baseline::host_process),
    of_restricted(
        "allowPrivilegeEscalation",
        8,
        restricted::privilege_escalation,
        None,
    ),
    of_restricted(
        "capabilities_restricted",
        22,
        restricted::capabilities,
        Some("capabilities_baseline"),
    ),
    of_restricted(
        "procMount_restricted",
        35,
        restricted::proc_mount,
        Some("procMount"),
    ),
    of_restricted(
        "restrictedVolumes",
        0,
        restricted::volumes,
        Some("hostPathVolumes"),
    ),
    of_restricted("runAsNonRoot", 0, restricted::run_as_non_root, None),
    of_restricted("runAsUser", 23, restricted::run_as_user, None),
    of_restricted(
        "seccompProfile_restricted",
        19,
        restricted::seccomp_profile,
        Some("seccompProfile_baseline"),
    ),
];

/// What a policy says of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    violations: Vec<Violation>,
}

impl Verdict {
    pub fn is_allowed(&self) -> bool {
        self.violations.is_empty()
    }

    /// `host namespaces, hostPort`
    pub fn reason(&self) -> String {
        let reasons = self.violations.iter().map(|found| found.reason.as_str());
        reasons.collect::<Vec<_>>().join(", ")
    }

    /// `host namespaces (hostNetwork=true), hostPort (container "c" uses hostPort 80)`
    pub fn detail(&self) -> String {
        let details = self
            .violations
            .iter()
            .map(|Violation { reason, detail }| format!("{reason} ({detail})"));
        details.collect::<Vec<_>>().join(", ")
    }
}

/// Looks at a pod as that policy does.
pub fn evaluate(policy: LevelVersion, metadata: &ObjectMeta, spec: &PodSpec) -> Verdict {
    let minor = match policy.version {
        Version::Latest => NEWEST,
        Version::Minor(minor) => minor.min(NEWEST),
    };
    let made: Vec<&Check> = CHECKS
        .iter()
        .filter(|check| check.level <= policy.level && check.since <= minor)
        .collect();
    if made.is_empty() {
        return Verdict::default();
    }
    let subject = Subject::new(metadata, spec, minor);
    let is_replaced = |check: &Check| made.iter().any(|other| other.instead_of == Some(check.id));
    Verdict {
        violations: made
            .iter()
            .filter(|check| !is_replaced(check))
            .filter_map(|check| (check.look)(&subject))
            .collect(),
    }
}
