//! From Kubernetes' protobuf envelope to JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::MAGIC;
use super::go_name::go_name;
use super::wire::{DELIMITED, Read, Tag, VARINT, delimited, skip, tag, varint};
use crate::go_duration;
use crate::go_types::{EMBEDDED, Field, Message, Shape, Type, of_kind};

/// Deeper messages than any Kubernetes type has; beyond it somebody wants to exhaust the stack.
const MAX_DEPTH: usize = 32;

/// Go shows the bytes of the magic.
const NO_MAGIC: &str =
    "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotProtobuf {
    pub why: String,
    /// The apiVersion and kind of an object that is damaged within.
    pub types: Option<(String, String)>,
}

/// Turns an envelope into JSON text with apiVersion and kind; it is meant to be of these, and need not say so. Of a
/// kind that is not known it says no more, by which it is refused.
pub fn to_json_of(api_version: &str, kind: &str, body: &[u8]) -> Result<Vec<u8>, NotProtobuf> {
    let untyped = |why: String| NotProtobuf { why, types: None };
    let rest = match body.strip_prefix(MAGIC) {
        None if body.is_empty() => return Err(untyped("empty data".to_owned())),
        None => return Err(untyped(NO_MAGIC.to_owned())),
        Some([]) => return Err(untyped("empty body".to_owned())),
        Some(rest) => rest,
    };
    let (said, raw) = unknown(rest).map_err(untyped)?;
    let or = |said: &str, meant: &str| match said {
        "" => meant.to_owned(),
        said => said.to_owned(),
    };
    let types = (or(&said.0, api_version), or(&said.1, kind));
    if types.1.is_empty() {
        return Err(untyped(format!(
            "Object 'Kind' is missing in 'runtime.TypeMeta{{APIVersion:{:?}, Kind:\"\"}}'",
            said.0
        )));
    }
    let mut object = Map::new();
    if let Some(kind) = of_kind(&types.0, &types.1)
        && kind.get().is_protobuf()
    {
        let read = message(kind.get(), raw, &mut object, 0);
        read.map_err(|why| NotProtobuf {
            why,
            types: Some(types.clone()),
        })?;
    }
    let (api_version, kind) = types;
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    Ok(serde_json::to_vec(&object).expect("a JSON value has string keys"))
}

/// `runtime.Unknown`: what it is, and its bytes.
fn unknown(mut rest: &[u8]) -> Read<((String, String), &[u8])> {
    let (mut types, mut raw) = ((String::new(), String::new()), &[][..]);
    while let Some(tag) = tag(&mut rest, "Unknown")? {
        match tag.number {
            1 => types = type_meta(expected(&mut rest, tag, "TypeMeta")?)?,
            2 => raw = expected(&mut rest, tag, "Raw")?,
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    Ok((types, raw))
}

fn type_meta(mut rest: &[u8]) -> Read<(String, String)> {
    let (mut api_version, mut kind) = (String::new(), String::new());
    while let Some(tag) = tag(&mut rest, "TypeMeta")? {
        match tag.number {
            1 => api_version = text(expected(&mut rest, tag, "APIVersion")?),
            2 => kind = text(expected(&mut rest, tag, "Kind")?),
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    Ok((api_version, kind))
}

/// The bytes of a field that Go calls so.
fn expected<'a>(rest: &mut &'a [u8], tag: Tag, name: &str) -> Read<&'a [u8]> {
    match tag.wire {
        DELIMITED => delimited(rest),
        wire => Err(wrong_wire(wire, name)),
    }
}

fn wrong_wire(wire: u8, name: &str) -> String {
    format!("proto: wrong wireType = {wire} for field {name}")
}

fn message(
    message_type: &'static Message,
    mut rest: &[u8],
    into: &mut Map<String, Value>,
    depth: usize,
) -> Read<()> {
    if depth > MAX_DEPTH {
        return Err("it is nested too deeply".to_owned());
    }
    while let Some(tag) = tag(&mut rest, &message_type.name)? {
        // fields of newer clients are dropped, as Go's decoder does
        match message_type.numbered(tag.number) {
            None => skip(&mut rest, tag.wire)?,
            Some(field) => add(field, tag, &mut rest, into, depth)?,
        }
    }
    Ok(())
}

fn add(
    field: &Field,
    tag: Tag,
    rest: &mut &[u8],
    into: &mut Map<String, Value>,
    depth: usize,
) -> Read<()> {
    let is_number = matches!(field.type_, Type::Bool | Type::Int) && field.shape != Shape::Map;
    let is_packed = is_number && field.shape == Shape::Repeated && tag.wire == DELIMITED;
    let wire = if is_number { VARINT } else { DELIMITED };
    if tag.wire != wire && !is_packed {
        return Err(wrong_wire(tag.wire, &go_name(field)));
    }
    match (field.shape, field.type_) {
        (_, Type::Message(inner)) if field.name == EMBEDDED => {
            message(inner.get(), delimited(rest)?, into, depth + 1)?;
        }
        // what is said twice adds up, as in Go's decoder
        (Shape::One, Type::Message(inner)) => {
            let mut object = match into.remove(field.name) {
                Some(Value::Object(object)) => object,
                _ => Map::new(),
            };
            message(inner.get(), delimited(rest)?, &mut object, depth + 1)?;
            into.insert(field.name.to_owned(), Value::Object(object));
        }
        (Shape::One, _) => {
            let read = value(field.type_, rest, depth)?;
            // of another value the last counts
            into.remove(field.name);
            if let Some(value) = read.filter(|value| field.pointer || !is_zero(value)) {
                into.insert(field.name.to_owned(), value);
            }
        }
        (Shape::Repeated, _) => {
            let mut packed = if is_packed { delimited(rest)? } else { &[] };
            let list = into
                .entry(field.name)
                .or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(items) = list else {
                return Ok(());
            };
            if !is_packed {
                items.extend(value(field.type_, rest, depth)?);
            }
            while !packed.is_empty() {
                items.extend(value(field.type_, &mut packed, depth)?);
            }
        }
        (Shape::Map, _) => {
            let (key, value) = map_entry(field.type_, delimited(rest)?, depth)?;
            let map = into
                .entry(field.name)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(map) = map {
                map.insert(key, value);
            }
        }
    }
    Ok(())
}

/// What Go's encoder writes though nothing was said, and JSON's `omitempty` leaves out.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_i64() == Some(0),
        _ => false,
    }
}

fn map_entry(type_: Type, mut rest: &[u8], depth: usize) -> Read<(String, Value)> {
    let (mut key, mut found) = (String::new(), None);
    while let Some(tag) = tag(&mut rest, "MapEntry")? {
        match tag.number {
            1 => key = text(delimited(&mut rest)?),
            2 => found = value(type_, &mut rest, depth)?,
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    let none = || match type_ {
        Type::Strings => Value::Array(Vec::new()),
        _ => Value::String(String::new()),
    };
    Ok((key, found.unwrap_or_else(none)))
}

fn value(type_: Type, rest: &mut &[u8], depth: usize) -> Read<Option<Value>> {
    let bytes = match type_ {
        Type::Bool => return Ok(Some(Value::Bool(varint(rest)? != 0))),
        Type::Int => return Ok(Some(Value::from(varint(rest)?.cast_signed()))),
        _ => delimited(rest)?,
    };
    let value = match type_ {
        Type::Bytes => Value::String(STANDARD.encode(bytes)),
        Type::Quantity => Value::String(quantity(bytes)?),
        Type::IntOrString => int_or_string(bytes)?,
        Type::Raw => return raw(bytes),
        Type::Strings => strings(bytes)?,
        Type::Time | Type::MicroTime => return time(bytes, type_),
        Type::Duration => Value::String(duration(bytes)?),
        Type::Message(inner) => {
            let mut object = Map::new();
            message(inner.get(), bytes, &mut object, depth + 1)?;
            Value::Object(object)
        }
        Type::String | Type::Bool | Type::Int => Value::String(text(bytes)),
    };
    Ok(Some(value))
}

/// Go takes any bytes for a text, and replaces what is no character when it writes JSON.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn quantity(mut rest: &[u8]) -> Read<String> {
    let mut found = String::new();
    while let Some(tag) = tag(&mut rest, "Quantity")? {
        match tag.number {
            1 => found = text(expected(&mut rest, tag, "String_")?),
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    Ok(found)
}

fn strings(mut rest: &[u8]) -> Read<Value> {
    let mut items = Vec::new();
    while let Some(tag) = tag(&mut rest, "ExtraValue")? {
        match tag.number {
            1 => items.push(Value::String(text(expected(&mut rest, tag, "Items")?))),
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    Ok(Value::Array(items))
}

/// 1: 0 for the number in 2, 1 for the string in 3.
fn int_or_string(mut rest: &[u8]) -> Read<Value> {
    let (mut is_string, mut number, mut string) = (false, 0, String::new());
    while let Some(tag) = tag(&mut rest, "IntOrString")? {
        match tag.number {
            1 => is_string = counted(&mut rest, tag, "Type")? == 1,
            2 => number = counted(&mut rest, tag, "IntVal")?,
            3 => string = text(expected(&mut rest, tag, "StrVal")?),
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    Ok(if is_string {
        string.into()
    } else {
        number.into()
    })
}

/// The number of a field that Go calls so.
fn counted(rest: &mut &[u8], tag: Tag, name: &str) -> Read<i64> {
    match tag.wire {
        VARINT => Ok(varint(rest)?.cast_signed()),
        wire => Err(wrong_wire(wire, name)),
    }
}

/// JSON within: RawExtension and FieldsV1.
fn raw(mut rest: &[u8]) -> Read<Option<Value>> {
    let mut found = None;
    while let Some(tag) = tag(&mut rest, "RawExtension")? {
        match tag.number {
            1 => {
                let json = expected(&mut rest, tag, "Raw")?;
                let value = serde_json::from_slice(json);
                found = Some(value.map_err(|_| "an embedded object is not JSON")?);
            }
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    Ok(found)
}

/// Nanoseconds.
fn duration(mut rest: &[u8]) -> Read<String> {
    let mut nanos = 0;
    while let Some(tag) = tag(&mut rest, "Duration")? {
        match tag.number {
            1 => nanos = counted(&mut rest, tag, "Duration")?,
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    Ok(go_duration::text(nanos))
}

/// Seconds and nanoseconds; an empty message is Go's zero time, which JSON leaves out.
fn time(mut rest: &[u8], type_: Type) -> Read<Option<Value>> {
    if rest.is_empty() {
        return Ok(None);
    }
    let (mut seconds, mut nanos) = (0, 0);
    while let Some(tag) = tag(&mut rest, "Timestamp")? {
        match tag.number {
            1 => seconds = counted(&mut rest, tag, "Seconds")?,
            2 => nanos = counted(&mut rest, tag, "Nanos")? as i32,
            _ => skip(&mut rest, tag.wire)?,
        }
    }
    let at = Timestamp::new(seconds, nanos).map_err(|_| "a time is out of range")?;
    let format = match type_ {
        Type::MicroTime => "%Y-%m-%dT%H:%M:%S.%6fZ",
        _ => "%Y-%m-%dT%H:%M:%SZ",
    };
    Ok(Some(Value::String(at.strftime(format).to_string())))
}
