//! Fields that take one of a few words: upstream's types marked `+enum`, which its documents list and
//! `kubectl explain` shows (K-34). Validation has its own lists; these are for readers.

use super::enum_words::{self as words, Words};

/// Type (the end of its schema's name), field, what it takes.
const ENUMS: [(&str, &str, Words); 50] = [
    ("apps.v1.DaemonSetUpdateStrategy", "type", words::UPDATE),
    ("batch.v1.CronJobSpec", "concurrencyPolicy", words::OVERLAP),
    ("batch.v1.JobSpec", "completionMode", words::COMPLETION),
    ("batch.v1.JobSpec", "podReplacementPolicy", words::REPLACE),
    (
        "batch.v1.PodFailurePolicyOnExitCodesRequirement",
        "operator",
        words::SET,
    ),
    (
        "batch.v1.PodFailurePolicyRule",
        "action",
        words::FAILURE_ACTION,
    ),
    ("core.v1.AppArmorProfile", "type", words::APP_ARMOR),
    ("core.v1.Container", "imagePullPolicy", words::PULL),
    (
        "core.v1.Container",
        "terminationMessagePolicy",
        words::LAST_WORDS,
    ),
    ("core.v1.ContainerPort", "protocol", words::PROTOCOL),
    ("core.v1.ContainerStatus", "stopSignal", words::SIGNAL),
    ("core.v1.EndpointPort", "protocol", words::PROTOCOL),
    ("core.v1.EphemeralContainer", "imagePullPolicy", words::PULL),
    (
        "core.v1.EphemeralContainer",
        "terminationMessagePolicy",
        words::LAST_WORDS,
    ),
    ("core.v1.HTTPGetAction", "scheme", words::SCHEME),
    ("core.v1.HostPathVolumeSource", "type", words::HOST_PATH),
    ("core.v1.Lifecycle", "stopSignal", words::SIGNAL),
    ("core.v1.NamespaceStatus", "phase", words::NAMESPACE),
    (
        "core.v1.NodeSelectorRequirement",
        "operator",
        words::NODE_SELECTOR,
    ),
    ("core.v1.NodeStatus", "phase", words::NODE),
    (
        "core.v1.PodSecurityContext",
        "fsGroupChangePolicy",
        words::OWNERSHIP,
    ),
    (
        "core.v1.PodSecurityContext",
        "supplementalGroupsPolicy",
        words::GROUPS,
    ),
    ("core.v1.PodSpec", "dnsPolicy", words::DNS),
    ("core.v1.PodSpec", "preemptionPolicy", words::PREEMPTION),
    ("core.v1.PodSpec", "restartPolicy", words::RESTART),
    ("core.v1.PodStatus", "phase", words::POD),
    ("core.v1.PodStatus", "qosClass", words::QUALITY),
    ("core.v1.PortStatus", "protocol", words::PROTOCOL),
    ("core.v1.SeccompProfile", "type", words::SECCOMP),
    ("core.v1.SecurityContext", "procMount", words::PROC),
    ("core.v1.ServicePort", "protocol", words::PROTOCOL),
    (
        "core.v1.ServiceSpec",
        "externalTrafficPolicy",
        words::EXTERNAL,
    ),
    (
        "core.v1.ServiceSpec",
        "internalTrafficPolicy",
        words::INTERNAL,
    ),
    ("core.v1.ServiceSpec", "ipFamilyPolicy", words::FAMILIES),
    ("core.v1.ServiceSpec", "sessionAffinity", words::AFFINITY),
    ("core.v1.ServiceSpec", "type", words::SERVICE),
    ("core.v1.Taint", "effect", words::EFFECT),
    ("core.v1.Toleration", "effect", words::EFFECT),
    ("core.v1.Toleration", "operator", words::TOLERATION),
    (
        "core.v1.TopologySpreadConstraint",
        "nodeAffinityPolicy",
        words::INCLUSION,
    ),
    (
        "core.v1.TopologySpreadConstraint",
        "nodeTaintsPolicy",
        words::INCLUSION,
    ),
    (
        "core.v1.TopologySpreadConstraint",
        "whenUnsatisfiable",
        words::SPREAD,
    ),
    (
        "core.v1.VolumeMount",
        "mountPropagation",
        words::PROPAGATION,
    ),
    ("discovery.v1.EndpointPort", "protocol", words::PROTOCOL),
    (
        "discovery.v1.EndpointSlice",
        "addressType",
        words::ADDRESS_TYPE,
    ),
    (
        "policy.v1.PodDisruptionBudgetSpec",
        "unhealthyPodEvictionPolicy",
        words::UNHEALTHY,
    ),
    (
        "scheduling.v1.PriorityClass",
        "preemptionPolicy",
        words::PREEMPTION,
    ),
    (
        "core.v1.AzureDiskVolumeSource",
        "cachingMode",
        words::AZURE_CACHE,
    ),
    ("core.v1.AzureDiskVolumeSource", "kind", words::AZURE_KIND),
    (
        "core.v1.PersistentVolumeClaimSpec",
        "volumeMode",
        words::VOLUME_MODE,
    ),
];

/// The words that a field of that schema takes, each with what it means; none for any other field.
pub fn of(schema: &str, field: &str) -> Words {
    let mut all = ENUMS.iter();
    let found = all.find(|(owner, name, _)| *name == field && schema.ends_with(owner));
    found.map_or(&[], |(_, _, words)| words)
}

/// What upstream's documents say of them behind a field's description.
pub fn described(words: Words) -> String {
    let lines = words.iter().map(|(word, meaning)| match *meaning {
        "" => format!("\n - `{word:?}`"),
        meaning => format!("\n - `{word:?}` {meaning}"),
    });
    format!("\n\nPossible enum values:{}", lines.collect::<String>())
}
