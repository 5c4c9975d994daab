//! Many seeds, on as many threads as there are cores: each is a world of its own.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::check::{Report, check};

/// What some seeds came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub played: u64,
    /// Why each seed is broken, and how to see it again.
    pub broken: Vec<String>,
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
            tally.add(play(seed), &tell);
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

fn play(seed: u64) -> Result<Report, String> {
    let why = match catch_unwind(|| check(seed)) {
        Ok(Ok(report)) => return Ok(report),
        Ok(Err(violation)) => violation.to_string(),
        Err(_) => format!("seed {seed} panics"),
    };
    Err(format!(
        "{why}\n  see it again: cargo xtask sim --from {seed} --seeds 1"
    ))
}

impl Tally {
    fn add(&mut self, played: Result<Report, String>, tell: &impl Fn(&str)) {
        self.played += 1;
        match played {
            Ok(report) => {
                self.requests += report.requests;
                self.simulated_secs += report.simulated_secs;
            }
            Err(why) => {
                tell(&why);
                self.broken.push(why);
            }
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.played += other.played;
        self.broken.extend(other.broken);
        self.requests += other.requests;
        self.simulated_secs += other.simulated_secs;
        self
    }
}
