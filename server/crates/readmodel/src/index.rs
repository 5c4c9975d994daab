//! Which rows belong to something: by its uid or name, the uids of those.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Index(BTreeMap<String, BTreeSet<String>>);

impl Index {
    pub fn of(&self, under: &str) -> impl Iterator<Item = &String> {
        self.0.get(under).into_iter().flatten()
    }

    pub fn insert(&mut self, under: &str, uid: &str) {
        match self.0.get_mut(under) {
            Some(uids) => _ = uids.insert(uid.to_owned()),
            None => {
                _ = self
                    .0
                    .insert(under.to_owned(), BTreeSet::from([uid.to_owned()]))
            }
        }
    }

    pub fn remove(&mut self, under: &str, uid: &str) {
        if let Some(uids) = self.0.get_mut(under) {
            uids.remove(uid);
            if uids.is_empty() {
                self.0.remove(under);
            }
        }
    }
}
