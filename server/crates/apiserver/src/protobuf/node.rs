//! JSON as a tree of borrowed texts: objects are read once on their way to protobuf, and nothing of them is kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Debug)]
pub enum Node<'a> {
    Null,
    Bool(bool),
    Number(i64),
    /// Only embedded JSON has any.
    Float(f64),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// An item of a list of objects: as trees all of them together would be larger than their text.
    Unread(&'a RawValue),
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// An object, or a list whose items are not read yet.
    pub fn read(json: &'a [u8]) -> serde_json::Result<Self> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let node = deserializer.deserialize_any(Reading { whole: true })?;
        deserializer.end()?;
        Ok(node)
    }

    /// The field of that name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Map(fields) = self else { return None };
        let found = fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }

    /// The text of that field; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Self::Text(text)) => text,
            _ => "",
        }
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading { whole: false })
    }
}

struct Reading {
    /// The text is an object or a list, which alone has items.
    whole: bool,
}

impl<'de> Visitor<'de> for Reading {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        let signed = i64::try_from(value);
        Ok(signed.map_or(Node::Float(value as f64), Node::Number))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<Node<'de>>()? {
            let Node::Text(key) = key else {
                return Err(A::Error::custom("a key is no text"));
            };
            let value = match self.whole && key == "items" {
                true => Node::List(unread(map.next_value()?)),
                false => map.next_value()?,
            };
            fields.push((key, value));
        }
        Ok(Node::Map(fields))
    }
}

fn unread(items: Option<Vec<&RawValue>>) -> Vec<Node<'_>> {
    let items = items.unwrap_or_default().into_iter();
    items.map(Node::Unread).collect()
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Unread(text) => text.serialize(serializer),
            Self::Map(fields) => {
                serializer.collect_map(fields.iter().map(|(key, value)| (key, value)))
            }
        }
    }
}
