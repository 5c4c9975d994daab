//! Volumes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{KeyToPath, Volume};
use serde_json::Value;

use super::projections::{validate_downward_file, validate_projected};
use super::volume_sources::validate_remote;
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

/// Upstream looks at them in this order, and closely at the first.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// One source, whichever.
fn validate_source(volume: &Volume, path: &str, errors: &mut FieldErrors) {
    let fields = serde_json::to_value(volume).unwrap_or(Value::Null);
    let mut said = SOURCES.iter().filter(|field| fields.get(field).is_some());
    match said.next() {
        None => errors.push(FieldError::required(path, "must specify a volume type")),
        Some(first) => validate_first(volume, first, &format!("{path}.{first}"), errors),
    }
    validate_initiator_length(volume, path, errors);
    for extra in said {
        let field = match *extra {
            // upstream's own spellings
            "cephfs" => "cephFS",
            "downwardAPI" => "downwarAPI",
            field => field,
        };
        let detail = "may not specify more than 1 volume type";
        errors.push(FieldError::forbidden(format!("{path}.{field}"), detail));
    }
}

/// Where the initiator is named, the volume's name goes into a name of its own.
fn validate_initiator_length(volume: &Volume, path: &str, errors: &mut FieldErrors) {
    const LENGTH_MAX: usize = 64;
    let named = volume
        .iscsi
        .as_ref()
        .filter(|source| source.initiator_name.is_some());
    let length = named.map(|source| volume.name.len() + 1 + source.target_portal.len());
    if length.is_some_and(|length| length > LENGTH_MAX) {
        let detail = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
        errors.push(FieldError::invalid(
            format!("{path}.name"),
            &volume.name,
            detail,
        ));
    }
}

fn validate_first(volume: &Volume, field: &str, path: &str, errors: &mut FieldErrors) {
    match field {
        "emptyDir" => validate_empty_dir(volume, path, errors),
        "hostPath" => {
            let source = volume.host_path.clone().unwrap_or_default();
            validate_host_path(&source.path, source.type_.as_deref(), path, errors);
        }
        "configMap" => {
            let source = volume.config_map.clone().unwrap_or_default();
            require(&source.name, &format!("{path}.name"), errors);
            validate_mode(source.default_mode, &format!("{path}.defaultMode"), errors);
            validate_items(source.items.as_deref(), path, errors);
        }
        "secret" => {
            let source = volume.secret.clone().unwrap_or_default();
            let name = source.secret_name.unwrap_or_default();
            require(&name, &format!("{path}.secretName"), errors);
            validate_mode(source.default_mode, &format!("{path}.defaultMode"), errors);
            validate_items(source.items.as_deref(), path, errors);
        }
        "downwardAPI" => {
            let source = volume.downward_api.clone().unwrap_or_default();
            validate_mode(source.default_mode, &format!("{path}.defaultMode"), errors);
            for file in source.items.iter().flatten() {
                validate_downward_file(file, path, errors);
            }
        }
        "projected" => {
            validate_projected(&volume.projected.clone().unwrap_or_default(), path, errors);
        }
        "persistentVolumeClaim" => {
            let source = volume.persistent_volume_claim.clone().unwrap_or_default();
            require(&source.claim_name, &format!("{path}.claimName"), errors);
        }
        _ => validate_remote(volume, field, path, errors),
    }
}

fn validate_empty_dir(volume: &Volume, path: &str, errors: &mut FieldErrors) {
    let source = volume.empty_dir.as_ref();
    let limit = source.and_then(|source| source.size_limit.as_ref());
    let size = limit.map(Quantity::of);
    if size.is_some_and(|size| size.is_err() || size.is_ok_and(Quantity::is_negative)) {
        let detail = "SizeLimit field must be a valid resource quantity";
        errors.push(FieldError::forbidden(format!("{path}.sizeLimit"), detail));
    }
}

pub(super) fn require(text: &str, path: &str, errors: &mut FieldErrors) {
    if text.is_empty() {
        errors.push(FieldError::required(path, ""));
    }
}

pub(super) fn validate_mode(mode: Option<i32>, path: &str, errors: &mut FieldErrors) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        let detail = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.push(FieldError::invalid(path, mode, detail));
    }
}

pub(super) fn validate_items(items: Option<&[KeyToPath]>, path: &str, errors: &mut FieldErrors) {
    for (at, item) in items.unwrap_or_default().iter().enumerate() {
        let path = format!("{path}.items[{at}]");
        require(&item.key, &format!("{path}.key"), errors);
        require(&item.path, &format!("{path}.path"), errors);
        validate_file_path(&item.path, &format!("{path}.path"), errors);
        validate_mode(item.mode, &format!("{path}.mode"), errors);
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
pub(crate) fn validate_descending_path(path: &str, at: &str, errors: &mut FieldErrors) {
    if path.starts_with('/') {
        errors.push(FieldError::invalid(at, path, "must be a relative path"));
    }
    no_backsteps(path, at, errors);
}

/// The same, for a file that is written into the volume.
pub(super) fn validate_file_path(path: &str, at: &str, errors: &mut FieldErrors) {
    validate_descending_path(path, at, errors);
    // what begins so upstream keeps for its own links
    if path.starts_with("..") && !path.starts_with("../") {
        errors.push(FieldError::invalid(at, path, "must not start with '..'"));
    }
}
