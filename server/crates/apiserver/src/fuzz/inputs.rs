//! What clients can send: documents, texts, messages.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Names that mean something to a decoder or a patch, so that values get past the first level.
const NAMES: [&str; 22] = [
    "metadata",
    "labels",
    "finalizers",
    "ownerReferences",
    "spec",
    "status",
    "template",
    "containers",
    "name",
    "env",
    "ports",
    "containerPort",
    "volumes",
    "conditions",
    "type",
    "schedule",
    "parallelism",
    "$patch",
    "$retainKeys",
    "$setElementOrder/containers",
    "$deleteFromPrimitiveList/finalizers",
    "uid",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // those that JSON gives back to the last bit; no served kind has any other
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        prop_oneof![
            Just("a"),
            Just("b"),
            Just("delete"),
            Just("replace"),
            Just("")
        ]
        .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ]
}

pub fn any_value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(6, 48, 4, |inner| {
        let field = (prop::sample::select(&NAMES[..]), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            prop::collection::vec(field, 0..5).prop_map(|fields| {
                let fields = fields.into_iter();
                Value::Object(fields.map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

/// Characters that mean something to a reader of YAML, and some of each other sort.
const CHARACTERS: [char; 30] = [
    ' ', '\t', '\n', '\r', ':', '#', '-', '?', ',', '[', '{', '&', '*', '!', '|', '>', '\'', '"',
    '%', '~', '.', '0', 'e', 'x', 'n', 'é', '\u{85}', '\u{2028}', '\u{feff}', '😀',
];

pub fn text() -> impl Strategy<Value = String> {
    let characters = prop::collection::vec(prop::sample::select(&CHARACTERS[..]), 0..90);
    characters.prop_map(String::from_iter)
}

/// A message's fields, one in another, of numbers and types that kinds have.
pub fn any_message() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..8).prop_recursive(6, 32, 4, |inner| {
        let field = prop_oneof![
            (1_u8..16, 0_u8..128).prop_map(|(number, value)| vec![number << 3, value]),
            (1_u8..16, inner).prop_map(|(number, mut below)| {
                // what one byte can tell the length of
                below.truncate(127);
                [&[number << 3 | 2, below.len() as u8], below.as_slice()].concat()
            }),
        ];
        prop::collection::vec(field, 0..5).prop_map(|fields| fields.concat())
    })
}

/// An object as its kind has it where it matters, with anything in it.
pub fn any_object() -> impl Strategy<Value = Value> {
    let fields = prop::collection::vec((prop::sample::select(&NAMES[..]), any_value()), 0..5);
    fields.prop_map(|fields| {
        let fields: Map<_, _> = fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        json!({"metadata": {"name": "p"}, "spec": fields})
    })
}
