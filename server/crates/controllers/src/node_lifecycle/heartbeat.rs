//! When a node was last heard of, by the controller's own clock: a node's clock may be wrong, so the
//! times that it writes only count as changed or not changed. It speaks by its lease, by its status, or
//! by both.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use kube::ResourceExt;

use super::silence::ready;

/// Silence after which a node is unknown; upstream's node-monitor-grace-period since 1.32.
const GRACE: SignedDuration = SignedDuration::from_secs(50);
/// The same while it has never said how it is; upstream's node-startup-grace-period.
const STARTUP_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// Longer than all can be quiet between two looks while somebody listens: a node that is silent is looked
/// at when its grace ends.
const LISTENING: SignedDuration = SignedDuration::from_secs(90);
/// By less than this a clock is put right and not set back.
const PUT_RIGHT: SignedDuration = SignedDuration::from_secs(1);

/// What was heard of each node.
#[derive(Default)]
pub struct Heartbeats {
    heard: BTreeMap<String, Heard>,
    /// When anything was last heard or looked for.
    looked_at: Option<Timestamp>,
}

struct Heard {
    /// The lastHeartbeatTime of the Ready condition, if there is the condition.
    status: Option<Option<Timestamp>>,
    /// The renewTime of the lease, once there was one.
    lease: Option<Option<Timestamp>>,
    /// When the last of them was first read so.
    at: Timestamp,
}

impl Heartbeats {
    /// Takes what node and lease say at `now`; answers until when the node counts as heard of.
    /// Where this side did not listen, for the machine slept or its clock was set, all have a grace again.
    pub fn observe(&mut self, node: &Node, lease: Option<&Lease>, now: Timestamp) -> Timestamp {
        let since = self.looked_at.map(|at| now.duration_since(at));
        if since.is_some_and(|since| since > LISTENING || since <= -PUT_RIGHT) {
            self.restart(now);
        }
        self.looked_at = Some(now);
        let status = ready(node).map(|ready| ready.last_heartbeat_time.as_ref().map(|at| at.0));
        let lease = lease.map(|lease| Some(lease.spec.as_ref()?.renew_time.as_ref()?.0));
        let created = node.creation_timestamp().map_or(now, |at| at.0);
        let heard = self.heard.entry(node.name_any()).or_insert_with(|| Heard {
            status,
            lease: None,
            at: status.map_or(created, |_| now),
        });
        if heard.status != status || lease.is_some_and(|lease| heard.lease != Some(lease)) {
            heard.status = status;
            heard.lease = lease.or(heard.lease);
            heard.at = now;
        }
        heard.at + status.map_or(STARTUP_GRACE, |_| GRACE)
    }

    /// Every node counts as heard of at `now`: while none was ready, it may have been this side that did
    /// not hear.
    pub fn restart(&mut self, now: Timestamp) {
        self.heard.values_mut().for_each(|heard| heard.at = now);
    }

    /// Somebody waits for its grace to end.
    pub fn knows(&self, node: &str) -> bool {
        self.heard.contains_key(node)
    }

    pub fn forget(&mut self, node: &str) {
        self.heard.remove(node);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(secs)
    }

    /// A node of second 50 whose status was written at that second, if ever.
    fn reported(secs: Option<i64>) -> Node {
        let ready = |secs| json!([{"type": "Ready", "status": "True", "lastHeartbeatTime": at(secs).to_string()}]);
        let node = json!({
            "metadata": {"name": "a", "creationTimestamp": at(50).to_string()},
            "status": {"conditions": secs.map(ready)},
        });
        serde_json::from_value(node).expect("a literal node")
    }

    fn renewed(secs: i64) -> Lease {
        let lease = json!({"metadata": {}, "spec": {"renewTime": at(secs).to_string()}});
        serde_json::from_value(lease).expect("a literal lease")
    }

    #[test]
    fn the_grace_counts_from_the_last_word_or_from_a_restart() {
        let rows = [
            ("by our own clock", (Some(1), Some(5), 100), false, 150),
            ("the same", (Some(1), Some(5), 140), false, 150),
            ("another renewal", (Some(1), Some(6), 140), false, 190),
            ("another report", (Some(2), Some(6), 150), false, 200),
            ("no lease any more", (Some(2), None, 160), false, 200),
            ("the same lease again", (Some(2), Some(6), 170), false, 200),
            ("the grace starts anew", (Some(2), Some(6), 230), true, 280),
            ("no report any more", (None, Some(6), 310), false, 370),
            ("a report again", (Some(2), Some(6), 320), false, 370),
            (
                "an hour was slept through",
                (Some(2), Some(6), 3920),
                false,
                3970,
            ),
            ("no longer", (Some(2), Some(6), 3980), false, 3970),
            (
                "the clock was set back",
                (Some(2), Some(6), 380),
                false,
                430,
            ),
            ("no longer", (Some(2), Some(6), 440), false, 430),
        ];
        let mut heartbeats = Heartbeats::default();
        for (why, (report, renewal, now), restart, want) in rows {
            if restart {
                heartbeats.restart(at(now));
            }
            let lease = renewal.map(renewed);
            let until = heartbeats.observe(&reported(report), lease.as_ref(), at(now));
            assert_eq!(until, at(want), "{why}");
        }
    }

    #[test]
    fn who_never_spoke_has_a_minute_from_its_creation() {
        let mut heartbeats = Heartbeats::default();
        let mut until = |report, lease: Option<&Lease>, now| {
            heartbeats.observe(&reported(report), lease, at(now))
        };
        assert_eq!(until(None, None, 70), at(110));
        assert_eq!(until(None, None, 90), at(110));
        assert_eq!(
            until(None, Some(&renewed(1)), 100),
            at(160),
            "it has a lease"
        );
        assert_eq!(until(Some(1), Some(&renewed(1)), 120), at(170), "it speaks");
    }
}
