//! Validation errors as upstream's `field.Error`: a path, a type, a value and a detail.

use std::fmt;

use serde::Serialize;

use crate::go_internal::escaped;
use crate::go_quote::quoted;

/// Every error that one validation found, in upstream's order.
pub type FieldErrors = Vec<FieldError>;

/// What is wrong with a field; the text is upstream's `ErrorType.String()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorType {
    NotFound,
    Required,
    Duplicate,
    Invalid,
    NotSupported,
    Forbidden,
    TooLong,
    TooMany,
    Internal,
    TypeInvalid,
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldError {
    /// Path from the root of the object, e.g. `spec.template.spec.containers[0].name`.
    pub field: String,
    pub kind: ErrorType,
    /// The offending value as Go shows it; `None` where none is shown.
    pub value: Option<String>,
    pub detail: String,
}

impl ErrorType {
    /// Upstream's words, as they stand in a message.
    pub fn text(self) -> &'static str {
        match self {
            Self::NotFound => "Not found",
            Self::Required => "Required value",
            Self::Duplicate => "Duplicate value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::Internal => "Internal error",
        }
    }

    /// The `reason` of a Status cause, e.g. `FieldValueInvalid`.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotFound => "FieldValueNotFound",
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::Internal => "InternalError",
            Self::TypeInvalid => "FieldValueTypeInvalid",
        }
    }
}

impl FieldError {
    pub fn new(
        kind: ErrorType,
        field: impl Into<String>,
        value: impl Serialize,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            kind,
            value: Some(shown(&value)),
            detail: detail.into(),
        }
    }

    /// Upstream's `OmitValueType`: what is wrong is too large to show.
    pub fn without_value(
        kind: ErrorType,
        field: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            kind,
            value: None,
            detail: detail.into(),
        }
    }

    pub fn invalid(
        field: impl Into<String>,
        value: impl Serialize,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(ErrorType::Invalid, field, value, detail)
    }

    pub fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::without_value(ErrorType::Required, field, detail)
    }

    pub fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::without_value(ErrorType::Forbidden, field, detail)
    }

    /// More than `max_bytes` of text.
    pub fn too_long(field: impl Into<String>, max_bytes: usize) -> Self {
        let detail = format!("may not be more than {max_bytes} bytes");
        Self::without_value(ErrorType::TooLong, field, detail)
    }

    /// More than `max` items.
    pub fn too_many(field: impl Into<String>, count: usize, max: usize) -> Self {
        let detail = format!("must have at most {max} items");
        Self::new(ErrorType::TooMany, field, count, detail)
    }

    pub fn duplicate(field: impl Into<String>, value: impl Serialize) -> Self {
        Self::new(ErrorType::Duplicate, field, value, "")
    }

    /// `Unsupported value: "x": supported values: "a", "b"`, in the order given.
    pub fn not_supported(
        field: impl Into<String>,
        value: impl Serialize,
        supported: &[&str],
    ) -> Self {
        let all: Vec<_> = supported.iter().map(|s| quoted(s)).collect();
        let detail = match all.is_empty() {
            true => String::new(),
            false => format!("supported values: {}", all.join(", ")),
        };
        Self::new(ErrorType::NotSupported, field, value, detail)
    }

    /// The part after the path, as it stands in a Status cause.
    pub fn body(&self) -> String {
        let mut text = self.kind.text().to_owned();
        if let Some(value) = &self.value {
            text.push_str(&format!(": {value}"));
        }
        if !self.detail.is_empty() {
            text.push_str(&format!(": {}", self.detail));
        }
        text
    }
}

/// Go quotes a text, and encodes anything else.
fn shown(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    match text.as_bytes() {
        [b'{' | b'[', ..] => escaped(&text),
        [b'"', ..] => quoted(&serde_json::from_str::<String>(&text).unwrap_or_default()),
        _ => text,
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}
