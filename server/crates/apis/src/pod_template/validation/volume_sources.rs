//! Sources of volumes that nothing here mounts: what they must say all the same.

use k8s_openapi::api::core::v1::{
    CSIVolumeSource, EphemeralVolumeSource, ISCSIVolumeSource, ImageVolumeSource, NFSVolumeSource,
    Volume,
};

use super::claim_template::validate_claim_template;
use super::vendor_disks::validate_vendor;
use super::volumes::{require, validate_descending_path};
use crate::meta::dns_subdomain_errors;
use crate::{FieldError, FieldErrors};

const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];
const DRIVER_NAME_MAX: usize = 63;

/// Errors of the source that is called `field`; `path` is that of the source.
pub(super) fn validate_remote(volume: &Volume, field: &str, path: &str, errors: &mut FieldErrors) {
    match field {
        "gitRepo" => {
            let source = volume.git_repo.clone().unwrap_or_default();
            require(&source.repository, &format!("{path}.repository"), errors);
            let directory = source.directory.unwrap_or_default();
            validate_descending_path(&directory, &format!("{path}.directory"), errors);
        }
        "nfs" => validate_nfs(&volume.nfs.clone().unwrap_or_default(), path, errors),
        "iscsi" => validate_iscsi(&volume.iscsi.clone().unwrap_or_default(), path, errors),
        "csi" => validate_csi(&volume.csi.clone().unwrap_or_default(), path, errors),
        "ephemeral" => {
            let source = volume.ephemeral.clone().unwrap_or_default();
            validate_ephemeral(&source, &format!("{path}.volumeClaimTemplate"), errors);
        }
        "image" => validate_image(&volume.image.clone().unwrap_or_default(), path, errors),
        _ => validate_vendor(volume, field, path, errors),
    }
}

/// Who writes a template may leave the image to somebody else.
fn validate_image(source: &ImageVolumeSource, path: &str, errors: &mut FieldErrors) {
    let reference = source.reference.as_deref().unwrap_or_default();
    if path.starts_with("spec.volumes[") {
        require(reference, &format!("{path}.reference"), errors);
    }
    let field = format!("{path}.pullPolicy");
    match source.pull_policy.as_deref().unwrap_or_default() {
        "" => errors.push(FieldError::required(field, "")),
        policy if PULL_POLICIES.contains(&policy) => {}
        policy => errors.push(FieldError::not_supported(field, policy, &PULL_POLICIES)),
    }
}

fn validate_nfs(source: &NFSVolumeSource, path: &str, errors: &mut FieldErrors) {
    require(&source.server, &format!("{path}.server"), errors);
    let field = format!("{path}.path");
    require(&source.path, &field, errors);
    if !source.path.starts_with('/') {
        let detail = "must be an absolute path";
        errors.push(FieldError::invalid(field, &source.path, detail));
    }
}

fn validate_iscsi(source: &ISCSIVolumeSource, path: &str, errors: &mut FieldErrors) {
    require(
        &source.target_portal,
        &format!("{path}.targetPortal"),
        errors,
    );
    match source.iqn.as_str() {
        "" => errors.push(FieldError::required(format!("{path}.iqn"), "")),
        name => validate_initiator(name, &format!("{path}.iqn"), errors),
    }
    if !(0..=255).contains(&source.lun) {
        let detail = "must be between 0 and 255, inclusive";
        errors.push(FieldError::invalid(
            format!("{path}.lun"),
            source.lun,
            detail,
        ));
    }
    let asks = [source.chap_auth_discovery, source.chap_auth_session];
    if asks.contains(&Some(true)) && source.secret_ref.is_none() {
        errors.push(FieldError::required(format!("{path}.secretRef"), ""));
    }
    if let Some(name) = &source.initiator_name {
        validate_initiator(name, &format!("{path}.initiatorname"), errors);
    }
}

/// A name of the form `iqn.2001-04.com.example:storage`, `eui.` and 16 hex digits, or `naa.` and 16 or 32.
fn validate_initiator(name: &str, path: &str, errors: &mut FieldErrors) {
    let (kind, rest) = name.split_at_checked(3).unwrap_or_default();
    let rest = rest.strip_prefix('.');
    let hex = |text: &str| text.bytes().all(|c| c.is_ascii_hexdigit());
    let well_formed = match kind {
        "iqn" => rest.is_some_and(is_qualified),
        "eui" => rest.is_some_and(|id| id.len() == 16 && hex(id)),
        "naa" => rest.is_some_and(|id| matches!(id.len(), 16 | 32) && hex(id)),
        _ => {
            let detail = "must be valid format starting with iqn, eui, or naa";
            errors.push(FieldError::invalid(path, name, detail));
            return;
        }
    };
    if !well_formed {
        errors.push(FieldError::invalid(path, name, "must be valid format"));
    }
}

/// A month, the naming authority's domain turned round, and a name of its own behind a colon.
fn is_qualified(name: &str) -> bool {
    let (authority, own) = match name.split_once(':') {
        Some((authority, own)) => (authority, Some(own)),
        None => (name, None),
    };
    let Some((month, domain)) = authority.split_once('.') else {
        return false;
    };
    let dated = match month.as_bytes() {
        [year @ .., b'-', a, b] if year.len() == 4 => {
            year.iter().chain([a, b]).all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-.".contains(&c);
    dated && !domain.is_empty() && domain.bytes().all(allowed) && own != Some("")
}

fn validate_csi(source: &CSIVolumeSource, path: &str, errors: &mut FieldErrors) {
    let field = format!("{path}.driver");
    let driver = source.driver.as_str();
    require(driver, &field, errors);
    if driver.len() > DRIVER_NAME_MAX {
        errors.push(FieldError::too_long(field.as_str(), DRIVER_NAME_MAX));
    }
    let wrong = dns_subdomain_errors(&driver.to_lowercase()).into_iter();
    errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), driver, wrong)));
    let secret = source.node_publish_secret_ref.as_ref();
    match secret.map(|secret| secret.name.as_str()) {
        None => {}
        Some("") => {
            let field = format!("{path}.nodePublishSecretRef.name");
            errors.push(FieldError::required(field, ""));
        }
        Some(name) => {
            // where upstream thinks that the name is
            let field = format!("{path}.name");
            let wrong = dns_subdomain_errors(name).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
        }
    }
}

fn validate_ephemeral(source: &EphemeralVolumeSource, path: &str, errors: &mut FieldErrors) {
    match &source.volume_claim_template {
        None => errors.push(FieldError::required(path, "")),
        Some(template) => validate_claim_template(template, path, errors),
    }
}
