//! Of the whole, and the order of the parts.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{
    PodAffinityTerm, PodSpec, PodTemplateSpec, WeightedPodAffinityTerm,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{containers, labels, ports, volumes};
use crate::ip::address_warning;
use crate::pod_template::placed;

type Annotations = BTreeMap<String, String>;

/// Annotations that nothing looks at any more.
const DEAD_ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];
const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Warnings of a template at `path`, e.g. `spec.template`.
pub fn template_warnings(template: &PodTemplateSpec, path: &str) -> Vec<String> {
    let annotations = template
        .metadata
        .as_ref()
        .and_then(|meta| meta.annotations.as_ref());
    let spec = template.spec.as_ref();
    spec.map_or_else(Vec::new, |spec| all(annotations, spec, &format!("{path}.")))
}

/// Warnings of a pod.
pub fn pod_warnings(meta: &ObjectMeta, spec: &PodSpec) -> Vec<String> {
    all(meta.annotations.as_ref(), spec, "")
}

fn all(annotations: Option<&Annotations>, spec: &PodSpec, root: &str) -> Vec<String> {
    let path = format!("{root}spec");
    let none = Annotations::new();
    let annotations = annotations.unwrap_or(&none);
    let mut warnings = labels::warnings(spec, &path);
    let annotated = |key: &str| format!("{root}metadata.annotations[{key}]");
    let dead = DEAD_ANNOTATIONS.iter();
    let dead = dead.filter(|(key, _)| annotations.contains_key(*key));
    warnings.extend(dead.map(|(key, message)| format!("{}: {message}", annotated(key))));
    volumes::warn(spec, &path, &mut warnings);
    repeated_aliases(spec, &path, &mut warnings);
    pull_secrets(spec, &path, &mut warnings);
    let overhead = spec.overhead.as_ref();
    containers::fractions(overhead, &format!("{path}.overhead"), &mut warnings);
    pod_seccomp(spec, annotations, &annotated(SECCOMP), &mut warnings);
    let placed = placed::all(spec, &path);
    containers::warn(spec, &placed, annotations, &annotated, &mut warnings);
    ports::warn(&placed, &mut warnings);
    let grace = spec.termination_grace_period_seconds;
    if grace.is_some_and(|secs| secs < 0) {
        warnings.push(format!(
            "{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    affinity(spec, &path, &mut warnings);
    addresses(spec, &path, &mut warnings);
    warnings
}

fn repeated_aliases(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (at, alias) in spec.host_aliases.iter().flatten().enumerate() {
        if !seen.insert(alias.ip.as_str()) {
            let ip = &alias.ip;
            warnings.push(format!("{path}.hostAliases[{at}].ip: duplicate ip {ip:?}"));
        }
    }
}

/// IPv6 addresses that are written otherwise than usual.
fn addresses(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    let config = spec.dns_config.iter();
    let servers = config.flat_map(|config| config.nameservers.iter().flatten());
    for (at, server) in servers.enumerate() {
        let field = format!("{path}.dnsConfig.nameservers[{at}]");
        warnings.extend(address_warning(server, &field));
    }
    for (at, alias) in spec.host_aliases.iter().flatten().enumerate() {
        let field = format!("{path}.hostAliases[{at}].ip");
        warnings.extend(address_warning(&alias.ip, &field));
    }
}

fn pull_secrets(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    let secrets = spec.image_pull_secrets.as_deref().unwrap_or_default();
    let field = |at: usize| format!("{path}.imagePullSecrets[{at}].name");
    let mut seen = BTreeSet::new();
    for (at, secret) in secrets.iter().enumerate() {
        if !seen.insert(secret.name.as_str()) {
            warnings.push(format!("{}: duplicate name {:?}", field(at), secret.name));
        }
    }
    for (at, secret) in secrets.iter().enumerate() {
        if secret.name.is_empty() {
            warnings.push(format!("{}: invalid empty name \"\"", field(at)));
        }
    }
}

fn pod_seccomp(spec: &PodSpec, annotations: &Annotations, field: &str, warnings: &mut Vec<String>) {
    let context = spec.security_context.as_ref();
    let profile = context.and_then(|context| context.seccomp_profile.as_ref());
    if profile.is_none() && annotations.contains_key(SECCOMP) {
        warnings.push(format!("{field}: {}", containers::NO_SECCOMP));
    }
}

fn affinity(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    let Some(affinity) = spec.affinity.as_ref() else {
        return;
    };
    if let Some(pod) = affinity.pod_affinity.as_ref() {
        let path = format!("{path}.affinity.podAffinity");
        let required = &pod.required_during_scheduling_ignored_during_execution;
        let preferred = &pod.preferred_during_scheduling_ignored_during_execution;
        terms(required.as_ref(), preferred.as_ref(), &path, warnings);
    }
    if let Some(pod) = affinity.pod_anti_affinity.as_ref() {
        let path = format!("{path}.affinity.podAntiAffinity");
        let required = &pod.required_during_scheduling_ignored_during_execution;
        let preferred = &pod.preferred_during_scheduling_ignored_during_execution;
        terms(required.as_ref(), preferred.as_ref(), &path, warnings);
    }
}

fn terms(
    required: Option<&Vec<PodAffinityTerm>>,
    preferred: Option<&Vec<WeightedPodAffinityTerm>>,
    path: &str,
    warnings: &mut Vec<String>,
) {
    let mut null = |field: String| {
        warnings.push(format!(
            "{field}.labelSelector: a null labelSelector results in matching no pod"
        ));
    };
    for (at, term) in required.into_iter().flatten().enumerate() {
        if term.label_selector.is_none() {
            null(format!("{path}.{REQUIRED}[{at}]"));
        }
    }
    for (at, term) in preferred.into_iter().flatten().enumerate() {
        if term.pod_affinity_term.label_selector.is_none() {
            null(format!("{path}.{PREFERRED}[{at}].podAffinityTerm"));
        }
    }
}
