//! Security contexts: of a pod, of a container.

use k8s_openapi::api::core::v1::{PodSecurityContext, PodSpec, SeccompProfile, SecurityContext};

use super::volumes::validate_descending_path;
use crate::{FieldError, FieldErrors};

const PROC_MOUNTS: [&str; 2] = ["Default", "Unmasked"];
const GROUP_CHANGES: [&str; 2] = ["Always", "OnRootMismatch"];
const GROUPS_POLICIES: [&str; 2] = ["Merge", "Strict"];
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
            errors.push(FieldError::invalid(path, context, detail));
        }
        let added = context.capabilities.iter();
        let mut added = added.flat_map(|capabilities| capabilities.add.iter().flatten());
        if added.any(|capability| capability == "CAP_SYS_ADMIN") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.push(FieldError::invalid(path, context, detail));
        }
    }
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
    let words = [
        (
            "fsGroupChangePolicy",
            &context.fs_group_change_policy,
            GROUP_CHANGES,
        ),
        (
            "supplementalGroupsPolicy",
            &context.supplemental_groups_policy,
            GROUPS_POLICIES,
        ),
    ];
    validate_seccomp(context.seccomp_profile.as_ref(), path, errors);
    for (field, word, supported) in words {
        let unknown = word.as_deref().filter(|word| !supported.contains(word));
        errors
            .extend(unknown.map(|word| {
                FieldError::not_supported(format!("{path}.{field}"), word, &supported)
            }));
    }
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
            errors.push(FieldError::invalid(field, profile, detail));
        }
        (_, None) => {}
    }
}
