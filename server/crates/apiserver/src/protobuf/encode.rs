//! From JSON to Kubernetes' protobuf envelope, byte for byte as Go writes it: fields in the order of their numbers,
//! those that are no pointers whatever they are, maps in the order of their keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::MAGIC;
use super::message::{Writer, bytes_field, nested_field, number_field};
use super::node::Node;
use crate::go_duration;
use crate::go_json;
use crate::go_types::{EMBEDDED, Field, Message, Shape, Type, of_kind};

const NANOS: i128 = 1_000_000_000;
/// Go's zero time, which is an empty message.
const YEAR_ONE_SECS: i128 = -62_135_596_800;

/// An object's envelope.
#[derive(Debug)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    /// False when the JSON says more than is known here, which is lost.
    pub is_complete: bool,
}

/// The envelope of a JSON text; `None` for a kind that is not known as protobuf.
pub fn from_json(json: &[u8]) -> Option<Encoded> {
    envelope(&Node::read(json).ok()?)
}

/// The same of JSON that is read already: `runtime.Unknown`, with the object in it.
pub fn envelope(object: &Node<'_>) -> Option<Encoded> {
    let (api_version, kind) = (object.text("apiVersion"), object.text("kind"));
    let message = of_kind(api_version, kind)?.get();
    if !message.is_protobuf() {
        return None;
    }
    let mut encoder = Encoder { is_complete: true };
    let mut bytes = MAGIC.to_vec();
    nested_field(&mut bytes, 1, |types| {
        bytes_field(types, 1, api_version.as_bytes());
        bytes_field(types, 2, kind.as_bytes());
    });
    nested_field(&mut bytes, 2, |raw| encoder.object(raw, message, object));
    // neither compressed nor of another type
    bytes_field(&mut bytes, 3, b"");
    bytes_field(&mut bytes, 4, b"");
    Some(Encoded {
        bytes,
        is_complete: encoder.is_complete,
    })
}

/// An event of a watch: its type, and an envelope or other bytes.
pub fn event(type_: &str, object: &[u8]) -> Vec<u8> {
    let mut message = Writer::with_capacity(object.len() + 32);
    bytes_field(&mut message, 1, type_.as_bytes());
    nested_field(&mut message, 2, |extension| {
        bytes_field(extension, 1, object);
    });
    message
}

struct Encoder {
    is_complete: bool,
}

impl Encoder {
    fn object(&mut self, out: &mut Writer, message: &Message, object: &Node<'_>) {
        if let Node::Map(fields) = object {
            let is_known = |name: &str| {
                matches!(name, "kind" | "apiVersion") || message.place(name.as_bytes()).is_some()
            };
            self.is_complete &= fields.iter().all(|(name, _)| is_known(name));
        }
        self.fields(out, message, object);
    }

    fn fields(&mut self, out: &mut Writer, message: &Message, object: &Node<'_>) {
        for field in &message.fields {
            match field.type_ {
                Type::Message(inner) if field.name == EMBEDDED => {
                    nested_field(out, field.number, |out| {
                        self.fields(out, inner.get(), object);
                    });
                }
                _ => self.field(out, field, object.get(field.name)),
            }
        }
    }

    fn field(&mut self, out: &mut Writer, field: &Field, value: Option<&Node<'_>>) {
        let value = value.filter(|value| !matches!(value, Node::Null));
        match (field.shape, value) {
            (Shape::One, None) if field.pointer => {}
            (Shape::One, None) => self.zero(out, field),
            (Shape::One, Some(value)) => self.value(out, field.number, field.type_, value),
            (Shape::Repeated, Some(Node::List(items))) => {
                for item in items {
                    self.value(out, field.number, field.type_, item);
                }
            }
            (Shape::Map, Some(Node::Map(entries))) => {
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                for (key, value) in entries {
                    nested_field(out, field.number, |out| {
                        bytes_field(out, 1, key.as_bytes());
                        self.value(out, 2, field.type_, value);
                    });
                }
            }
            (Shape::Repeated | Shape::Map, None) => {}
            (Shape::Repeated | Shape::Map, Some(_)) => self.is_complete = false,
        }
    }

    /// What is no pointer and not set.
    fn zero(&mut self, out: &mut Writer, field: &Field) {
        match field.type_ {
            Type::Bytes => {}
            Type::Bool | Type::Int => number_field(out, field.number, 0),
            Type::Quantity => self.value(out, field.number, field.type_, &Node::Text("0".into())),
            Type::IntOrString => self.value(out, field.number, field.type_, &Node::Number(0)),
            Type::Duration => duration(out, field.number, 0),
            Type::Message(inner) => nested_field(out, field.number, |out| {
                self.fields(out, inner.get(), &Node::Null);
            }),
            Type::String | Type::Time | Type::MicroTime | Type::Raw | Type::Strings => {
                bytes_field(out, field.number, b"");
            }
        }
    }

    fn value(&mut self, out: &mut Writer, number: u32, type_: Type, value: &Node<'_>) {
        let is_written = match (type_, value) {
            (Type::Message(inner), Node::Map(_)) => {
                nested_field(out, number, |out| self.object(out, inner.get(), value));
                true
            }
            (_, Node::Unread(text)) => match serde_json::from_str::<Node<'_>>(text.get()) {
                Ok(value) => return self.value(out, number, type_, &value),
                Err(_) => false,
            },
            (Type::Raw, value) => {
                let json = go_json::to_vec(value);
                nested_field(out, number, |out| bytes_field(out, 1, &json));
                true
            }
            (Type::Strings, Node::List(items)) => strings(out, number, items),
            (Type::Bool, Node::Bool(value)) => {
                number_field(out, number, u64::from(*value));
                true
            }
            (Type::Int, Node::Number(value)) => {
                number_field(out, number, value.cast_unsigned());
                true
            }
            (Type::IntOrString, Node::Number(value)) => {
                int_or_string(out, number, *value, None);
                true
            }
            (Type::Quantity, Node::Number(value)) => {
                quantity(out, number, &value.to_string());
                true
            }
            (_, Node::Text(text)) => written(out, number, type_, text),
            _ => false,
        };
        self.is_complete &= is_written;
    }
}

/// Writes what JSON has as a text; false when the text is not what it should be.
fn written(out: &mut Writer, number: u32, type_: Type, text: &str) -> bool {
    match type_ {
        Type::String => bytes_field(out, number, text.as_bytes()),
        Type::Quantity => quantity(out, number, text),
        Type::IntOrString => int_or_string(out, number, 0, Some(text)),
        Type::Bytes => match STANDARD.decode(text) {
            Ok(bytes) => bytes_field(out, number, &bytes),
            Err(_) => return false,
        },
        Type::Time | Type::MicroTime => return time(out, number, type_, text),
        Type::Duration => match go_duration::nanos(text) {
            Some(nanos) => duration(out, number, nanos),
            None => return false,
        },
        _ => return false,
    }
    true
}

fn duration(out: &mut Writer, number: u32, nanos: i64) {
    nested_field(out, number, |out| {
        number_field(out, 1, nanos.cast_unsigned())
    });
}

fn quantity(out: &mut Writer, number: u32, text: &str) {
    nested_field(out, number, |out| bytes_field(out, 1, text.as_bytes()));
}

fn int_or_string(out: &mut Writer, number: u32, value: i64, text: Option<&str>) {
    nested_field(out, number, |out| {
        number_field(out, 1, u64::from(text.is_some()));
        number_field(out, 2, value.cast_unsigned());
        bytes_field(out, 3, text.unwrap_or_default().as_bytes());
    });
}

/// Seconds and nanoseconds. A Time has none of the latter, a MicroTime whole microseconds.
fn time(out: &mut Writer, number: u32, type_: Type, text: &str) -> bool {
    let Ok(at) = text.parse::<Timestamp>() else {
        return false;
    };
    let nanos = at.as_nanosecond();
    let (secs, rest) = (nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS));
    let rest = match type_ {
        Type::MicroTime => rest - rest % 1000,
        _ => 0,
    };
    let (Ok(secs_told), Ok(nanos_told)) = (i64::try_from(secs), u64::try_from(rest)) else {
        return false;
    };
    nested_field(out, number, |out| {
        if secs > YEAR_ONE_SECS {
            number_field(out, 1, secs_told.cast_unsigned());
            number_field(out, 2, nanos_told);
        }
    });
    true
}

fn strings(out: &mut Writer, number: u32, items: &[Node<'_>]) -> bool {
    let mut all = true;
    nested_field(out, number, |out| {
        for item in items {
            match item {
                Node::Text(text) => bytes_field(out, 1, text.as_bytes()),
                _ => all = false,
            }
        }
    });
    all
}
