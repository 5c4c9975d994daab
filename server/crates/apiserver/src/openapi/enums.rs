//! Fields that take one of a few words: upstream's types marked `+enum`, which its documents list and
//! `kubectl explain` shows (K-34). Validation has its own lists; these are for readers.

/// Type (the end of its schema's name), field, values in upstream's order.
const ENUMS: [(&str, &str, &[&str]); 26] = [
    (
        "batch.v1.CronJobSpec",
        "concurrencyPolicy",
        &["Allow", "Forbid", "Replace"],
    ),
    (
        "batch.v1.JobSpec",
        "completionMode",
        &["Indexed", "NonIndexed"],
    ),
    (
        "batch.v1.JobSpec",
        "podReplacementPolicy",
        &["Failed", "TerminatingOrFailed"],
    ),
    (
        "batch.v1.PodFailurePolicyRule",
        "action",
        &["Count", "FailIndex", "FailJob", "Ignore"],
    ),
    (
        "batch.v1.PodFailurePolicyOnExitCodesRequirement",
        "operator",
        &["In", "NotIn"],
    ),
    (
        "apps.v1.DaemonSetUpdateStrategy",
        "type",
        &["OnDelete", "RollingUpdate"],
    ),
    (
        "core.v1.PodSpec",
        "restartPolicy",
        &["Always", "Never", "OnFailure"],
    ),
    (
        "core.v1.PodSpec",
        "dnsPolicy",
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
    ),
    ("core.v1.PodSpec", "preemptionPolicy", PREEMPTION),
    (
        "scheduling.v1.PriorityClass",
        "preemptionPolicy",
        PREEMPTION,
    ),
    ("core.v1.Container", "imagePullPolicy", PULL),
    ("core.v1.EphemeralContainer", "imagePullPolicy", PULL),
    (
        "core.v1.Container",
        "terminationMessagePolicy",
        &["FallbackToLogsOnError", "File"],
    ),
    ("core.v1.ContainerPort", "protocol", PROTOCOL),
    ("core.v1.ServicePort", "protocol", PROTOCOL),
    ("core.v1.EndpointPort", "protocol", PROTOCOL),
    ("core.v1.Taint", "effect", EFFECT),
    ("core.v1.Toleration", "effect", EFFECT),
    ("core.v1.HTTPGetAction", "scheme", &["HTTP", "HTTPS"]),
    (
        "core.v1.NodeSelectorRequirement",
        "operator",
        &["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"],
    ),
    (
        "core.v1.TopologySpreadConstraint",
        "whenUnsatisfiable",
        &["DoNotSchedule", "ScheduleAnyway"],
    ),
    (
        "core.v1.PodStatus",
        "phase",
        &["Failed", "Pending", "Running", "Succeeded", "Unknown"],
    ),
    (
        "core.v1.PodStatus",
        "qosClass",
        &["BestEffort", "Burstable", "Guaranteed"],
    ),
    (
        "core.v1.NamespaceStatus",
        "phase",
        &["Active", "Terminating"],
    ),
    (
        "core.v1.ServiceSpec",
        "type",
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    ),
    (
        "core.v1.ServiceSpec",
        "sessionAffinity",
        &["ClientIP", "None"],
    ),
];

const PREEMPTION: &[&str] = &["Never", "PreemptLowerPriority"];
const PULL: &[&str] = &["Always", "IfNotPresent", "Never"];
const PROTOCOL: &[&str] = &["SCTP", "TCP", "UDP"];
const EFFECT: &[&str] = &["NoExecute", "NoSchedule", "PreferNoSchedule"];

/// The words that a field of that schema takes; empty for any other field.
pub fn of(schema: &str, field: &str) -> &'static [&'static str] {
    let mut all = ENUMS.iter();
    let found = all.find(|(owner, name, _)| *name == field && schema.ends_with(owner));
    found.map_or(&[], |(_, _, words)| words)
}
