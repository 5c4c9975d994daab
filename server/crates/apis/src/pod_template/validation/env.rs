//! Environment variables and where their values come from.

use k8s_openapi::api::core::v1::{
    EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, ObjectFieldSelector, PodSpec,
    ResourceFieldSelector,
};

use super::volumes::{require, validate_file_path};
use crate::meta::{
    NameRule, config_map_key_errors, dns_subdomain_errors, env_var_name_errors,
    qualified_name_errors,
};
use crate::pod_template::placed;
use crate::quantity::Quantity;
use crate::{ErrorType, FieldError, FieldErrors};

/// Paths that a variable can take, in upstream's sorted order.
const ENV_PATHS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Paths that exist but that no variable can take.
const OTHER_PATHS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
];
const FILE_PATHS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
const CONTAINER_RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

const HUGE_PAGES: [&str; 2] = ["limits.hugepages-", "requests.hugepages-"];
/// Divisors of amounts of bytes.
const BYTES: [&str; 13] = [
    "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
];

pub(super) fn validate_env(env: &[EnvVar], path: &str, errors: &mut FieldErrors) {
    for (at, variable) in env.iter().enumerate() {
        let path = format!("{path}[{at}]");
        match variable.name.as_str() {
            "" => errors.push(FieldError::required(format!("{path}.name"), "")),
            name => invalid(
                env_var_name_errors(name),
                name,
                &format!("{path}.name"),
                errors,
            ),
        }
        if let Some(source) = variable.value_from.as_ref() {
            let has_value = variable
                .value
                .as_deref()
                .is_some_and(|value| !value.is_empty());
            validate_source(source, has_value, &format!("{path}.valueFrom"), errors);
        }
    }
}

fn invalid(wrong: Vec<String>, value: &str, path: &str, errors: &mut FieldErrors) {
    errors.extend(
        wrong
            .into_iter()
            .map(|wrong| FieldError::invalid(path, value, wrong)),
    );
}

fn validate_source(source: &EnvVarSource, has_value: bool, path: &str, errors: &mut FieldErrors) {
    let mut sources = 0_u8;
    if let Some(field) = source.field_ref.as_ref() {
        sources += 1;
        validate_field_ref(field, &ENV_PATHS, &format!("{path}.fieldRef"), errors);
    }
    if let Some(resource) = source.resource_field_ref.as_ref() {
        sources += 1;
        validate_resource_ref(resource, &format!("{path}.resourceFieldRef"), errors);
    }
    if let Some(key) = source.config_map_key_ref.as_ref() {
        sources += 1;
        validate_key_ref(
            &key.name,
            &key.key,
            &format!("{path}.configMapKeyRef"),
            errors,
        );
    }
    if let Some(key) = source.secret_key_ref.as_ref() {
        sources += 1;
        validate_key_ref(&key.name, &key.key, &format!("{path}.secretKeyRef"), errors);
    }
    if let Some(key) = source.file_key_ref.as_ref() {
        sources += 1;
        validate_file_key_ref(key, &format!("{path}.fileKeyRef"), errors);
    }
    let detail = match (sources, has_value) {
        (0, _) => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        }
        (_, true) => "may not be specified when `value` is not empty",
        (2.., false) => "may not have more than one field specified at a time",
        (1, false) => return,
    };
    errors.push(FieldError::invalid(path, "", detail));
}

/// Files are in volumes of the pod (`validateFileKeyRefVolumes`).
pub(super) fn validate_file_volumes(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    for (container, path) in placed::all(spec, path) {
        for (at, variable) in container.env.iter().flatten().enumerate() {
            let source = variable.value_from.as_ref();
            let Some(key) = source.and_then(|source| source.file_key_ref.as_ref()) else {
                continue;
            };
            if volumes.iter().all(|volume| volume.name != key.volume_name) {
                let field = format!("{path}.env[{at}].valueFrom.fileKeyRef.volumeName");
                let name = &key.volume_name;
                errors.push(FieldError::new(ErrorType::NotFound, field, name, ""));
            }
        }
    }
}

/// A field of the pod in a file of the downward API.
pub(super) fn validate_file_field_ref(
    field: &ObjectFieldSelector,
    path: &str,
    errors: &mut FieldErrors,
) {
    validate_field_ref(field, &FILE_PATHS, path, errors);
}

fn validate_field_ref(
    field: &ObjectFieldSelector,
    supported: &[&str],
    path: &str,
    errors: &mut FieldErrors,
) {
    if field.api_version.as_deref().is_none_or(str::is_empty) {
        errors.push(FieldError::required(format!("{path}.apiVersion"), ""));
        return;
    }
    let at = format!("{path}.fieldPath");
    let name = field.field_path.as_str();
    let mut converting = |why: String| {
        let detail = format!("error converting fieldPath: {why}");
        errors.push(FieldError::invalid(at.as_str(), name, detail));
    };
    let version = field.api_version.as_deref().unwrap_or_default();
    match (name, subscript(name)) {
        ("", _) => errors.push(FieldError::required(at, "")),
        _ if version != "v1" => converting(format!("unsupported pod version: {version}")),
        (_, Some(("metadata.annotations", key))) => {
            let key = key.to_lowercase();
            invalid(qualified_name_errors(&key), &key, path, errors);
        }
        (_, Some(("metadata.labels", key))) => {
            invalid(qualified_name_errors(key), key, path, errors);
        }
        (_, Some(_)) => converting(format!("field label does not support subscript: {name}")),
        // what old clients send
        ("spec.host", _) if supported.contains(&"spec.nodeName") => {}
        (known, _) if supported.contains(&known) => {}
        (known, _) if ENV_PATHS.contains(&known) || OTHER_PATHS.contains(&known) => {
            errors.push(FieldError::not_supported(at, known, supported));
        }
        _ => converting(format!("field label not supported: {name}")),
    }
}

/// `metadata.labels['key']`.
fn subscript(path: &str) -> Option<(&str, &str)> {
    path.strip_suffix("']")?.split_once("['")
}

pub(super) fn validate_resource_ref(
    of: &ResourceFieldSelector,
    path: &str,
    errors: &mut FieldErrors,
) {
    let field = format!("{path}.resource");
    let resource = of.resource.as_str();
    let kind = resource.split_once('.').map_or("", |(_, kind)| kind);
    let huge_pages = HUGE_PAGES.iter().any(|start| resource.starts_with(start));
    match resource {
        "" => errors.push(FieldError::required(field, "")),
        known if huge_pages || CONTAINER_RESOURCES.contains(&known) => {}
        other => errors.push(FieldError::not_supported(
            field,
            other,
            &CONTAINER_RESOURCES,
        )),
    }
    let divisor = of.divisor.as_ref();
    let Some(divisor) = divisor.and_then(|divisor| Quantity::of(divisor).ok()) else {
        return;
    };
    let (divisors, what): (&[&str], &str) = match kind {
        "cpu" => (&["1m", "1"], "cpu"),
        "memory" => (&BYTES, "memory"),
        "ephemeral-storage" => (&BYTES, "local ephemeral storage"),
        _ if huge_pages => (&BYTES, "hugepages"),
        _ => return,
    };
    if !divisor.is_zero() && !divisors.contains(&divisor.to_string().as_str()) {
        let values = match kind {
            "cpu" => "1m and 1".to_owned(),
            _ => BYTES.join(", "),
        };
        let detail =
            format!("only divisor's values {values} are supported with the {what} resource");
        errors.push(FieldError::invalid(
            format!("{path}.divisor"),
            resource,
            detail,
        ));
    }
}

fn validate_key_ref(name: &str, key: &str, path: &str, errors: &mut FieldErrors) {
    invalid(
        dns_subdomain_errors(name),
        name,
        &format!("{path}.name"),
        errors,
    );
    match key {
        "" => errors.push(FieldError::required(format!("{path}.key"), "")),
        key => invalid(
            config_map_key_errors(key),
            key,
            &format!("{path}.key"),
            errors,
        ),
    }
}

/// A variable of a file in one of the pod's volumes.
fn validate_file_key_ref(of: &FileKeySelector, path: &str, errors: &mut FieldErrors) {
    let key = format!("{path}.key");
    match of.key.as_str() {
        "" => errors.push(FieldError::required(key, "")),
        name => invalid(env_var_name_errors(name), name, &key, errors),
    }
    require(&of.volume_name, &format!("{path}.volumeName"), errors);
    let file = format!("{path}.path");
    require(&of.path, &file, errors);
    validate_file_path(&of.path, &file, errors);
}

pub(super) fn validate_env_from(sources: &[EnvFromSource], path: &str, errors: &mut FieldErrors) {
    for (at, source) in sources.iter().enumerate() {
        let list = path;
        let path = format!("{path}[{at}]");
        if let Some(prefix) = source.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            invalid(
                env_var_name_errors(prefix),
                prefix,
                &format!("{path}.prefix"),
                errors,
            );
        }
        let refs = [
            (
                "configMapRef",
                source.config_map_ref.as_ref().map(|source| &source.name),
            ),
            (
                "secretRef",
                source.secret_ref.as_ref().map(|source| &source.name),
            ),
        ];
        for (field, name) in refs
            .iter()
            .filter_map(|(field, name)| Some((field, (*name)?)))
        {
            match name.as_str() {
                "" => errors.push(FieldError::required(format!("{path}.{field}.name"), "")),
                name => invalid(
                    NameRule::DnsSubdomain.errors(name, true),
                    name,
                    &format!("{path}.{field}.name"),
                    errors,
                ),
            }
        }
        let detail = match refs.iter().filter(|(_, name)| name.is_some()).count() {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        // upstream tells these at the whole list
        errors.push(FieldError::invalid(list, "", detail));
    }
}
