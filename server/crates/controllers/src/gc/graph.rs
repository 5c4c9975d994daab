//! Who owns whom, as the watches tell it.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use super::item::Item;

/// Objects by uid, and the uids that name them as owner.
#[derive(Default)]
pub struct Graph {
    items: BTreeMap<String, Item>,
    dependents: BTreeMap<String, BTreeSet<String>>,
}

/// Objects that a change gives work on.
#[derive(Debug, Default, PartialEq)]
pub struct Nudges {
    /// Uids to decide about.
    pub collect: BTreeSet<String>,
    /// Uids whose dependents are to be released.
    pub orphan: BTreeSet<String>,
    /// Objects with a reference to an owner that is in another namespace, to be told of (GC-05).
    pub misplaced: Vec<(Item, OwnerReference)>,
}

impl Graph {
    /// Takes an object as it is now.
    pub fn put(&mut self, item: Item) -> Nudges {
        let uid = item.uid.clone();
        let mut nudges = self.mismatches(&item);
        let before = self.items.get(&uid);
        let left = before.iter().flat_map(|before| &before.owners);
        let owners: BTreeSet<String> = left
            .chain(&item.owners)
            .map(|owner| owner.uid.clone())
            .collect();
        self.unlink(&uid);
        for owner in &item.owners {
            self.dependents
                .entry(owner.uid.clone())
                .or_default()
                .insert(uid.clone());
        }
        let known = |uid: &str| self.items.get(uid);
        let doubtful = item.owners.iter().any(|owner| {
            known(&owner.uid)
                .is_none_or(|known| known.is_deleting_dependents() || !known.is_meant(&item, owner))
        });
        if doubtful && !item.deleting {
            nudges.collect.insert(uid.clone());
        }
        if item.is_deleting_dependents() {
            nudges.collect.insert(uid.clone());
            nudges.collect.extend(self.dependent_uids(&uid).cloned());
        }
        if item.is_orphaning() {
            nudges.orphan.insert(uid.clone());
        }
        self.items.insert(uid, item);
        // an owner may have been waiting for this change, one that is named no more too
        let free = owners.into_iter().filter(|uid| self.may_go(uid));
        nudges.collect.extend(free);
        nudges
    }

    /// The object waits for its dependents, and none holds it up any more. As long as one does a look at
    /// it changes nothing: of 100,000 pods each that goes would be followed by a look at all others.
    fn may_go(&self, uid: &str) -> bool {
        let waits = self
            .items
            .get(uid)
            .is_some_and(Item::is_deleting_dependents);
        waits && !self.dependents(uid).any(|dependent| dependent.blocks(uid))
    }

    /// What `item` does not fit of what was known before it: owners that it names from now on, and, when
    /// it is new itself, dependents that name it.
    fn mismatches(&self, item: &Item) -> Nudges {
        let mut nudges = Nudges::default();
        let mut see = |owner: &Item, dependent: &Item| {
            let of_owner = |reference: &&OwnerReference| reference.uid == owner.uid;
            let Some(reference) = dependent.owners.iter().find(of_owner) else {
                return;
            };
            if owner.is_elsewhere(dependent) {
                let misplaced = (dependent.clone(), reference.clone());
                nudges.misplaced.push(misplaced);
            }
            if !owner.is_meant(dependent, reference) {
                nudges.collect.insert(dependent.uid.clone());
            }
        };
        let before = self.items.get(&item.uid);
        let named_before = |uid: &str| {
            let mut owners = before.iter().flat_map(|item| &item.owners);
            owners.any(|owner| owner.uid == uid)
        };
        for owner in item.owners.iter().filter(|owner| !named_before(&owner.uid)) {
            if let Some(owner) = self.items.get(&owner.uid) {
                see(owner, item);
            }
        }
        if before.is_none() {
            let dependents = self.dependents(&item.uid);
            dependents.for_each(|dependent| see(item, dependent));
        }
        nudges
    }

    /// The object is gone: its dependents have one owner less, its owners one dependent less.
    pub fn remove(&mut self, uid: &str) -> Nudges {
        let owners = self
            .items
            .get(uid)
            .map(|item| item.owners.clone())
            .unwrap_or_default();
        self.unlink(uid);
        self.items.remove(uid);
        let mut nudges = Nudges::default();
        nudges.collect.extend(self.dependent_uids(uid).cloned());
        let owners = owners.into_iter().map(|owner| owner.uid);
        let free = owners.filter(|uid| self.may_go(uid));
        nudges.collect.extend(free);
        nudges
    }

    pub fn get(&self, uid: &str) -> Option<&Item> {
        self.items.get(uid)
    }

    /// The objects that name `uid` as an owner.
    pub fn dependents(&self, uid: &str) -> impl Iterator<Item = &Item> {
        self.dependent_uids(uid)
            .filter_map(|uid| self.items.get(uid))
    }

    fn dependent_uids(&self, uid: &str) -> impl Iterator<Item = &String> {
        self.dependents.get(uid).into_iter().flatten()
    }

    fn unlink(&mut self, uid: &str) {
        let Some(old) = self.items.get(uid) else {
            return;
        };
        for owner in &old.owners {
            if let Some(dependents) = self.dependents.get_mut(&owner.uid) {
                dependents.remove(uid);
                if dependents.is_empty() {
                    self.dependents.remove(&owner.uid);
                }
            }
        }
    }
}
