//! Security contexts as Go writes the types that upstream has inside: by their Go names, whatever is unset
//! as `null`.

use k8s_openapi::api::core::v1::{
    AppArmorProfile, Capabilities, SELinuxOptions, SeccompProfile, SecurityContext,
    WindowsSecurityContextOptions,
};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InternalContext<'a> {
    capabilities: Option<InternalCapabilities<'a>>,
    privileged: Option<bool>,
    #[serde(rename = "SELinuxOptions")]
    se_linux_options: Option<InternalLabels<'a>>,
    windows_options: Option<InternalWindows<'a>>,
    run_as_user: Option<i64>,
    run_as_group: Option<i64>,
    run_as_non_root: Option<bool>,
    read_only_root_filesystem: Option<bool>,
    allow_privilege_escalation: Option<bool>,
    proc_mount: Option<&'a str>,
    seccomp_profile: Option<InternalProfile<'a>>,
    app_armor_profile: Option<InternalProfile<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternalCapabilities<'a> {
    add: Option<&'a [String]>,
    drop: Option<&'a [String]>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternalLabels<'a> {
    user: &'a str,
    role: &'a str,
    #[serde(rename = "Type")]
    type_: &'a str,
    level: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternalWindows<'a> {
    #[serde(rename = "GMSACredentialSpecName")]
    gmsa_credential_spec_name: Option<&'a str>,
    #[serde(rename = "GMSACredentialSpec")]
    gmsa_credential_spec: Option<&'a str>,
    run_as_user_name: Option<&'a str>,
    host_process: Option<bool>,
}

/// Of seccomp and of AppArmor.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InternalProfile<'a> {
    #[serde(rename = "Type")]
    type_: &'a str,
    localhost_profile: Option<&'a str>,
}

impl<'a> From<&'a SecurityContext> for InternalContext<'a> {
    fn from(context: &'a SecurityContext) -> Self {
        Self {
            capabilities: context.capabilities.as_ref().map(Into::into),
            privileged: context.privileged,
            se_linux_options: context.se_linux_options.as_ref().map(Into::into),
            windows_options: context.windows_options.as_ref().map(Into::into),
            run_as_user: context.run_as_user,
            run_as_group: context.run_as_group,
            run_as_non_root: context.run_as_non_root,
            read_only_root_filesystem: context.read_only_root_filesystem,
            allow_privilege_escalation: context.allow_privilege_escalation,
            proc_mount: context.proc_mount.as_deref(),
            seccomp_profile: context.seccomp_profile.as_ref().map(Into::into),
            app_armor_profile: context.app_armor_profile.as_ref().map(Into::into),
        }
    }
}

impl<'a> From<&'a Capabilities> for InternalCapabilities<'a> {
    fn from(capabilities: &'a Capabilities) -> Self {
        Self {
            add: capabilities.add.as_deref(),
            drop: capabilities.drop.as_deref(),
        }
    }
}

impl<'a> From<&'a SELinuxOptions> for InternalLabels<'a> {
    fn from(options: &'a SELinuxOptions) -> Self {
        Self {
            user: options.user.as_deref().unwrap_or_default(),
            role: options.role.as_deref().unwrap_or_default(),
            type_: options.type_.as_deref().unwrap_or_default(),
            level: options.level.as_deref().unwrap_or_default(),
        }
    }
}

impl<'a> From<&'a WindowsSecurityContextOptions> for InternalWindows<'a> {
    fn from(options: &'a WindowsSecurityContextOptions) -> Self {
        Self {
            gmsa_credential_spec_name: options.gmsa_credential_spec_name.as_deref(),
            gmsa_credential_spec: options.gmsa_credential_spec.as_deref(),
            run_as_user_name: options.run_as_user_name.as_deref(),
            host_process: options.host_process,
        }
    }
}

impl<'a> From<&'a SeccompProfile> for InternalProfile<'a> {
    fn from(profile: &'a SeccompProfile) -> Self {
        Self {
            type_: &profile.type_,
            localhost_profile: profile.localhost_profile.as_deref(),
        }
    }
}

impl<'a> From<&'a AppArmorProfile> for InternalProfile<'a> {
    fn from(profile: &'a AppArmorProfile) -> Self {
        Self {
            type_: &profile.type_,
            localhost_profile: profile.localhost_profile.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_has_its_name_in_go_and_stands_in_its_order() {
        let shown = |context: serde_json::Value| {
            let context: SecurityContext =
                serde_json::from_value(context).expect("a security context");
            serde_json::to_string(&InternalContext::from(&context)).expect("plain data")
        };
        assert_eq!(
            shown(json!({})),
            r#"{"Capabilities":null,"Privileged":null,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":null,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}"#
        );
        let all = json!({
            "capabilities": {"add": ["A"]}, "privileged": true, "seLinuxOptions": {"level": "s0"},
            "windowsOptions": {"gmsaCredentialSpecName": "g"}, "runAsUser": 1, "runAsGroup": 2,
            "runAsNonRoot": true, "readOnlyRootFilesystem": false, "allowPrivilegeEscalation": false,
            "procMount": "Default", "seccompProfile": {"type": "Localhost", "localhostProfile": "f"},
            "appArmorProfile": {"type": "Unconfined"},
        });
        assert_eq!(
            shown(all),
            r#"{"Capabilities":{"Add":["A"],"Drop":null},"Privileged":true,"SELinuxOptions":{"User":"","Role":"","Type":"","Level":"s0"},"WindowsOptions":{"GMSACredentialSpecName":"g","GMSACredentialSpec":null,"RunAsUserName":null,"HostProcess":null},"RunAsUser":1,"RunAsGroup":2,"RunAsNonRoot":true,"ReadOnlyRootFilesystem":false,"AllowPrivilegeEscalation":false,"ProcMount":"Default","SeccompProfile":{"Type":"Localhost","LocalhostProfile":"f"},"AppArmorProfile":{"Type":"Unconfined","LocalhostProfile":null}}"#
        );
    }
}
