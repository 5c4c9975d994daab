//! Whether anything was heard of an object since it was looked at.

use orrery_view::Kind;

use super::Model;
use crate::table::{Facts, Table};

impl Model {
    /// How many changes of a kind's rows there were.
    pub fn version(&self, kind: Kind) -> u64 {
        match kind {
            Kind::CronJob => self.cronjobs.version(),
            Kind::Job => self.jobs.version(),
            Kind::DaemonSet => self.daemonsets.version(),
            Kind::Pod => self.pods.version(),
            Kind::Node => self.nodes.version(),
            Kind::Event => self.events.version(),
        }
    }

    /// Whether an object is still as it was at that version. Of what has no row nothing is known.
    pub fn is_as_at(&self, kind: Kind, uid: &str, version: u64) -> bool {
        match kind {
            Kind::CronJob => is_as_at(&self.cronjobs, uid, version),
            Kind::Job => is_as_at(&self.jobs, uid, version),
            Kind::DaemonSet => is_as_at(&self.daemonsets, uid, version),
            Kind::Pod => is_as_at(&self.pods, uid, version),
            Kind::Node => is_as_at(&self.nodes, uid, version),
            Kind::Event => is_as_at(&self.events, uid, version),
        }
    }
}

fn is_as_at<F: Facts>(table: &Table<F>, uid: &str, version: u64) -> bool {
    let changed = table.changed_since(version);
    table.rows().contains_key(uid) && changed.is_some_and(|uids| !uids.contains(uid))
}
