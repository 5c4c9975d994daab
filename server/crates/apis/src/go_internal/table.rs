//! The types of `types.txt`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

pub(super) struct Type {
    pub(super) omits_unset: bool,
    pub(super) fields: Vec<Field>,
}

pub(super) struct Field {
    pub(super) go: &'static str,
    /// Empty for an embedded type whose fields stand beside the others in v1 too.
    pub(super) v1: String,
    /// v1 has it in the object around.
    pub(super) around: bool,
    pub(super) holds: Holds,
}

pub(super) enum Holds {
    /// What v1 says, or else this zero.
    Plain(Value),
    Pointer(&'static str),
    List(&'static str),
    Struct(&'static str),
    Embedded(&'static str),
}

static TYPES: LazyLock<BTreeMap<&'static str, Type>> = LazyLock::new(|| {
    let lines = include_str!("types.txt").lines();
    lines.map(read_type).collect()
});

/// # Panics
/// When `types.txt` has no such type: a fault in the program.
pub(super) fn type_named(name: &str) -> &'static Type {
    TYPES.get(name).expect("types.txt has what is asked for")
}

fn read_type(line: &'static str) -> (&'static str, Type) {
    let mut words = line.split(' ');
    let head = words.next().unwrap_or_default();
    let name = head.trim_end_matches('?');
    let type_ = Type {
        omits_unset: name.len() < head.len(),
        fields: words.map(read_field).collect(),
    };
    (name, type_)
}

fn read_field(word: &'static str) -> Field {
    let (embedded, word) = match word.strip_prefix('+') {
        Some(word) => (true, word),
        None => (false, word),
    };
    let (go, rest) = split_name(word);
    let (around, given, rest) = match rest.strip_prefix('=') {
        Some(rest) => {
            let bare = rest.trim_start_matches('^');
            let (name, after) = split_name(bare);
            (bare.len() < rest.len(), Some(name), after)
        }
        None => (false, None, rest),
    };
    Field {
        go,
        v1: given.map_or_else(|| in_v1(go), str::to_owned),
        around,
        holds: read_holds(rest, embedded),
    }
}

fn split_name(word: &'static str) -> (&'static str, &'static str) {
    let end = word.find(|c: char| !c.is_ascii_alphanumeric());
    word.split_at(end.unwrap_or(word.len()))
}

fn read_holds(text: &'static str, embedded: bool) -> Holds {
    if let Some(zero) = text.strip_prefix(':') {
        return Holds::Plain(serde_json::from_str(zero).expect("types.txt writes zeros as JSON"));
    }
    if let Some(name) = text.strip_prefix('*') {
        return Holds::Pointer(name);
    }
    if let Some(name) = text.strip_prefix("[]") {
        return Holds::List(name);
    }
    match text.strip_prefix('.') {
        Some(name) if embedded => Holds::Embedded(name),
        Some(name) => Holds::Struct(name),
        None => Holds::Plain(Value::Null),
    }
}

/// The capitals that a Go name begins with made small, but for one that begins the next word: `DNSPolicy` is
/// `dnsPolicy`, `OS` is `os`.
fn in_v1(go: &str) -> String {
    let capitals = go.bytes().take_while(u8::is_ascii_uppercase).count();
    let follows = go.as_bytes().get(capitals);
    let small = match follows {
        Some(next) if next.is_ascii_lowercase() && capitals > 1 => capitals - 1,
        _ => capitals,
    };
    let (head, tail) = go.split_at(small);
    head.to_ascii_lowercase() + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_stand_in_their_order_and_name_each_other() {
        let names = include_str!("types.txt")
            .lines()
            .map(|line| read_type(line).0);
        assert!(names.is_sorted(), "in order");
        for (name, type_) in TYPES.iter() {
            for field in &type_.fields {
                if let Holds::Pointer(of)
                | Holds::List(of)
                | Holds::Struct(of)
                | Holds::Embedded(of) = field.holds
                {
                    assert!(TYPES.contains_key(of), "{name}.{}: {of}", field.go);
                }
            }
        }
    }

    #[test]
    fn names_in_v1() {
        let rows = [
            ("Name", "name"),
            ("OS", "os"),
            ("DNSPolicy", "dnsPolicy"),
            ("SetHostnameAsFQDN", "setHostnameAsFQDN"),
            ("SELinuxOptions", "seLinuxOptions"),
            ("matchLabels", "matchLabels"),
            ("", ""),
        ];
        for (go, v1) in rows {
            assert_eq!(in_v1(go), v1);
        }
    }
}
