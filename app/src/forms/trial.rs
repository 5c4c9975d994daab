//! What-if: how Allow, Forbid and Replace would treat the same slots, if each run took so long.
//!
//! As the CronJob controller does it: under Forbid a slot that comes during a run waits for its end, the latest one
//! only, and is dropped when the starting deadline has passed by then (CJ-39, CJ-42).

use orrery_view::{Concurrency, Millis};

/// How it would go under one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    pub policy: Concurrency,
    pub runs: Vec<Planned>,
    /// Slots that get no run.
    pub dropped: Vec<Millis>,
    pub most_at_once: u32,
}

/// A run that would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    pub slot: Millis,
    pub start: Millis,
    pub end: Millis,
    /// Replaced by the next before it was done.
    pub stopped: bool,
}

impl Trial {
    /// Of these slots, in order.
    pub fn of(
        policy: Concurrency,
        slots: &[Millis],
        takes: Millis,
        deadline: Option<Millis>,
    ) -> Self {
        let mut trial = Self {
            policy,
            runs: Vec::new(),
            dropped: Vec::new(),
            most_at_once: 0,
        };
        match policy {
            Concurrency::Allow => slots.iter().for_each(|slot| trial.run(*slot, *slot, takes)),
            Concurrency::Forbid => trial.forbid(slots, takes, deadline),
            Concurrency::Replace => {
                for slot in slots {
                    if let Some(last) = trial.runs.last_mut()
                        && last.end > *slot
                    {
                        (last.end, last.stopped) = (*slot, true);
                    }
                    trial.run(*slot, *slot, takes);
                }
            }
        }
        let at_once = |run: &Planned| {
            let others = trial.runs.iter();
            let running = others.filter(|other| other.start <= run.start && other.end > run.start);
            running.count() as u32
        };
        trial.most_at_once = trial.runs.iter().map(at_once).max().unwrap_or(0);
        trial
    }

    fn run(&mut self, slot: Millis, start: Millis, takes: Millis) {
        self.runs.push(Planned {
            slot,
            start,
            end: start + takes,
            stopped: false,
        });
    }

    fn forbid(&mut self, slots: &[Millis], takes: Millis, deadline: Option<Millis>) {
        let (mut free, mut waiting): (Millis, Option<Millis>) = (Millis::MIN, None);
        for slot in slots {
            if let Some(held) = waiting
                && free <= *slot
            {
                waiting = None;
                match deadline.is_none_or(|deadline| free - held <= deadline) {
                    true => {
                        self.run(held, free, takes);
                        free += takes;
                    }
                    false => self.dropped.push(held),
                }
            }
            if free <= *slot {
                self.run(*slot, *slot, takes);
                free = slot + takes;
            } else {
                self.dropped.extend(waiting.replace(*slot));
            }
        }
        // what waits at the end starts after the last slot that is looked at
        if let Some(held) = waiting {
            match deadline.is_none_or(|deadline| free - held <= deadline) {
                true => self.run(held, free, takes),
                false => self.dropped.push(held),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(
        policy: Concurrency,
        takes: Millis,
        deadline: Option<Millis>,
    ) -> (Vec<(i64, i64)>, Vec<i64>, u32) {
        let trial = Trial::of(policy, &[0, 10, 20, 30], takes, deadline);
        let runs = trial.runs.iter().map(|run| (run.start, run.end)).collect();
        (runs, trial.dropped, trial.most_at_once)
    }

    #[test]
    fn each_policy_treats_the_same_slots_its_own_way() {
        use Concurrency as C;
        let rows = [
            (
                "short runs are the same under each",
                C::Forbid,
                5,
                None,
                (vec![(0, 5), (10, 15), (20, 25), (30, 35)], vec![], 1),
            ),
            (
                "Allow lets them pile up",
                C::Allow,
                25,
                None,
                (vec![(0, 25), (10, 35), (20, 45), (30, 55)], vec![], 3),
            ),
            (
                "Forbid makes up for the latest slot",
                C::Forbid,
                25,
                None,
                (vec![(0, 25), (25, 50), (50, 75)], vec![10], 1),
            ),
            (
                "unless its deadline has passed",
                C::Forbid,
                25,
                Some(4),
                (vec![(0, 25), (30, 55)], vec![10, 20], 1),
            ),
            (
                "Replace stops each for the next",
                C::Replace,
                25,
                None,
                (vec![(0, 10), (10, 20), (20, 30), (30, 55)], vec![], 1),
            ),
        ];
        for (why, policy, takes, deadline, expected) in rows {
            assert_eq!(told(policy, takes, deadline), expected, "CJ-42 {why}");
        }
    }
}
