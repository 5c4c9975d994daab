//! An object as the collector sees it: who it is, who owns it, how it is being deleted.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use orrery_informer::ObjectKey;

use super::kinds::group_of;

/// Holds an object until its blocking dependents are gone (GC-02).
pub const FOREGROUND: &str = "foregroundDeletion";
/// Holds an object until its dependents are released (GC-03).
pub const ORPHAN: &str = "orphan";

/// A kind by group/version and name, as owner references write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindName {
    pub api_version: String,
    pub kind: String,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub kind: KindName,
    pub key: ObjectKey,
    pub uid: String,
    pub owners: Vec<OwnerReference>,
    pub finalizers: Vec<String>,
    pub deleting: bool,
}

impl Item {
    pub fn of(kind: KindName, meta: &ObjectMeta) -> Self {
        Self {
            kind,
            key: ObjectKey::of(meta),
            uid: meta.uid.clone().unwrap_or_default(),
            owners: meta.owner_references.clone().unwrap_or_default(),
            finalizers: meta.finalizers.clone().unwrap_or_default(),
            deleting: meta.deletion_timestamp.is_some(),
        }
    }

    /// What an Event about it points at.
    pub fn reference(&self) -> ObjectReference {
        let namespace = Some(self.key.namespace.clone());
        ObjectReference {
            api_version: Some(self.kind.api_version.clone()),
            kind: Some(self.kind.kind.clone()),
            namespace: namespace.filter(|namespace| !namespace.is_empty()),
            name: Some(self.key.name.clone()),
            uid: Some(self.uid.clone()),
            ..ObjectReference::default()
        }
    }

    /// Waits for its dependents (GC-02).
    pub fn is_deleting_dependents(&self) -> bool {
        self.deleting && self.has(FOREGROUND)
    }

    /// Waits for its dependents to be released (GC-03).
    pub fn is_orphaning(&self) -> bool {
        self.deleting && self.has(ORPHAN)
    }

    pub fn has(&self, finalizer: &str) -> bool {
        self.finalizers.iter().any(|own| own == finalizer)
    }

    /// Is in a namespace, and `dependent` in another or in none: it cannot be that one's owner (GC-05).
    pub fn is_elsewhere(&self, dependent: &Item) -> bool {
        !self.key.namespace.is_empty() && self.key.namespace != dependent.key.namespace
    }

    /// Is what `owner`, a reference of `dependent`, names beside the uid.
    pub fn is_meant(&self, dependent: &Item, owner: &OwnerReference) -> bool {
        let group = group_of(&self.kind.api_version) == group_of(&owner.api_version);
        let named = self.kind.kind == owner.kind && self.key.name == owner.name;
        group && named && !self.is_elsewhere(dependent)
    }

    /// Holds up the deletion of the owner with this uid.
    pub fn blocks(&self, owner_uid: &str) -> bool {
        let mut owners = self.owners.iter();
        owners.any(|owner| owner.uid == owner_uid && owner.block_owner_deletion == Some(true))
    }
}
