use serde_json::{Value, json};

use super::{hardened, told};
use crate::pod_security::{Level, Version};

fn of_spec(spec: Value) -> String {
    told(Level::Restricted, Version::Latest, json!({}), spec)
}

/// One container that is hardened but for that.
fn but_for(context: &Value) -> Value {
    json!({"containers": [hardened("a", context)]})
}

/// What every beginner reads.
#[test]
fn a_plain_pod() {
    let spec = json!({"containers": [{"name": "c", "image": "busybox"}]});
    let want = "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), \
                unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), \
                runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), \
                seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";
    assert_eq!(of_spec(spec.clone()), want);
    let old = told(Level::Restricted, Version::Minor(7), json!({}), spec);
    let want =
        "runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true)";
    assert_eq!(old, want, "as in v1.7");
}

#[test]
fn contexts() {
    let rows = [
        ("nothing", json!({}), ""),
        (
            "one more capability",
            json!({"capabilities": {"add": ["NET_BIND_SERVICE"]}}),
            "",
        ),
        (
            "what may become more",
            json!({"allowPrivilegeEscalation": true}),
            "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false)",
        ),
        (
            "capabilities, told once",
            json!({"capabilities": {"drop": ["KILL"], "add": ["BPF", "CHOWN"]}}),
            "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]; container \"a\" must not include \"BPF\", \"CHOWN\" in securityContext.capabilities.add)",
        ),
        (
            "root, by name",
            json!({"runAsNonRoot": false}),
            "runAsNonRoot != true (container \"a\" must not set securityContext.runAsNonRoot=false)",
        ),
        (
            "root, by number",
            json!({"runAsUser": 0}),
            "runAsUser=0 (container \"a\" must not set runAsUser=0)",
        ),
        (
            "seccomp, told once",
            json!({"seccompProfile": {"type": "Unconfined"}}),
            "seccompProfile (container \"a\" must not set securityContext.seccompProfile.type to \"Unconfined\")",
        ),
        (
            "/proc, told once",
            json!({"procMount": "Unmasked"}),
            "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")",
        ),
        (
            "what the baseline refuses, first",
            json!({"privileged": true, "runAsUser": 0}),
            "privileged (container \"a\" must not set securityContext.privileged=true), runAsUser=0 (container \"a\" must not set runAsUser=0)",
        ),
    ];
    for (why, context, want) in rows {
        assert_eq!(of_spec(but_for(&context)), want, "{why}");
    }
}

/// What a pod says holds for the containers that say nothing.
#[test]
fn pods() {
    let silent = json!({"runAsNonRoot": null, "seccompProfile": null});
    let mut spec = json!({"containers": [hardened("a", &silent), hardened("b", &silent)]});
    let want = "runAsNonRoot != true (pod or containers \"a\", \"b\" must set securityContext.runAsNonRoot=true), \
                seccompProfile (pod or containers \"a\", \"b\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";
    assert_eq!(of_spec(spec.clone()), want);
    spec["securityContext"] =
        json!({"runAsNonRoot": true, "seccompProfile": {"type": "Localhost"}});
    assert_eq!(of_spec(spec.clone()), "");
    spec["securityContext"] =
        json!({"runAsNonRoot": false, "runAsUser": 0, "seccompProfile": {"type": "Unconfined"}});
    let want = "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), \
                runAsUser=0 (pod must not set runAsUser=0), \
                seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")";
    assert_eq!(of_spec(spec), want);
}

#[test]
fn volumes() {
    let mut spec = but_for(&json!({}));
    spec["volumes"] = json!([
        {"name": "e", "emptyDir": {}},
        {"name": "i", "image": {"reference": "r"}},
        {"name": "h", "hostPath": {"path": "/"}},
        {"name": "n", "nfs": {"path": "/", "server": "s"}},
    ]);
    let want = "restricted volume types (volumes \"h\", \"n\" use restricted volume types \"hostPath\", \"nfs\")";
    assert_eq!(of_spec(spec.clone()), want);
    spec["volumes"] = json!([{"name": "h", "hostPath": {"path": "/"}}]);
    let want = "restricted volume types (volume \"h\" uses restricted volume type \"hostPath\")";
    assert_eq!(of_spec(spec), want);
}

/// Some of it is not asked of Windows, nor of pods whose root is nobody to the node.
#[test]
fn exceptions() {
    let mut windows = but_for(
        &json!({"allowPrivilegeEscalation": null, "capabilities": null, "seccompProfile": null}),
    );
    windows["os"] = json!({"name": "windows"});
    assert_eq!(of_spec(windows.clone()), "");
    let old = told(Level::Restricted, Version::Minor(24), json!({}), windows);
    assert!(old.starts_with("allowPrivilegeEscalation"), "{old}");

    let mut mapped =
        but_for(&json!({"runAsNonRoot": false, "runAsUser": 0, "procMount": "Unmasked"}));
    mapped["hostUsers"] = json!(false);
    let want = "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")";
    assert_eq!(of_spec(mapped.clone()), want);
    let old = told(Level::Restricted, Version::Minor(34), json!({}), mapped);
    assert!(old.contains("runAsUser=0"), "{old}");
}
