//! From Kubernetes' protobuf envelope to JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::table::{self, Field, Shape, Type};
use super::wire::{Payload, next_field};

/// Deeper messages than any Kubernetes type has; beyond it somebody wants to exhaust the stack.
const MAX_DEPTH: usize = 32;

/// Every body begins with this.
const MAGIC: &[u8] = b"k8s\0";
/// Go shows the bytes of it.
const NO_MAGIC: &str =
    "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotProtobuf(pub &'static str);

/// Zero and false are upstream's "not set" in these fields, whose Go types are no pointers.
const UNSET_WHEN_ZERO: [&str; 18] = [
    "hostPort",
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "generation",
    "observedGeneration",
    "count",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "stdin",
    "stdinOnce",
    "tty",
    "readOnly",
    "unschedulable",
    "nodePort",
];

/// Turns an envelope into JSON text with apiVersion and kind.
pub fn to_json(body: &[u8]) -> Result<Vec<u8>, NotProtobuf> {
    let mut rest = match body.strip_prefix(MAGIC) {
        None if body.is_empty() => return Err(NotProtobuf("empty data")),
        None => return Err(NotProtobuf(NO_MAGIC)),
        Some([]) => return Err(NotProtobuf("empty body")),
        Some(rest) => rest,
    };
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    while let Some(field) = next_field(&mut rest)? {
        match field {
            (1, Payload::Bytes(meta)) => (api_version, kind) = type_meta(meta)?,
            (2, Payload::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let name = message_name(&api_version, &kind);
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    message(&name, raw, &mut object, 0)?;
    Ok(serde_json::to_vec(&object).expect("a JSON value has string keys"))
}

/// `batch/v1` and `Job` are `batch.v1.Job`; DeleteOptions belong to every group.
fn message_name(api_version: &str, kind: &str) -> String {
    let group_version = match (kind, api_version.split_once('/')) {
        ("DeleteOptions", _) => "meta.v1".to_owned(),
        (_, None) => format!("core.{api_version}"),
        (_, Some((group, version))) => {
            format!("{}.{version}", group.split('.').next().unwrap_or_default())
        }
    };
    format!("{group_version}.{kind}")
}

fn type_meta(mut rest: &[u8]) -> Result<(String, String), NotProtobuf> {
    let (mut api_version, mut kind) = (String::new(), String::new());
    while let Some(field) = next_field(&mut rest)? {
        match field {
            (1, Payload::Bytes(bytes)) => api_version = text(bytes)?,
            (2, Payload::Bytes(bytes)) => kind = text(bytes)?,
            _ => {}
        }
    }
    Ok((api_version, kind))
}

fn message(
    name: &str,
    mut rest: &[u8],
    into: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), NotProtobuf> {
    if depth > MAX_DEPTH {
        return Err(NotProtobuf("it is nested too deeply"));
    }
    let fields = table::message(name).ok_or(NotProtobuf("its kind is not known as protobuf"))?;
    while let Some((number, payload)) = next_field(&mut rest)? {
        // fields of newer clients are dropped, as Go's decoder does
        let Some(field) = fields.get(&number) else {
            continue;
        };
        match (field.name, field.type_, payload) {
            ("-", Type::Message(inner), Payload::Bytes(bytes)) => {
                message(inner, bytes, into, depth + 1)?
            }
            (_, _, payload) => add(field, payload, into, depth)?,
        }
    }
    Ok(())
}

fn add(
    field: &Field,
    payload: Payload<'_>,
    into: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), NotProtobuf> {
    match field.shape {
        Shape::One => {
            if let Some(value) =
                value(field.type_, &payload, depth)?.filter(|v| !is_unset(field.name, v))
            {
                into.insert(field.name.to_owned(), value);
            }
        }
        Shape::Repeated => {
            let list = into
                .entry(field.name)
                .or_insert_with(|| Value::Array(Vec::new()));
            if let (Value::Array(items), Some(value)) = (list, value(field.type_, &payload, depth)?)
            {
                items.push(value);
            }
        }
        Shape::Map => {
            let map = into
                .entry(field.name)
                .or_insert_with(|| Value::Object(Map::new()));
            if let (Value::Object(map), Payload::Bytes(entry)) = (map, payload) {
                let (key, value) = map_entry(field.type_, entry, depth)?;
                map.insert(key, value);
            }
        }
    }
    Ok(())
}

/// Go's encoder writes fields that JSON's `omitempty` leaves out.
fn is_unset(name: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Bool(false) => UNSET_WHEN_ZERO.contains(&name),
        Value::Number(number) => number.as_i64() == Some(0) && UNSET_WHEN_ZERO.contains(&name),
        _ => false,
    }
}

fn map_entry(type_: Type, mut rest: &[u8], depth: usize) -> Result<(String, Value), NotProtobuf> {
    let (mut key, mut found) = (String::new(), None);
    while let Some((number, payload)) = next_field(&mut rest)? {
        match (number, &payload) {
            (1, Payload::Bytes(bytes)) => key = text(bytes)?,
            (2, _) => found = value(type_, &payload, depth)?,
            _ => {}
        }
    }
    Ok((key, found.unwrap_or_else(|| Value::String(String::new()))))
}

fn value(type_: Type, payload: &Payload<'_>, depth: usize) -> Result<Option<Value>, NotProtobuf> {
    let value = match (type_, payload) {
        (Type::Bool, Payload::Number(number)) => Value::Bool(*number != 0),
        (Type::Int, Payload::Number(number)) => Value::from(number.cast_signed()),
        (Type::String, Payload::Bytes(bytes)) => Value::String(text(bytes)?),
        (Type::Bytes, Payload::Bytes(bytes)) => Value::String(STANDARD.encode(bytes)),
        (Type::Quantity, Payload::Bytes(bytes)) => string_field(bytes, 1)?,
        (Type::IntOrString, Payload::Bytes(bytes)) => int_or_string(bytes)?,
        (Type::Raw, Payload::Bytes(bytes)) => return raw(bytes),
        (Type::Time, Payload::Bytes(bytes)) => return time(bytes, false),
        (Type::MicroTime, Payload::Bytes(bytes)) => return time(bytes, true),
        (Type::Message(name), Payload::Bytes(bytes)) => {
            let mut inner = Map::new();
            message(name, bytes, &mut inner, depth + 1)?;
            Value::Object(inner)
        }
        _ => return Err(NotProtobuf("a field has the wrong wire type")),
    };
    Ok(Some(value))
}

fn text(bytes: &[u8]) -> Result<String, NotProtobuf> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotProtobuf("a string is not UTF-8"))?;
    Ok(text.to_owned())
}

fn string_field(mut rest: &[u8], wanted: u32) -> Result<Value, NotProtobuf> {
    let mut found = String::new();
    while let Some((number, payload)) = next_field(&mut rest)? {
        if let (true, Payload::Bytes(bytes)) = (number == wanted, payload) {
            found = text(bytes)?;
        }
    }
    Ok(Value::String(found))
}

/// 1: 0 for the number in 2, 1 for the string in 3.
fn int_or_string(mut rest: &[u8]) -> Result<Value, NotProtobuf> {
    let (mut is_string, mut number, mut string) = (false, 0, String::new());
    while let Some((field, payload)) = next_field(&mut rest)? {
        match (field, payload) {
            (1, Payload::Number(kind)) => is_string = kind == 1,
            (2, Payload::Number(value)) => number = value.cast_signed(),
            (3, Payload::Bytes(bytes)) => string = text(bytes)?,
            _ => {}
        }
    }
    Ok(if is_string {
        string.into()
    } else {
        number.into()
    })
}

/// JSON within: RawExtension and FieldsV1.
fn raw(mut rest: &[u8]) -> Result<Option<Value>, NotProtobuf> {
    while let Some((number, payload)) = next_field(&mut rest)? {
        if let (1, Payload::Bytes(bytes)) = (number, payload) {
            let value = serde_json::from_slice(bytes)
                .map_err(|_| NotProtobuf("an embedded object is not JSON"))?;
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Seconds and nanoseconds; an empty message is Go's zero time, which JSON leaves out.
fn time(mut rest: &[u8], with_micros: bool) -> Result<Option<Value>, NotProtobuf> {
    if rest.is_empty() {
        return Ok(None);
    }
    let (mut seconds, mut nanos) = (0, 0);
    while let Some((number, payload)) = next_field(&mut rest)? {
        match (number, payload) {
            (1, Payload::Number(value)) => seconds = value.cast_signed(),
            (2, Payload::Number(value)) => nanos = value as i32,
            _ => {}
        }
    }
    let at = Timestamp::new(seconds, nanos).map_err(|_| NotProtobuf("a time is out of range"))?;
    let format = if with_micros {
        "%Y-%m-%dT%H:%M:%S.%6fZ"
    } else {
        "%Y-%m-%dT%H:%M:%SZ"
    };
    Ok(Some(Value::String(at.strftime(format).to_string())))
}
