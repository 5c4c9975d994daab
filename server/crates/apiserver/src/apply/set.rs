//! A set of paths, shaped like the `FieldsV1` that it is written as.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::element;

/// The paths at and below one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// The place itself is in the set.
    pub member: bool,
    pub children: BTreeMap<String, Set>,
}

impl Set {
    /// The place itself and nothing below it.
    pub fn leaf() -> Self {
        Self {
            member: true,
            children: BTreeMap::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Self::is_empty)
    }

    /// What is below `element`.
    pub fn get(&self, element: &str) -> Option<&Set> {
        self.children.get(element)
    }

    /// Puts `below` under `element`, unless it is empty.
    pub fn insert(&mut self, element: &str, below: Set) {
        if !below.is_empty() {
            self.children.insert(element.to_owned(), below);
        }
    }

    /// Adds every path of `other`.
    pub fn unite(&mut self, other: &Set) {
        self.member |= other.member;
        for (element, theirs) in &other.children {
            self.children
                .entry(element.clone())
                .or_default()
                .unite(theirs);
        }
    }

    /// Takes every path of `other` out.
    pub fn subtract(&mut self, other: &Set) {
        self.member &= !other.member;
        for (element, theirs) in &other.children {
            if let Some(ours) = self.children.get_mut(element) {
                ours.subtract(theirs);
                if ours.is_empty() {
                    self.children.remove(element);
                }
            }
        }
    }

    /// The paths in both.
    pub fn intersection(&self, other: &Set) -> Set {
        let mut both = Set {
            member: self.member && other.member,
            children: BTreeMap::new(),
        };
        for (element, ours) in &self.children {
            if let Some(theirs) = other.get(element) {
                both.insert(element, ours.intersection(theirs));
            }
        }
        both
    }

    /// Takes out a place with all that is below it.
    pub fn cut(&mut self, path: &[&str]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let element = element::field(first);
        if rest.is_empty() {
            self.children.remove(&element);
        } else if let Some(child) = self.children.get_mut(&element) {
            child.cut(rest);
            if child.is_empty() {
                self.children.remove(&element);
            }
        }
    }

    /// Every path as people read it, `.spec.containers[name="c"].image`: those of one level before those
    /// below, as upstream goes through a set.
    pub fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect("", &mut found);
        found
    }

    fn collect(&self, at: &str, found: &mut Vec<String>) {
        let path = |element: &str| format!("{at}{}", element::shown(element));
        let below: Vec<_> = self
            .children
            .iter()
            .map(|(e, set)| (path(e), set))
            .collect();
        let members = below.iter().filter(|(_, set)| set.member);
        found.extend(members.map(|(path, _)| path.clone()));
        for (path, set) in below {
            set.collect(&path, found);
        }
    }

    /// As `FieldsV1`.
    pub fn to_fields(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".to_owned(), Value::Object(Map::new()));
        }
        for (element, child) in &self.children {
            map.insert(element.clone(), child.to_fields());
        }
        Value::Object(map)
    }

    /// From `FieldsV1`; `None` when it is none.
    pub fn from_fields(fields: &Value) -> Option<Self> {
        let mut set = Self::read(fields)?;
        // the root is no path
        set.member = false;
        Some(set)
    }

    fn read(fields: &Value) -> Option<Self> {
        let map = fields.as_object()?;
        let mut set = Self {
            member: map.is_empty(),
            children: BTreeMap::new(),
        };
        for (key, below) in map {
            if key == "." {
                set.member = true;
            } else {
                set.children
                    .insert(element::canonical(key)?, Self::read(below)?);
            }
        }
        Some(set)
    }
}
