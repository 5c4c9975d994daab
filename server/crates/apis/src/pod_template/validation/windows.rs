//! What a pod says of its operating system, and Windows' options, which nothing here runs but which are kept.

use k8s_openapi::api::core::v1::{PodSpec, WindowsSecurityContextOptions};

use crate::meta::dns_subdomain_errors;
use crate::pod_template::placed;
use crate::{FieldError, FieldErrors};

const SYSTEMS: [&str; 2] = ["linux", "windows"];
const CREDENTIAL_BYTES_MAX: usize = 64 << 10;
const DOMAIN_BYTES_MAX: usize = 256;
const USER_BYTES_MAX: usize = 104;
const NETBIOS_CHARS_MAX: usize = 15;
const NOT_IN_NETBIOS: &[char] = &['\\', '/', ':', '*', '?', '"', '<', '>', '|'];
const NOT_IN_USERS: &[char] = &[
    '"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']',
];
const NOT_FOR_LINUX: &str = "windows options cannot be set for a linux pod";
const NOT_FOR_WINDOWS: &str = "cannot be set for a windows pod";

/// Errors of the options at `path`.
pub(super) fn validate_windows_options(
    options: Option<&WindowsSecurityContextOptions>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let Some(options) = options else { return };
    if let Some(name) = options.gmsa_credential_spec_name.as_deref() {
        let field = format!("{path}.gmsaCredentialSpecName");
        let wrong = dns_subdomain_errors(name).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
    }
    if let Some(credential) = options.gmsa_credential_spec.as_deref() {
        let detail = match credential.len() {
            0 => Some("gmsaCredentialSpec cannot be an empty string"),
            len if len > CREDENTIAL_BYTES_MAX => {
                Some("gmsaCredentialSpec size must be under 64 KiB")
            }
            _ => None,
        };
        let field = format!("{path}.gmsaCredentialSpec");
        errors.extend(detail.map(|detail| FieldError::invalid(field, credential, detail)));
    }
    if let Some(name) = options.run_as_user_name.as_deref() {
        let field = format!("{path}.runAsUserName");
        let wrong = user_errors(name).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
    }
}

/// What is wrong with `DOMAIN\user`, or with `user` alone.
fn user_errors(name: &str) -> Vec<&'static str> {
    let parts: Vec<_> = name.split('\\').collect();
    let (domain, user) = match parts[..] {
        _ if name.is_empty() => return vec!["runAsUserName cannot be an empty string"],
        _ if name.contains(|c: char| c.is_ascii_control()) => {
            return vec!["runAsUserName cannot contain control characters"];
        }
        [user] => (None, user),
        [domain, user] => (Some(domain), user),
        _ => return vec!["runAsUserName cannot contain more than one backslash"],
    };
    let rows = [
        (
            domain.is_some_and(|domain| domain.len() >= DOMAIN_BYTES_MAX),
            "runAsUserName's Domain length must be under 256 characters",
        ),
        (
            domain.is_some_and(|domain| !is_netbios(domain) && !is_dns(domain)),
            "runAsUserName's Domain doesn't match the NetBios nor the DNS format",
        ),
        (user.is_empty(), "runAsUserName's User cannot be empty"),
        (
            user.len() > USER_BYTES_MAX,
            "runAsUserName's User length must not be longer than 104 characters",
        ),
        (
            !user.is_empty() && user.chars().all(|c| c == '.' || c == ' '),
            "runAsUserName's User cannot contain only periods or spaces",
        ),
        (
            user.contains(NOT_IN_USERS),
            r#"runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]"#,
        ),
    ];
    let wrong = rows.into_iter().filter(|(wrong, _)| *wrong);
    wrong.map(|(_, detail)| detail).collect()
}

fn is_netbios(domain: &str) -> bool {
    let chars = domain.chars().count();
    (1..=NETBIOS_CHARS_MAX).contains(&chars)
        && !domain.starts_with('.')
        && !domain.contains(NOT_IN_NETBIOS)
}

/// As names of hosts are, capitals allowed.
fn is_dns(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let inner = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// Containers of a Windows pod share the host's processes all or none.
pub(super) fn validate_host_process(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let wants = |options: Option<&WindowsSecurityContextOptions>| {
        options.and_then(|options| options.host_process)
    };
    let context = spec.security_context.as_ref();
    let of_pod = wants(context.and_then(|context| context.windows_options.as_ref()));
    let (mut all, mut sharing) = (0, 0);
    for (container, path) in placed::all(spec, path) {
        let context = container.security_context.as_ref();
        let own = wants(context.and_then(|context| context.windows_options.as_ref()));
        if let (Some(of_pod), Some(own)) = (of_pod, own)
            && of_pod != own
        {
            let detail = format!(
                "pod hostProcess value must be identical if both are specified, was {of_pod}"
            );
            let field = format!("{path}.securityContext.windowsOptions.hostProcess");
            errors.push(FieldError::invalid(field, own, detail));
        }
        all += 1;
        sharing += usize::from(own.or(of_pod) == Some(true));
    }
    if sharing == 0 {
        return;
    }
    if sharing != all {
        let detail = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        errors.push(FieldError::invalid(path, "", detail));
    }
    if spec.host_network != Some(true) {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        let field = format!("{path}.hostNetwork");
        errors.push(FieldError::invalid(field, false, detail));
    }
}

/// A pod that names its system has no options of the other one.
pub(super) fn validate_os(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let Some(os) = spec.os.as_ref() else { return };
    match os.name.as_str() {
        "" => errors.push(FieldError::required(
            format!("{path}.os.name"),
            "cannot be empty",
        )),
        "linux" => forbid_windows(spec, path, errors),
        "windows" => forbid_linux(spec, path, errors),
        other => errors.push(FieldError::not_supported(
            format!("{path}.os"),
            other,
            &SYSTEMS,
        )),
    }
}

fn forbid_windows(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let mut forbid = |given: bool, path: &str| {
        if given {
            let field = format!("{path}.securityContext.windowsOptions");
            errors.push(FieldError::forbidden(field, NOT_FOR_LINUX));
        }
    };
    let context = spec.security_context.as_ref();
    forbid(
        context.is_some_and(|context| context.windows_options.is_some()),
        path,
    );
    for (container, path) in placed::all(spec, path) {
        let context = container.security_context.as_ref();
        forbid(
            context.is_some_and(|context| context.windows_options.is_some()),
            &path,
        );
    }
}

fn forbid_linux(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let mut forbid =
        |rows: &[(&str, bool)], path: &str| {
            let given = rows.iter().filter(|(_, given)| *given);
            errors.extend(given.map(|(field, _)| {
                FieldError::forbidden(format!("{path}.{field}"), NOT_FOR_WINDOWS)
            }));
        };
    // upstream keeps these of the pod in its security context
    let none = Default::default();
    let context = spec.security_context.as_ref().unwrap_or(&none);
    let rows = [
        (
            "securityContext.appArmorProfile",
            context.app_armor_profile.is_some(),
        ),
        (
            "securityContext.seLinuxOptions",
            context.se_linux_options.is_some(),
        ),
        ("hostUsers", spec.host_users.is_some()),
        ("hostPID", spec.host_pid == Some(true)),
        ("hostIPC", spec.host_ipc == Some(true)),
        (
            "securityContext.seccompProfile",
            context.seccomp_profile.is_some(),
        ),
        ("securityContext.fsGroup", context.fs_group.is_some()),
        (
            "securityContext.fsGroupChangePolicy",
            context.fs_group_change_policy.is_some(),
        ),
        (
            "securityContext.sysctls",
            context.sysctls.as_ref().is_some_and(|all| !all.is_empty()),
        ),
        (
            "shareProcessNamespace",
            spec.share_process_namespace.is_some(),
        ),
        ("securityContext.runAsUser", context.run_as_user.is_some()),
        ("securityContext.runAsGroup", context.run_as_group.is_some()),
        (
            "securityContext.supplementalGroups",
            context.supplemental_groups.is_some(),
        ),
        (
            "securityContext.supplementalGroupsPolicy",
            context.supplemental_groups_policy.is_some(),
        ),
        (
            "securityContext.seLinuxChangePolicy",
            context.se_linux_change_policy.is_some(),
        ),
    ];
    forbid(&rows, path);
    for (container, path) in placed::all(spec, path) {
        let Some(context) = container.security_context.as_ref() else {
            continue;
        };
        let rows = [
            ("appArmorProfile", context.app_armor_profile.is_some()),
            ("seLinuxOptions", context.se_linux_options.is_some()),
            ("seccompProfile", context.seccomp_profile.is_some()),
            ("capabilities", context.capabilities.is_some()),
            (
                "readOnlyRootFilesystem",
                context.read_only_root_filesystem.is_some(),
            ),
            ("privileged", context.privileged.is_some()),
            (
                "allowPrivilegeEscalation",
                context.allow_privilege_escalation.is_some(),
            ),
            ("procMount", context.proc_mount.is_some()),
            ("runAsUser", context.run_as_user.is_some()),
            ("runAsGroup", context.run_as_group.is_some()),
        ];
        forbid(&rows, &format!("{path}.securityContext"));
    }
}
