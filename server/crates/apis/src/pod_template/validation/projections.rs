//! Files that are made of what the cluster knows: the downward API, and several sources in one volume.
//! Trust bundles and certificates of pods are no sources here: their gates are off.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, ServiceAccountTokenProjection,
    VolumeProjection,
};

use super::env::{validate_file_field_ref, validate_resource_ref};
use super::volumes::{require, validate_file_path, validate_items, validate_mode};
use crate::{FieldError, FieldErrors};

const TOKEN_SECS_MIN: i64 = 10 * 60;
const TOKEN_SECS_MAX: i64 = 1 << 32;

/// A file of the downward API. Upstream's paths are those of the list's parent.
pub(super) fn validate_downward_file(
    file: &DownwardAPIVolumeFile,
    path: &str,
    errors: &mut FieldErrors,
) {
    let field = format!("{path}.path");
    require(&file.path, &field, errors);
    validate_file_path(&file.path, &field, errors);
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(of), resource) => {
            validate_file_field_ref(of, &format!("{path}.fieldRef"), errors);
            if resource.is_some() {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.push(FieldError::invalid(path, "resource", detail));
            }
        }
        (None, Some(of)) => {
            let path = format!("{path}.resourceFieldRef");
            match of.container_name.as_deref().unwrap_or_default() {
                "" => require("", &format!("{path}.containerName"), errors),
                _ => validate_resource_ref(of, &path, errors),
            }
        }
        (None, None) => {
            let detail = "one of fieldRef and resourceFieldRef is required";
            errors.push(FieldError::required(path, detail));
        }
    }
    validate_mode(file.mode, &format!("{path}.mode"), errors);
}

/// A volume of several sources, which may not write one file twice.
pub(super) fn validate_projected(
    source: &ProjectedVolumeSource,
    path: &str,
    errors: &mut FieldErrors,
) {
    validate_mode(source.default_mode, &format!("{path}.defaultMode"), errors);
    let mut files = Files {
        path,
        seen: BTreeSet::new(),
    };
    for (at, projection) in source.sources.iter().flatten().enumerate() {
        let path = format!("{path}.sources[{at}]");
        files.validate(projection, &path, errors);
        let sources = [
            projection.secret.is_some(),
            projection.config_map.is_some(),
            projection.downward_api.is_some(),
            projection.service_account_token.is_some(),
        ];
        if sources.into_iter().filter(|is_said| *is_said).count() > 1 {
            let detail = "may not specify more than 1 volume type per source";
            errors.push(FieldError::forbidden(path, detail));
        }
    }
}

/// The files of a volume so far.
struct Files<'a> {
    path: &'a str,
    seen: BTreeSet<String>,
}

impl Files<'_> {
    fn validate(&mut self, projection: &VolumeProjection, path: &str, errors: &mut FieldErrors) {
        if let Some(source) = &projection.secret {
            let items = source.items.as_deref().unwrap_or_default();
            self.validate_keys((&source.name, items), &format!("{path}.secret"), errors);
        }
        if let Some(source) = &projection.config_map {
            let items = source.items.as_deref().unwrap_or_default();
            self.validate_keys((&source.name, items), &format!("{path}.configMap"), errors);
        }
        let downward = projection.downward_api.as_ref();
        for file in downward
            .into_iter()
            .flat_map(|source| source.items.iter().flatten())
        {
            validate_downward_file(file, &format!("{path}.downwardAPI"), errors);
            self.write(&file.path, &file.path, errors);
        }
        if let Some(token) = &projection.service_account_token {
            self.validate_token(token, &format!("{path}.serviceAccountToken"), errors);
        }
    }

    fn validate_keys(
        &mut self,
        (name, items): (&str, &[KeyToPath]),
        path: &str,
        errors: &mut FieldErrors,
    ) {
        require(name, &format!("{path}.name"), errors);
        validate_items(Some(items), path, errors);
        for item in items {
            self.write(&item.path, name, errors);
        }
    }

    /// Upstream looks for the token's path beside the sources.
    fn validate_token(
        &self,
        token: &ServiceAccountTokenProjection,
        path: &str,
        errors: &mut FieldErrors,
    ) {
        let secs = token.expiration_seconds.unwrap_or_default();
        let field = format!("{path}.expirationSeconds");
        if secs < TOKEN_SECS_MIN {
            let detail = "may not specify a duration less than 10 minutes";
            errors.push(FieldError::invalid(field.as_str(), secs, detail));
        }
        if secs > TOKEN_SECS_MAX {
            let detail = "may not specify a duration larger than 2^32 seconds";
            errors.push(FieldError::invalid(field, secs, detail));
        }
        let field = format!("{}.path", self.path);
        match token.path.as_str() {
            "" => errors.push(FieldError::required(field, "")),
            file => validate_file_path(file, &field, errors),
        }
    }

    fn write(&mut self, file: &str, shown: &str, errors: &mut FieldErrors) {
        if !file.is_empty() && !self.seen.insert(file.to_owned()) {
            let detail = "conflicting duplicate paths";
            errors.push(FieldError::invalid(self.path, shown, detail));
        }
    }
}
