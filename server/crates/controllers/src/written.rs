//! The newest of a controller's own writes to one kind, for the read-your-writes guard (JOB-07, DS-23).

use std::fmt::Debug;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use orrery_informer::{Cache, Mark, revision_of};
use serde::de::DeserializeOwned;

/// Remembers the newest write; a cache that has reached it has reached all before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Newest(Option<(u64, Mark)>);

impl Newest {
    /// Takes note of the write that `meta` is the answer to.
    pub fn raise<K>(&mut self, cache: &Cache<K>, meta: &ObjectMeta)
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
    {
        let revision = revision_of(meta);
        if self.0.is_none_or(|(newest, _)| newest <= revision) {
            self.0 = Some((revision, cache.mark(meta)));
        }
    }

    /// The cache shows every write noted.
    pub fn is_reached<K>(&self, cache: &Cache<K>) -> bool
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
    {
        self.0.is_none_or(|(_, mark)| cache.reached(&mark))
    }
}
