//! What of a body does not fit its type, in the words of Go's decoders, which clients show to people
//! and which people search for.
//!
//! Our own decoder refuses the same bodies; only for those it refuses is this looked for.

mod named;
#[cfg(test)]
mod tests;

use orrery_apis::go_quote::quoted;
use orrery_apis::go_syntax::json_kind;
use orrery_apis::quantity::Quantity;
use serde_json::Value;

use crate::apply::shown_item;
use crate::go_base64;
use crate::go_numbers;
use crate::go_time;
use crate::literal;
use crate::shapes::{Scalar, Shape};

/// A value that is not of its field's type, or a field that its type does not have.
pub struct Mismatch<'a> {
    value: &'a Value,
    shape: &'a Shape,
    /// The fields on the way, without indexes and free keys, as Go's JSON decoder counts them.
    fields: Vec<&'a str>,
    /// The type that has the last of them.
    owner: String,
    /// The whole way, as server-side apply shows it: `.spec.containers[name="c"].image`.
    path: String,
    declared: bool,
}

/// The first value of another type; `None` when all fit.
pub fn first<'a>(value: &'a Value, shape: &'a Shape) -> Option<Mismatch<'a>> {
    walk(value, shape, true).into_iter().next()
}

/// Every value of another type and every undeclared field, as far as they can be told.
pub fn all<'a>(value: &'a Value, shape: &'a Shape) -> Vec<Mismatch<'a>> {
    walk(value, shape, false)
}

fn walk<'a>(value: &'a Value, shape: &'a Shape, first: bool) -> Vec<Mismatch<'a>> {
    let mut walk = Walk {
        first,
        found: Vec::new(),
        told_bytes: 0,
        fields: Vec::new(),
        owner: String::new(),
        path: String::new(),
    };
    walk.visit(value, shape);
    walk.found
}

/// Of all mismatches together: a name of a megabyte with half as many fields beside it would be told with each of them.
const MOST_TOLD_BYTES: usize = 8 << 20;

struct Walk<'a> {
    /// Only the first value of another type is looked for. It is read as Go's types read it then; to
    /// structured-merge-diff all numbers are one, and amounts and times any scalars.
    first: bool,
    found: Vec<Mismatch<'a>>,
    /// The lengths of their paths.
    told_bytes: usize,
    fields: Vec<&'a str>,
    owner: String,
    path: String,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, value: &'a Value, shape: &'a Shape) {
        match (value, shape) {
            (Value::Null, _) => {}
            (Value::Object(map), Shape::Struct(_)) if shape.is_described() => {
                for (name, below) in map {
                    self.field(name, below, shape);
                }
            }
            (Value::Object(_), Shape::Struct(_)) => {}
            (Value::Object(map), Shape::Map { item, .. }) => {
                for (key, below) in map {
                    let length = self.path.len();
                    self.path.push_str(&format!(".{key}"));
                    self.visit(below, item);
                    self.path.truncate(length);
                }
            }
            (Value::Array(items), Shape::List { item, rule }) => {
                for (index, below) in items.iter().enumerate() {
                    let length = self.path.len();
                    self.path.push_str(&shown_item(below, index, rule.as_ref()));
                    self.visit(below, item);
                    self.path.truncate(length);
                }
            }
            (_, Shape::Leaf(scalar)) if self.fits(value, *scalar) => {
                if self.first && unread(value, *scalar).is_some() {
                    self.report(value, shape, true);
                }
            }
            _ => self.report(value, shape, true),
        }
    }

    fn fits(&self, value: &Value, scalar: Scalar) -> bool {
        match self.first {
            true => scalar_fits(value, scalar),
            false => typed_fits(value, scalar),
        }
    }

    fn field(&mut self, name: &'a str, below: &'a Value, shape: &'a Shape) {
        let length = self.path.len();
        self.path.push_str(&format!(".{name}"));
        self.fields.push(name);
        let owner = std::mem::replace(&mut self.owner, go_name(shape).to_owned());
        match shape.declares(name) {
            true => self.visit(below, shape.field(name)),
            false => self.report(below, shape, false),
        }
        self.owner = owner;
        self.fields.pop();
        self.path.truncate(length);
    }

    fn report(&mut self, value: &'a Value, shape: &'a Shape, declared: bool) {
        if self.first && (!declared || !self.found.is_empty()) {
            return;
        }
        self.told_bytes += self.path.len();
        if self.told_bytes > MOST_TOLD_BYTES {
            return;
        }
        self.found.push(Mismatch {
            value,
            shape,
            fields: self.fields.clone(),
            owner: self.owner.clone(),
            path: self.path.clone(),
            declared,
        });
    }
}

fn scalar_fits(value: &Value, scalar: Scalar) -> bool {
    match scalar {
        Scalar::Any | Scalar::Quantity | Scalar::IntOrString | Scalar::Time | Scalar::MicroTime => {
            true
        }
        Scalar::Text | Scalar::Bytes => value.is_string(),
        Scalar::Int32 => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        Scalar::Int64 => value.is_i64(),
        Scalar::Float => value.is_number(),
        Scalar::Bool => value.is_boolean(),
    }
}

/// The same to structured-merge-diff.
fn typed_fits(value: &Value, scalar: Scalar) -> bool {
    match scalar {
        Scalar::Int32 | Scalar::Int64 => value.is_number(),
        Scalar::Quantity | Scalar::IntOrString | Scalar::Time | Scalar::MicroTime => {
            !matches!(value, Value::Array(_) | Value::Object(_))
        }
        _ => scalar_fits(value, scalar),
    }
}

/// What the types say that read their own text; `None` where they can read it.
fn unread(value: &Value, scalar: Scalar) -> Option<String> {
    let no_go_value = |kind: &str| {
        let what = json_kind(value);
        Some(format!(
            "json: cannot unmarshal {what} into Go value of type {kind}"
        ))
    };
    match (scalar, value) {
        (Scalar::Bytes, Value::String(text)) => {
            let at = go_base64::decode(text).err()?;
            Some(format!("illegal base64 data at input byte {at}"))
        }
        (Scalar::Quantity, Value::Number(_)) => None,
        (Scalar::Quantity, Value::String(text)) => {
            let read: Result<Quantity, _> = text.trim().parse();
            read.err().map(|error| error.to_string())
        }
        // no other JSON looks like an amount
        (Scalar::Quantity, _) => "".parse::<Quantity>().err().map(|error| error.to_string()),
        (Scalar::IntOrString, Value::String(_)) => None,
        (Scalar::IntOrString, Value::Number(number)) => {
            let fits = scalar_fits(value, Scalar::Int32);
            let told = "json: cannot unmarshal number";
            (!fits).then(|| format!("{told} {number} into Go value of type int32"))
        }
        (Scalar::IntOrString, _) => no_go_value("int32"),
        (Scalar::Time, Value::String(text)) => go_time::fault(text, go_time::SECONDS),
        (Scalar::MicroTime, Value::String(text)) => go_time::fault(text, go_time::MICROS),
        (Scalar::Time | Scalar::MicroTime, _) => no_go_value("string"),
        _ => None,
    }
}

impl Mismatch<'_> {
    /// What its type says, where that reads its own text.
    fn unread(&self) -> Option<String> {
        match self.shape {
            Shape::Leaf(scalar) => unread(self.value, *scalar),
            _ => None,
        }
    }

    /// What Go calls a string in this place.
    fn text(&self) -> &'static str {
        let field = self.fields.last().copied().unwrap_or_default();
        named::text(&self.owner, field)
    }

    /// As Go's JSON decoder says it.
    pub fn as_json(&self) -> String {
        if let Some(told) = self.unread() {
            return told;
        }
        let what = match (self.value, self.shape) {
            (Value::Number(number), Shape::Leaf(Scalar::Int32 | Scalar::Int64)) => {
                format!("number {number}")
            }
            (value, _) => json_kind(value).to_owned(),
        };
        let to = go_type(self.shape, self.text());
        match self.fields.as_slice() {
            [] => format!("json: cannot unmarshal {what} into Go value of type {to}"),
            fields => format!(
                "json: cannot unmarshal {what} into Go struct field {}.{} of type {to}",
                self.owner,
                fields.join(".")
            ),
        }
    }

    /// The same of that text, decoded to `root`: numbers are told as they are written there.
    pub fn as_json_in(&self, json: &[u8], root: &Value) -> String {
        let told = self.as_json();
        let Value::Number(number) = self.value else {
            return told;
        };
        match literal::of(json, root, self.value) {
            Some(written) => {
                let (read, written) = (format!("number {number} "), format!("number {written} "));
                told.replacen(&read, &written, 1)
            }
            None => told,
        }
    }

    /// As Go's converter of unstructured objects says it, which reads strategic merge patches.
    pub fn as_unstructured(&self) -> String {
        if let Some(told) = self.unread() {
            return match self.shape {
                Shape::Leaf(Scalar::Bytes) => format!("error decoding from json: {told}"),
                _ => told,
            };
        }
        let from = go_kind(self.value);
        match self.shape {
            Shape::Map { .. } => format!("cannot restore map from {from}"),
            Shape::List { .. } => format!("cannot restore slice from {from}"),
            Shape::Struct(_) => format!("cannot restore struct from: {from}"),
            Shape::Leaf(scalar) => {
                // what Go would convert, and JSON must not
                let convertible = match scalar {
                    Scalar::Text => from == "int64",
                    Scalar::Int32 | Scalar::Int64 | Scalar::Float => {
                        matches!(from, "int64" | "float64")
                    }
                    _ => false,
                };
                match convertible {
                    true => {
                        let to = go_type(self.shape, self.text());
                        format!("cannot convert {from} to {to}")
                    }
                    false => format!("unrecognized type: {}", go_scalar(*scalar)),
                }
            }
        }
    }

    /// As structured-merge-diff says it, which reads applied configurations.
    pub fn as_typed(&self) -> String {
        let path = &self.path;
        if !self.declared {
            return format!("{path}: field not declared in schema");
        }
        let plain = go_value(self.value);
        match self.shape {
            Shape::Map { .. } | Shape::Struct(_) => {
                format!("{path}: expected map, got &{{{plain}}}")
            }
            Shape::List { .. } => format!("{path}: expected list, got &{{{plain}}}"),
            Shape::Leaf(Scalar::Bool) => format!("{path}: expected boolean, got &{{{plain}}}"),
            Shape::Leaf(Scalar::Int32 | Scalar::Int64 | Scalar::Float) => format!(
                "{path}: expected numeric (int or float), got {}",
                go_dynamic_type(self.value)
            ),
            Shape::Leaf(
                Scalar::Quantity | Scalar::IntOrString | Scalar::Time | Scalar::MicroTime,
            ) => format!("{path}: expected any scalar, got &{{{plain}}}"),
            Shape::Leaf(_) => {
                let shown = match self.value {
                    Value::String(text) => quoted(text),
                    _ => plain,
                };
                format!("{path}: expected string, got &value.valueUnstructured{{Value:{shown}}}")
            }
        }
    }
}

/// Several of structured-merge-diff's errors as one.
pub fn typed_errors(errors: &[String]) -> String {
    match errors {
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    }
}

/// `JobSpec` of `io.k8s.api.batch.v1.JobSpec`.
fn go_name(shape: &Shape) -> &str {
    match shape {
        Shape::Struct(schema) => schema.rsplit('.').next().unwrap_or_default(),
        _ => "",
    }
}

/// `text` is what its strings are called.
fn go_type(shape: &Shape, text: &str) -> String {
    match shape {
        Shape::Struct(schema) => {
            let mut parts = schema.rsplit('.');
            let (name, package) = (parts.next(), parts.next());
            format!(
                "{}.{}",
                package.unwrap_or_default(),
                name.unwrap_or_default()
            )
        }
        // the only map of amounts
        Shape::Map { item, .. } if matches!(**item, Shape::Leaf(Scalar::Quantity)) => {
            "v1.ResourceList".to_owned()
        }
        Shape::Map { item, .. } => format!("map[string]{}", go_type(item, text)),
        Shape::List { item, .. } => format!("[]{}", go_type(item, text)),
        Shape::Leaf(Scalar::Text) => text.to_owned(),
        Shape::Leaf(scalar) => go_scalar(*scalar).to_owned(),
    }
}

fn go_scalar(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Any => "interface {}",
        Scalar::Quantity => "resource.Quantity",
        Scalar::IntOrString => "intstr.IntOrString",
        Scalar::Time => "v1.Time",
        Scalar::MicroTime => "v1.MicroTime",
        Scalar::Text => "string",
        Scalar::Bytes => "[]uint8",
        Scalar::Int32 => "int32",
        Scalar::Int64 => "int64",
        Scalar::Float => "float64",
        Scalar::Bool => "bool",
    }
}

fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        // as Go reads a number that no int64 holds
        Value::Number(number) if !number.is_i64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

fn go_dynamic_type(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
        scalar => go_kind(scalar),
    }
}

/// As Go prints it with `%+v`: `map[a:1 b:[x y]]`.
pub fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => go_numbers::shown(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, below)| format!("{name}:{}", go_value(below)))
                .collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}
