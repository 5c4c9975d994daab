//! How many nodes of a zone are lost, and whether one more may be tainted NoExecute. Pure.
//!
//! While no node at all is ready the fault is more likely on this side: upstream's master disruption
//! mode, in which no node is tainted so. Where most nodes of a zone are lost no more are, or in a large
//! zone only slowly; elsewhere one follows the other.

mod zone;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Node;
use kube::ResourceExt;
use orrery_informer::revision_of;

use self::zone::{State, Zone};
use super::silence::ready;

/// Nodes with this label have no say.
const EXCLUDED: &str = "node.kubernetes.io/exclude-disruption";
/// Upstream's node-monitor-period: it looks at all nodes so often, and taints in the look after the one
/// in which it found a node lost, so that it has seen how many went at once.
const LOOK: SignedDuration = SignedDuration::from_secs(5);
/// The nodes by name, and their zones.
#[derive(Default)]
pub struct Disruption {
    nodes: BTreeMap<String, Seen>,
    zones: BTreeMap<String, Zone>,
    /// Somebody has asked for a turn: all nodes that there were at the start have been seen.
    asked: bool,
}

/// A node as it was last seen.
struct Seen {
    /// As of which resourceVersion.
    revision: u64,
    zone: String,
    /// `None` while nobody has said.
    ready: Option<bool>,
    has_say: bool,
    /// Since when it is as ready as it is, by the controller's own clock.
    since: Timestamp,
}

/// What the change of one node means for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    Nothing,
    /// Others may or may not be tainted now.
    Taints,
    /// The same, and while no node was ready all may have been heard of.
    Relief,
}

/// What may become of a node's NoExecute taints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It must have none.
    Spare,
    /// It keeps what it has, or what it has becomes what it should have.
    Keep,
    /// The same until then.
    Wait(Timestamp),
    /// It gets what it should have.
    Go,
}

impl Disruption {
    /// Takes a node as it was written or seen, in any order.
    pub fn see(&mut self, node: &Node, now: Timestamp) -> Shift {
        let (name, revision) = (node.name_any(), revision_of(&node.metadata));
        let known = self.nodes.get(&name);
        if known.is_some_and(|seen| seen.revision > revision) {
            return Shift::Nothing;
        }
        let ready = ready(node).map(|ready| ready.status == "True");
        let since = match known {
            Some(seen) if seen.ready == ready => seen.since,
            Some(_) => now,
            // one that is lost when it is met needs no second look
            None => now - LOOK,
        };
        let seen = Seen {
            revision,
            zone: zone(node),
            ready,
            has_say: !node.labels().contains_key(EXCLUDED),
            since,
        };
        self.change(name, Some(seen), now)
    }

    /// The node is gone.
    pub fn forget(&mut self, name: &str, now: Timestamp) -> Shift {
        self.change(name.to_owned(), None, now)
    }

    /// Whether the node may be tainted at `now`. One that `waits` for it takes its zone's turn if it may.
    pub fn turn(&mut self, name: &str, waits: bool, now: Timestamp) -> Turn {
        self.asked = true;
        if self.is_full() {
            return Turn::Spare;
        }
        let Some(seen) = self.nodes.get(name).filter(|_| waits) else {
            return Turn::Keep;
        };
        let zone = self.zones.entry(seen.zone.clone()).or_default();
        let Some(pace) = zone.pace() else {
            return Turn::Keep;
        };
        // a clock that was set back makes nobody wait for as long as that
        zone.next = zone.next.min(now + pace);
        let looked_at = match seen.since <= now {
            true => seen.since + LOOK,
            false => now,
        };
        let at = zone.next.max(looked_at);
        if now < at {
            return Turn::Wait(at);
        }
        zone.next = now + pace;
        Turn::Go
    }

    /// No node is ready.
    fn is_full(&self) -> bool {
        let mut with_say = self
            .zones
            .values()
            .filter(|zone| zone.ready + zone.lost > 0);
        let first = with_say.next().map(Zone::state);
        first == Some(State::Full) && with_say.all(|zone| zone.state() == State::Full)
    }

    fn change(&mut self, name: String, seen: Option<Seen>, now: Timestamp) -> Shift {
        let was_full = self.is_full();
        let zones = self.zones.iter();
        let states: BTreeMap<_, _> = zones
            .map(|(key, zone)| (key.clone(), zone.state()))
            .collect();
        self.set(name, seen);
        let is_full = self.is_full();
        let (asked, mut shift) = (self.asked, Shift::Nothing);
        for (key, zone) in &mut self.zones {
            let before = states.get(key).copied().unwrap_or(State::Normal);
            if zone.state() != before || was_full != is_full {
                let stood = was_full || (before == State::Partial && zone.is_small());
                zone.start(stood && asked, now);
                shift = Shift::Taints;
            }
        }
        match was_full && !is_full {
            true => Shift::Relief,
            false => shift,
        }
    }

    fn set(&mut self, name: String, seen: Option<Seen>) {
        if let Some(seen) = &seen {
            *self.zones.entry(seen.zone.clone()).or_default().count(seen) += 1;
        }
        let before = match seen {
            Some(seen) => self.nodes.insert(name, seen),
            None => self.nodes.remove(&name),
        };
        if let Some(before) = before {
            let zone = self.zones.entry(before.zone.clone()).or_default();
            *zone.count(&before) -= 1;
            if zone.ready + zone.lost + zone.without_say == 0 {
                self.zones.remove(&before.zone);
            }
        }
    }
}

/// The names by which upstream knows a region and a zone; the old ones first.
const REGION: [&str; 2] = [
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/region",
];
const ZONE: [&str; 2] = [
    "failure-domain.beta.kubernetes.io/zone",
    "topology.kubernetes.io/zone",
];

fn zone(node: &Node) -> String {
    let labels = node.labels();
    let label = |names: [&str; 2]| names.iter().find_map(|name| labels.get(*name));
    let text = |names| label(names).map(String::as_str).unwrap_or_default();
    format!("{}/{}", text(REGION), text(ZONE))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn node(name: &str, revision: u64, status: &str, labels: Value) -> Node {
        let node = json!({
            "metadata": {"name": name, "resourceVersion": revision.to_string(), "labels": labels},
            "status": {"conditions": [{"type": "Ready", "status": status}]},
        });
        serde_json::from_value(node).expect("a literal node")
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(secs)
    }

    /// Nodes as they come, each of a newer version, and the controller's clock.
    #[derive(Default)]
    struct Scene {
        all: Disruption,
        revision: u64,
    }

    impl Scene {
        fn see(&mut self, names: &[&str], status: &str, secs: i64) {
            for name in names {
                let zone = json!({"topology.kubernetes.io/zone": &name[..1]});
                self.revision += 1;
                self.all
                    .see(&node(name, self.revision, status, zone), at(secs));
            }
        }

        fn turn(&mut self, name: &str, secs: i64) -> Turn {
            self.all.turn(name, true, at(secs))
        }
    }

    #[test]
    fn the_mode_holds_while_every_node_is_not_ready() {
        let plain = |name, revision, status| node(name, revision, status, json!({}));
        let excluded = node("x", 1, "True", json!({EXCLUDED: ""}));
        let (nothing, taints, relief) = (Shift::Nothing, Shift::Taints, Shift::Relief);
        let rows = [
            ("one with no say", excluded, false, nothing),
            (
                "the first is not ready yet",
                plain("a", 1, "False"),
                true,
                taints,
            ),
            ("it is ready", plain("a", 2, "True"), false, relief),
            ("another is lost", plain("b", 3, "Unknown"), false, nothing),
            ("both are", plain("a", 5, "Unknown"), true, taints),
            ("old news", plain("a", 4, "True"), true, nothing),
            ("one is back", plain("b", 6, "True"), false, relief),
        ];
        let mut all = Disruption::default();
        assert!(!all.is_full(), "no nodes, no disruption");
        for (why, node, full, shift) in rows {
            assert_eq!(all.see(&node, at(0)), shift, "{why}");
            assert_eq!(all.is_full(), full, "{why}");
        }
        let gone = all.forget("b", at(0));
        assert_eq!(gone, Shift::Taints, "the last ready one is gone");
        assert_eq!(all.turn("a", true, at(60)), Turn::Spare);
        assert_eq!(all.forget("b", at(0)), Shift::Nothing);
    }

    #[test]
    fn of_a_zone_one_after_the_other_is_tainted() {
        let mut scene = Scene::default();
        scene.see(&["a1", "a2", "a3", "a4", "b1", "b2"], "True", 0);
        scene.see(&["a1", "a2", "b1"], "Unknown", 100);
        assert_eq!(
            scene.all.turn("a1", false, at(105)),
            Turn::Keep,
            "it has it"
        );
        let rows = [
            ("the look after", "a1", 104, Turn::Wait(at(105))),
            ("the first", "a1", 105, Turn::Go),
            ("the second", "a2", 105, Turn::Wait(at(115))),
            ("another zone's", "b1", 106, Turn::Go),
            ("ten seconds later", "a2", 115, Turn::Go),
        ];
        for (why, name, secs, want) in rows {
            assert_eq!(scene.turn(name, secs), want, "{why}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_for_as_long() {
        let mut scene = Scene::default();
        scene.see(&["a1", "a2", "a3", "a4"], "True", 7200);
        scene.see(&["a1", "a2"], "Unknown", 7300);
        let rows = [
            ("the first", "a1", 7305, Turn::Go),
            (
                "the second, an hour before",
                "a2",
                3705,
                Turn::Wait(at(3715)),
            ),
            ("ten seconds later", "a2", 3715, Turn::Go),
        ];
        for (why, name, secs, want) in rows {
            assert_eq!(scene.turn(name, secs), want, "{why}");
        }
    }

    #[test]
    fn nodes_that_are_met_lost_have_their_turns_at_once() {
        let mut scene = Scene::default();
        scene.see(&["a1", "a2"], "Unknown", 100);
        scene.see(&["a3", "b1"], "True", 100);
        let rows = [
            ("the first", "a1", 100, Turn::Go),
            ("the second", "a2", 100, Turn::Wait(at(110))),
            ("ten seconds later", "a2", 110, Turn::Go),
        ];
        for (why, name, secs, want) in rows {
            assert_eq!(scene.turn(name, secs), want, "{why}");
        }
    }

    #[test]
    fn where_most_of_a_small_zone_are_lost_no_more_are_tainted() {
        let mut scene = Scene::default();
        scene.see(&["a1", "a2", "a3", "a4", "b1"], "True", 0);
        scene.see(&["a1", "a2"], "Unknown", 100);
        assert_eq!(scene.turn("a1", 105), Turn::Go, "two of four are not most");
        scene.see(&["a3"], "Unknown", 110);
        assert_eq!(scene.turn("a2", 130), Turn::Keep, "three are");
        scene.see(&["a1"], "True", 200);
        assert_eq!(scene.turn("a2", 200), Turn::Wait(at(210)), "two again");
        scene.see(&["a1", "a4"], "Unknown", 300);
        assert_eq!(scene.turn("a2", 320), Turn::Go, "all are, but b's is ready");
        scene.see(&["b1"], "Unknown", 400);
        assert_eq!(scene.turn("a1", 420), Turn::Spare, "no node is ready");
    }

    #[test]
    fn of_a_large_zone_they_are_tainted_slowly() {
        let names: Vec<String> = (0..60).map(|n| format!("a{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut scene = Scene::default();
        scene.see(&names, "True", 0);
        scene.see(&names[..32], "Unknown", 100);
        assert_eq!(scene.turn("a0", 105), Turn::Go, "53 %");
        assert_eq!(scene.turn("a1", 115), Turn::Go);
        scene.see(&names[32..33], "Unknown", 120);
        assert_eq!(scene.turn("a2", 125), Turn::Wait(at(220)), "55 %");
        assert_eq!(scene.turn("a2", 220), Turn::Go);
        assert_eq!(scene.turn("a3", 220), Turn::Wait(at(320)));
    }
}
