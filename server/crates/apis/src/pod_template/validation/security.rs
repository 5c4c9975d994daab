//! Security contexts: of a pod, of a container.

use k8s_openapi::api::core::v1::{
    AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext,
};

use super::sysctls::validate_sysctls;
use super::volumes::validate_descending_path;
use super::windows::validate_windows_options;
use crate::go_internal::Internal;
use crate::{FieldError, FieldErrors};

const PROC_MOUNTS: [&str; 2] = ["Default", "Unmasked"];
const GROUP_CHANGES: [&str; 2] = ["Always", "OnRootMismatch"];
const GROUPS_POLICIES: [&str; 2] = ["Merge", "Strict"];
const LABEL_CHANGES: [&str; 2] = ["MountOption", "Recursive"];
/// Of seccomp and of AppArmor.
const PROFILES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];

/// Errors of a container's.
pub(super) fn validate_security(
    context: &SecurityContext,
    host_users: bool,
    path: &str,
    errors: &mut FieldErrors,
) {
    validate_id(context.run_as_user, &format!("{path}.runAsUser"), errors);
    validate_id(context.run_as_group, &format!("{path}.runAsGroup"), errors);
    if let Some(mount) = context.proc_mount.as_deref() {
        let field = format!("{path}.procMount");
        if !PROC_MOUNTS.contains(&mount) {
            errors.push(FieldError::not_supported(
                field.as_str(),
                mount,
                &PROC_MOUNTS,
            ));
        }
        if host_users && mount == "Unmasked" {
            let detail = "`hostUsers` must be false to use `Unmasked`";
            errors.push(FieldError::invalid(field, mount, detail));
        }
    }
    validate_seccomp(context.seccomp_profile.as_ref(), path, errors);
    if context.allow_privilege_escalation == Some(false) {
        if context.privileged == Some(true) {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.push(FieldError::invalid(
                path,
                Internal::of("SecurityContext", context),
                detail,
            ));
        }
        let added = context.capabilities.iter();
        let mut added = added.flat_map(|capabilities| capabilities.add.iter().flatten());
        if added.any(|capability| capability == "CAP_SYS_ADMIN") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.push(FieldError::invalid(
                path,
                Internal::of("SecurityContext", context),
                detail,
            ));
        }
    }
    let windows = format!("{path}.windowsOptions");
    validate_windows_options(context.windows_options.as_ref(), &windows, errors);
    validate_app_armor(context.app_armor_profile.as_ref(), path, errors);
}

/// Errors of the pod's, which lies at `path` beside fields of the specification that belong to it.
pub(super) fn validate_pod_security(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let none = PodSecurityContext::default();
    let context = spec.security_context.as_ref().unwrap_or(&none);
    let ids = [
        ("fsGroup", context.fs_group),
        ("runAsUser", context.run_as_user),
        ("runAsGroup", context.run_as_group),
    ];
    for (field, id) in ids {
        validate_id(id, &format!("{path}.{field}"), errors);
    }
    for (at, id) in context.supplemental_groups.iter().flatten().enumerate() {
        validate_id(
            Some(*id),
            &format!("{path}.supplementalGroups[{at}]"),
            errors,
        );
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        let field = format!("{path}.shareProcessNamespace");
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.push(FieldError::invalid(field, true, detail));
    }
    validate_sysctls(spec, &format!("{path}.sysctls"), errors);
    let one_of =
        |field: &str, word: &Option<String>, supported: &[&str], errors: &mut FieldErrors| {
            let unknown = word.as_deref().filter(|word| !supported.contains(word));
            let wrong = unknown
                .map(|word| FieldError::not_supported(format!("{path}.{field}"), word, supported));
            errors.extend(wrong);
        };
    one_of(
        "fsGroupChangePolicy",
        &context.fs_group_change_policy,
        &GROUP_CHANGES,
        errors,
    );
    validate_seccomp(context.seccomp_profile.as_ref(), path, errors);
    let windows = format!("{path}.windowsOptions");
    validate_windows_options(context.windows_options.as_ref(), &windows, errors);
    validate_app_armor(context.app_armor_profile.as_ref(), path, errors);
    one_of(
        "supplementalGroupsPolicy",
        &context.supplemental_groups_policy,
        &GROUPS_POLICIES,
        errors,
    );
    one_of(
        "seLinuxChangePolicy",
        &context.se_linux_change_policy,
        &LABEL_CHANGES,
        errors,
    );
}

/// Users of their own and namespaces of the host's do not go together.
pub(super) fn validate_host_users(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    if spec.host_users != Some(false) {
        return;
    }
    let rows = [
        ("hostNetwork", spec.host_network),
        ("HostPID", spec.host_pid),
        ("HostIPC", spec.host_ipc),
    ];
    for (field, _) in rows.into_iter().filter(|(_, on)| *on == Some(true)) {
        let detail = "when `pod.Spec.HostUsers` is false";
        errors.push(FieldError::forbidden(format!("{path}.{field}"), detail));
    }
}

fn validate_id(id: Option<i64>, path: &str, errors: &mut FieldErrors) {
    let wrong = id.filter(|id| !(0..=i64::from(i32::MAX)).contains(id));
    errors
        .extend(wrong.map(|id| {
            FieldError::invalid(path, id, "must be between 0 and 2147483647, inclusive")
        }));
}

fn validate_seccomp(profile: Option<&SeccompProfile>, path: &str, errors: &mut FieldErrors) {
    let Some(profile) = profile else { return };
    let path = format!("{path}.seccompProfile");
    match profile.type_.as_str() {
        "" => errors.push(FieldError::required(
            format!("{path}.type"),
            "type is required when seccompProfile is set",
        )),
        known if PROFILES.contains(&known) => {}
        other => errors.push(FieldError::not_supported(
            format!("{path}.type"),
            other,
            &PROFILES,
        )),
    }
    let field = format!("{path}.localhostProfile");
    match (profile.type_.as_str(), profile.localhost_profile.as_deref()) {
        ("Localhost", None) => errors.push(FieldError::required(
            field,
            "must be set when seccomp type is Localhost",
        )),
        ("Localhost", Some(file)) => validate_descending_path(file, &field, errors),
        (_, Some(_)) => {
            let detail = "can only be set when seccomp type is Localhost";
            errors.push(FieldError::invalid(
                field,
                Internal::of("SeccompProfile", profile),
                detail,
            ));
        }
        (_, None) => {}
    }
}

fn validate_app_armor(profile: Option<&AppArmorProfile>, path: &str, errors: &mut FieldErrors) {
    const FILE_BYTES_MAX: usize = 4095;
    let Some(profile) = profile else { return };
    let path = format!("{path}.appArmorProfile");
    let field = format!("{path}.localhostProfile");
    match (profile.type_.as_str(), profile.localhost_profile.as_deref()) {
        ("Localhost", file) => {
            let file = file.unwrap_or_default();
            if file.trim() != file {
                let detail = "must not be padded with whitespace";
                errors.push(FieldError::invalid(field.as_str(), file, detail));
            } else if file.is_empty() {
                let detail = "must be set when AppArmor type is Localhost";
                errors.push(FieldError::required(field.as_str(), detail));
            }
            if file.len() > FILE_BYTES_MAX {
                errors.push(FieldError::too_long(field, FILE_BYTES_MAX));
            }
        }
        (known, file) if PROFILES.contains(&known) => {
            let detail = "can only be set when AppArmor type is Localhost";
            errors.extend(file.map(|file| FieldError::invalid(field, file, detail)));
        }
        ("", _) => errors.push(FieldError::required(
            format!("{path}.type"),
            "type is required when appArmorProfile is set",
        )),
        (other, _) => errors.push(FieldError::not_supported(
            format!("{path}.type"),
            other,
            &PROFILES,
        )),
    }
}
