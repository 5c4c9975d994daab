//! What no pod needs that is not part of the system: the level `baseline`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    Container, HTTPGetAction, SELinuxOptions, TCPSocketAction, WindowsSecurityContextOptions,
};

use super::checks::Violation;
use super::subject::{Set, Subject};
use super::words::{containers, plural, quoted, setters, uses};

const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Each with the version that found it harmless.
const SYSCTLS: [(&str, i64); 12] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
];

/// The same of the types of SELinux.
const SE_LINUX_TYPES: [(&str, i64); 5] = [
    ("", 0),
    ("container_t", 0),
    ("container_init_t", 0),
    ("container_kvm_t", 0),
    ("container_engine_t", 31),
];

const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// A profile of seccomp or AppArmor that leaves the runtime's own or the node's in force.
pub(super) fn is_confined(profile: &str) -> bool {
    ["RuntimeDefault", "Localhost"].contains(&profile)
}

pub(super) fn app_armor_profile(pod: &Subject<'_>) -> Option<Violation> {
    let of_pod = pod.context();
    let of_pod = of_pod.and_then(|context| context.app_armor_profile.as_ref());
    let set = Set::find(
        pod,
        of_pod.map(|profile| profile.type_.as_str()),
        |context| Some(context.app_armor_profile.as_ref()?.type_.as_str()),
        is_confined,
    );
    let annotations = pod.annotations.into_iter().flatten();
    let mut refused: Vec<String> = annotations
        .filter(|(key, value)| key.starts_with(APP_ARMOR) && !is_confined_by_annotation(value))
        .map(|(key, value)| format!("{key}={value:?}"))
        .collect();
    refused.sort();
    let annotated = (!refused.is_empty()).then(|| plural("annotation", refused.len()));
    let who: Vec<String> = setters(set.pod, &set.containers)
        .into_iter()
        .chain(annotated)
        .collect();
    let values: Vec<&str> = set
        .values
        .into_iter()
        .chain(refused.iter().map(String::as_str))
        .collect();
    (!who.is_empty()).then(|| {
        Violation::new(
            plural("forbidden AppArmor profile", values.len()),
            format!(
                "{} must not set AppArmor profile type to {}",
                who.join(" and "),
                quoted(values)
            ),
        )
    })
}

fn is_confined_by_annotation(profile: &str) -> bool {
    profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/")
}

pub(super) fn capabilities(pod: &Subject<'_>) -> Option<Violation> {
    let (names, added) = adding(pod, &CAPABILITIES);
    (!names.is_empty())
        .then(|| Violation::new("non-default capabilities", told_adding(&names, &added)))
}

/// The containers that add other capabilities than those, and which.
pub(super) fn adding<'s>(
    pod: &'s Subject<'_>,
    allowed: &[&str],
) -> (Vec<&'s str>, BTreeSet<&'s str>) {
    let (mut names, mut capabilities) = (Vec::new(), BTreeSet::new());
    for container in &pod.containers {
        let context = container.security_context.as_ref();
        let added = context.and_then(|context| context.capabilities.as_ref()?.add.as_ref());
        let added = added.into_iter().flatten().map(String::as_str);
        let refused: Vec<&str> = added.filter(|added| !allowed.contains(added)).collect();
        if !refused.is_empty() {
            names.push(container.name.as_str());
            capabilities.extend(refused);
        }
    }
    (names, capabilities)
}

pub(super) fn told_adding(names: &[&str], added: &BTreeSet<&str>) -> String {
    format!(
        "{} must not include {} in securityContext.capabilities.add",
        containers(names),
        quoted(added)
    )
}

pub(super) fn host_namespaces(pod: &Subject<'_>) -> Option<Violation> {
    let shared = [
        (pod.spec.host_network, "hostNetwork=true"),
        (pod.spec.host_pid, "hostPID=true"),
        (pod.spec.host_ipc, "hostIPC=true"),
    ];
    let shared: Vec<&str> = shared
        .into_iter()
        .filter_map(|(shares, field)| (shares == Some(true)).then_some(field))
        .collect();
    (!shared.is_empty()).then(|| Violation::new("host namespaces", shared.join(", ")))
}

pub(super) fn host_path_volumes(pod: &Subject<'_>) -> Option<Violation> {
    let volumes = pod.spec.volumes.iter().flatten();
    let names: Vec<&str> = volumes
        .filter(|volume| volume.host_path.is_some())
        .map(|volume| volume.name.as_str())
        .collect();
    let word = plural("volume", names.len());
    (!names.is_empty())
        .then(|| Violation::new("hostPath volumes", format!("{word} {}", quoted(&names))))
}

pub(super) fn host_ports(pod: &Subject<'_>) -> Option<Violation> {
    let of = |container: &Container| -> Vec<String> {
        let ports = container.ports.iter().flatten();
        let ports = ports.filter_map(|port| port.host_port);
        let ports = ports.filter(|port| *port != 0);
        ports.map(|port| port.to_string()).collect()
    };
    let names = pod.containers_where(|container| !of(container).is_empty());
    let ports: BTreeSet<String> = pod
        .containers
        .iter()
        .flat_map(|container| of(container))
        .collect();
    (!names.is_empty()).then(|| {
        let word = plural("hostPort", ports.len());
        let listed = ports.iter().map(String::as_str).collect::<Vec<_>>();
        Violation::new(
            "hostPort",
            format!(
                "{} {} {word} {}",
                containers(&names),
                uses(names.len()),
                listed.join(", ")
            ),
        )
    })
}

/// Of probes and of what is run at the start and the end of a container.
pub(super) fn hosts(pod: &Subject<'_>) -> Option<Violation> {
    let (mut names, mut hosts) = (BTreeSet::new(), BTreeSet::new());
    for container in &pod.containers {
        let asked = asked_hosts(container);
        if !asked.is_empty() {
            names.insert(container.name.as_str());
            hosts.extend(asked);
        }
    }
    let names: Vec<&str> = names.into_iter().collect();
    (!names.is_empty()).then(|| {
        let word = plural("probe or lifecycle host", hosts.len());
        Violation::new(
            "probe or lifecycle host",
            format!(
                "{} {} {word} {}",
                containers(&names),
                uses(names.len()),
                quoted(&hosts)
            ),
        )
    })
}

fn asked_hosts(container: &Container) -> Vec<&str> {
    let probes = [
        &container.liveness_probe,
        &container.readiness_probe,
        &container.startup_probe,
    ];
    let probes = probes.into_iter().flatten();
    let probes = probes.map(|probe| (probe.http_get.as_ref(), probe.tcp_socket.as_ref()));
    let hooks = container.lifecycle.iter();
    let hooks = hooks.flat_map(|hooks| [&hooks.post_start, &hooks.pre_stop]);
    let hooks = hooks.flatten();
    let hooks = hooks.map(|hook| (hook.http_get.as_ref(), hook.tcp_socket.as_ref()));
    let asked = probes.chain(hooks).flat_map(host_of);
    asked.filter(|host| !host.is_empty()).collect()
}

fn host_of<'a>(
    (http, tcp): (Option<&'a HTTPGetAction>, Option<&'a TCPSocketAction>),
) -> impl Iterator<Item = &'a str> {
    let http = http.and_then(|http| http.host.as_deref());
    let tcp = tcp.and_then(|tcp| tcp.host.as_deref());
    http.into_iter().chain(tcp)
}

pub(super) fn privileged(pod: &Subject<'_>) -> Option<Violation> {
    let names = pod.contexts_where(|context| context.privileged == Some(true));
    (!names.is_empty()).then(|| {
        let who = containers(&names);
        let detail = format!("{who} must not set securityContext.privileged=true");
        Violation::new("privileged", detail)
    })
}

pub(super) fn proc_mount(pod: &Subject<'_>) -> Option<Violation> {
    match pod.minor >= 35 && pod.has_user_namespace() {
        true => None,
        false => unmasked(pod),
    }
}

/// Whatever the pod's users are.
pub(super) fn unmasked(pod: &Subject<'_>) -> Option<Violation> {
    let set = Set::find(
        pod,
        None,
        |context| context.proc_mount.as_deref(),
        |mount| mount == "Default",
    );
    (!set.containers.is_empty()).then(|| {
        let who = containers(&set.containers);
        let values = quoted(&set.values);
        let detail = format!("{who} must not set securityContext.procMount to {values}");
        Violation::new("procMount", detail)
    })
}

pub(super) fn se_linux_options(pod: &Subject<'_>) -> Option<Violation> {
    let is_allowed = |of: &SELinuxOptions| {
        is_harmless(&SE_LINUX_TYPES, type_of(of), pod.minor) && !sets(&of.user) && !sets(&of.role)
    };
    let own = pod.context();
    let own = own.and_then(|context| context.se_linux_options.as_ref());
    let names = pod.contexts_where(|context| {
        let options = context.se_linux_options.as_ref();
        options.is_some_and(|options| !is_allowed(options))
    });
    let who = setters(own.is_some_and(|options| !is_allowed(options)), &names)?;
    let contexts = pod.containers.iter();
    let contexts = contexts.filter_map(|container| container.security_context.as_ref());
    let options = contexts.filter_map(|context| context.se_linux_options.as_ref());
    let options: Vec<&SELinuxOptions> = own.into_iter().chain(options).collect();
    let types: BTreeSet<&str> = options
        .iter()
        .map(|options| type_of(options))
        .filter(|name| !is_harmless(&SE_LINUX_TYPES, name, pod.minor))
        .collect();
    let mut what = Vec::new();
    if !types.is_empty() {
        what.push(format!(
            "{} {}",
            plural("type", types.len()),
            quoted(&types)
        ));
    }
    if options.iter().any(|options| sets(&options.user)) {
        what.push("user may not be set".to_owned());
    }
    if options.iter().any(|options| sets(&options.role)) {
        what.push("role may not be set".to_owned());
    }
    let what = what.join("; ");
    let detail = format!("{who} set forbidden securityContext.seLinuxOptions: {what}");
    Some(Violation::new("seLinuxOptions", detail))
}

fn type_of(options: &SELinuxOptions) -> &str {
    options.type_.as_deref().unwrap_or_default()
}

fn sets(field: &Option<String>) -> bool {
    field.as_ref().is_some_and(|value| !value.is_empty())
}

fn is_harmless(known: &[(&str, i64)], name: &str, minor: i64) -> bool {
    known
        .iter()
        .any(|(known, since)| *known == name && *since <= minor)
}

/// By annotations, until v1.19 made them fields.
pub(super) fn seccomp_profile(pod: &Subject<'_>) -> Option<Violation> {
    if pod.minor < 19 {
        return seccomp_annotations(pod);
    }
    let set = seccomp_set(pod);
    setters(set.pod, &set.containers).map(|who| told_seccomp(&who, &set))
}

/// Who sets a profile that is none.
pub(super) fn seccomp_set<'s>(pod: &'s Subject<'_>) -> Set<'s> {
    let own = pod.context();
    let own = own.and_then(|context| context.seccomp_profile.as_ref());
    Set::find(
        pod,
        own.map(|profile| profile.type_.as_str()),
        |context| Some(context.seccomp_profile.as_ref()?.type_.as_str()),
        is_confined,
    )
}

pub(super) fn told_seccomp(who: &str, set: &Set<'_>) -> Violation {
    let values = quoted(&set.values);
    Violation::new(
        "seccompProfile",
        format!("{who} must not set securityContext.seccompProfile.type to {values}"),
    )
}

fn seccomp_annotations(pod: &Subject<'_>) -> Option<Violation> {
    let containers = pod.containers.iter();
    let keys = containers.map(|container| format!("{SECCOMP_OF_CONTAINER}{}", container.name));
    let refused: BTreeSet<String> = keys
        .chain([SECCOMP_OF_POD.to_owned()])
        .filter_map(|key| {
            let value = pod.annotations?.get(&key)?;
            let confined = ["runtime/default", "docker/default"].contains(&value.as_str());
            let allowed = confined || value.starts_with("localhost/");
            (!allowed).then(|| format!("{key}={value:?}"))
        })
        .collect();
    (!refused.is_empty()).then(|| {
        let word = plural("annotation", refused.len());
        let listed = refused.iter().map(String::as_str).collect::<Vec<_>>();
        let detail = format!("forbidden {word} {}", listed.join(", "));
        Violation::new("seccompProfile", detail)
    })
}

pub(super) fn sysctls(pod: &Subject<'_>) -> Option<Violation> {
    let sysctls = pod.context().and_then(|context| context.sysctls.as_ref());
    let names: Vec<&str> = sysctls
        .into_iter()
        .flatten()
        .map(|sysctl| sysctl.name.as_str())
        .filter(|name| !is_harmless(&SYSCTLS, name, pod.minor))
        .collect();
    (!names.is_empty()).then(|| Violation::new("forbidden sysctls", names.join(", ")))
}

pub(super) fn host_process(pod: &Subject<'_>) -> Option<Violation> {
    let is_host = |options: &WindowsSecurityContextOptions| options.host_process == Some(true);
    let own = pod.context();
    let own = own.and_then(|context| context.windows_options.as_ref());
    let names = pod.contexts_where(|context| context.windows_options.as_ref().is_some_and(is_host));
    let who = setters(own.is_some_and(is_host), &names)?;
    let detail = format!("{who} must not set securityContext.windowsOptions.hostProcess=true");
    Some(Violation::new("hostProcess", detail))
}
