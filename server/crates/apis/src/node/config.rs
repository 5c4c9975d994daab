//! Where a node took its configuration from: a feature that is gone, but for its validation.

use k8s_openapi::api::core::v1::{ConfigMapNodeConfigSource, Node, NodeConfigSource};
use serde_json::json;

use crate::meta::{config_map_key_errors, dns_label_errors, dns_subdomain_errors};
use crate::{FieldError, FieldErrors};

/// What is wrong with a text.
type Faults = fn(&str) -> Vec<String>;

/// Upstream looks at these only when a node is updated.
pub(super) fn validate(node: &Node) -> FieldErrors {
    let mut errors = Vec::new();
    let wanted = node
        .spec
        .as_ref()
        .and_then(|spec| spec.config_source.as_ref());
    if let Some(source) = wanted {
        validate_source(source, "spec.configSource", forbid_version, &mut errors);
    }
    let status = node.status.as_ref();
    if let Some(config) = status.and_then(|status| status.config.as_ref()) {
        for (field, source) in [
            ("assigned", &config.assigned),
            ("active", &config.active),
            ("lastKnownGood", &config.last_known_good),
        ] {
            let path = format!("status.config.{field}");
            if let Some(source) = source {
                validate_source(source, &path, require_version, &mut errors);
            }
        }
    }
    errors
}

fn validate_source(
    source: &NodeConfigSource,
    path: &str,
    validate_version: fn(&ConfigMapNodeConfigSource, &str, &mut FieldErrors),
    errors: &mut FieldErrors,
) {
    let Some(map) = &source.config_map else {
        let detail = "exactly one reference subfield must be non-nil";
        errors.push(FieldError::invalid(
            path,
            json!({"ConfigMap": null}),
            detail,
        ));
        return;
    };
    let path = format!("{path}.configMap");
    validate_version(map, &path, errors);
    let fields: [(&str, &str, Faults); 3] = [
        ("namespace", &map.namespace, dns_label_errors),
        ("name", &map.name, dns_subdomain_errors),
        (
            "kubeletConfigKey",
            &map.kubelet_config_key,
            config_map_key_errors,
        ),
    ];
    for (field, value, faults) in fields {
        let path = format!("{path}.{field}");
        if value.is_empty() {
            errors.push(FieldError::required(path, format!("{field} must be set")));
            continue;
        }
        let faults = faults(value).into_iter();
        errors.extend(faults.map(|fault| FieldError::invalid(path.as_str(), value, fault)));
    }
}

/// What says which map it is, as a status tells and a spec must not.
fn version_fields(map: &ConfigMapNodeConfigSource) -> [(&'static str, bool); 2] {
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    [
        ("uid", is_set(&map.uid)),
        ("resourceVersion", is_set(&map.resource_version)),
    ]
}

fn forbid_version(map: &ConfigMapNodeConfigSource, path: &str, errors: &mut FieldErrors) {
    for (field, is_set) in version_fields(map) {
        if is_set {
            let detail = format!("{field} must not be set in spec");
            errors.push(FieldError::forbidden(format!("{path}.{field}"), detail));
        }
    }
}

fn require_version(map: &ConfigMapNodeConfigSource, path: &str, errors: &mut FieldErrors) {
    for (field, is_set) in version_fields(map) {
        if !is_set {
            let detail = format!("{field} must be set in status");
            errors.push(FieldError::required(format!("{path}.{field}"), detail));
        }
    }
}
