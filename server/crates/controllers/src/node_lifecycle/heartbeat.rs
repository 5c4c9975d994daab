//! When a node was last heard of, by the controller's own clock: a node's clock may be wrong, so a
//! lease's time only counts as changed or not changed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::Lease;

/// Silence after which a node is unknown; upstream's node-monitor-grace-period since 1.32.
pub const GRACE: SignedDuration = SignedDuration::from_secs(50);

/// By node name: the lease's renewal as it was read, and when it was first read so.
#[derive(Default)]
pub struct Heartbeats(BTreeMap<String, (Option<Timestamp>, Timestamp)>);

impl Heartbeats {
    /// Takes what the lease says at `now`; answers until when the node counts as heard of.
    pub fn observe(&mut self, node: &str, lease: Option<&Lease>, now: Timestamp) -> Timestamp {
        let renewed = lease
            .and_then(|lease| lease.spec.as_ref()?.renew_time.as_ref())
            .map(|time| time.0);
        let entry = self.0.entry(node.to_owned()).or_insert((renewed, now));
        if entry.0 != renewed {
            *entry = (renewed, now);
        }
        entry.1 + GRACE
    }

    pub fn forget(&mut self, node: &str) {
        self.0.remove(node);
    }
}
