//! Pods that fit nowhere, and when they are tried again.
//!
//! Room for one pod is made whenever one ends. Trying all that wait each time would cost their number
//! squared: a few go at once, in order, and all of them together when the last such sweep is paid for.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use orrery_informer::ObjectKey;

/// Tried at once when room is made: an ended pod usually makes room for one like it, and a pod of
/// another size before it in the order must not stand in its way.
const AT_ONCE: usize = 4;
/// Trying one pod on one node takes about a microsecond; a sweep is rested from for twenty times what it
/// takes, so that sweeps cost a twentieth of a processor. 25 pods on 3 nodes rest for a millisecond.
const TRIES_PER_MILLI: usize = 50;

#[derive(Default)]
pub struct Waiting {
    pods: BTreeSet<ObjectKey>,
    rest_until: Option<Timestamp>,
}

impl Waiting {
    pub fn insert(&mut self, pod: ObjectKey) {
        self.pods.insert(pod);
    }

    pub fn remove(&mut self, pod: &ObjectKey) {
        self.pods.remove(pod);
    }

    /// Room was made: the pods to try now, and when to sweep if any are left.
    pub fn room_was_made(&mut self, now: Timestamp) -> (Vec<ObjectKey>, Option<Timestamp>) {
        let first = std::iter::from_fn(|| self.pods.pop_first());
        let first = first.take(AT_ONCE).collect();
        let sweep_at = self.rest_until.map_or(now, |until| until.max(now));
        (first, (!self.pods.is_empty()).then_some(sweep_at))
    }

    /// All of them, to be tried on so many nodes.
    pub fn sweep(&mut self, nodes: usize, now: Timestamp) -> BTreeSet<ObjectKey> {
        let millis = self.pods.len().saturating_mul(nodes) / TRIES_PER_MILLI;
        let rest = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
        self.rest_until = now.checked_add(rest).ok();
        std::mem::take(&mut self.pods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_ends_try_a_few_pods_each_and_lose_none() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let mut waiting = Waiting::default();
        let all: Vec<_> = (0..1000)
            .map(|n| ObjectKey::new("default", format!("pod-{n:04}")))
            .collect();
        all.iter().for_each(|pod| waiting.insert(pod.clone()));
        let mut sweep_at = None;
        let mut tried = 0;
        for _ in 0..1000 {
            let (first, at) = waiting.room_was_made(now);
            if at.is_some_and(|at| at <= now) {
                let swept = waiting.sweep(20, now);
                tried += swept.len();
                swept.into_iter().for_each(|pod| waiting.insert(pod));
            }
            tried += first.len();
            // they do not fit either
            first.into_iter().for_each(|pod| waiting.insert(pod));
            sweep_at = at;
        }
        assert!(tried <= 5 * 1000, "{tried} tries for a thousand ends");
        let at = sweep_at.expect("a sweep is due when the rest is over");
        assert_eq!(at.duration_since(now), SignedDuration::from_millis(398));
        assert_eq!(waiting.sweep(20, at).len(), 1000, "and nobody is left out");
    }
}
