//! Urgent work goes first: what else there is to do lets it pass.
//!
//! Where the processors are fewer than the tasks that could run, each takes its share of them at once. What is
//! late by the clock then waits for what nobody would miss.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use orrery_clock::Clock;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Nobody is held up for longer. A thousand writes in process take a fifth of it; what takes the whole of it
/// is better off sharing, and so is everybody else: its answer may never come.
const PATIENCE: SignedDuration = SignedDuration::from_secs(1);

/// A cheap handle, of those who go first and of those who let them.
#[derive(Clone, Default)]
pub struct Precedence(Arc<Shared>);

#[derive(Default)]
struct Shared {
    urgent: Mutex<Urgent>,
    over: Notify,
}

#[derive(Default)]
struct Urgent {
    under_way: usize,
    /// When the first of what is under way began.
    since: Timestamp,
}

/// Urgent work, for as long as this is held.
#[must_use]
pub struct UnderWay(Precedence);

impl Precedence {
    /// Urgent work begins.
    pub fn begin(&self, now: Timestamp) -> UnderWay {
        let mut urgent = self.0.urgent.lock();
        if urgent.under_way == 0 {
            urgent.since = now;
        }
        urgent.under_way += 1;
        drop(urgent);
        UnderWay(self.clone())
    }

    /// Waits until nothing urgent is under way, a second at most.
    pub async fn let_pass(&self, clock: &Clock) {
        let begun = clock.now();
        loop {
            // before the look: an end between the two is not missed
            let over = self.0.over.notified();
            let Some(since) = self.since() else { return };
            let waited = clock.now().duration_since(since.min(begun));
            if waited >= PATIENCE {
                return;
            }
            // a clock that was set back makes nobody wait longer
            let left = PATIENCE.min(PATIENCE - waited);
            tokio::select! {
                biased;
                () = over => {}
                () = clock.sleep(Duration::try_from(left).unwrap_or_default()) => return,
            }
        }
    }

    fn since(&self) -> Option<Timestamp> {
        let urgent = self.0.urgent.lock();
        (urgent.under_way > 0).then_some(urgent.since)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let Precedence(shared) = &self.0;
        let mut urgent = shared.urgent.lock();
        urgent.under_way -= 1;
        let over = urgent.under_way == 0;
        drop(urgent);
        if over {
            shared.over.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn start() -> (Clock, Precedence) {
        let epoch = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        (Clock::simulated(1, epoch), Precedence::default())
    }

    /// How long letting the urgent pass takes.
    async fn waited(precedence: &Precedence, clock: &Clock) -> Duration {
        let begun = Instant::now();
        precedence.let_pass(clock).await;
        begun.elapsed()
    }

    async fn hold(urgent: UnderWay, clock: &Clock, millis: u64) {
        clock.sleep(Duration::from_millis(millis)).await;
        drop(urgent);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_urgent_begins_when_the_last_of_the_urgent_has_ended() {
        let (clock, precedence) = start();
        assert_eq!(waited(&precedence, &clock).await, Duration::ZERO, "nothing");
        let first = precedence.begin(clock.now());
        let last = precedence.begin(clock.now());
        let (waited, (), ()) = tokio::join!(
            waited(&precedence, &clock),
            hold(first, &clock, 20),
            hold(last, &clock, 50),
        );
        let allowed = Duration::from_millis(50)..Duration::from_millis(60);
        assert!(allowed.contains(&waited), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_follows_without_a_gap_is_let_pass_too() {
        let (clock, precedence) = start();
        let first = precedence.begin(clock.now());
        let chain = async {
            hold(first, &clock, 20).await;
            // before anybody else is polled
            let next = precedence.begin(clock.now());
            hold(next, &clock, 20).await;
        };
        let (waited, ()) = tokio::join!(waited(&precedence, &clock), chain);
        let allowed = Duration::from_millis(40)..Duration::from_millis(50);
        assert!(allowed.contains(&waited), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_ends_holds_nobody_up_for_long() {
        let (clock, precedence) = start();
        let endless = precedence.begin(clock.now());
        let second = Duration::from_secs(1)..Duration::from_millis(1010);
        let first = waited(&precedence, &clock).await;
        assert!(second.contains(&first), "{first:?}");
        let later = waited(&precedence, &clock).await;
        assert_eq!(later, Duration::ZERO, "its second is over");
        clock.jump(SignedDuration::from_hours(-1));
        let set_back = waited(&precedence, &clock).await;
        assert!(second.contains(&set_back), "{set_back:?}");
        drop(endless);
        assert_eq!(waited(&precedence, &clock).await, Duration::ZERO, "ended");
    }
}
