//! Time, randomness and ids as one value that can be swapped.
//!
//! Everything between the store and the controllers asks a [`Clock`] for the time, a wait, a uid or
//! a name suffix. The real clock answers from the machine; the simulated one from tokio's (paused)
//! timer and a seeded generator, so that the same seed gives the same history, byte for byte.
//! Absent on purpose: calendars and zones, which belong to `schedule`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

/// The letters of generated names: no vowels, nothing that looks like another (NAME-01).
pub const NAME_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Longest single wait on the timer. A timer does not run while the machine sleeps and knows nothing
/// of a wall clock that was set, so a long wait is cut into slices and compared with the wall again.
const LONGEST_SLICE: Duration = Duration::from_secs(5);

/// A cheap handle on time, randomness and ids.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    time: Time,
    random: Mutex<ChaCha8Rng>,
}

enum Time {
    Machine,
    Simulated {
        epoch: Timestamp,
        start: Instant,
        jump_millis: AtomicI64,
    },
}

impl Clock {
    /// The machine's wall clock and unpredictable randomness.
    pub fn real() -> Self {
        Self::new(Time::Machine, ChaCha8Rng::from_os_rng())
    }

    /// A clock that shows `epoch` now and advances with tokio's timer; randomness follows `seed`.
    /// Must be called inside a tokio runtime, usually one with paused time.
    pub fn simulated(seed: u64, epoch: Timestamp) -> Self {
        let time = Time::Simulated {
            epoch,
            start: Instant::now(),
            jump_millis: AtomicI64::new(0),
        };
        Self::new(time, ChaCha8Rng::seed_from_u64(seed))
    }

    fn new(time: Time, random: ChaCha8Rng) -> Self {
        Self(Arc::new(Inner {
            time,
            random: Mutex::new(random),
        }))
    }

    /// The time it is.
    pub fn now(&self) -> Timestamp {
        match &self.0.time {
            #[allow(clippy::disallowed_methods)] // the one place that reads the wall clock
            Time::Machine => Timestamp::now(),
            Time::Simulated {
                epoch,
                start,
                jump_millis,
            } => {
                let jump = SignedDuration::from_millis(jump_millis.load(Ordering::Relaxed));
                let elapsed = SignedDuration::try_from(start.elapsed())
                    .expect("a simulation is shorter than 292 billion years");
                *epoch + elapsed + jump
            }
        }
    }

    /// Moves a simulated wall clock without moving its timers, as a person who sets the clock does.
    /// Has no effect on the real one.
    pub fn jump(&self, by: SignedDuration) {
        if let Time::Simulated { jump_millis, .. } = &self.0.time {
            jump_millis.fetch_add(by.as_millis() as i64, Ordering::Relaxed);
        }
    }

    /// Waits for `duration` of timer time.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Waits until the clock shows `deadline`; never returns early.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        loop {
            let left = deadline.duration_since(self.now());
            if left <= SignedDuration::ZERO {
                return;
            }
            // Round up: the timer counts milliseconds and must not wake us in the one before.
            let left = Duration::try_from(left).unwrap_or_default() + Duration::from_micros(999);
            tokio::time::sleep(left.min(LONGEST_SLICE)).await;
        }
    }

    /// A random (version 4) uid in its usual text form.
    pub fn uid(&self) -> String {
        let bytes: [u8; 16] = self.0.random.lock().random();
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }

    /// `len` letters of [`NAME_ALPHABET`], as generated names end with (NAME-01).
    pub fn suffix(&self, len: usize) -> String {
        let mut random = self.0.random.lock();
        let letter = |_| char::from(NAME_ALPHABET[random.random_range(0..NAME_ALPHABET.len())]);
        (0..len).map(letter).collect()
    }

    /// A number below `bound`; 0 when `bound` is 0. For jitter, never for secrets.
    pub fn below(&self, bound: u64) -> u64 {
        match bound {
            0 => 0,
            _ => self.0.random.lock().random_range(0..bound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().expect("a literal time")
    }

    #[tokio::test(start_paused = true)]
    async fn a_simulated_day_passes_at_once_and_never_early() {
        let clock = Clock::simulated(1, noon());
        let tomorrow = noon() + SignedDuration::from_hours(24);
        clock.sleep_until(tomorrow).await;
        assert!(clock.now() >= tomorrow);
        assert!(clock.now() < tomorrow + SignedDuration::from_millis(5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_jump_is_noticed_within_one_slice() {
        let clock = Clock::simulated(1, noon());
        let waiter = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock
                    .sleep_until(noon() + SignedDuration::from_hours(2))
                    .await
            }
        });
        clock.sleep(Duration::from_secs(1)).await;
        clock.jump(SignedDuration::from_hours(2));
        let started = Instant::now();
        waiter.await.expect("the waiter ends");
        assert!(started.elapsed() <= LONGEST_SLICE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_seed_repeats_its_ids() {
        let ids = |seed| {
            let clock = Clock::simulated(seed, noon());
            (clock.uid(), clock.suffix(5), clock.below(1000))
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        assert!(ids(7).1.bytes().all(|b| NAME_ALPHABET.contains(&b)));
    }
}
