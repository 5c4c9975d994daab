//! Owners that are known not to be there: of a thousand dependents one looks.

use std::collections::{BTreeSet, VecDeque};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use super::item::Item;

/// As many as upstream remembers.
const CAPACITY: usize = 500;

/// The latest of them. An object that is gone never comes back: another one has another uid.
#[derive(Default)]
pub struct Absent {
    keys: BTreeSet<Key>,
    order: VecDeque<Key>,
}

/// Namespace, `apiVersion`, kind, name and uid.
type Key = [String; 5];

impl Absent {
    /// Remembers that no such owner is in `namespace`; the empty one where its kind is in none.
    pub fn add(&mut self, namespace: &str, owner: &OwnerReference) {
        self.remember(key(namespace, owner));
    }

    /// Remembers an object that is gone.
    pub fn add_gone(&mut self, item: &Item) {
        let texts = [
            &item.key.namespace,
            &item.kind.api_version,
            &item.kind.kind,
            &item.key.name,
            &item.uid,
        ];
        self.remember(texts.map(Clone::clone));
    }

    /// Whether the owner of an object in `namespace` is known not to be there.
    pub fn has(&self, namespace: &str, owner: &OwnerReference) -> bool {
        let is_known = |namespace: &str| self.keys.contains(&key(namespace, owner));
        !self.keys.is_empty() && (is_known(namespace) || is_known(""))
    }

    fn remember(&mut self, key: Key) {
        if !self.keys.insert(key.clone()) {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
    }
}

fn key(namespace: &str, owner: &OwnerReference) -> Key {
    let texts = [
        namespace,
        &owner.api_version,
        &owner.kind,
        &owner.name,
        &owner.uid,
    ];
    texts.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use orrery_informer::ObjectKey;

    use super::*;
    use crate::gc::item::KindName;

    fn owner(name: &str, uid: &str) -> OwnerReference {
        OwnerReference {
            api_version: "batch/v1".to_owned(),
            kind: "Job".to_owned(),
            name: name.to_owned(),
            uid: uid.to_owned(),
            ..OwnerReference::default()
        }
    }

    #[test]
    fn an_owner_is_absent_under_all_of_its_words_and_in_its_namespace() {
        let mut absent = Absent::default();
        absent.add("default", &owner("a", "1"));
        absent.add("", &owner("everywhere", "2"));
        absent.add_gone(&Item {
            kind: KindName {
                api_version: "batch/v1".to_owned(),
                kind: "Job".to_owned(),
            },
            key: ObjectKey::new("default", "gone"),
            uid: "3".to_owned(),
            owners: Vec::new(),
            finalizers: Vec::new(),
            deleting: true,
        });
        let rows = [
            ("looked for", "default", owner("a", "1"), true),
            ("in another namespace", "other", owner("a", "1"), false),
            ("another uid", "default", owner("a", "4"), false),
            ("another name", "default", owner("b", "1"), false),
            (
                "of all namespaces",
                "default",
                owner("everywhere", "2"),
                true,
            ),
            ("seen to go", "default", owner("gone", "3"), true),
        ];
        for (why, namespace, owner, expected) in rows {
            assert_eq!(absent.has(namespace, &owner), expected, "{why}");
        }
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut absent = Absent::default();
        let name = |n: usize| n.to_string();
        (0..=CAPACITY).for_each(|n| absent.add("default", &owner("a", &name(n))));
        assert!(!absent.has("default", &owner("a", "0")));
        assert!(absent.has("default", &owner("a", "1")));
        assert!(absent.has("default", &owner("a", &name(CAPACITY))));
    }
}
