//! Errors of a secret, by its type.

use k8s_openapi::api::core::v1::Secret;

use crate::config_map::{MAX_BYTES, frozen, validate_key};
use crate::meta::immutable;
use crate::{ErrorType, FieldError, FieldErrors};

const SERVICE_ACCOUNT_NAME: &str = "kubernetes.io/service-account.name";

pub(super) fn validate(secret: &Secret) -> FieldErrors {
    let (mut errors, mut bytes) = (Vec::new(), 0);
    for (key, value) in secret.data.iter().flatten() {
        errors.extend(validate_key("data", key));
        bytes += value.0.len();
    }
    if bytes > MAX_BYTES {
        let detail = format!("may not be more than {MAX_BYTES} bytes");
        errors.push(FieldError::new(ErrorType::TooLong, "data", "", detail));
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
    let has = |key: &str| {
        secret
            .data
            .as_ref()
            .is_some_and(|data| data.contains_key(key))
    };
    let mut require = |key: &str| {
        if !has(key) {
            errors.push(FieldError::required(format!("data[{key}]"), ""));
        }
    };
    match secret.type_.as_deref().unwrap_or_default() {
        "kubernetes.io/service-account-token" => {
            let annotations = secret.metadata.annotations.as_ref();
            let name = annotations.and_then(|annotations| annotations.get(SERVICE_ACCOUNT_NAME));
            if name.is_none_or(String::is_empty) {
                let path = format!("metadata.annotations[{SERVICE_ACCOUNT_NAME}]");
                errors.push(FieldError::required(path, ""));
            }
        }
        "kubernetes.io/dockercfg" => require(".dockercfg"),
        "kubernetes.io/dockerconfigjson" => require(".dockerconfigjson"),
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            require("username");
            require("password");
        }
        "kubernetes.io/ssh-auth" => require("ssh-privatekey"),
        "kubernetes.io/tls" => {
            require("tls.crt");
            require("tls.key");
        }
        _ => {}
    }
}
