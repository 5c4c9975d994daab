//! Many seeds, on as many threads as there are cores: each is a world of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::audit::Violation;
use crate::check::{Report, check};

/// What some seeds came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub played: u64,
    /// The seeds that are broken, each with the reason and how to see it again, in order.
    pub broken: BTreeMap<u64, String>,
    /// How often each kind of fault came, in those that are not.
    pub faults: BTreeMap<&'static str, usize>,
    /// Of those that are not.
    pub requests: usize,
    pub simulated_secs: i64,
}

/// Plays the seeds `first..first + count`; `tell` hears of each that breaks an invariant at once.
pub fn check_many(first: u64, count: u64, tell: impl Fn(&str) + Sync) -> Tally {
    let next = AtomicU64::new(first);
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get());
    let play = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return tally;
            }
            tally.add(seed, check(seed), &tell);
        }
    };
    thread::scope(|scope| {
        let players: Vec<_> = (0..threads).map(|_| scope.spawn(play)).collect();
        let tallies = players.into_iter().map(|player| player.join());
        tallies.fold(Tally::default(), |all, tally| {
            all.and(tally.expect("a seed's panic is caught"))
        })
    })
}

impl Tally {
    fn add(&mut self, seed: u64, played: Result<Report, Violation>, tell: &impl Fn(&str)) {
        self.played += 1;
        match played {
            Ok(report) => {
                self.requests += report.requests;
                self.simulated_secs += report.simulated_secs;
                self.count(report.faults);
            }
            Err(violation) => {
                let again = format!("see it again: cargo xtask sim --from {seed} --seeds 1");
                let why = format!("{violation}\n  {again}");
                tell(&why);
                self.broken.insert(seed, why);
            }
        }
    }

    fn count(&mut self, faults: BTreeMap<&'static str, usize>) {
        for (kind, count) in faults {
            *self.faults.entry(kind).or_default() += count;
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.played += other.played;
        self.broken.extend(other.broken);
        self.requests += other.requests;
        self.simulated_secs += other.simulated_secs;
        self.count(other.faults);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::sim::EPOCH;

    fn report(seed: u64, requests: usize, fault: &'static str) -> Report {
        Report {
            seed,
            requests,
            changes: 1,
            simulated_secs: 60,
            faults: BTreeMap::from([(fault, 2)]),
            digest: 0,
        }
    }

    #[test]
    fn a_seed_that_breaks_an_invariant_is_told_at_once_and_how_to_see_it_again() {
        let told = RefCell::new(Vec::new());
        let tell = |why: &str| told.borrow_mut().push(why.to_owned());
        let broken = Violation {
            seed: 7,
            revision: 12,
            at: EPOCH,
            invariant: "nothing is stuck",
            message: "Job pi".to_owned(),
        };
        let mut tally = Tally::default();
        tally.add(6, Ok(report(6, 10, "a watch is cut")), &tell);
        assert!(told.borrow().is_empty());
        tally.add(7, Err(broken), &tell);
        let why = "seed 7, revision 12, 2026-11-23T12:00:00Z: nothing is stuck: Job pi\n  see it again: cargo xtask sim --from 7 --seeds 1";
        assert_eq!(*told.borrow(), [why]);
        assert_eq!(tally.broken, BTreeMap::from([(7, why.to_owned())]));
        let mut other = Tally::default();
        other.add(8, Ok(report(8, 5, "a watch is cut")), &tell);
        let all = tally.and(other);
        assert_eq!((all.played, all.requests, all.simulated_secs), (3, 15, 120));
        assert_eq!(all.faults, BTreeMap::from([("a watch is cut", 4)]));
    }
}
