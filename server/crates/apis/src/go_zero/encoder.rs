//! The encoder: wraps another and meets each struct by its name, so that nothing is read twice.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Value;

use super::rules::Rule;

/// Encodes the value, and all below it, as Go does.
pub struct AsGo<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> Serialize for AsGo<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Go(serializer))
    }
}

struct Go<S>(S);

/// Something with values in it.
struct Inside<C> {
    inner: C,
    rule: Option<&'static Rule>,
    /// A bit for each field that the rule would write.
    seen: u8,
}

impl<C> Inside<C> {
    fn plain(inner: C) -> Self {
        Self {
            inner,
            rule: None,
            seen: 0,
        }
    }
}

/// The begin of a value's JSON: enough to know a zero by, and nothing is kept of the rest.
#[derive(Default)]
struct Begin {
    bytes: [u8; 6],
    len: usize,
}

impl Write for Begin {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.bytes.get_mut(self.len..).unwrap_or_default();
        let fits = room.len().min(bytes.len());
        room[..fits].copy_from_slice(&bytes[..fits]);
        self.len += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_zero(value: &(impl Serialize + ?Sized)) -> bool {
    let mut begin = Begin::default();
    let written = serde_json::to_writer(&mut begin, value);
    let text = begin.bytes.get(..begin.len).unwrap_or_default();
    written.is_ok() && matches!(text, b"0" | b"false" | b"\"\"")
}

macro_rules! scalars {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(fn $name(self, value: $type) -> Result<S::Ok, S::Error> {
            self.0.$name(value)
        })*
    };
}

impl<S: Serializer> Serializer for Go<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Inside<S::SerializeSeq>;
    type SerializeTuple = Inside<S::SerializeTuple>;
    type SerializeTupleStruct = Inside<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Inside<S::SerializeTupleVariant>;
    type SerializeMap = Inside<S::SerializeMap>;
    type SerializeStruct = Inside<S::SerializeStruct>;
    type SerializeStructVariant = Inside<S::SerializeStructVariant>;

    scalars! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&AsGo(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &AsGo(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = AsGo(value);
        self.0
            .serialize_newtype_variant(name, index, variant, &value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(len).map(Inside::plain)
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(len).map(Inside::plain)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, len).map(Inside::plain)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let inner = self.0.serialize_tuple_variant(name, index, variant, len);
        inner.map(Inside::plain)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(len).map(Inside::plain)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let rule = Rule::find(name);
        // an encoder may end an empty struct where it begins
        let len = len + rule.map_or(0, |rule| rule.written.len());
        let inner = self.0.serialize_struct(name, len)?;
        Ok(Inside {
            inner,
            rule,
            seen: 0,
        })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let inner = self.0.serialize_struct_variant(name, index, variant, len);
        inner.map(Inside::plain)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

impl<C: SerializeStruct> SerializeStruct for Inside<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), C::Error> {
        if let Some(rule) = self.rule {
            if rule.omitted.contains(&key) && is_zero(value) {
                return Ok(());
            }
            if let Some(at) = rule.written.iter().position(|(name, _)| *name == key) {
                self.seen |= 1 << at;
            }
            if rule.bare.contains(&key) {
                return self.inner.serialize_field(key, value);
            }
        }
        self.inner.serialize_field(key, &AsGo(value))
    }

    fn end(mut self) -> Result<C::Ok, C::Error> {
        let written = self.rule.map_or(&[][..], |rule| rule.written);
        for (at, (key, json)) in written.iter().enumerate() {
            if self.seen & (1 << at) == 0 {
                let value: Value = serde_json::from_str(json).expect("RULES holds JSON");
                self.inner.serialize_field(key, &value)?;
            }
        }
        self.inner.end()
    }
}

impl<C: SerializeMap> SerializeMap for Inside<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.inner.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.inner.serialize_value(&AsGo(value))
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}

macro_rules! sequence {
    ($trait:ident, $method:ident $(, $key:ident)?) => {
        impl<C: $trait> $trait for Inside<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), C::Error> {
                self.inner.$method($($key,)? &AsGo(value))
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    };
}

sequence!(SerializeSeq, serialize_element);
sequence!(SerializeTuple, serialize_element);
sequence!(SerializeTupleStruct, serialize_field);
sequence!(SerializeTupleVariant, serialize_field);
sequence!(SerializeStructVariant, serialize_field, key);
