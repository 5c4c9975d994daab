//! How often a failed daemon pod is replaced: not as fast as a node can refuse it (DS-15).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

const FIRST: SignedDuration = SignedDuration::from_secs(1);
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// Upstream forgets a node that has been quiet for twice the longest delay.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// One node's delay, and the kill that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    since: Timestamp,
    lasts: SignedDuration,
}

/// The delays of one DaemonSet, by node; those of an earlier generation do not count.
#[derive(Clone, Debug, Default)]
pub struct Backoffs {
    generation: i64,
    by_node: BTreeMap<String, Delay>,
}

impl Backoffs {
    /// When the node's delay ends, if it has not ended. A clock that was set back ends it: it would last
    /// as long as that.
    pub fn ends_at(&self, generation: i64, node: &str, now: Timestamp) -> Option<Timestamp> {
        let delay = self.remembered(generation, node, now)?;
        let lasts = delay.since <= now && now < delay.end();
        lasts.then(|| delay.end())
    }

    /// The delay that a kill on this node at `now` begins.
    pub fn next(&self, generation: i64, node: &str, now: Timestamp) -> Delay {
        let before = self.remembered(generation, node, now);
        let lasts = before.map_or(FIRST, |before| (before.lasts * 2).min(LONGEST));
        Delay { since: now, lasts }
    }

    /// Remembers delays that began.
    pub fn begin<'a>(
        &mut self,
        generation: i64,
        delays: impl IntoIterator<Item = (&'a str, Delay)>,
        now: Timestamp,
    ) {
        if self.generation != generation {
            self.by_node.clear();
            self.generation = generation;
        }
        self.by_node.retain(|_, delay| !delay.is_forgotten(now));
        let delays = delays.into_iter();
        self.by_node
            .extend(delays.map(|(node, delay)| (node.to_owned(), delay)));
    }

    fn remembered(&self, generation: i64, node: &str, now: Timestamp) -> Option<Delay> {
        let delay = self
            .by_node
            .get(node)
            .filter(|_| self.generation == generation);
        delay.copied().filter(|delay| !delay.is_forgotten(now))
    }
}

impl Delay {
    /// When the next kill may be.
    pub fn end(self) -> Timestamp {
        self.since + self.lasts
    }

    fn is_forgotten(self, now: Timestamp) -> bool {
        now.duration_since(self.since) > FORGOTTEN_AFTER
    }
}
