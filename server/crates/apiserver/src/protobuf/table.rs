//! Field numbers of the served kinds and of what they are made of.
//!
//! `fields.txt` holds one message after the other: its name, then its fields as number, JSON name and
//! type. A type is `string`, `bytes`, `bool`, `int`, `time`, `microtime`, `quantity`, `intstr`, `raw`
//! (embedded JSON) or `@message`; `*` before it: repeated; `{` before it: a map from strings. The JSON
//! name `-` means that the message's fields stand in its parent. The numbers are upstream's, as the
//! `k8s-pb` crate (Apache-2.0) has them.

use std::collections::HashMap;
use std::sync::OnceLock;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    String,
    Bytes,
    Bool,
    Int,
    Time,
    MicroTime,
    Quantity,
    IntOrString,
    Raw,
    Message(&'static str),
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    One,
    Repeated,
    Map,
}

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// `-`: the fields of the message stand in its parent.
    pub name: &'static str,
    pub shape: Shape,
    pub type_: Type,
}

type Message = HashMap<u32, Field>;

/// The fields of a message, by number; `None` for one that is not known here.
pub fn message(name: &str) -> Option<&'static Message> {
    static TABLE: OnceLock<HashMap<&'static str, Message>> = OnceLock::new();
    TABLE
        .get_or_init(|| parse(include_str!("fields.txt")))
        .get(name)
}

fn parse(text: &'static str) -> HashMap<&'static str, Message> {
    let mut table: HashMap<&str, Message> = HashMap::new();
    let mut current = "";
    for line in text.lines() {
        match line
            .strip_prefix(' ')
            .map(|l| l.split(' ').collect::<Vec<_>>())
            .as_deref()
        {
            Some([number, name, type_]) => {
                let number = number.parse().expect("fields.txt numbers its fields");
                table
                    .entry(current)
                    .or_default()
                    .insert(number, field(name, type_));
            }
            Some(_) => unreachable!("fields.txt has three words a field"),
            None => {
                current = line;
                table.entry(current).or_default();
            }
        }
    }
    table
}

fn field(name: &'static str, type_: &'static str) -> Field {
    let (shape, type_) = match type_.as_bytes()[0] {
        b'*' => (Shape::Repeated, &type_[1..]),
        b'{' => (Shape::Map, &type_[1..]),
        _ => (Shape::One, type_),
    };
    let type_ = match type_ {
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "time" => Type::Time,
        "microtime" => Type::MicroTime,
        "quantity" => Type::Quantity,
        "intstr" => Type::IntOrString,
        "raw" => Type::Raw,
        message => Type::Message(
            message
                .strip_prefix('@')
                .expect("fields.txt marks messages"),
        ),
    };
    Field { name, shape, type_ }
}
