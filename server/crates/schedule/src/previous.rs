//! The previous occurrence, which upstream does not have: the one from which `next` leads here.

use crate::calendar::{DAY_SECS, civil, days_from_civil};
use crate::field::MONTHS;
use crate::fields::Fields;
use crate::walk;
use crate::wall::Wall;
use crate::zone::Zone;

/// A year or a little more.
const YEAR_SECS: i64 = 366 * DAY_SECS;

/// How far back a match is looked for. `next` leaps at most six years (`CRON-15`), over a skipped
/// leap day eight.
const SEARCH_SECS: i64 = 9 * YEAR_SECS;

/// Near a change of clocks a walk may miss wall times that match, and may even stop at others, for
/// months where matches are rare (`DST-09`, `DST-10`). After this many days with a match, each left
/// by a quiet walk, every walk from before has fallen in with the matches.
const SETTLED_DAYS: usize = 3;

/// How many days with a match are tried to find settled ground: around a change five are unsettled;
/// a schedule whose every leap crosses one never settles, and a walk over twelve leaps is taken.
const TRIED_DAYS: usize = 12;

/// A leap of months goes from first to first. Where the clocks change at such a midnight it may go
/// astray by most of a month and come upon matches late, up to a leap further on. After this long
/// without such a change every chain has fallen in again.
const CLEAN_SECS: i64 = 6 * YEAR_SECS;

/// How far back such changes are looked for: to where `cron` knows no years.
const LEAPS_SECS: i64 = 140 * YEAR_SECS;

/// 1970-02-01: just inside the years that `cron` knows.
const FIRST_SECS: i64 = 31 * DAY_SECS;

/// No change of clocks this near disturbs a walk inside one month.
const QUIET_SECS: i64 = 2 * DAY_SECS;

/// The last occurrence before `before_secs`: the last that a walk from settled ground returns. Where that passes
/// over an occurrence that is asked about, since it takes a walk from beside a change of clocks to find it, the
/// match from which such a walk comes.
pub(crate) fn previous(fields: &Fields, wall: &Wall, zone: &Zone, before_secs: i64) -> Option<i64> {
    let chain = Chain { fields, wall, zone };
    let leads_here = |at: &i64| chain.next(*at) == Some(before_secs);
    let found = chain.settled_before(before_secs);
    found
        .filter(leads_here)
        .or_else(|| chain.last_match(before_secs).filter(leads_here))
        .or(found)
}

/// The occurrences as `next` links them.
struct Chain<'a> {
    fields: &'a Fields,
    wall: &'a Wall,
    zone: &'a Zone,
}

impl Chain<'_> {
    fn settled_before(&self, before_secs: i64) -> Option<i64> {
        let clean_secs = self.clean_before(before_secs);
        let from_clean = || self.last_before(before_secs, self.start(clean_secs)?);
        if clean_secs < before_secs
            && let Some(found) = from_clean()
        {
            return Some(found);
        }
        let settled = self.settled_match(before_secs)?;
        Some(self.last_before(before_secs, settled).unwrap_or(settled))
    }

    /// The last occurrence on the chain through `at`.
    fn last_before(&self, before_secs: i64, mut at: i64) -> Option<i64> {
        loop {
            at = self.quiet_end(at, before_secs);
            let next = self.next_or_later(at, before_secs)?;
            if next >= before_secs {
                return Some(at);
            }
            at = next;
        }
    }

    /// Where a search gives up (`CRON-15`), the chain is taken up from the first later year in which
    /// one does not; `None` where there is nothing up to `before_secs`.
    fn next_or_later(&self, at: i64, before_secs: i64) -> Option<i64> {
        (at..before_secs)
            .step_by(YEAR_SECS as usize)
            .find_map(|after_secs| self.next(after_secs))
    }

    fn next(&self, after_secs: i64) -> Option<i64> {
        walk::next(self.fields, self.wall, self.zone, after_secs)
    }

    /// Settled ground, or the first occurrence of all that are looked at.
    fn start(&self, clean_secs: i64) -> Option<i64> {
        let first = || {
            walk::next(
                self.fields,
                self.wall,
                self.zone,
                clean_secs.max(FIRST_SECS),
            )
        };
        self.settled_match(clean_secs).or_else(first)
    }

    /// The last match of the month to which quiet walks lead from this one, itself if it is none.
    fn quiet_end(&self, at: i64, before_secs: i64) -> i64 {
        let period = self.zone.period(at);
        if at < period.start_secs.saturating_add(QUIET_SECS) {
            return at;
        }
        let here = civil(at + period.offset_secs);
        let month_end = days_from_civil(here.year, here.month + 1, 1) * DAY_SECS;
        let end = before_secs
            .min(period.end_secs.saturating_sub(QUIET_SECS))
            .min(month_end - period.offset_secs);
        let last = self.wall.previous(end + period.offset_secs);
        last.map_or(at, |last| at.max(last - period.offset_secs))
    }

    /// From where to begin, so that no leap of months can have gone astray shortly before.
    fn clean_before(&self, before_secs: i64) -> i64 {
        if self.fields.months.is_full(&MONTHS) {
            return before_secs;
        }
        let oldest_secs = before_secs.saturating_sub(LEAPS_SECS);
        self.zone
            .month_gaps(oldest_secs, before_secs)
            .iter()
            .rfold(before_secs, |clean, &at| match clean - at < CLEAN_SECS {
                true => at - QUIET_SECS,
                false => clean,
            })
    }

    fn settled_match(&self, before_secs: i64) -> Option<i64> {
        let mut settled = self.last_match(before_secs)?;
        let (mut at, mut quiet_days) = (settled, 0);
        for _ in 0..TRIED_DAYS {
            if !walk::is_quiet(self.fields, self.wall, self.zone, at) {
                quiet_days = 0;
            } else if quiet_days == 0 {
                (settled, quiet_days) = (at, 1);
            } else {
                quiet_days += 1;
            }
            if quiet_days == SETTLED_DAYS {
                return Some(settled);
            }
            match self.last_match(at - DAY_SECS) {
                Some(earlier) => at = earlier,
                None => break,
            }
        }
        Some(if quiet_days > 0 { settled } else { at })
    }

    /// The last instant before `before_secs` whose wall time matches, period by period.
    fn last_match(&self, before_secs: i64) -> Option<i64> {
        let oldest_secs = before_secs.checked_sub(SEARCH_SECS)?;
        let mut before_secs = before_secs;
        while before_secs > oldest_secs {
            let period = self.zone.period(before_secs - 1);
            let matched =
                self.wall.previous(before_secs + period.offset_secs)? - period.offset_secs;
            if matched >= period.start_secs {
                return Some(matched).filter(|&at| at >= oldest_secs);
            }
            before_secs = period.start_secs;
        }
        None
    }
}
