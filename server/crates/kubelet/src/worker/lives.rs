//! The pods that the nodes have taken on.

use std::collections::BTreeMap;
use std::sync::Arc;

use orrery_informer::ObjectKey;

use super::Live;
use crate::decide;

/// Held while the state of a pod is taken, never the other way round.
#[derive(Default)]
pub struct Lives {
    all: BTreeMap<ObjectKey, Arc<Live>>,
    /// By node, those that may take room of it: ended pods stay until somebody deletes them, and a node may
    /// have had thousands.
    at_work: BTreeMap<String, BTreeMap<ObjectKey, Arc<Live>>>,
}

impl Lives {
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<Live>> {
        self.all.get(key)
    }

    pub fn insert(&mut self, live: Arc<Live>) {
        let beside = self.at_work.entry(live.node.clone()).or_default();
        beside.insert(live.key.clone(), live.clone());
        self.all.insert(live.key.clone(), live);
    }

    pub fn remove(&mut self, key: &ObjectKey) {
        if let Some(live) = self.all.remove(key)
            && let Some(beside) = self.at_work.get_mut(&live.node)
        {
            beside.remove(key);
        }
    }

    /// All of a node's, ended ones too.
    pub fn of(&self, node: &str) -> Vec<Arc<Live>> {
        let lives = self.all.values().filter(|live| live.node == node);
        lives.cloned().collect()
    }

    /// Those that take room of a node; one that has ended, or was never taken on, is looked at once and no more.
    pub fn at_work_on(&mut self, node: &str) -> impl Iterator<Item = &Arc<Live>> {
        let beside = self.at_work.get_mut(node);
        if let Some(beside) = beside {
            beside.retain(|_, live| {
                let state = live.state.lock();
                state.rejected.is_none() && !decide::is_over(&state)
            });
        }
        self.at_work
            .get(node)
            .into_iter()
            .flat_map(BTreeMap::values)
    }
}
