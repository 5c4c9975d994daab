//! The previous occurrence, which upstream does not have: the one from which `next` leads here.

use crate::calendar::DAY_SECS;
use crate::fields::Fields;
use crate::walk;
use crate::wall::Wall;
use crate::zone::Zone;

/// How far back a match is looked for. `next` leaps at most six years (`CRON-15`), over a skipped
/// leap day eight.
const SEARCH_SECS: i64 = 9 * 366 * DAY_SECS;

/// After a change of clocks a walk may miss matches for the rest of that day and the next (`DST-09`,
/// `DST-10`); what it returns after that is undisturbed.
const DISTURBED_SECS: i64 = 3 * DAY_SECS;

/// The last occurrence before `before_secs`. Near a change of clocks a wall time may match and yet
/// be left out by every walk that comes from before; such matches are no occurrences.
pub(crate) fn previous(fields: &Fields, wall: &Wall, zone: &Zone, before_secs: i64) -> Option<i64> {
    let last = last_match(wall, zone, before_secs)?;
    let change = zone.period(last).start_secs;
    let disturbed = last.saturating_sub(change) <= DISTURBED_SECS
        || zone.leaves_half_hours(change) && last - change <= SEARCH_SECS;
    if !disturbed {
        return Some(last);
    }
    // walk again from before the change; three days of minutes on both sides at the most
    let start = change.checked_sub(DISTURBED_SECS)?;
    let mut reached = last_match(wall, zone, start);
    let mut at = reached.unwrap_or(start);
    while let Some(next) = walk::next(fields, wall, zone, at).filter(|&next| next < before_secs) {
        if next > change + DISTURBED_SECS {
            return Some(last);
        }
        reached = Some(next);
        at = next;
    }
    reached
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
