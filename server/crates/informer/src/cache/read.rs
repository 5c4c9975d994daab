//! What a cache answers.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use kube::Resource;
use serde::de::DeserializeOwned;

use super::Cache;
use crate::ObjectKey;

impl<K> Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    pub fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        let found = self.0.state.read().objects.get(key).cloned();
        self.0.count(found.iter().len());
        found
    }

    /// All objects, ordered by namespace and name.
    pub fn list(&self) -> Vec<Arc<K>> {
        let all: Vec<_> = self.0.state.read().objects.values().cloned().collect();
        self.0.count(all.len());
        all
    }

    /// The objects of one namespace, ordered by name.
    pub fn list_in(&self, namespace: &str) -> Vec<Arc<K>> {
        let state = self.0.state.read();
        let from = state.objects.range(ObjectKey::new(namespace, "")..);
        let within = from.take_while(|(key, _)| key.namespace == namespace);
        let found: Vec<_> = within.map(|(_, object)| object.clone()).collect();
        drop(state);
        self.0.count(found.len());
        found
    }

    /// Whether a namespace has any objects.
    pub fn has_any_in(&self, namespace: &str) -> bool {
        let state = self.0.state.read();
        let mut from = state.objects.range(ObjectKey::new(namespace, "")..);
        from.next()
            .is_some_and(|(key, _)| key.namespace == namespace)
    }

    pub fn len(&self) -> usize {
        self.0.state.read().objects.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The objects found under `value` in the index `name`, ordered by key.
    ///
    /// # Panics
    /// When no such index was declared: a fault in the program.
    pub fn by_index(&self, name: &'static str, value: &str) -> Vec<Arc<K>> {
        let position = self.0.position(name);
        let state = self.0.state.read();
        let found = state.indexes[position].get(value);
        let found: Vec<_> = found
            .into_iter()
            .flat_map(BTreeMap::values)
            .cloned()
            .collect();
        drop(state);
        self.0.count(found.len());
        found
    }

    /// How many objects [`Cache::by_index`] would find.
    ///
    /// # Panics
    /// As [`Cache::by_index`].
    pub fn count_by_index(&self, name: &'static str, value: &str) -> usize {
        let position = self.0.position(name);
        let state = self.0.state.read();
        state.indexes[position].get(value).map_or(0, BTreeMap::len)
    }

    /// The values under which the index `name` finds anything, in order.
    ///
    /// # Panics
    /// As [`Cache::by_index`].
    pub fn index_values(&self, name: &'static str) -> Vec<String> {
        let position = self.0.position(name);
        self.0.state.read().indexes[position]
            .keys()
            .cloned()
            .collect()
    }
}
