//! Label and annotation syntax.

use std::collections::BTreeMap;

use super::names::dns_subdomain_errors;
use crate::{FieldError, FieldErrors};

const NAME_MAX: usize = 63;
const VALUE_MAX: usize = 63;
/// All annotations of an object together, keys included.
const ANNOTATIONS_MAX_BYTES: usize = 256 * 1024;

const NAME_TEXT: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const NAME_WITH_PREFIX_TEXT: &str = "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const VALUE_TEXT: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// Names are counted in characters and labels in bytes: upstream's two rooms differ in the word.
fn too_long(max: usize) -> String {
    format!("must be no more than {max} bytes")
}

fn is_name_form(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
    let ends = [text.bytes().next(), text.bytes().next_back()];
    text.bytes().all(inner)
        && ends
            .iter()
            .all(|end| end.is_some_and(|c| c.is_ascii_alphanumeric()))
}

/// `IsQualifiedName`: `name` or `prefix/name`.
pub fn qualified_name_errors(text: &str) -> Vec<String> {
    let parts: Vec<_> = text.split('/').collect();
    let (prefix, name) = match parts.as_slice() {
        [name] => (None, *name),
        [prefix, name] => (Some(*prefix), *name),
        _ => return vec![NAME_WITH_PREFIX_TEXT.to_owned()],
    };
    let mut errors = Vec::new();
    match prefix {
        Some("") => errors.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => errors.extend(
            dns_subdomain_errors(prefix)
                .iter()
                .map(|e| format!("prefix part {e}")),
        ),
        None => {}
    }
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > NAME_MAX {
        errors.push(format!("name part {}", too_long(NAME_MAX)));
    }
    if !is_name_form(name) {
        errors.push(format!("name part {NAME_TEXT}"));
    }
    errors
}

/// `IsValidLabelValue`.
pub fn label_value_errors(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > VALUE_MAX {
        errors.push(too_long(VALUE_MAX));
    }
    if !value.is_empty() && !is_name_form(value) {
        errors.push(VALUE_TEXT.to_owned());
    }
    errors
}

/// `ValidateQualifiedName` at a path.
pub fn validate_qualified_name(name: &str, path: &str) -> FieldErrors {
    let wrong = qualified_name_errors(name).into_iter();
    wrong
        .map(|wrong| FieldError::invalid(path, name, wrong))
        .collect()
}

/// `ValidateLabelName`.
pub fn validate_label_name(name: &str, path: &str) -> FieldErrors {
    validate_qualified_name(name, path)
}

/// `ValidateLabels`.
pub fn validate_labels(labels: Option<&BTreeMap<String, String>>, path: &str) -> FieldErrors {
    let mut errors = Vec::new();
    for (key, value) in labels.into_iter().flatten() {
        errors.extend(validate_label_name(key, path));
        for wrong in label_value_errors(value) {
            errors.push(FieldError::invalid(path, value.as_str(), wrong));
        }
    }
    errors
}

/// `ValidateAnnotations`: keys are qualified names in any case, the whole is limited in size.
pub fn validate_annotations(
    annotations: Option<&BTreeMap<String, String>>,
    path: &str,
) -> FieldErrors {
    let (mut errors, mut bytes) = (Vec::new(), 0);
    for (key, value) in annotations.into_iter().flatten() {
        for wrong in qualified_name_errors(&key.to_lowercase()) {
            errors.push(FieldError::invalid(path, key.as_str(), wrong));
        }
        bytes += key.len() + value.len();
    }
    if bytes > ANNOTATIONS_MAX_BYTES {
        errors.push(FieldError::too_long(path, ANNOTATIONS_MAX_BYTES));
    }
    errors
}
