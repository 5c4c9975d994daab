//! The kinds that the collector knows, and how to reach one by the words of an owner reference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::Resource;
use kube::core::ApiResource;
use parking_lot::RwLock;

use super::item::KindName;

/// A kind that can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub resource: ApiResource,
    pub namespaced: bool,
}

/// Group and kind: the same kind at another version of its group is found too.
type Name = (String, String);

/// Known kinds by their name.
#[derive(Default)]
pub struct Kinds {
    own: BTreeMap<Name, Arc<Known>>,
    /// `None` where nobody looks for kinds: the embedded cluster serves none but its own.
    found: Option<RwLock<Found>>,
}

#[derive(Default)]
struct Found {
    kinds: BTreeMap<Name, Arc<Known>>,
    /// Uids of objects with an owner of a kind that nobody knows; they are looked at again when kinds come.
    waiting: BTreeSet<String>,
}

/// The name of `K`.
pub fn name_of<K: Resource<DynamicType = ()>>() -> KindName {
    KindName {
        api_version: K::api_version(&()).into_owned(),
        kind: K::kind(&()).into_owned(),
    }
}

impl Kinds {
    /// Kinds beside those that [`Kinds::add`] names are [`Kinds::found`].
    pub fn discovering() -> Self {
        Self {
            own: BTreeMap::new(),
            found: Some(RwLock::default()),
        }
    }

    pub fn add<K: Resource<DynamicType = ()>>(&mut self, namespaced: bool) {
        let resource = ApiResource::erase::<K>(&());
        let known = Known {
            resource,
            namespaced,
        };
        self.own.insert(name(&known.resource), Arc::new(known));
    }

    /// Whether a controller watches the kind, whatever discovery says of it.
    pub fn is_own(&self, resource: &ApiResource) -> bool {
        self.own.contains_key(&name(resource))
    }

    pub fn get(&self, api_version: &str, kind: &str) -> Option<Arc<Known>> {
        let name = (group_of(api_version).to_owned(), kind.to_owned());
        let own = self.own.get(&name).cloned();
        let found = || self.found.as_ref()?.read().kinds.get(&name).cloned();
        own.or_else(found)
    }

    /// Takes what there is from now on; answers who waited for any change.
    pub fn found(&self, kinds: impl IntoIterator<Item = Known>) -> BTreeSet<String> {
        let Some(found) = &self.found else {
            return BTreeSet::new();
        };
        let by_name = |known: Known| (name(&known.resource), Arc::new(known));
        let kinds: BTreeMap<_, _> = kinds.into_iter().map(by_name).collect();
        let mut found = found.write();
        if found.kinds == kinds {
            return BTreeSet::new();
        }
        found.kinds = kinds;
        std::mem::take(&mut found.waiting)
    }

    /// The object waits until a kind of this name may have come; false when it has come meanwhile.
    pub fn wait(&self, api_version: &str, kind: &str, uid: &str) -> bool {
        let Some(found) = &self.found else {
            return true;
        };
        let name = (group_of(api_version).to_owned(), kind.to_owned());
        let mut found = found.write();
        if found.kinds.contains_key(&name) {
            return false;
        }
        found.waiting.insert(uid.to_owned());
        true
    }

    /// The object is no more, and waits for nothing.
    pub fn forget(&self, uid: &str) {
        if let Some(found) = &self.found {
            found.write().waiting.remove(uid);
        }
    }
}

fn name(resource: &ApiResource) -> Name {
    (resource.group.clone(), resource.kind.clone())
}

/// The group of an `apiVersion`; empty for the core group.
pub fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::core::GroupVersionKind;

    use super::*;

    fn widgets(version: &str) -> Known {
        let kind = GroupVersionKind::gvk("example.com", version, "Widget");
        Known {
            resource: ApiResource::from_gvk_with_plural(&kind, "widgets"),
            namespaced: true,
        }
    }

    #[test]
    fn who_waits_for_a_kind_is_named_when_kinds_change() {
        let mut kinds = Kinds::discovering();
        kinds.add::<ConfigMap>(true);
        assert!(kinds.get("v1", "ConfigMap").is_some());
        assert!(kinds.get("example.com/v1", "Widget").is_none());
        assert!(kinds.wait("example.com/v1", "Widget", "u"));
        assert!(kinds.found([]).is_empty(), "nothing has changed");
        let woken = kinds.found([widgets("v1")]);
        assert_eq!(woken, BTreeSet::from(["u".to_owned()]));
        assert!(!kinds.wait("example.com/v1", "Widget", "u"), "it has come");
        assert!(kinds.wait("example.org/v1", "Widget", "gone"));
        kinds.forget("gone");
        let other = kinds.get("example.com/v2", "Widget");
        assert!(other.is_some(), "another version of the same kind");
        assert!(kinds.get("example.org/v1", "Widget").is_none());
        assert!(kinds.found([]).is_empty(), "who is gone waits no more");
        assert!(kinds.get("example.com/v1", "Widget").is_none(), "it went");
    }
}
