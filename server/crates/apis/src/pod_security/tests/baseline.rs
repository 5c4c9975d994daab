use serde_json::{Value, json};

use super::{told, verdict};
use crate::pod_security::{Level, Version};

fn of_spec(spec: Value) -> String {
    told(Level::Baseline, Version::Latest, json!({}), spec)
}

fn as_of(minor: i64, spec: Value) -> String {
    told(Level::Baseline, Version::Minor(minor), json!({}), spec)
}

/// Two containers, of which both have that field.
fn both(field: &str, value: &Value) -> Value {
    json!({"containers": [{"name": "a", field: value}, {"name": "b", field: value}]})
}

#[test]
fn specifications() {
    let rows = [
        ("nothing", json!({"containers": [{"name": "a"}]}), ""),
        (
            "the host's namespaces",
            json!({"hostPID": true, "hostIPC": true, "hostNetwork": true, "containers": []}),
            "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)",
        ),
        (
            "the host's folders",
            json!({"containers": [], "volumes": [
                {"name": "b", "hostPath": {"path": "/"}}, {"name": "e", "emptyDir": {}}, {"name": "a", "hostPath": {"path": "/"}},
            ]}),
            "hostPath volumes (volumes \"b\", \"a\")",
        ),
        (
            "the host's ports, sorted as words are",
            json!({"containers": [
                {"name": "a", "ports": [{"containerPort": 1, "hostPort": 9}, {"containerPort": 2, "hostPort": 80}]},
                {"name": "b", "ports": [{"containerPort": 1, "hostPort": 80}]},
                {"name": "c", "ports": [{"containerPort": 1}]},
            ]}),
            "hostPort (containers \"a\", \"b\" use hostPorts 80, 9)",
        ),
        (
            "one port",
            json!({"initContainers": [{"name": "a", "ports": [{"containerPort": 1, "hostPort": 9}]}], "containers": []}),
            "hostPort (container \"a\" uses hostPort 9)",
        ),
        (
            "other hosts",
            json!({"containers": [
                {"name": "b", "livenessProbe": {"httpGet": {"port": 1, "host": "y"}}},
                {"name": "a", "lifecycle": {"preStop": {"tcpSocket": {"port": 1, "host": "x"}}}},
            ]}),
            "probe or lifecycle host (containers \"a\", \"b\" use probe or lifecycle hosts \"x\", \"y\")",
        ),
        (
            "privileges",
            json!({"containers": [{"name": "a", "securityContext": {"privileged": true}}]}),
            "privileged (container \"a\" must not set securityContext.privileged=true)",
        ),
        (
            "privileges of those that came later",
            json!({"containers": [{"name": "a"}], "ephemeralContainers": [{"name": "e", "securityContext": {"privileged": true}}]}),
            "privileged (container \"e\" must not set securityContext.privileged=true)",
        ),
        (
            "capabilities",
            json!({"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["NET_RAW", "KILL", "BPF"]}}}]}),
            "non-default capabilities (container \"a\" must not include \"BPF\", \"NET_RAW\" in securityContext.capabilities.add)",
        ),
        (
            "all of /proc",
            both("securityContext", &json!({"procMount": "Unmasked"})),
            "procMount (containers \"a\", \"b\" must not set securityContext.procMount to \"Unmasked\")",
        ),
        (
            "SELinux",
            json!({
                "securityContext": {"seLinuxOptions": {"type": "foo", "user": "u"}},
                "containers": [
                    {"name": "a", "securityContext": {"seLinuxOptions": {"type": "bar"}}},
                    {"name": "b", "securityContext": {"seLinuxOptions": {"role": "r"}}},
                    {"name": "c", "securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}},
                ],
            }),
            "seLinuxOptions (pod and containers \"a\", \"b\" set forbidden securityContext.seLinuxOptions: types \"bar\", \"foo\"; user may not be set; role may not be set)",
        ),
        (
            "seccomp",
            json!({
                "securityContext": {"seccompProfile": {"type": "Unconfined"}},
                "containers": [{"name": "a", "securityContext": {"seccompProfile": {"type": "Unconfined"}}}],
            }),
            "seccompProfile (pod and container \"a\" must not set securityContext.seccompProfile.type to \"Unconfined\")",
        ),
        (
            "settings of the kernel",
            json!({"containers": [], "securityContext": {"sysctls": [
                {"name": "z", "value": ""}, {"name": "net.ipv4.tcp_rmem", "value": ""}, {"name": "a", "value": ""},
            ]}}),
            "forbidden sysctls (z, a)",
        ),
        (
            "the host of Windows",
            json!({
                "securityContext": {"windowsOptions": {"hostProcess": true}},
                "containers": [{"name": "a", "securityContext": {"windowsOptions": {"hostProcess": false}}}],
            }),
            "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
        ),
        (
            "AppArmor",
            json!({
                "securityContext": {"appArmorProfile": {"type": "Unconfined"}},
                "containers": [{"name": "a", "securityContext": {"appArmorProfile": {"type": "Localhost"}}}],
            }),
            "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")",
        ),
        (
            "several, in the order of their checks",
            json!({"hostPID": true, "containers": [{"name": "a", "securityContext": {"privileged": true, "capabilities": {"add": ["BPF"]}}}]}),
            "non-default capabilities (container \"a\" must not include \"BPF\" in securityContext.capabilities.add), host namespaces (hostPID=true), privileged (container \"a\" must not set securityContext.privileged=true)",
        ),
    ];
    for (why, spec, want) in rows {
        assert_eq!(of_spec(spec.clone()), want, "{why}");
        let nobody = told(Level::Privileged, Version::Latest, json!({}), spec);
        assert_eq!(nobody, "", "{why}, where all is allowed");
    }
}

#[test]
fn annotations() {
    let app_armor = "container.apparmor.security.beta.kubernetes.io/a";
    let seccomp = "seccomp.security.alpha.kubernetes.io/pod";
    let of_container = "container.seccomp.security.alpha.kubernetes.io/a";
    let rows = [
        (Version::Latest, app_armor, "runtime/default", String::new()),
        (Version::Latest, app_armor, "localhost/x", String::new()),
        (
            Version::Latest,
            app_armor,
            "unconfined",
            format!(
                "forbidden AppArmor profile (annotation must not set AppArmor profile type to \"{app_armor}=\"unconfined\"\")"
            ),
        ),
        // of no effect any more
        (Version::Latest, seccomp, "unconfined", String::new()),
        (Version::Minor(18), seccomp, "docker/default", String::new()),
        (
            Version::Minor(18),
            seccomp,
            "unconfined",
            format!("seccompProfile (forbidden annotation {seccomp}=\"unconfined\")"),
        ),
        (
            Version::Minor(0),
            of_container,
            "x",
            format!("seccompProfile (forbidden annotation {of_container}=\"x\")"),
        ),
    ];
    for (version, key, value, want) in rows {
        let metadata = json!({"annotations": {key: value}});
        let spec = json!({"containers": [{"name": "a"}]});
        let found = told(Level::Baseline, version, metadata, spec);
        assert_eq!(found, want, "{version:?} {key}={value}");
    }
}

/// A namespace may hold on to the checks of an older version.
#[test]
fn versions() {
    let sysctl = |name: &str| json!({"containers": [], "securityContext": {"sysctls": [{"name": name, "value": ""}]}});
    let engine = json!({"containers": [], "securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}});
    let host = json!({"containers": [{"name": "a", "readinessProbe": {"tcpSocket": {"port": 1, "host": "x"}}}]});
    let mut mapped = both("securityContext", &json!({"procMount": "Unmasked"}));
    mapped["hostUsers"] = json!(false);
    let rows = [
        (
            "a setting",
            sysctl("net.ipv4.ip_local_reserved_ports"),
            26,
            27,
        ),
        ("another", sysctl("net.ipv4.tcp_fin_timeout"), 28, 29),
        ("and another", sysctl("net.ipv4.tcp_wmem"), 31, 32),
        ("a type of SELinux", engine, 30, 31),
        ("/proc in a user namespace", mapped, 34, 35),
    ];
    for (why, spec, refused, allowed) in rows {
        assert_ne!(as_of(refused, spec.clone()), "", "{why} in v1.{refused}");
        assert_eq!(as_of(allowed, spec.clone()), "", "{why} in v1.{allowed}");
        assert_eq!(as_of(99, spec), "", "{why} in a version to come");
    }
    assert_eq!(as_of(33, host.clone()), "");
    let told = "probe or lifecycle host (container \"a\" uses probe or lifecycle host \"x\")";
    assert_eq!(as_of(34, host), told);
}

#[test]
fn reasons_alone() {
    let spec = json!({"hostIPC": true, "containers": [{"name": "a", "securityContext": {"privileged": true}}]});
    let found = verdict(Level::Baseline, Version::Latest, json!({}), spec);
    assert_eq!(found.reason(), "host namespaces, privileged");
    assert!(!found.is_allowed());
}
