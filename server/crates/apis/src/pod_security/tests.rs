//! Which pods are refused, and in which words.

mod baseline;
mod restricted;

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::{Level, LevelVersion, Policy, Verdict, Version, evaluate, is_significant, policy_of};

/// What is wrong with a pod, as those checks say; empty for nothing.
fn told(level: Level, version: Version, metadata: Value, spec: Value) -> String {
    verdict(level, version, metadata, spec).detail()
}

fn verdict(level: Level, version: Version, metadata: Value, spec: Value) -> Verdict {
    let pod = pod(metadata, spec);
    let spec = pod.spec.expect("a specification");
    evaluate(LevelVersion { level, version }, &pod.metadata, &spec)
}

fn pod(metadata: Value, spec: Value) -> Pod {
    let pod = json!({"metadata": metadata, "spec": spec});
    serde_json::from_value(pod).expect("a pod")
}

/// A container that no level refuses, with more said of its security.
fn hardened(name: &str, more: &Value) -> Value {
    let mut context = json!({
        "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    crate::testing::merge(&mut context, more);
    json!({"name": name, "image": "i", "securityContext": context})
}

#[test]
fn policies() {
    let of = |level, version| LevelVersion { level, version };
    let nothing = of(Level::Privileged, Version::Latest);
    let rows = [
        ("no label", vec![("app", "x")], nothing, nothing),
        (
            "who enforces warns",
            vec![("enforce", "restricted"), ("enforce-version", "v1.30")],
            of(Level::Restricted, Version::Minor(30)),
            of(Level::Restricted, Version::Minor(30)),
        ),
        (
            "of another version when that is said",
            vec![("enforce", "baseline"), ("warn-version", "v1.0")],
            of(Level::Baseline, Version::Latest),
            of(Level::Baseline, Version::Minor(0)),
        ),
        (
            "unless no warning is asked for",
            vec![("enforce", "baseline"), ("warn", "privileged")],
            of(Level::Baseline, Version::Latest),
            nothing,
        ),
        (
            "warnings alone",
            vec![("warn", "restricted"), ("warn-version", "latest")],
            nothing,
            of(Level::Restricted, Version::Latest),
        ),
        (
            "what is no level is the strictest to enforce, and none to warn of",
            vec![("enforce", "strict"), ("warn", "")],
            of(Level::Restricted, Version::Latest),
            nothing,
        ),
    ];
    for (why, labels, enforce, warn) in rows {
        let labels: Vec<(String, &str)> = labels
            .into_iter()
            .map(|(key, value)| (format!("{}{key}", super::PREFIX), value))
            .collect();
        let labels = labels.iter().map(|(key, value)| (key.as_str(), *value));
        assert_eq!(policy_of(labels).0, Policy { enforce, warn }, "{why}");
    }
}

#[test]
fn labels_that_are_none() {
    let level = "must be one of privileged, baseline, restricted";
    let version = "must be \"latest\" or \"v1.x\"";
    let rows = [
        ("enforce", "Baseline", Some(level)),
        ("audit", "", Some(level)),
        ("warn", "privileged", None),
        ("enforce-version", "v1.0", None),
        ("enforce-version", "v1.100", None),
        ("audit-version", "latest", None),
        ("warn-version", "1.2", Some(version)),
        ("warn-version", "v1.02", Some(version)),
        ("warn-version", "v1.", Some(version)),
        ("warn-version", "v1.+2", Some(version)),
        ("warn-version", "v2.0", Some(version)),
        ("warn-version", "v1.99999999999999999999", Some(version)),
        // nobody's business
        ("other", "x", None),
    ];
    for (label, value, wrong) in rows {
        let key = format!("pod-security.kubernetes.io/{label}");
        let errors = policy_of([(key.as_str(), value)]).1;
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let want: Vec<String> = wrong
            .map(|wrong| format!("metadata.labels[{key}]: Invalid value: {value:?}: {wrong}"))
            .into_iter()
            .collect();
        assert_eq!(errors, want, "{label}={value}");
    }
}

#[test]
fn updates_that_are_looked_at() {
    let container = |name: &str, image: &str| json!({"name": name, "image": image});
    let seccomp = "seccomp.security.alpha.kubernetes.io/pod";
    let of_container = "container.seccomp.security.alpha.kubernetes.io/a";
    let plain = json!({"containers": [container("a", "i")]});
    let rows = [
        ("nothing", json!({}), plain.clone(), false),
        (
            "a label",
            json!({"labels": {"a": "b"}}),
            plain.clone(),
            false,
        ),
        (
            "a deadline",
            json!({}),
            json!({"containers": [container("a", "i")], "activeDeadlineSeconds": 3}),
            false,
        ),
        (
            "an image",
            json!({}),
            json!({"containers": [container("a", "j")]}),
            true,
        ),
        (
            "a container that came later",
            json!({}),
            json!({"containers": [container("a", "i")], "ephemeralContainers": [container("e", "i")]}),
            true,
        ),
        (
            "the pod's profile",
            json!({"annotations": {seccomp: "unconfined"}}),
            plain.clone(),
            true,
        ),
        (
            "a container's profile",
            json!({"annotations": {of_container: "unconfined"}}),
            plain.clone(),
            true,
        ),
    ];
    let old = pod(json!({}), plain.clone());
    for (why, metadata, spec, want) in rows {
        assert_eq!(is_significant(&pod(metadata, spec), &old), want, "{why}");
    }
}
