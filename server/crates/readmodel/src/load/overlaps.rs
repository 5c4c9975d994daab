//! Runs that last beyond the next slot, of all CronJobs on the axis.

use jiff::Timestamp;
use orrery_schedule::Schedule;
use orrery_view::{Lasting, Millis, NEVER_ENDS, Outcome, Overlap};

use super::{MINUTE, MOST_TICKS, Scheduled, object};

/// CronJobs whose runs are compared with their slots, which costs each as much as a lane.
const MOST_COMPARED: usize = 2_000;

/// The next to run first; a suspended CronJob has no next slot.
pub fn overlaps(shown: &[Scheduled], now: Timestamp) -> Vec<Overlap> {
    let on = shown.iter().filter(|each| !each.row.suspend && may(each));
    let on = on.take(MOST_COMPARED);
    on.filter_map(|each| overlap(each, now)).collect()
}

/// Slots are a minute apart at least, but for those of `@every`.
fn may(each: &Scheduled) -> bool {
    let shortest = match each.row.schedule.starts_with("@every") {
        true => 0,
        false => MINUTE,
    };
    let long = each.usual.is_some_and(|usual| usual > shortest);
    long || each.row.latest(Outcome::Replaced) >= NEVER_ENDS
}

fn overlap(each: &Scheduled, now: Timestamp) -> Option<Overlap> {
    let cronjob = object(&each.row);
    let replaced = each.row.latest(Outcome::Replaced);
    if replaced >= NEVER_ENDS {
        let why = Lasting::Replaced(replaced as u32);
        return Some(Overlap { cronjob, why });
    }
    let (usual, gap) = each.usual.zip(gap(each.schedule.as_ref(), now))?;
    let why = Lasting::Beyond {
        concurrency: each.row.concurrency,
        usual,
        gap,
    };
    (usual > gap).then_some(Overlap { cronjob, why })
}

/// The shortest time between two of the slots ahead, as far as a lane tells them.
fn gap(schedule: Option<&Schedule>, now: Timestamp) -> Option<Millis> {
    let slots = schedule?.upcoming_after(now).take(MOST_TICKS);
    let slots: Vec<Millis> = slots.map(|slot| slot.as_millisecond()).collect();
    slots.windows(2).map(|pair| pair[1] - pair[0]).min()
}
