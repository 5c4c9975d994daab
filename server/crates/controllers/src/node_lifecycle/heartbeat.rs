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

    /// Every node counts as heard of at `now`: while none was ready, it may have been this side that did
    /// not hear.
    pub fn restart(&mut self, now: Timestamp) {
        self.0.values_mut().for_each(|(_, heard)| *heard = now);
    }

    pub fn forget(&mut self, node: &str) {
        self.0.remove(node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grace_counts_from_the_last_renewal_or_from_a_restart() {
        let at = |secs| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(secs);
        let renewed = |secs: i64| {
            let lease =
                serde_json::json!({"metadata": {}, "spec": {"renewTime": at(secs).to_string()}});
            serde_json::from_value::<Lease>(lease).expect("a literal lease")
        };
        let mut heartbeats = Heartbeats::default();
        let mut heard = |lease: &Lease, now: i64, restart: bool| {
            if restart {
                heartbeats.restart(at(now));
            }
            let until = heartbeats.observe("a", Some(lease), at(now));
            until.duration_since(at(0)).as_secs()
        };
        assert_eq!(heard(&renewed(5), 100, false), 150, "by our own clock");
        assert_eq!(heard(&renewed(5), 140, false), 150, "the same renewal");
        assert_eq!(heard(&renewed(6), 140, false), 190, "another one");
        assert_eq!(heard(&renewed(6), 300, true), 350, "the grace starts anew");
    }
}
