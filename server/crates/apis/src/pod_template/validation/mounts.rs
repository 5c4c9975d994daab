//! Where a container mounts what.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, VolumeMount};

use super::container::Around;
use super::volumes::validate_descending_path;
use crate::{ErrorType, FieldError, FieldErrors};

const PROPAGATIONS: [&str; 3] = ["Bidirectional", "HostToContainer", "None"];

pub(super) fn validate_mounts(
    container: &Container,
    around: &Around<'_>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let mut points = BTreeSet::new();
    for (at, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let list = path;
        let path = format!("{path}[{at}]");
        if mount.name.is_empty() {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        }
        if !around.volumes.contains(mount.name.as_str()) {
            let field = format!("{path}.name");
            errors.push(FieldError::new(ErrorType::NotFound, field, &mount.name, ""));
        }
        let field = format!("{path}.mountPath");
        if mount.mount_path.is_empty() {
            errors.push(FieldError::required(field.as_str(), ""));
        }
        if !points.insert(mount.mount_path.as_str()) {
            errors.push(FieldError::invalid(
                field,
                &mount.mount_path,
                "must be unique",
            ));
        }
        validate_sub_path(mount, list, &path, errors);
        validate_propagation(mount, container, list, errors);
    }
}

/// Upstream tells most of a mount's errors at the whole list.
fn validate_sub_path(mount: &VolumeMount, list: &str, path: &str, errors: &mut FieldErrors) {
    let sub_path = mount.sub_path.as_deref().unwrap_or_default();
    let expression = mount.sub_path_expr.as_deref().unwrap_or_default();
    validate_descending_path(sub_path, &format!("{list}.subPath"), errors);
    if !expression.is_empty() && !sub_path.is_empty() {
        errors.push(FieldError::invalid(
            format!("{path}.subPathExpr"),
            expression,
            "subPathExpr and subPath are mutually exclusive",
        ));
    }
    validate_descending_path(expression, &format!("{list}.subPathExpr"), errors);
}

fn validate_propagation(
    mount: &VolumeMount,
    container: &Container,
    list: &str,
    errors: &mut FieldErrors,
) {
    let Some(propagation) = mount.mount_propagation.as_deref() else {
        return;
    };
    let field = format!("{list}.mountPropagation");
    if !PROPAGATIONS.contains(&propagation) {
        let field = field.as_str();
        errors.push(FieldError::not_supported(field, propagation, &PROPAGATIONS));
    }
    let context = container.security_context.as_ref();
    let privileged = context.is_some_and(|context| context.privileged == Some(true));
    if propagation == "Bidirectional" && !privileged {
        let detail = "Bidirectional mount propagation is available only to privileged containers";
        errors.push(FieldError::forbidden(field, detail));
    }
}
