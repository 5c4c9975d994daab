//! Errors of a secret, by its type.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;

use crate::config_map::{MAX_BYTES, frozen, validate_key};
use crate::meta::immutable;
use crate::{FieldError, FieldErrors, go_syntax};

const SERVICE_ACCOUNT_NAME: &str = "kubernetes.io/service-account.name";

pub(super) fn validate(secret: &Secret) -> FieldErrors {
    let (mut errors, mut bytes) = (Vec::new(), 0);
    for (key, value) in secret.data.iter().flatten() {
        errors.extend(validate_key("data", key));
        bytes += value.0.len();
    }
    if bytes > MAX_BYTES {
        errors.push(FieldError::too_long("data", MAX_BYTES));
    }
    validate_type(secret, &mut errors);
    errors
}

pub(super) fn validate_update(new: &Secret, old: &Secret) -> FieldErrors {
    let mut errors = immutable(&new.type_, &old.type_, "type");
    if old.immutable == Some(true) {
        errors.extend(frozen(&[
            ("immutable", new.immutable != Some(true)),
            ("data", new.data != old.data),
        ]));
    }
    errors.extend(validate(new));
    errors
}

fn validate_type(secret: &Secret, errors: &mut FieldErrors) {
    let value = |key: &str| secret.data.as_ref().and_then(|data| data.get(key));
    let has = |key: &str| value(key).is_some();
    let mut require = |paths: &[String]| {
        let missing = paths.iter();
        errors.extend(missing.map(|path| FieldError::required(path, "")));
    };
    match secret.type_.as_deref().unwrap_or_default() {
        "kubernetes.io/service-account-token" => {
            let annotations = secret.metadata.annotations.as_ref();
            let name = annotations.and_then(|annotations| annotations.get(SERVICE_ACCOUNT_NAME));
            if name.is_none_or(String::is_empty) {
                require(&[format!("metadata.annotations[{SERVICE_ACCOUNT_NAME}]")]);
            }
        }
        "kubernetes.io/dockercfg" => validate_json(".dockercfg", value(".dockercfg"), errors),
        "kubernetes.io/dockerconfigjson" => {
            let key = ".dockerconfigjson";
            validate_json(key, value(key), errors);
        }
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            require(&["username", "password"].map(entry));
        }
        "kubernetes.io/ssh-auth" => {
            let key = "ssh-privatekey";
            if value(key).is_none_or(|value| value.0.is_empty()) {
                require(&[entry(key)]);
            }
        }
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"] {
                if !has(key) {
                    require(&[entry(key)]);
                }
            }
        }
        _ => {}
    }
}

fn entry(key: &str) -> String {
    format!("data[{key}]")
}

/// What a registry's credentials are kept in.
fn validate_json(key: &str, value: Option<&ByteString>, errors: &mut FieldErrors) {
    let path = entry(key);
    match value {
        None => errors.push(FieldError::required(path, "")),
        Some(value) => {
            let fault = go_syntax::object(&value.0).err();
            errors.extend(
                fault.map(|fault| FieldError::invalid(path, "<secret contents redacted>", fault)),
            );
        }
    }
}
