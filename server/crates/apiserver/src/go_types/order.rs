//! JSON with its fields in Go's order: `kind` and `apiVersion` first, then as the structs declare them. Keys of maps
//! and embedded JSON stay as they are: our encoder sorts the former, as Go's does.
//!
//! Works on the text, once for each object that is stored, so that reading costs nothing.

use std::borrow::Cow;

use memchr::memchr2;
use serde::Deserialize;

use super::table::{Message, MessageId, Shape, Type, of_kind};

/// Compact JSON of an object, a list or a Status in Go's order; of an unknown kind as it is.
pub fn ordered(json: &[u8]) -> Vec<u8> {
    #[derive(Deserialize)]
    struct Types<'a> {
        #[serde(borrow, default, rename = "apiVersion")]
        api_version: Cow<'a, str>,
        #[serde(borrow, default)]
        kind: Cow<'a, str>,
    }
    let types = serde_json::from_slice::<Types<'_>>(json).ok();
    match types.and_then(|types| of_kind(&types.api_version, &types.kind)) {
        Some(message) => ordered_as(json, message),
        None => json.to_vec(),
    }
}

/// The same of a kind that is known.
pub fn ordered_as(json: &[u8], message: MessageId) -> Vec<u8> {
    let mut ordering = Ordering {
        json,
        at: 0,
        out: Vec::with_capacity(json.len()),
        fields: Vec::new(),
        scratch: Vec::new(),
    };
    ordering.value(Shape::One, Type::Message(message));
    ordering.out
}

struct Ordering<'a> {
    json: &'a [u8],
    at: usize,
    out: Vec<u8>,
    /// Of all objects that are open: the place in Go's order, where it begins and ends in `out`.
    fields: Vec<(u32, usize, usize)>,
    scratch: Vec<u8>,
}

impl Ordering<'_> {
    fn value(&mut self, shape: Shape, type_: Type) {
        match (self.next(), shape, type_) {
            (Some(b'{'), Shape::One, Type::Message(id)) => self.object(id.get()),
            (Some(b'['), Shape::Repeated, Type::Message(id)) => self.list(id.get()),
            _ => self.plain(),
        }
    }

    fn next(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    /// Copies a value as it is.
    fn plain(&mut self) {
        let rest = &self.json[self.at..];
        let end = value_len(rest);
        self.out.extend_from_slice(&rest[..end]);
        self.at += end;
    }

    fn list(&mut self, message: &Message) {
        self.out.push(b'[');
        self.at += 1;
        while let Some(byte) = self.next().filter(|byte| *byte != b']') {
            let before = self.at;
            match byte {
                b'{' => self.object(message),
                b',' => {
                    self.out.push(b',');
                    self.at += 1;
                }
                _ => self.plain(),
            }
            if self.at == before {
                break;
            }
        }
        self.out.push(b']');
        self.at += 1;
    }

    fn object(&mut self, message: &Message) {
        self.out.push(b'{');
        self.at += 1;
        let (first, start) = (self.fields.len(), self.out.len());
        while self.next() == Some(b'"') {
            if self.fields.len() > first {
                self.out.push(b',');
            }
            self.field(message);
            self.at += usize::from(self.next() == Some(b','));
        }
        self.at += 1;
        self.close(first, start);
    }

    fn field(&mut self, message: &Message) {
        let begin = self.out.len();
        let rest = &self.json[self.at..];
        let key = &rest[..string_len(rest)];
        let colon = rest.len().min(key.len() + 1);
        self.out.extend_from_slice(&rest[..colon]);
        self.at += colon;
        let name = key.get(1..key.len() - 1).unwrap_or_default();
        let place = match (message.place(name), name) {
            (Some((place, field)), _) => {
                self.value(field.shape, field.type_);
                place + 2
            }
            (None, other) => {
                self.plain();
                match other {
                    b"kind" => 0,
                    b"apiVersion" => 1,
                    _ => u32::MAX,
                }
            }
        };
        self.fields.push((place, begin, self.out.len()));
    }

    /// Puts the fields of an object that ends in their order.
    fn close(&mut self, first: usize, start: usize) {
        let fields = &mut self.fields[first..];
        if !fields.is_sorted_by_key(|(place, ..)| *place) {
            fields.sort_by_key(|(place, ..)| *place);
            self.scratch.clear();
            for (at, (_, begin, end)) in fields.iter().enumerate() {
                if at > 0 {
                    self.scratch.push(b',');
                }
                self.scratch.extend_from_slice(&self.out[*begin..*end]);
            }
            self.out.truncate(start);
            self.out.extend_from_slice(&self.scratch);
        }
        self.fields.truncate(first);
        self.out.push(b'}');
    }
}

/// How long the value is that the compact JSON begins with.
fn value_len(json: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => at += string_len(&json[at..]),
            b',' | b'}' | b']' if depth == 0 => return at,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
    json.len()
}

/// How long the text is that the JSON begins with, its quotes included.
pub fn string_len(json: &[u8]) -> usize {
    let mut at = 1;
    while let Some(rest) = json.get(at..)
        && let Some(found) = memchr2(b'"', b'\\', rest)
    {
        at += found + 1;
        if json[at - 1] == b'"' {
            return at;
        }
        // what is escaped is no end
        at += 1;
    }
    json.len()
}
