//! One object of our own, written as upstream's type of that name.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::ser::PrettyFormatter;

use super::table::{Field, Holds, Type, type_named};

static NULL: Value = Value::Null;

pub struct Internal {
    of: &'static Type,
    value: Value,
}

impl Internal {
    /// `name` is one of `types.txt`; nothing (`None`) is nothing there too.
    pub fn of(name: &'static str, v1: &impl Serialize) -> Self {
        Self {
            of: type_named(name),
            value: serde_json::to_value(v1).expect("a Kubernetes type is plain data"),
        }
    }

    /// As Go's `json.MarshalIndent(_, "", " ")` writes it.
    pub(super) fn pretty(&self) -> String {
        let mut bytes = Vec::new();
        let indented = PrettyFormatter::with_indent(b" ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, indented);
        let written = self.serialize(&mut serializer);
        written.expect("names are texts");
        escaped(&String::from_utf8_lossy(&bytes))
    }
}

/// JSON as Go's encoder writes it, from ours: these characters stand in none but texts.
pub fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text
}

impl Serialize for Internal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.value.is_null() {
            return serializer.serialize_unit();
        }
        let object = Object {
            of: self.of,
            value: &self.value,
            around: &NULL,
        };
        object.serialize(serializer)
    }
}

struct Object<'a> {
    of: &'static Type,
    value: &'a Value,
    around: &'a Value,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write_fields(&mut map)?;
        map.end()
    }
}

impl<'a> Object<'a> {
    fn write_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for field in &self.of.fields {
            self.write(field, map)?;
        }
        Ok(())
    }

    fn write<M: SerializeMap>(&self, field: &Field, map: &mut M) -> Result<(), M::Error> {
        let value = self.get(field);
        match (&field.holds, value) {
            (Holds::Embedded(of), value) => {
                self.inside(of, value.unwrap_or(&NULL)).write_fields(map)
            }
            (Holds::Struct(of), value) => {
                let object = self.inside(of, value.unwrap_or(&NULL));
                map.serialize_entry(field.go, &object)
            }
            (Holds::Pointer(of), Some(value)) => {
                map.serialize_entry(field.go, &self.inside(of, value))
            }
            (Holds::List(of), Some(Value::Array(items))) => {
                let objects: Vec<_> = items.iter().map(|item| self.inside(of, item)).collect();
                map.serialize_entry(field.go, &objects)
            }
            (_, Some(value)) => map.serialize_entry(field.go, value),
            (_, None) if self.of.omits_unset => Ok(()),
            (Holds::Plain(zero), None) => map.serialize_entry(field.go, zero),
            (Holds::Pointer(_) | Holds::List(_), None) => map.serialize_entry(field.go, &NULL),
        }
    }

    fn get(&self, field: &Field) -> Option<&'a Value> {
        let object = if field.around {
            self.around
        } else {
            self.value
        };
        if field.v1.is_empty() {
            return Some(object);
        }
        object.get(&field.v1).filter(|value| !value.is_null())
    }

    fn inside<'b>(&self, of: &str, value: &'b Value) -> Object<'b>
    where
        'a: 'b,
    {
        Object {
            of: type_named(of),
            value,
            around: self.value,
        }
    }
}
