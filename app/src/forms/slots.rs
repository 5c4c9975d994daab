//! Slots of a CronJob that have passed, and what shall be done about them.

use orrery_view::{Concurrency, Millis, ObjectRef, Outcome};

/// Slots told, and Jobs of one backfill, at most.
pub const MOST: usize = 200;

/// The slots of a period that did not succeed, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slots {
    pub slots: Vec<Slot>,
    /// Slots that succeeded or run now: there is nothing to fill.
    pub fine: u32,
    /// Slots beyond those told, the older ones.
    pub more: bool,
    pub policy: Concurrency,
    /// When the CronJob was made: slots before that never came due.
    pub made: Millis,
    /// The zone the schedule is read in.
    pub zone: String,
}

/// A slot that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub at: Millis,
    /// What became of it; `None`: nothing is known of it, it may be from before the CronJob.
    pub outcome: Option<Outcome>,
}

/// What to fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fill {
    pub slots: Vec<Millis>,
    /// One after the other, each when no run of the CronJob is active any more.
    pub in_turn: bool,
    pub reason: String,
    /// Makes one backfill of a form, however often it is sent.
    pub token: String,
}

/// What a retry of indexes makes, or made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    pub made: Option<ObjectRef>,
    /// `1,3-5`
    pub indexes: String,
    pub count: u32,
}

/// What becomes of one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    pub slot: Millis,
    /// The Job, or why there is none.
    pub job: Result<ObjectRef, String>,
}

/// A label's length, as a pod's host name is its Job's.
const LONGEST_NAME: usize = crate::overrides::LONGEST_NAME;

/// The Job for a slot: its minute as in scheduled Jobs' names (CJ-50), and which backfill it belongs to.
pub fn job_name(cronjob: &str, slot: Millis, token: &str) -> String {
    let (base, suffix) = parts(cronjob, token);
    format!("{base}-backfill-{}-{suffix}", slot.div_euclid(60_000))
}

/// What comes before and after the slot in a Job's name.
pub fn parts(cronjob: &str, token: &str) -> (String, String) {
    let letters = token.chars().filter(char::is_ascii_alphanumeric);
    let suffix: String = letters.take(4).map(|c| c.to_ascii_lowercase()).collect();
    let room = LONGEST_NAME - "-backfill--".len() - "99999999".len() - suffix.len();
    let base: String = cronjob.chars().take(room).collect();
    let base = base.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    (base.to_owned(), suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jobs_name_says_its_slot_and_fits() {
        let at = 1_795_478_400_000;
        assert_eq!(
            job_name("backup", at, "A+b/c9=="),
            "backup-backfill-29924640-abc9"
        );
        let long = job_name(&"a.".repeat(26), at, "tokentoken");
        assert!(long.len() <= LONGEST_NAME && !long.contains(".-"), "{long}");
    }
}
