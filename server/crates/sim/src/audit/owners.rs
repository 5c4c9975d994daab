//! What has lost all its owners is being collected before long.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::rules::Scene;
use crate::mirror::{Mirrored, Step};

/// Collecting takes one look and one request. The collector may be dead for a minute and a half, the
/// disk full for another, and then it meets refusals with their pauses.
const WITHIN: SignedDuration = SignedDuration::from_secs(300);

const COLLECTED: &str = "everything has a living owner or is being collected";

#[derive(Default)]
pub struct Owners {
    /// uids of all objects there are.
    alive: BTreeSet<String>,
    /// By uid of an owner: what names it.
    dependents: BTreeMap<String, BTreeSet<String>>,
    /// By uid of an object that is not being deleted: its owners, and its name for the complaint.
    owned: BTreeMap<String, (Vec<String>, String)>,
    /// By uid of an object without owners left: since when.
    orphans: BTreeMap<String, Timestamp>,
}

impl Owners {
    pub fn step<K: Mirrored>(&mut self, step: &Step<K>, scene: &mut Scene<'_>) {
        let Some(uid) = step.meta().and_then(|meta| meta.uid.clone()) else {
            return;
        };
        match &step.new {
            None => self.gone(&uid, scene.now),
            Some(object) => {
                let text = format!("{} {}", K::kind(&()), name(object.meta()));
                self.put(&uid, object.meta(), text, scene.now);
            }
        }
        let late = self
            .orphans
            .iter()
            .find(|(_, since)| scene.now.duration_since(**since) > WITHIN);
        if let Some((uid, since)) = late.map(|(uid, since)| (uid.clone(), *since)) {
            self.orphans.remove(&uid);
            let who = self.owned.get(&uid).map(|(_, name)| name.clone());
            let message = format!("{} since {since}", who.unwrap_or(uid));
            scene.complain(COLLECTED, message);
        }
    }

    fn put(&mut self, uid: &str, meta: &ObjectMeta, text: String, now: Timestamp) {
        self.alive.insert(uid.to_owned());
        self.forget(uid);
        if meta.deletion_timestamp.is_some() {
            self.orphans.remove(uid);
            return;
        }
        let owners = meta.owner_references.iter().flatten();
        let owners: Vec<String> = owners.map(|owner| owner.uid.clone()).collect();
        for owner in &owners {
            let dependents = self.dependents.entry(owner.clone()).or_default();
            dependents.insert(uid.to_owned());
        }
        let orphaned = !owners.is_empty() && !self.has_living(&owners);
        self.owned.insert(uid.to_owned(), (owners, text));
        match orphaned {
            true => _ = self.orphans.entry(uid.to_owned()).or_insert(now),
            false => _ = self.orphans.remove(uid),
        }
    }

    fn gone(&mut self, uid: &str, now: Timestamp) {
        self.alive.remove(uid);
        self.orphans.remove(uid);
        self.forget(uid);
        for dependent in self.dependents.get(uid).cloned().unwrap_or_default() {
            let owners = self.owned.get(&dependent).map(|(owners, _)| owners.clone());
            if owners.is_some_and(|owners| !self.has_living(&owners)) {
                self.orphans.entry(dependent).or_insert(now);
            }
        }
    }

    fn forget(&mut self, uid: &str) {
        let Some((owners, _)) = self.owned.remove(uid) else {
            return;
        };
        for owner in owners {
            if let Some(dependents) = self.dependents.get_mut(&owner) {
                dependents.remove(uid);
            }
        }
    }

    fn has_living(&self, owners: &[String]) -> bool {
        owners.iter().any(|owner| self.alive.contains(owner))
    }
}

fn name(meta: &ObjectMeta) -> &str {
    meta.name.as_deref().unwrap_or_default()
}
