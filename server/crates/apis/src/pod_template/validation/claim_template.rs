//! The claim that an ephemeral volume is made from (`ValidatePersistentVolumeClaimTemplate`).

use k8s_openapi::api::core::v1::{
    PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate, VolumeResourceRequirements,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::volumes::require;
use crate::meta::{dns_subdomain_errors, validate_annotations, validate_labels};
use crate::quantity::Quantity;
use crate::selector::validate_label_selector;
use crate::{FieldError, FieldErrors};

const ACCESS_MODES: [&str; 4] = [
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];
const VOLUME_MODES: [&str; 2] = ["Block", "Filesystem"];

pub(super) fn validate_claim_template(
    template: &PersistentVolumeClaimTemplate,
    path: &str,
    errors: &mut FieldErrors,
) {
    if let Some(meta) = &template.metadata {
        validate_meta(meta, &format!("{path}.metadata"), errors);
    }
    validate_claim(&template.spec, &format!("{path}.spec"), errors);
}

/// Labels and annotations are the claim's; of all else upstream keeps the right to say it.
fn validate_meta(meta: &ObjectMeta, path: &str, errors: &mut FieldErrors) {
    let annotations = format!("{path}.annotations");
    errors.extend(validate_annotations(
        meta.annotations.as_ref(),
        &annotations,
    ));
    errors.extend(validate_labels(
        meta.labels.as_ref(),
        &format!("{path}.labels"),
    ));
    let text = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let rows = [
        ("name", text(&meta.name)),
        ("generateName", text(&meta.generate_name)),
        ("namespace", text(&meta.namespace)),
        ("selfLink", text(&meta.self_link)),
        // the Go field's name with a small letter
        ("uID", text(&meta.uid)),
        ("resourceVersion", text(&meta.resource_version)),
        (
            "generation",
            meta.generation.is_some_and(|count| count != 0),
        ),
        ("creationTimestamp", meta.creation_timestamp.is_some()),
        ("deletionTimestamp", meta.deletion_timestamp.is_some()),
        (
            "deletionGracePeriodSeconds",
            meta.deletion_grace_period_seconds.is_some(),
        ),
        ("ownerReferences", meta.owner_references.is_some()),
        ("finalizers", meta.finalizers.is_some()),
        ("managedFields", meta.managed_fields.is_some()),
    ];
    for (field, _) in rows.into_iter().filter(|(_, is_said)| *is_said) {
        let detail = "cannot be set for an ephemeral volume";
        errors.push(FieldError::forbidden(format!("{path}.{field}"), detail));
    }
}

/// `ValidatePersistentVolumeClaimSpec`.
fn validate_claim(claim: &PersistentVolumeClaimSpec, path: &str, errors: &mut FieldErrors) {
    let modes = claim.access_modes.as_deref().unwrap_or_default();
    let field = format!("{path}.accessModes");
    if modes.is_empty() {
        let detail = "at least 1 access mode is required";
        errors.push(FieldError::required(field.as_str(), detail));
    }
    if let Some(selector) = &claim.selector {
        let field = format!("{path}.selector");
        errors.extend(validate_label_selector(Some(selector), &field));
    }
    let unknown = modes
        .iter()
        .filter(|mode| !ACCESS_MODES.contains(&mode.as_str()));
    errors.extend(unknown.map(|mode| FieldError::not_supported(&field, mode, &ACCESS_MODES)));
    let single = |mode: &&String| mode.as_str() == "ReadWriteOncePod";
    if modes.iter().any(|mode| single(&mode)) && !modes.iter().all(|mode| single(&mode)) {
        let detail = "may not use ReadWriteOncePod with other access modes";
        errors.push(FieldError::forbidden(field, detail));
    }
    validate_storage(claim.resources.as_ref(), path, errors);
    let classes = [
        ("storageClassName", &claim.storage_class_name),
        (
            "volumeAttributesClassName",
            &claim.volume_attributes_class_name,
        ),
    ];
    let (class, attributes) = (classes[0], classes[1]);
    validate_class(class, path, errors);
    if let Some(mode) = claim
        .volume_mode
        .as_deref()
        .filter(|mode| !VOLUME_MODES.contains(mode))
    {
        let field = format!("{path}.volumeMode");
        errors.push(FieldError::not_supported(field, mode, &VOLUME_MODES));
    }
    validate_sources(claim, path, errors);
    validate_class(attributes, path, errors);
}

fn validate_storage(
    resources: Option<&VolumeResourceRequirements>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let requests = resources.and_then(|resources| resources.requests.as_ref());
    let field = format!("{path}.resources[storage]");
    let Some(storage) = requests.and_then(|requests| requests.get("storage")) else {
        errors.push(FieldError::required(field, ""));
        return;
    };
    match Quantity::of(storage) {
        Ok(size) if size.is_negative() || size.is_zero() => {
            errors.push(FieldError::invalid(
                field,
                &storage.0,
                "must be greater than zero",
            ));
        }
        _ => {}
    }
}

fn validate_class((field, class): (&str, &Option<String>), path: &str, errors: &mut FieldErrors) {
    let class = class.as_deref().unwrap_or_default();
    if !class.is_empty() {
        let field = format!("{path}.{field}");
        let wrong = dns_subdomain_errors(class).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), class, wrong)));
    }
}

/// What a volume is filled with, as both fields name it.
fn validate_sources(claim: &PersistentVolumeClaimSpec, path: &str, errors: &mut FieldErrors) {
    let of = claim.data_source.as_ref();
    let of = of.map(|of| Source::of(&of.api_group, &of.kind, &of.name));
    let reference = claim.data_source_ref.as_ref();
    let reference = reference.map(|of| Source::of(&of.api_group, &of.kind, &of.name));
    if let Some(of) = &of {
        validate_source(of, &format!("{path}.dataSource"), errors);
    }
    if let Some(reference) = &reference {
        validate_source(reference, &format!("{path}.dataSourceRef"), errors);
    }
    if let (Some(of), Some(reference)) = (of, reference)
        && of != reference
    {
        let shown = format!("{path}.dataSource");
        errors.push(FieldError::invalid(path, shown, "must match dataSourceRef"));
    }
}

#[derive(PartialEq)]
struct Source<'a> {
    group: &'a str,
    kind: &'a str,
    name: &'a str,
}

impl<'a> Source<'a> {
    fn of(group: &'a Option<String>, kind: &'a str, name: &'a str) -> Self {
        let group = group.as_deref().unwrap_or_default();
        Self { group, kind, name }
    }
}

fn validate_source(source: &Source<'_>, path: &str, errors: &mut FieldErrors) {
    require(source.name, &format!("{path}.name"), errors);
    require(source.kind, &format!("{path}.kind"), errors);
    if source.group.is_empty() && source.kind != "PersistentVolumeClaim" {
        let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.push(FieldError::invalid(path, source.kind, detail));
    }
    if !source.group.is_empty() {
        let field = format!("{path}.apiGroup");
        let wrong = dns_subdomain_errors(source.group).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), source.group, wrong)));
    }
}
