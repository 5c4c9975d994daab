//! Where a container mounts what, and which volumes it has as devices.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, Volume, VolumeMount};

use super::container::Around;
use super::volumes::{has_backsteps, validate_descending_path};
use crate::{ErrorType, FieldError, FieldErrors};

const PROPAGATIONS: [&str; 3] = ["Bidirectional", "HostToContainer", "None"];
const RECURSIVE_READ_ONLY: [&str; 3] = ["Disabled", "Enabled", "IfPossible"];

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
        let volume = around.volumes.get(mount.name.as_str());
        if volume.is_none() {
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
        apart_from_devices(mount, container, &path, errors);
        if volume.is_some_and(|volume| volume.image.is_some()) {
            no_sub_path(mount, &path, errors);
        }
        validate_sub_path(mount, list, &path, errors);
        validate_propagation(mount, container, list, errors);
        validate_recursive_read_only(mount, list, errors);
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

fn apart_from_devices(
    mount: &VolumeMount,
    container: &Container,
    path: &str,
    errors: &mut FieldErrors,
) {
    let devices = || container.volume_devices.iter().flatten();
    if devices().any(|device| device.name == mount.name) {
        let detail = "must not already exist in volumeDevices";
        let field = format!("{path}.name");
        errors.push(FieldError::invalid(field, &mount.name, detail));
    }
    if devices().any(|device| device.device_path == mount.mount_path) {
        let detail = "must not already exist as a path in volumeDevices";
        let field = format!("{path}.mountPath");
        errors.push(FieldError::invalid(field, &mount.mount_path, detail));
    }
}

/// An image is mounted whole.
fn no_sub_path(mount: &VolumeMount, path: &str, errors: &mut FieldErrors) {
    let rows = [
        ("subPath", &mount.sub_path),
        ("subPathExpr", &mount.sub_path_expr),
    ];
    for (field, value) in rows {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            let detail = "not allowed in image volume sources";
            errors.push(FieldError::invalid(
                format!("{path}.{field}"),
                value,
                detail,
            ));
        }
    }
}

fn validate_recursive_read_only(mount: &VolumeMount, list: &str, errors: &mut FieldErrors) {
    let field = format!("{list}.recursiveReadOnly");
    match mount.recursive_read_only.as_deref() {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if mount.read_only != Some(true) {
                let detail = "may only be specified when readOnly is true";
                errors.push(FieldError::forbidden(field.as_str(), detail));
            }
            let propagation = mount.mount_propagation.as_deref();
            if propagation.is_some_and(|propagation| propagation != "None") {
                let detail = "may only be specified when mountPropagation is None or not specified";
                errors.push(FieldError::forbidden(field, detail));
            }
        }
        Some(other) => errors.push(FieldError::not_supported(
            field,
            other,
            &RECURSIVE_READ_ONLY,
        )),
    }
}

/// Errors of the volumes that a container has as devices.
pub(super) fn validate_devices(
    container: &Container,
    around: &Around<'_>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    let mounts = || container.volume_mounts.iter().flatten();
    for (at, device) in container.volume_devices.iter().flatten().enumerate() {
        let (name, place) = (device.name.as_str(), device.device_path.as_str());
        let volume = around.volumes.get(name);
        let of_claim = |volume: &&Volume| {
            volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some()
        };
        let field = format!("{path}[{at}].name");
        if name.is_empty() {
            errors.push(FieldError::required(field.as_str(), ""));
        }
        let mut wrong = |detail: &str| {
            errors.push(FieldError::invalid(field.as_str(), name, detail));
        };
        if names.contains(name) {
            wrong("must be unique");
        }
        if volume.is_some_and(|volume| !of_claim(volume)) {
            wrong(
                "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
            );
        }
        if volume.is_none() {
            errors.push(FieldError::new(
                ErrorType::NotFound,
                field.as_str(),
                name,
                "",
            ));
        }
        let of_path = format!("{path}[{at}].devicePath");
        if place.is_empty() {
            errors.push(FieldError::required(of_path.as_str(), ""));
        }
        let mut wrong = |detail: &str| {
            errors.push(FieldError::invalid(of_path.as_str(), place, detail));
        };
        if paths.contains(place) {
            wrong("must be unique");
        }
        if has_backsteps(place) {
            wrong("can not contain backsteps ('..')");
        } else {
            paths.insert(place);
        }
        if mounts().any(|mount| mount.name == name) {
            let detail = "must not already exist in volumeMounts";
            errors.push(FieldError::invalid(field.as_str(), name, detail));
        }
        if mounts().any(|mount| mount.mount_path == place) {
            let detail = "must not already exist as a path in volumeMounts";
            errors.push(FieldError::invalid(of_path.as_str(), place, detail));
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}
