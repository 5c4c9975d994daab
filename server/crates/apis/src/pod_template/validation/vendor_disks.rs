//! Disks of clouds and vendors, whose drivers have long left upstream's tree; their fields are checked still.

use k8s_openapi::api::core::v1::{
    AzureDiskVolumeSource, FCVolumeSource, FlexVolumeSource, FlockerVolumeSource,
    QuobyteVolumeSource, StorageOSVolumeSource, Volume,
};

use super::volumes::require;
use crate::meta::dns_label_errors;
use crate::{FieldError, FieldErrors};

const CACHINGS: [&str; 3] = ["None", "ReadOnly", "ReadWrite"];
const DISK_KINDS: [&str; 3] = ["Dedicated", "Managed", "Shared"];
const MANAGED_URI: &str = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_URI: &str =
    "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
const TENANT_MAX: usize = 64;

/// Errors of the source that is called `field`, at `path`.
pub(super) fn validate_vendor(volume: &Volume, field: &str, path: &str, errors: &mut FieldErrors) {
    let mut required = |field: &str, text: &str| require(text, &format!("{path}.{field}"), errors);
    match field {
        "gcePersistentDisk" => {
            let source = volume.gce_persistent_disk.clone().unwrap_or_default();
            required("pdName", &source.pd_name);
            validate_partition(source.partition, path, errors);
        }
        "awsElasticBlockStore" => {
            let source = volume.aws_elastic_block_store.clone().unwrap_or_default();
            required("volumeID", &source.volume_id);
            validate_partition(source.partition, path, errors);
        }
        "glusterfs" => {
            let source = volume.glusterfs.clone().unwrap_or_default();
            required("endpoints", &source.endpoints);
            required("path", &source.path);
        }
        "flocker" => {
            validate_flocker(&volume.flocker.clone().unwrap_or_default(), path, errors);
        }
        "rbd" => {
            let source = volume.rbd.clone().unwrap_or_default();
            required("monitors", source.monitors.first().map_or("", |_| "some"));
            required("image", &source.image);
        }
        "cinder" => {
            let source = volume.cinder.clone().unwrap_or_default();
            required("volumeID", &source.volume_id);
            if let Some(secret) = source.secret_ref {
                required("secretRef.name", &secret.name);
            }
        }
        "cephfs" => {
            let source = volume.cephfs.clone().unwrap_or_default();
            required("monitors", source.monitors.first().map_or("", |_| "some"));
        }
        "quobyte" => {
            validate_quobyte(&volume.quobyte.clone().unwrap_or_default(), path, errors);
        }
        "fc" => validate_fc(&volume.fc.clone().unwrap_or_default(), path, errors),
        "flexVolume" => {
            validate_flex(
                &volume.flex_volume.clone().unwrap_or_default(),
                path,
                errors,
            );
        }
        "azureFile" => {
            let source = volume.azure_file.clone().unwrap_or_default();
            required("secretName", &source.secret_name);
            required("shareName", &source.share_name);
        }
        "vsphereVolume" => {
            let source = volume.vsphere_volume.clone().unwrap_or_default();
            required("volumePath", &source.volume_path);
        }
        "photonPersistentDisk" => {
            let source = volume.photon_persistent_disk.clone().unwrap_or_default();
            required("pdID", &source.pd_id);
        }
        "portworxVolume" => {
            let source = volume.portworx_volume.clone().unwrap_or_default();
            required("volumeID", &source.volume_id);
        }
        "azureDisk" => {
            validate_azure_disk(&volume.azure_disk.clone().unwrap_or_default(), path, errors);
        }
        "storageos" => {
            validate_storage_os(&volume.storageos.clone().unwrap_or_default(), path, errors);
        }
        "scaleIO" => {
            let source = volume.scale_io.clone().unwrap_or_default();
            required("gateway", &source.gateway);
            required("system", &source.system);
            required(
                "volumeName",
                source.volume_name.as_deref().unwrap_or_default(),
            );
        }
        _ => {}
    }
}

fn validate_partition(partition: Option<i32>, path: &str, errors: &mut FieldErrors) {
    if let Some(partition) = partition.filter(|number| !(0..=255).contains(number)) {
        let field = format!("{path}.partition");
        let detail = "must be between 0 and 255, inclusive";
        errors.push(FieldError::invalid(field, partition, detail));
    }
}

fn validate_flocker(source: &FlockerVolumeSource, path: &str, errors: &mut FieldErrors) {
    let name = source.dataset_name.as_deref().unwrap_or_default();
    let uuid = source.dataset_uuid.as_deref().unwrap_or_default();
    match (name, uuid) {
        ("", "") => {
            let detail = "one of datasetName and datasetUUID is required";
            errors.push(FieldError::required(path, detail));
        }
        ("", _) | (_, "") => {}
        _ => {
            let detail = "datasetName and datasetUUID can not be specified simultaneously";
            errors.push(FieldError::invalid(path, "resource", detail));
        }
    }
    if name.contains('/') {
        let field = format!("{path}.datasetName");
        errors.push(FieldError::invalid(field, name, "must not contain '/'"));
    }
}

fn validate_quobyte(source: &QuobyteVolumeSource, path: &str, errors: &mut FieldErrors) {
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let registry = source.registry.as_str();
    let field = format!("{path}.registry");
    let tenant = source.tenant.as_deref().unwrap_or_default();
    if registry.is_empty() {
        errors.push(FieldError::required(field, PAIRS));
    } else if tenant.len() > TENANT_MAX {
        let detail = "must be a UUID and may not exceed a length of 64 characters";
        errors.push(FieldError::required(format!("{path}.tenant"), detail));
    } else {
        let wrong = registry.split(',').filter(|pair| !is_host_and_port(pair));
        errors.extend(wrong.map(|_| FieldError::invalid(field.as_str(), registry, PAIRS)));
    }
    require(&source.volume, &format!("{path}.volume"), errors);
}

/// Go's `net.SplitHostPort`, which looks at colons and brackets only.
fn is_host_and_port(pair: &str) -> bool {
    let Some((host, port)) = pair.rsplit_once(':') else {
        return false;
    };
    let bare = |text: &str| !text.contains(['[', ']']);
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match bracketed {
        Some(host) => bare(host) && bare(port),
        None => bare(host) && bare(port) && !host.contains(':'),
    }
}

fn validate_fc(source: &FCVolumeSource, path: &str, errors: &mut FieldErrors) {
    let names = source.target_wwns.as_deref().unwrap_or_default();
    let ids = source.wwids.as_deref().unwrap_or_default();
    let field = format!("{path}.targetWWNs");
    if names.is_empty() && ids.is_empty() {
        let detail = "must specify either targetWWNs or wwids, but not both";
        errors.push(FieldError::required(field.as_str(), detail));
    }
    if !names.is_empty() && !ids.is_empty() {
        let detail = "targetWWNs and wwids can not be specified simultaneously";
        errors.push(FieldError::invalid(field, names, detail));
    }
    let lun = format!("{path}.lun");
    match source.lun {
        _ if names.is_empty() => {}
        None => {
            let detail = "lun is required if targetWWNs is specified";
            errors.push(FieldError::required(lun, detail));
        }
        Some(number) if (0..=255).contains(&number) => {}
        Some(number) => {
            let detail = "must be between 0 and 255, inclusive";
            errors.push(FieldError::invalid(lun, number, detail));
        }
    }
}

fn validate_flex(source: &FlexVolumeSource, path: &str, errors: &mut FieldErrors) {
    require(&source.driver, &format!("{path}.driver"), errors);
    for key in source.options.iter().flatten().map(|(key, _)| key) {
        let namespace = key.split_once('/').map_or(key.as_str(), |(first, _)| first);
        let namespace = format!(".{}", namespace.to_lowercase());
        if namespace.ends_with(".kubernetes.io") || namespace.ends_with(".k8s.io") {
            let field = format!("{path}.options[{key}]");
            let detail = "kubernetes.io and k8s.io namespaces are reserved";
            errors.push(FieldError::invalid(field, key, detail));
        }
    }
}

fn validate_azure_disk(source: &AzureDiskVolumeSource, path: &str, errors: &mut FieldErrors) {
    let uri = source.disk_uri.as_str();
    require(&source.disk_name, &format!("{path}.diskName"), errors);
    require(uri, &format!("{path}.diskURI"), errors);
    let words = [
        ("cachingMode", &source.caching_mode, CACHINGS),
        ("kind", &source.kind, DISK_KINDS),
    ];
    for (field, word, known) in words {
        if let Some(word) = word.as_deref().filter(|word| !known.contains(word)) {
            let field = format!("{path}.{field}");
            errors.push(FieldError::not_supported(field, word, &known));
        }
    }
    let form = match source.kind.as_deref() {
        Some("Managed") if !uri.starts_with("/subscriptions/") => MANAGED_URI,
        Some(kind) if kind != "Managed" && !uri.starts_with("https://") => BLOB_URI,
        _ => return,
    };
    let field = format!("{path}.diskURI");
    errors.push(FieldError::not_supported(field, uri, &[form]));
}

fn validate_storage_os(source: &StorageOSVolumeSource, path: &str, errors: &mut FieldErrors) {
    let name = source.volume_name.as_deref().unwrap_or_default();
    require(name, &format!("{path}.volumeName"), errors);
    let namespace = source.volume_namespace.as_deref().unwrap_or_default();
    for (field, text) in [("volumeName", name), ("volumeNamespace", namespace)] {
        let field = format!("{path}.{field}");
        if !text.is_empty() {
            let wrong = dns_label_errors(text).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), text, wrong)));
        }
    }
    if let Some(secret) = &source.secret_ref {
        require(&secret.name, &format!("{path}.secretRef.name"), errors);
    }
}
