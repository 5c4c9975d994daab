//! Client JSON into typed objects, noticing what the type does not know and what was said twice (K-08).

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::object::Object;
use crate::params::FieldValidation;
use crate::strict::{self, unknown_field};

/// Whether the strict errors of a body are wanted at all.
pub type Strictness = FieldValidation;

/// A decoded body and upstream's texts of its strict errors: `unknown field "spec.foo"`.
pub struct Decoded<T = Box<dyn Object>> {
    pub object: T,
    pub strict: Vec<String>,
}

impl<T> Decoded<T> {
    /// Changes the object, keeps the errors.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Decoded<U> {
        Decoded {
            object: change(self.object),
            strict: self.strict,
        }
    }
}

/// Why a body is not the object that it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodeProblem {
    /// Path of the field, empty at the root.
    pub field: String,
    pub message: String,
}

impl std::fmt::Display for DecodeProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.message),
            field => write!(f, "json: cannot unmarshal field {field}: {}", self.message),
        }
    }
}

/// Decodes JSON text.
pub fn from_slice<T: DeserializeOwned>(
    bytes: &[u8],
    strictness: Strictness,
) -> Result<Decoded<T>, DecodeProblem> {
    let (object, unknown) = match strictness {
        // Following the path of each field costs as much again as decoding: where nothing unknown is
        // asked for, only a body that does not decode is read so.
        FieldValidation::Ignore => match plain(bytes) {
            Some(object) => (object, Vec::new()),
            None => tracked(bytes, strictness)?,
        },
        _ => tracked(bytes, strictness)?,
    };
    let strict = strict::told_among(strictness, bytes, &unknown);
    Ok(Decoded { object, strict })
}

/// Whether the whole is UTF-8 is seen sooner than whether each of its texts is.
fn plain<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_str(std::str::from_utf8(bytes).ok()?).ok()
}

/// Takes out the types that a document leaves empty, which to Go say nothing.
pub fn forget_empty_types(value: &mut Value) {
    if let Some(map) = value.as_object_mut() {
        map.retain(|name, said| {
            let is_empty = said.is_null() || said.as_str() == Some("");
            !(is_empty && matches!(name.as_str(), "apiVersion" | "kind"))
        });
    }
}

fn tracked<T: DeserializeOwned>(
    bytes: &[u8],
    strictness: Strictness,
) -> Result<(T, Vec<String>), DecodeProblem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    typed(&mut json, strictness).and_then(|decoded| match json.end() {
        Ok(()) => Ok(decoded),
        Err(error) => Err(DecodeProblem {
            field: String::new(),
            message: error.to_string(),
        }),
    })
}

/// Decodes a document that is parsed already, so that duplicates are gone.
pub fn from_value<T: DeserializeOwned>(
    value: Value,
    strictness: Strictness,
) -> Result<Decoded<T>, DecodeProblem> {
    if strictness == FieldValidation::Ignore
        && let Ok(object) = T::deserialize(&value)
    {
        return Ok(Decoded {
            object,
            strict: Vec::new(),
        });
    }
    let (object, strict) = typed(value, strictness)?;
    Ok(Decoded { object, strict })
}

fn typed<'de, T, D>(
    deserializer: D,
    strictness: Strictness,
) -> Result<(T, Vec<String>), DecodeProblem>
where
    T: DeserializeOwned,
    D: serde::Deserializer<'de>,
    D::Error: std::fmt::Display,
{
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(deserializer, &mut track);
    let decoded = match strictness {
        FieldValidation::Ignore => T::deserialize(tracked),
        _ => serde_ignored::deserialize(tracked, |path| {
            unknown.push(unknown_field(&field_path(&path)));
        }),
    };
    match decoded {
        Ok(object) => Ok((object, unknown)),
        Err(error) => Err(DecodeProblem {
            field: error_path(&track.path()),
            message: error.to_string(),
        }),
    }
}

/// `spec.template.spec.containers[0].foo`.
fn field_path(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", field_path(parent)),
        Path::Map { parent, key } => match field_path(parent) {
            root if root.is_empty() => key.clone(),
            parent => format!("{parent}.{key}"),
        },
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => field_path(parent),
    }
}

fn error_path(path: &serde_path_to_error::Path) -> String {
    match path.to_string() {
        root if root == "." => String::new(),
        field => field,
    }
}
