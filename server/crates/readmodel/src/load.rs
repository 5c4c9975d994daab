//! The load that all schedules make together, from the facts; no IO.

mod around;
mod crowds;
mod overlaps;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use orrery_schedule::Schedule;
use orrery_view::{
    CronJobRow, Kind, LOAD_MILLIS, LOAD_STEP_MILLIS, Load, LoadLane, LoadMark, LoadQuery, Millis,
    ObjectRef, Run,
};

use crate::facts::cronjob::CronJobFacts;
use crate::ledger;
use crate::model::Model;
pub use around::{Around, around, counts_from};
use crowds::{Starts, crowds};

/// Slots counted in all: a hundred CronJobs of every minute for two days. CronJobs after that are named as uncounted.
const MOST_SLOTS: usize = 300_000;
/// CronJobs drawn one by one, as many as a list has rows; the histogram counts the others, too.
const MOST_LANES: usize = 100;
/// Ticks of a lane on each side of now: one in a quarter of an hour. Denser ones are drawn as a band.
const MOST_TICKS: usize = 96;
/// CronJobs named that start in the same minute as one that is edited.
const MOST_NAMED: usize = 12;
const MINUTE: Millis = 60_000;

/// A CronJob of the page, copied out of the model: to count its slots takes longer than anyone should wait.
pub struct Scheduled {
    row: CronJobRow,
    schedule: Option<Schedule>,
    /// When its last runs that ended began, and how; of those with a lane only.
    past: Vec<LoadMark>,
    /// How long its runs take.
    usual: Option<Millis>,
}

/// The CronJobs that are asked for, the next to run first, of a model that was just refreshed.
pub fn shown(model: &Model, query: &LoadQuery, now: Timestamp) -> Vec<Scheduled> {
    let namespaces = &query.namespaces;
    let mut shown: Vec<&CronJobFacts> = model
        .cronjobs
        .rows()
        .values()
        .filter(|facts| namespaces.is_empty() || namespaces.contains(&facts.row.head.namespace))
        .collect();
    let soonest = |facts: &CronJobFacts| {
        let next = facts.row.next_run.filter(|_| !facts.row.suspend);
        next.unwrap_or(Millis::MAX)
    };
    let key = |facts: &&CronJobFacts| {
        let head = &facts.row.head;
        (soonest(facts), head.name.clone(), head.namespace.clone())
    };
    shown.sort_by_cached_key(key);
    let first = first_lane(query.offset, shown.len());
    let copied = shown.into_iter().enumerate().map(|(place, facts)| {
        let uid = &facts.row.head.uid;
        let (known, drawn) = (
            model.book.of_owner(uid),
            (first..first + MOST_LANES).contains(&place),
        );
        let jobs = model.jobs.rows();
        let known = known.map(|record| record.run(jobs.contains_key(&record.uid)));
        Scheduled {
            past: match drawn {
                true => past(facts, known, now),
                false => Vec::new(),
            },
            usual: ledger::usual(&model.book, Some(uid)),
            row: facts.row.clone(),
            schedule: facts.schedule.clone(),
        }
    });
    copied.collect()
}

/// Their axis around `now`, with lanes from the `offset`th on.
pub fn load(shown: Vec<Scheduled>, offset: u32, now: Timestamp) -> Load {
    let counted = counted(&shown, now);
    let first = first_lane(offset, shown.len());
    let overlaps = overlaps::overlaps(&shown, now);
    let timed = shown.iter().any(|each| each.usual.is_some());
    let lanes = shown.into_iter().skip(first).take(MOST_LANES);
    Load {
        offset: first as u32,
        lanes: lanes.map(|scheduled| lane(scheduled, now)).collect(),
        overlaps,
        timed,
        ..counted
    }
}

/// Of a page beyond the end, that of the last page.
fn first_lane(offset: u32, total: usize) -> usize {
    match offset as usize {
        offset if offset < total => offset,
        _ => total.saturating_sub(1) / MOST_LANES * MOST_LANES,
    }
}

fn counted(shown: &[Scheduled], now: Timestamp) -> Load {
    let now = now.as_millisecond();
    let whole = now - now.rem_euclid(LOAD_STEP_MILLIS);
    let (from, to) = (whole - LOAD_MILLIS, whole + LOAD_MILLIS);
    let mut minutes = vec![Starts::default(); ((to - from) / MINUTE) as usize];
    let (mut slots, mut uncounted) = (0, 0);
    for (place, facts) in shown.iter().enumerate() {
        if facts.row.suspend {
            continue;
        }
        if slots >= MOST_SLOTS {
            uncounted += 1;
            continue;
        }
        let from_its = from.max(facts.row.head.created);
        for slot in slots_between(facts.schedule.as_ref(), from_its, to) {
            slots += 1;
            if let Some(minute) = minutes.get_mut(((slot - from) / MINUTE) as usize) {
                minute.add(place);
            }
        }
    }
    let steps = minutes.chunks((LOAD_STEP_MILLIS / MINUTE) as usize);
    Load {
        from,
        to,
        now,
        steps: steps
            .map(|step| step.iter().map(|minute| minute.count).max().unwrap_or(0))
            .collect(),
        crowds: crowds(shown, &minutes, from, now),
        total: shown.len() as u32,
        uncounted,
        ..Load::default()
    }
}

/// Slots from `from` on and before `to`; `@every` counts from when it was last seen to run.
pub fn slots_between(
    schedule: Option<&Schedule>,
    from: Millis,
    to: Millis,
) -> impl Iterator<Item = Millis> {
    let after = Timestamp::from_millisecond(from - 1).unwrap_or(Timestamp::MIN);
    let slots = schedule
        .into_iter()
        .flat_map(move |schedule| schedule.upcoming_after(after));
    slots
        .map(|slot| slot.as_millisecond())
        .take_while(move |slot| *slot < to)
}

/// The runs on the axis, the newest ones if there are too many.
fn past(facts: &CronJobFacts, ended: impl Iterator<Item = Run>, now: Timestamp) -> Vec<LoadMark> {
    let oldest = now.as_millisecond() - LOAD_MILLIS;
    let at = |run: &Run| run.start.or(run.slot).unwrap_or_default();
    let mut past: Vec<_> = ended
        .take_while(|run| run.end.is_some_and(|end| end >= oldest))
        .take(MOST_TICKS)
        .chain(facts.row.strip.iter().cloned())
        .map(|run| LoadMark {
            at: at(&run),
            outcome: run.outcome,
            job: run.job.map(|job| job.name),
        })
        .filter(|mark| mark.at >= oldest)
        .collect();
    past.sort_by_key(|mark| mark.at);
    past.dedup_by_key(|mark| mark.at);
    past
}

fn lane(scheduled: Scheduled, now: Timestamp) -> LoadLane {
    let millis = now.as_millisecond();
    let slots = slots_between(scheduled.schedule.as_ref(), millis, millis + LOAD_MILLIS);
    let mut next: Vec<Millis> = slots.take(MOST_TICKS + 1).collect();
    let dense = next.len() > MOST_TICKS;
    next.truncate(MOST_TICKS);
    LoadLane {
        row: scheduled.row,
        past: scheduled.past,
        next,
        dense,
        usual: scheduled.usual,
    }
}

fn object(row: &CronJobRow) -> ObjectRef {
    ObjectRef::of(Kind::CronJob, &row.head)
}
