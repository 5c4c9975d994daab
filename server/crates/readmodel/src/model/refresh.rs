//! Rows that follow from more than one object, or from the time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use orrery_view::{Kind, Millis};

use super::Model;
use crate::facts::pod::PodFacts;

impl Model {
    /// Works out the rows of a kind that joins have changed, and CronJobs that time has. Call before reading them: a
    /// change of a pod costs nobody the squares of its node who does not look at nodes.
    pub fn refresh(&mut self, kind: Kind, now: Timestamp) {
        match kind {
            Kind::CronJob => self.refresh_cronjobs(now),
            Kind::Node => {
                for name in std::mem::take(&mut self.dirty_nodes) {
                    self.refresh_node(&name);
                }
            }
            Kind::DaemonSet => {
                for uid in std::mem::take(&mut self.dirty_daemonsets) {
                    self.refresh_daemonset(&uid);
                }
            }
            Kind::Job | Kind::Pod | Kind::Event => {}
        }
    }

    fn refresh_cronjobs(&mut self, now: Timestamp) {
        while let Some((at, uid)) = self.slots.first().cloned() {
            if at > now.as_millisecond() {
                break;
            }
            self.slots.pop_first();
            self.dirty_cronjobs.insert(uid);
        }
        for uid in std::mem::take(&mut self.dirty_cronjobs) {
            if let Some(cronjob) = self.cronjobs.get_mut(&uid) {
                cronjob.refresh(now);
                self.slots
                    .extend(cronjob.changes_at(now).map(|at| (at, uid)));
            }
        }
    }

    /// When a CronJob's row will change by itself.
    pub fn next_slot(&self) -> Option<Millis> {
        self.slots.first().map(|(at, _)| *at)
    }

    fn refresh_node(&mut self, name: &str) {
        // what has ended takes no place on it
        let pods = self.pods_on(name).filter(|pod| !pod.finished);
        let mut squares: Vec<_> = pods.map(PodFacts::square).collect();
        squares.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        let uid = self
            .nodes
            .named("", name)
            .map(|node| node.row.head.uid.clone());
        if let Some(node) = uid.and_then(|uid| self.nodes.get_mut(&uid)) {
            node.row.pods = squares;
        }
    }

    fn refresh_daemonset(&mut self, uid: &str) {
        let Some(facts) = self.daemonsets.rows().get(uid) else {
            return;
        };
        let mut by_node: BTreeMap<&str, Vec<&PodFacts>> = BTreeMap::new();
        for pod in self.pods_of(uid) {
            by_node
                .entry(pod.target_node.as_deref().unwrap_or_default())
                .or_default()
                .push(pod);
        }
        let newest = by_node
            .values()
            .flatten()
            .max_by_key(|pod| pod.row.head.created);
        let newest = newest.and_then(|pod| pod.revision.as_deref());
        let none = Vec::new();
        let nodes = self.nodes.rows().values().map(|node| &node.node);
        let mut cells: Vec<_> = nodes
            .map(|node| {
                let name = node.metadata.name.as_deref().unwrap_or_default();
                let others = self
                    .pods_on(name)
                    .filter(|pod| pod.owner_uid.as_deref() != Some(uid));
                facts.cell(node, by_node.get(name).unwrap_or(&none), others, newest)
            })
            .collect();
        cells.sort_by(|a, b| natural(&a.node).cmp(&natural(&b.node)));
        if let Some(facts) = self.daemonsets.get_mut(uid) {
            facts.row.cells = cells;
        }
    }
}

/// `node-2` before `node-10`.
fn natural(name: &str) -> (&str, u64, &str) {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (stem, number) = name.split_at(name.len() - digits);
    (stem, number.parse().unwrap_or(0), number)
}
