//! Pods that fit nowhere, and when they are tried again.
//!
//! Room for one pod is made whenever one ends. Trying all that wait each time would cost their number
//! squared: a few go at once, in order, and all of them together when the last such sweep is paid for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use orrery_informer::ObjectKey;

use crate::turn::Turn;

/// Tried at once when room is made: an ended pod usually makes room for one like it, and a pod of
/// another size before it in the order must not stand in its way.
const AT_ONCE: usize = 4;
/// Trying one pod on one node takes about a microsecond; a sweep is rested from for twenty times what it
/// takes, so that sweeps cost a twentieth of a processor. 25 pods on 3 nodes rest for a millisecond.
const TRIES_PER_MILLI: usize = 50;

#[derive(Default)]
pub struct Waiting {
    /// By priority, the highest first, then by the time since when they are to be scheduled (upstream's PrioritySort).
    order: BTreeSet<(Reverse<i32>, Timestamp, ObjectKey)>,
    /// The same by key.
    places: BTreeMap<ObjectKey, (Reverse<i32>, Timestamp)>,
    /// Those of them that mind which pods are near.
    choosy: BTreeSet<ObjectKey>,
    /// Since when and until when sweeps are rested from.
    rest: Option<(Timestamp, Timestamp)>,
}

impl Waiting {
    /// The pod has been tried, and is to be scheduled since `since`.
    pub fn insert(&mut self, turn: Turn, since: Timestamp) {
        self.remove(&turn.key);
        let priority = Reverse(turn.priority);
        self.order.insert((priority, since, turn.key.clone()));
        self.places.insert(turn.key, (priority, since));
    }

    /// This one of them minds which pods are near it.
    pub fn minds_others(&mut self, pod: &ObjectKey) {
        if self.places.contains_key(pod) {
            self.choosy.insert(pod.clone());
        }
    }

    /// Whether it can matter to any of them which pods are where.
    pub fn has_choosy(&self) -> bool {
        !self.choosy.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub fn remove(&mut self, pod: &ObjectKey) {
        self.choosy.remove(pod);
        if let Some((priority, since)) = self.places.remove(pod) {
            self.order.remove(&(priority, since, pod.clone()));
        }
    }

    /// Room was made: the pods to try now, each with the time since when it waits, and when to sweep if
    /// any are left.
    pub fn room_was_made(&mut self, now: Timestamp) -> (Vec<(Turn, Timestamp)>, Option<Timestamp>) {
        let first = std::iter::from_fn(|| self.pop_first());
        let first = first.take(AT_ONCE).collect();
        // a clock that was set back ends the rest, which would last as long as it was set back
        let rest = self.rest.filter(|(since, _)| *since <= now);
        let sweep_at = rest.map_or(now, |(_, until)| until.max(now));
        (first, (!self.order.is_empty()).then_some(sweep_at))
    }

    /// All of them, to be tried on so many nodes.
    pub fn sweep(&mut self, nodes: usize, now: Timestamp) -> Vec<(Turn, Timestamp)> {
        let millis = self.order.len().saturating_mul(nodes) / TRIES_PER_MILLI;
        let rest = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
        self.rest = now.checked_add(rest).ok().map(|until| (now, until));
        std::iter::from_fn(|| self.pop_first()).collect()
    }

    fn pop_first(&mut self) -> Option<(Turn, Timestamp)> {
        let (Reverse(priority), since, key) = self.order.pop_first()?;
        self.places.remove(&key);
        self.choosy.remove(&key);
        Some((Turn { key, priority }, since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().expect("a literal time")
    }

    fn turn(name: &str, priority: i32) -> Turn {
        Turn {
            key: ObjectKey::new("default", name),
            priority,
        }
    }

    #[test]
    fn the_higher_priority_goes_first_then_who_waits_longer_then_the_name() {
        let mut waiting = Waiting::default();
        let rows = [
            ("a-late", 0, 9),
            ("b-first", 0, 1),
            ("c-low", -5, 0),
            ("d-high", 1000, 9),
            ("e-too", 1000, 9),
            ("f-gone", 2000, 0),
        ];
        for (name, priority, secs) in rows {
            let since = noon() + SignedDuration::from_secs(secs);
            waiting.insert(turn(name, priority), since);
        }
        waiting.remove(&ObjectKey::new("default", "f-gone"));
        let names = |turns: Vec<(Turn, Timestamp)>| {
            let names = turns.into_iter().map(|(turn, _)| turn.key.name);
            names.collect::<Vec<_>>()
        };
        let (first, sweep_at) = waiting.room_was_made(noon());
        assert_eq!(names(first), ["d-high", "e-too", "b-first", "a-late"]);
        assert_eq!(sweep_at, Some(noon()));
        waiting.insert(turn("b-first", 0), noon());
        waiting.insert(turn("b-first", 0), noon() + SignedDuration::from_secs(1));
        assert_eq!(names(waiting.sweep(1, noon())), ["b-first", "c-low"]);
    }

    #[test]
    fn who_minds_others_is_known_for_as_long_as_it_waits() {
        type Step = fn(&mut Waiting);
        let mut waiting = Waiting::default();
        let key = ObjectKey::new("default", "a");
        waiting.minds_others(&key);
        assert!(!waiting.has_choosy(), "it does not wait");
        let steps: [(_, Step); 3] = [
            ("it is gone", |waiting| {
                waiting.remove(&ObjectKey::new("default", "a"));
            }),
            ("it is tried", |waiting| drop(waiting.room_was_made(noon()))),
            ("all are", |waiting| drop(waiting.sweep(1, noon()))),
        ];
        for (why, step) in steps {
            waiting.insert(turn("a", 0), noon());
            assert!(!waiting.has_choosy(), "{why}: it has not said so");
            waiting.minds_others(&key);
            assert!(waiting.has_choosy(), "{why}: before");
            step(&mut waiting);
            assert!(!waiting.has_choosy() && waiting.is_empty(), "{why}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_ends_the_rest_after_a_sweep() {
        let mut waiting = Waiting::default();
        for name in ["a", "b", "c", "d", "e"] {
            waiting.insert(turn(name, 0), noon());
        }
        waiting.sweep(100, noon());
        let rests_until = noon() + SignedDuration::from_millis(10);
        let hour = SignedDuration::from_hours(1);
        let rows = [
            ("it rests", noon(), rests_until),
            ("the clock was set back", noon() - hour, noon() - hour),
            ("it has rested", noon() + hour, noon() + hour),
        ];
        for (why, now, sweeps_at) in rows {
            for name in ["a", "b", "c", "d", "e"] {
                waiting.insert(turn(name, 0), noon());
            }
            let (_, sweep_at) = waiting.room_was_made(now);
            assert_eq!(sweep_at, Some(sweeps_at), "{why}");
        }
    }

    #[test]
    fn a_thousand_ends_try_a_few_pods_each_and_lose_none() {
        let now = noon();
        let mut waiting = Waiting::default();
        let all = (0..1000).map(|n| turn(&format!("pod-{n:04}"), 0));
        all.for_each(|turn| waiting.insert(turn, now));
        let mut sweep_at = None;
        let mut tried = 0;
        for _ in 0..1000 {
            let (first, at) = waiting.room_was_made(now);
            if at.is_some_and(|at| at <= now) {
                let swept = waiting.sweep(20, now);
                tried += swept.len();
                swept
                    .into_iter()
                    .for_each(|(turn, _)| waiting.insert(turn, now));
            }
            tried += first.len();
            // they do not fit either
            first
                .into_iter()
                .for_each(|(turn, _)| waiting.insert(turn, now));
            sweep_at = at;
        }
        assert!(tried <= 5 * 1000, "{tried} tries for a thousand ends");
        let at = sweep_at.expect("a sweep is due when the rest is over");
        assert_eq!(at.duration_since(now), SignedDuration::from_millis(398));
        assert_eq!(waiting.sweep(20, at).len(), 1000, "and nobody is left out");
    }
}
