//! Profiles that a field and the annotation that it once was both name: they must be the same.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{AppArmorProfile, PodSpec, SeccompProfile};

use super::annotations::{APP_ARMOR_OF, SECCOMP, SECCOMP_OF};
use super::placed;
use crate::{FieldError, FieldErrors};

type Annotations = BTreeMap<String, String>;

/// A profile, as either kind has it.
struct Profile<'a> {
    /// What it is of, in upstream's words.
    of: &'static str,
    type_: &'a str,
    file: Option<&'a str>,
}

/// `validateSeccompAnnotationsAndFields` and `validateAppArmorAnnotationsAndFieldsMatchOnCreate`, of the
/// specification at `path`.
pub(crate) fn validate_profiles(
    annotations: Option<&Annotations>,
    spec: &PodSpec,
    path: &str,
    errors: &mut FieldErrors,
) {
    let Some(annotations) = annotations else {
        return;
    };
    let context = spec.security_context.as_ref();
    if let Some(profile) = context.and_then(|context| context.seccomp_profile.as_ref()) {
        let path = format!("{path}.securityContext.seccompProfile");
        errors.extend(contradicted(profile, annotations.get(SECCOMP), &path));
    }
    let placed = placed::all(spec, path);
    for (container, path) in &placed {
        let context = container.security_context.as_ref();
        if let Some(profile) = context.and_then(|context| context.seccomp_profile.as_ref()) {
            let annotation = annotations.get(&format!("{SECCOMP_OF}{}", container.name));
            let path = format!("{path}.securityContext.seccompProfile");
            errors.extend(contradicted(profile, annotation, &path));
        }
    }
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return;
    }
    let of_pod = context.and_then(|context| context.app_armor_profile.as_ref());
    for (container, path) in &placed {
        let context = container.security_context.as_ref();
        let own = context.and_then(|context| context.app_armor_profile.as_ref());
        if let Some(profile) = own.or(of_pod) {
            let annotation = annotations.get(&format!("{APP_ARMOR_OF}{}", container.name));
            let path = format!("{path}.securityContext.appArmorProfile");
            errors.extend(contradicted(profile, annotation, &path));
        }
    }
}

fn contradicted<'a>(
    profile: impl Into<Profile<'a>>,
    annotation: Option<&String>,
    path: &str,
) -> Option<FieldError> {
    let profile = profile.into();
    let annotation = annotation?.as_str();
    let (field, what) = match profile.type_ {
        "Unconfined" if annotation != "unconfined" => ("type", "type"),
        "RuntimeDefault" if !profile.is_default(annotation) => ("type", "type"),
        "Localhost" => match annotation.strip_prefix("localhost/") {
            None => ("type", "type"),
            Some(file) if profile.file != Some(file) => ("localhostProfile", "profile"),
            Some(_) => return None,
        },
        _ => return None,
    };
    let detail = format!("{} {what} in annotation and field must match", profile.of);
    Some(FieldError::forbidden(format!("{path}.{field}"), detail))
}

impl Profile<'_> {
    /// Seccomp's default had an older name.
    fn is_default(&self, annotation: &str) -> bool {
        annotation == "runtime/default" || (self.of == "seccomp" && annotation == "docker/default")
    }
}

impl<'a> From<&'a SeccompProfile> for Profile<'a> {
    fn from(profile: &'a SeccompProfile) -> Self {
        Self {
            of: "seccomp",
            type_: &profile.type_,
            file: profile.localhost_profile.as_deref(),
        }
    }
}

impl<'a> From<&'a AppArmorProfile> for Profile<'a> {
    fn from(profile: &'a AppArmorProfile) -> Self {
        Self {
            of: "apparmor",
            type_: &profile.type_,
            file: profile.localhost_profile.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn annotations_and_fields_agree() {
        let default = json!({"type": "RuntimeDefault"});
        let local = json!({"type": "Localhost", "localhostProfile": "p"});
        let rows = [
            ("docker/default", "runtime/default", &default, vec![]),
            ("localhost/p", "localhost/p", &local, vec![]),
            (
                "runtime/default",
                "docker/default",
                &default,
                vec![
                    "s.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match",
                ],
            ),
            (
                "localhost/q",
                "unconfined",
                &local,
                vec![
                    "s.securityContext.seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must match",
                    "s.containers[0].securityContext.seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must match",
                    "s.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match",
                ],
            ),
        ];
        for (seccomp, app_armor, profile, want) in rows {
            let annotations: Annotations = [
                (SECCOMP.to_owned(), seccomp.to_owned()),
                (format!("{SECCOMP_OF}a"), seccomp.to_owned()),
                (format!("{APP_ARMOR_OF}a"), app_armor.to_owned()),
            ]
            .into();
            let spec: PodSpec = serde_json::from_value(json!({
                "securityContext": {"seccompProfile": profile, "appArmorProfile": profile},
                "containers": [{"name": "a", "securityContext": {"seccompProfile": profile}}],
            }))
            .expect("a specification");
            let mut errors = FieldErrors::new();
            validate_profiles(Some(&annotations), &spec, "s", &mut errors);
            let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
            assert_eq!(told, want, "{seccomp} {app_armor}");
        }
    }
}
