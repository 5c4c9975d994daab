//! The kinds that the collector knows, and how to reach one by the words of an owner reference.

use std::collections::BTreeMap;

use kube::Resource;
use kube::core::ApiResource;

use super::item::KindName;

/// A kind that is watched here.
#[derive(Clone, Debug)]
pub struct Known {
    pub resource: ApiResource,
    pub namespaced: bool,
}

/// Known kinds by their name; the same kind at another version of its group is found too.
#[derive(Default)]
pub struct Kinds(BTreeMap<(String, String), Known>);

/// The name of `K`.
pub fn name_of<K: Resource<DynamicType = ()>>() -> KindName {
    KindName {
        api_version: K::api_version(&()).into_owned(),
        kind: K::kind(&()).into_owned(),
    }
}

impl Kinds {
    pub fn add<K: Resource<DynamicType = ()>>(&mut self, namespaced: bool) {
        let resource = ApiResource::erase::<K>(&());
        let name = (resource.group.clone(), resource.kind.clone());
        self.0.insert(
            name,
            Known {
                resource,
                namespaced,
            },
        );
    }

    pub fn get(&self, api_version: &str, kind: &str) -> Option<&Known> {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        self.0.get(&(group.to_owned(), kind.to_owned()))
    }
}
