//! Finds object keys that a JSON text repeats; serde keeps the last one and says nothing.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::params::FieldValidation;

/// What is to be said of them, unless nobody wants to hear of unknown fields either (K-08).
pub fn told(validation: FieldValidation, json: &[u8]) -> Vec<String> {
    if validation == FieldValidation::Ignore {
        return Vec::new();
    }
    let twice = find(json).into_iter();
    twice
        .map(|path| format!("duplicate field {path:?}"))
        .collect()
}

/// Paths of repeated keys, as `spec.foo`. Text that is not JSON has none.
fn find(json: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut path = Vec::new();
    let walk = Walk {
        path: &mut path,
        found: &mut found,
    };
    let _ = walk.deserialize(&mut serde_json::Deserializer::from_slice(json));
    found
}

enum Step {
    Key(String),
    Index(usize),
}

struct Walk<'a> {
    path: &'a mut Vec<Step>,
    found: &'a mut Vec<String>,
}

impl Walk<'_> {
    fn below(&mut self) -> Walk<'_> {
        Walk {
            path: self.path,
            found: self.found,
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for step in self.path.iter() {
            match step {
                Step::Key(key) if text.is_empty() => text.push_str(key),
                Step::Key(key) => text.push_str(&format!(".{key}")),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            self.path.push(Step::Index(index));
            let more = seq.next_element_seed(self.below())?;
            self.path.pop();
            if more.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let repeated = !seen.insert(key.clone());
            self.path.push(Step::Key(key));
            if repeated {
                let text = self.text();
                self.found.push(text);
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(self.below())?;
            }
            self.path.pop();
        }
        Ok(())
    }
}
