//! `fields.txt` holds one struct after the other: its name, then its fields in Go's order as number, JSON name and
//! type. A type is `string`, `bytes`, `bool`, `int`, `time`, `microtime`, `duration`, `quantity`, `intstr`, `raw`
//! (embedded JSON), `strings` (a list of texts that is a value of a map) or `@struct`; `*` before it: repeated; `{`
//! before it: a map from strings; `?` before it: a pointer, so that what is not set differs from its zero. The JSON
//! name `-` means that the struct's fields stand in its parent. The number 0 is that of a struct that is served as
//! JSON only.
//! The order and the numbers are upstream's, as the `k8s-pb` crate (Apache-2.0) has them.
//!
//! Lists have no structs here: each is made of its item's.

use std::collections::HashMap;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    String,
    Bytes,
    Bool,
    Int,
    Time,
    MicroTime,
    Duration,
    Quantity,
    IntOrString,
    Raw,
    Strings,
    Message(MessageId),
}

/// Which struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageId(usize);

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    One,
    Repeated,
    Map,
}

/// The JSON name of a struct whose fields stand in its parent.
pub const EMBEDDED: &str = "-";

/// One field of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// 0 where there is no protobuf.
    pub number: u32,
    /// [`EMBEDDED`]: the fields of the struct stand in its parent.
    pub name: &'static str,
    pub shape: Shape,
    /// Not set is not the same as zero.
    pub pointer: bool,
    pub type_: Type,
}

/// A struct.
pub struct Message {
    /// As Go calls it, without its package.
    pub name: String,
    /// As protobuf writes them: in the order of their numbers.
    pub fields: Vec<Field>,
    /// By JSON name, those of embedded structs too, with their places in Go's order.
    places: FxHashMap<&'static [u8], (u32, Field)>,
}

impl MessageId {
    /// The struct.
    pub fn get(self) -> &'static Message {
        &TABLE.messages[self.0]
    }
}

impl Message {
    /// The field that protobuf knows by that number.
    pub fn numbered(&self, number: u32) -> Option<&Field> {
        self.fields.iter().find(|field| field.number == number)
    }

    /// A field by its JSON name, and its place in Go's order.
    pub fn place(&self, name: &[u8]) -> Option<(u32, &Field)> {
        let found = self.places.get(name);
        found.map(|(place, field)| (*place, field))
    }

    /// False for what is served as JSON only.
    pub fn is_protobuf(&self) -> bool {
        self.fields.iter().all(|field| field.number > 0)
    }
}

/// The struct of a kind or of a list of it; of a meta kind (Status, DeleteOptions) whatever its group says.
pub fn of_kind(api_version: &str, kind: &str) -> Option<MessageId> {
    let package = match api_version.split_once('/') {
        None => format!("core.{api_version}"),
        Some((group, version)) => {
            format!("{}.{version}", group.split('.').next().unwrap_or_default())
        }
    };
    let named = |package: &str| TABLE.names.get(&format!("{package}.{kind}")).copied();
    named(&package).or_else(|| named("meta.v1"))
}

struct Table {
    messages: Vec<Message>,
    names: HashMap<String, MessageId>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| read(include_str!("fields.txt")));

fn read(text: &'static str) -> Table {
    let heads = text.lines().filter(|line| !line.starts_with(' '));
    let mut names: HashMap<String, MessageId> = heads
        .enumerate()
        .map(|(at, name)| (name.to_owned(), MessageId(at)))
        .collect();
    let mut structs: Vec<(String, Vec<Field>)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix(' ') {
            None => structs.push((line.to_owned(), Vec::new())),
            Some(line) => {
                let (_, fields) = structs.last_mut().expect("a name stands first");
                fields.push(field(line, &names));
            }
        }
    }
    for list in lists(&structs, &names) {
        names.insert(list.0.clone(), MessageId(structs.len()));
        structs.push(list);
    }
    let messages = (0..structs.len()).map(|at| message(&structs, at));
    Table {
        messages: messages.collect(),
        names,
    }
}

/// A list for each struct that is an object of its own; with a number wherever its item has.
fn lists(
    structs: &[(String, Vec<Field>)],
    names: &HashMap<String, MessageId>,
) -> Vec<(String, Vec<Field>)> {
    let metadata = Type::Message(names["meta.v1.ObjectMeta"]);
    let objects = structs
        .iter()
        .enumerate()
        .filter_map(|(at, (name, fields))| {
            let first = fields.first()?;
            (first.name == "metadata" && first.type_ == metadata).then_some((
                at,
                name,
                first.number,
            ))
        });
    let field = |number, name, shape, message| Field {
        number,
        name,
        shape,
        pointer: false,
        type_: Type::Message(message),
    };
    let list = |(at, name, number): (usize, &String, u32)| {
        let fields = vec![
            field(number, "metadata", Shape::One, names["meta.v1.ListMeta"]),
            field(2 * number, "items", Shape::Repeated, MessageId(at)),
        ];
        (format!("{name}List"), fields)
    };
    objects.map(list).collect()
}

fn message(structs: &[(String, Vec<Field>)], at: usize) -> Message {
    let (name, fields) = &structs[at];
    let mut fields = fields.clone();
    fields.sort_by_key(|field| field.number);
    let flat = flat(structs, at);
    let places = flat.into_iter().zip(0..);
    Message {
        name: name.rsplit('.').next().unwrap_or_default().to_owned(),
        fields,
        places: places
            .map(|(field, place)| (field.name.as_bytes(), (place, field)))
            .collect(),
    }
}

/// The fields as JSON has them.
fn flat(structs: &[(String, Vec<Field>)], at: usize) -> Vec<Field> {
    let (_, fields) = &structs[at];
    let fields = fields.iter().flat_map(|field| match field.type_ {
        Type::Message(inner) if field.name == EMBEDDED => flat(structs, inner.0),
        _ => vec![*field],
    });
    fields.collect()
}

fn field(line: &'static str, names: &HashMap<String, MessageId>) -> Field {
    let mut words = line.split(' ');
    let mut word = || words.next().expect("fields.txt has three words a field");
    let (number, name, type_) = (word(), word(), word());
    let (pointer, type_) = match type_.strip_prefix('?') {
        Some(type_) => (true, type_),
        None => (false, type_),
    };
    let (shape, type_) = match type_.as_bytes().first() {
        Some(b'*') => (Shape::Repeated, &type_[1..]),
        Some(b'{') => (Shape::Map, &type_[1..]),
        _ => (Shape::One, type_),
    };
    Field {
        number: number.parse().expect("fields.txt numbers its fields"),
        name,
        shape,
        pointer,
        type_: type_named(type_, names),
    }
}

fn type_named(name: &str, names: &HashMap<String, MessageId>) -> Type {
    match name {
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "time" => Type::Time,
        "microtime" => Type::MicroTime,
        "duration" => Type::Duration,
        "quantity" => Type::Quantity,
        "intstr" => Type::IntOrString,
        "raw" => Type::Raw,
        "strings" => Type::Strings,
        message => {
            let name = message.strip_prefix('@');
            let name = name.expect("fields.txt marks structs");
            Type::Message(
                *names
                    .get(name)
                    .expect("fields.txt has each struct it names"),
            )
        }
    }
}
