//! One zone: how many of its nodes are lost, and how fast they may be tainted.

use jiff::{SignedDuration, Timestamp};

use super::Seen;

/// Between two nodes of a zone; upstream's node-eviction-rate of 0.1 a second.
const PACE: SignedDuration = SignedDuration::from_secs(10);
/// The same where most are lost; upstream's secondary-node-eviction-rate of 0.01 a second.
const SLOW_PACE: SignedDuration = SignedDuration::from_secs(100);
/// Zones of no more nodes are spared instead; upstream's large-cluster-size-threshold.
const LARGE: usize = 50;
/// Most nodes of a zone; upstream's unhealthy-zone-threshold of 55 %, and never fewer than three.
const MOST_PERCENT: usize = 55;

/// How many nodes a zone has.
#[derive(Default)]
pub struct Zone {
    pub ready: usize,
    pub lost: usize,
    pub without_say: usize,
    /// When the next one may be tainted.
    pub next: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    Normal,
    /// Most nodes are lost.
    Partial,
    /// All are.
    Full,
}

impl Zone {
    pub(super) fn count(&mut self, seen: &Seen) -> &mut usize {
        match (seen.has_say, seen.ready) {
            (true, Some(true)) => &mut self.ready,
            (true, _) => &mut self.lost,
            (false, _) => &mut self.without_say,
        }
    }

    pub fn state(&self) -> State {
        let all = self.ready + self.lost;
        match self.lost {
            0 => State::Normal,
            lost if lost == all => State::Full,
            lost if lost > 2 && lost * 100 >= all * MOST_PERCENT => State::Partial,
            _ => State::Normal,
        }
    }

    pub fn is_small(&self) -> bool {
        self.ready + self.lost <= LARGE
    }

    /// Between two nodes; `None` when no more are taken.
    pub fn pace(&self) -> Option<SignedDuration> {
        match self.state() {
            State::Partial if self.is_small() => None,
            State::Partial => Some(SLOW_PACE),
            State::Normal | State::Full => Some(PACE),
        }
    }

    /// The zone changes its pace: who `stood` or had to wait has a whole one before it.
    pub fn start(&mut self, stood: bool, now: Timestamp) {
        if let Some(pace) = self.pace().filter(|_| stood || self.next > now) {
            self.next = now + pace;
        }
    }
}
