//! The previous occurrence, which upstream does not have: the one from which `next` leads here.
//!
//! Known limit: where the clocks change at midnight on the first of a month (America/Asuncion,
//! America/Havana in some years) a leap of months may arrive late on that day; the matches it passed
//! over on that one day are still taken for occurrences here.

use crate::calendar::DAY_SECS;
use crate::fields::Fields;
use crate::walk;
use crate::wall::Wall;
use crate::zone::Zone;

/// How far back a match is looked for. `next` leaps at most six years (`CRON-15`), over a skipped
/// leap day eight.
const SEARCH_SECS: i64 = 9 * 366 * DAY_SECS;

/// Near a change of clocks a walk may miss wall times that match, and may even stop at others, for
/// months where matches are rare (`DST-09`, `DST-10`). After this many days with a match, each left
/// by a quiet walk, every walk from before has fallen in with the matches.
const SETTLED_DAYS: usize = 3;

/// How many days with a match are tried to find settled ground: around a change five are unsettled;
/// a schedule whose every leap crosses one never settles, and a walk over twelve leaps is taken.
const TRIED_DAYS: usize = 12;

/// The last occurrence before `before_secs`: the last that a walk from settled ground returns.
pub(crate) fn previous(fields: &Fields, wall: &Wall, zone: &Zone, before_secs: i64) -> Option<i64> {
    let mut at = settled_match(fields, wall, zone, before_secs)?;
    while let Some(next) = walk::next(fields, wall, zone, at).filter(|&next| next < before_secs) {
        at = next;
    }
    Some(at)
}

fn settled_match(fields: &Fields, wall: &Wall, zone: &Zone, before_secs: i64) -> Option<i64> {
    let mut settled = last_match(wall, zone, before_secs)?;
    let (mut at, mut quiet_days) = (settled, 0);
    for _ in 0..TRIED_DAYS {
        if !walk::is_quiet(fields, wall, zone, at) {
            quiet_days = 0;
        } else if quiet_days == 0 {
            (settled, quiet_days) = (at, 1);
        } else {
            quiet_days += 1;
        }
        if quiet_days == SETTLED_DAYS {
            return Some(settled);
        }
        match last_match(wall, zone, at - DAY_SECS) {
            Some(earlier) => at = earlier,
            None => break,
        }
    }
    Some(if quiet_days > 0 { settled } else { at })
}

/// The last instant before `before_secs` whose wall time matches, period by period.
fn last_match(wall: &Wall, zone: &Zone, before_secs: i64) -> Option<i64> {
    let oldest_secs = before_secs.checked_sub(SEARCH_SECS)?;
    let mut before_secs = before_secs;
    while before_secs > oldest_secs {
        let period = zone.period(before_secs - 1);
        let matched = wall.previous(before_secs + period.offset_secs)? - period.offset_secs;
        if matched >= period.start_secs {
            return Some(matched).filter(|&at| at >= oldest_secs);
        }
        before_secs = period.start_secs;
    }
    None
}
