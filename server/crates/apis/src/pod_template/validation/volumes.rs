//! Volumes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{KeyToPath, Volume, VolumeProjection};
use serde_json::Value;

use crate::meta::dns_label_errors;
use crate::quantity::Quantity;
use crate::{FieldError, FieldErrors};

const HOST_PATH_TYPES: [&str; 8] = [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
];

/// Errors of the volumes, and by name those that have none: no other can be mounted.
pub(super) fn validate_volumes<'a>(
    volumes: &'a [Volume],
    path: &str,
) -> (FieldErrors, BTreeMap<&'a str, &'a Volume>) {
    let (mut errors, mut known) = (Vec::new(), BTreeMap::new());
    for (at, volume) in volumes.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let mut wrong = Vec::new();
        validate_source(volume, &path, &mut wrong);
        let field = format!("{path}.name");
        let name = volume.name.as_str();
        if name.is_empty() {
            wrong.push(FieldError::required(field.as_str(), ""));
        } else {
            let labels = dns_label_errors(name).into_iter();
            wrong.extend(labels.map(|text| FieldError::invalid(field.as_str(), name, text)));
        }
        if known.contains_key(name) {
            wrong.push(FieldError::duplicate(field, name));
        }
        if wrong.is_empty() {
            known.insert(name, volume);
        }
        errors.extend(wrong);
    }
    (errors, known)
}

/// One source, whichever; those that can be mounted here are looked at more closely.
fn validate_source(volume: &Volume, path: &str, errors: &mut FieldErrors) {
    let fields = serde_json::to_value(volume).unwrap_or(Value::Null);
    let sources = fields
        .as_object()
        .into_iter()
        .flatten()
        .map(|(field, _)| field)
        .filter(|field| *field != "name");
    let sources: Vec<_> = sources.collect();
    if sources.is_empty() {
        errors.push(FieldError::required(path, "must specify a volume type"));
    }
    for extra in sources.iter().skip(1) {
        let detail = "may not specify more than 1 volume type";
        errors.push(FieldError::forbidden(format!("{path}.{extra}"), detail));
    }
    if let Some(source) = volume.empty_dir.as_ref() {
        let size = source.size_limit.as_ref().map(Quantity::of);
        if size.is_some_and(|size| size.is_err() || size.is_ok_and(Quantity::is_negative)) {
            let detail = "SizeLimit field must be a valid resource quantity";
            errors.push(FieldError::forbidden(
                format!("{path}.emptyDir.sizeLimit"),
                detail,
            ));
        }
    }
    if let Some(source) = volume.host_path.as_ref() {
        validate_host_path(
            &source.path,
            source.type_.as_deref(),
            &format!("{path}.hostPath"),
            errors,
        );
    }
    validate_files(volume, path, errors);
}

fn validate_files(volume: &Volume, path: &str, errors: &mut FieldErrors) {
    if let Some(source) = volume.config_map.as_ref() {
        let path = format!("{path}.configMap");
        require(&source.name, &format!("{path}.name"), errors);
        validate_mode(source.default_mode, &format!("{path}.defaultMode"), errors);
        validate_items(source.items.as_deref(), &path, errors);
    }
    if let Some(source) = volume.secret.as_ref() {
        let path = format!("{path}.secret");
        require(
            source.secret_name.as_deref().unwrap_or_default(),
            &format!("{path}.secretName"),
            errors,
        );
        validate_mode(source.default_mode, &format!("{path}.defaultMode"), errors);
        validate_items(source.items.as_deref(), &path, errors);
    }
    if let Some(source) = volume.downward_api.as_ref() {
        validate_mode(
            source.default_mode,
            &format!("{path}.downwardAPI.defaultMode"),
            errors,
        );
        for (at, file) in source.items.iter().flatten().enumerate() {
            require(&file.path, &format!("{path}.downwardAPI.path"), errors);
            validate_mode(
                file.mode,
                &format!("{path}.downwardAPI.items[{at}].mode"),
                errors,
            );
        }
    }
    if let Some(source) = volume.projected.as_ref() {
        validate_mode(
            source.default_mode,
            &format!("{path}.projected.defaultMode"),
            errors,
        );
        for (at, projection) in source.sources.iter().flatten().enumerate() {
            validate_projection(
                projection,
                &format!("{path}.projected.sources[{at}]"),
                errors,
            );
        }
    }
    if let Some(source) = volume.persistent_volume_claim.as_ref() {
        require(
            &source.claim_name,
            &format!("{path}.persistentVolumeClaim.claimName"),
            errors,
        );
    }
}

fn require(text: &str, path: &str, errors: &mut FieldErrors) {
    if text.is_empty() {
        errors.push(FieldError::required(path, ""));
    }
}

fn validate_mode(mode: Option<i32>, path: &str, errors: &mut FieldErrors) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        let detail = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.push(FieldError::invalid(path, mode, detail));
    }
}

fn validate_items(items: Option<&[KeyToPath]>, path: &str, errors: &mut FieldErrors) {
    for (at, item) in items.unwrap_or_default().iter().enumerate() {
        let path = format!("{path}.items[{at}]");
        require(&item.key, &format!("{path}.key"), errors);
        require(&item.path, &format!("{path}.path"), errors);
        validate_file_path(&item.path, &format!("{path}.path"), errors);
        validate_mode(item.mode, &format!("{path}.mode"), errors);
    }
}

fn validate_projection(projection: &VolumeProjection, path: &str, errors: &mut FieldErrors) {
    if let Some(source) = projection.config_map.as_ref() {
        require(&source.name, &format!("{path}.configMap.name"), errors);
        validate_items(
            source.items.as_deref(),
            &format!("{path}.configMap"),
            errors,
        );
    }
    if let Some(source) = projection.secret.as_ref() {
        require(&source.name, &format!("{path}.secret.name"), errors);
        validate_items(source.items.as_deref(), &format!("{path}.secret"), errors);
    }
    if let Some(source) = projection.service_account_token.as_ref() {
        require(
            &source.path,
            &format!("{path}.serviceAccountToken.path"),
            errors,
        );
    }
}

fn validate_host_path(path: &str, type_: Option<&str>, at: &str, errors: &mut FieldErrors) {
    if path.is_empty() {
        errors.push(FieldError::required(format!("{at}.path"), ""));
        return;
    }
    no_backsteps(path, &format!("{at}.path"), errors);
    if let Some(type_) = type_.filter(|type_| !HOST_PATH_TYPES.contains(type_)) {
        errors.push(FieldError::not_supported(
            format!("{at}.type"),
            type_,
            &HOST_PATH_TYPES,
        ));
    }
}

pub(super) fn has_backsteps(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

fn no_backsteps(path: &str, at: &str, errors: &mut FieldErrors) {
    if has_backsteps(path) {
        errors.push(FieldError::invalid(at, path, "must not contain '..'"));
    }
}

/// A path inside a volume: relative, never upwards.
pub(super) fn validate_descending_path(path: &str, at: &str, errors: &mut FieldErrors) {
    if path.starts_with('/') {
        errors.push(FieldError::invalid(at, path, "must be a relative path"));
    }
    no_backsteps(path, at, errors);
}

/// The same, for a file that is written into the volume.
fn validate_file_path(path: &str, at: &str, errors: &mut FieldErrors) {
    validate_descending_path(path, at, errors);
    // what begins so upstream keeps for its own links
    if path.starts_with("..") && !path.starts_with("../") {
        errors.push(FieldError::invalid(at, path, "must not start with '..'"));
    }
}
