//! The load that all schedules make together, from the facts; no IO.

mod around;
mod crowds;

use jiff::Timestamp;
use orrery_schedule::Schedule;
use orrery_view::{
    CronJobRow, Kind, LOAD_MILLIS, LOAD_STEP_MILLIS, Load, LoadLane, LoadMark, Millis, ObjectRef,
    Run,
};

use crate::facts::cronjob::CronJobFacts;
use crate::ledger;
use crate::model::Model;
pub use around::{Around, around};
use crowds::{Starts, crowds};

/// Slots counted in all: a hundred CronJobs of every minute for two days. CronJobs after that are named as uncounted.
const MOST_SLOTS: usize = 300_000;
/// CronJobs drawn one by one, the next to run first; the histogram counts the others, too.
const MOST_LANES: usize = 100;
/// Ticks of a lane on each side of now: one in a quarter of an hour. Denser ones are drawn as a band.
const MOST_TICKS: usize = 96;
/// CronJobs named that start in one minute.
const MOST_NAMED: usize = 12;
const MINUTE: Millis = 60_000;

/// A CronJob of the page, copied out of the model: to count its slots takes longer than anyone should wait.
pub struct Scheduled {
    row: CronJobRow,
    schedule: Option<Schedule>,
    /// When its last runs that ended began, and how; of the first ones only.
    past: Vec<LoadMark>,
    /// How long its runs take; of the first ones only.
    usual: Option<Millis>,
}

/// The CronJobs of these namespaces (none: of all), the next to run first, of a model that was just refreshed.
pub fn shown(model: &Model, namespaces: &[String], now: Timestamp) -> Vec<Scheduled> {
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
    let copied = shown.into_iter().enumerate().map(|(place, facts)| {
        let uid = &facts.row.head.uid;
        let (known, drawn) = (model.book.of_owner(uid), place < MOST_LANES);
        let jobs = model.jobs.rows();
        let known = known.map(|record| record.run(jobs.contains_key(&record.uid)));
        Scheduled {
            past: match drawn {
                true => past(facts, known, now),
                false => Vec::new(),
            },
            usual: ledger::usual(&model.book, Some(uid)).filter(|_| drawn),
            row: facts.row.clone(),
            schedule: facts.schedule.clone(),
        }
    });
    copied.collect()
}

/// Their axis around `now`.
pub fn load(shown: Vec<Scheduled>, now: Timestamp) -> Load {
    let counted = counted(&shown, now);
    let lanes = shown.into_iter().take(MOST_LANES);
    Load {
        lanes: lanes.map(|scheduled| lane(scheduled, now)).collect(),
        ..counted
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
        lanes: Vec::new(),
        total: shown.len() as u32,
        uncounted,
    }
}

/// Slots from `from` on and before `to`; `@every` counts from when it was last seen to run.
fn slots_between(
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
        gap: gap(scheduled.schedule.as_ref(), now),
        row: scheduled.row,
        past: scheduled.past,
        next,
        dense,
        usual: scheduled.usual,
    }
}

/// The shortest time between two of the slots ahead, as far as a lane tells them.
fn gap(schedule: Option<&Schedule>, now: Timestamp) -> Option<Millis> {
    let slots = schedule?.upcoming_after(now).take(MOST_TICKS);
    let slots: Vec<Millis> = slots.map(|slot| slot.as_millisecond()).collect();
    slots.windows(2).map(|pair| pair[1] - pair[0]).min()
}

fn object(row: &CronJobRow) -> ObjectRef {
    ObjectRef {
        kind: Kind::CronJob,
        namespace: row.head.namespace.clone(),
        name: row.head.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::batch::v1::CronJob;

    pub fn model(jobs: &[(&str, &str, bool)], now: Timestamp) -> Model {
        let mut model = Model::default();
        for (name, schedule, suspend) in jobs {
            let object: CronJob = serde_json::from_value(serde_json::json!({
                "metadata": {
                    "name": name, "namespace": "data", "uid": name,
                    "creationTimestamp": "2026-01-01T00:00:00Z",
                },
                "spec": {
                    "schedule": schedule, "suspend": suspend,
                    "jobTemplate": { "spec": { "template": { "spec": { "containers": [] } } } },
                },
            }))
            .expect("a CronJob");
            model.put_cronjob(&object, now);
        }
        model.refresh(Kind::CronJob, now);
        model
    }

    #[test]
    fn thirty_seven_jobs_at_midnight_stand_out() {
        let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
        let names: Vec<String> = (0..37).map(|n| format!("night-{n:02}")).collect();
        let mut jobs: Vec<_> = names
            .iter()
            .map(|name| (name.as_str(), "0 0 * * *", false))
            .collect();
        jobs.push(("hourly", "0 * * * *", false));
        jobs.push(("asleep", "0 0 * * *", true));
        let load = load(shown(&model(&jobs, now), &[], now), now);
        assert_eq!(load.steps.len(), 192, "two days in quarters of an hour");
        assert_eq!(
            load.steps.iter().max(),
            Some(&38),
            "midnight, on the hour, too"
        );
        assert_eq!(
            load.steps.iter().filter(|count| **count == 38).count(),
            2,
            "last night's and the next"
        );
        let crowd = &load.crowds[0];
        assert_eq!(
            (crowd.at, crowd.count),
            (1_795_478_400_000, 38),
            "the suspended one does not start"
        );
        assert_eq!((crowd.some.len(), crowd.again), (MOST_NAMED, 0));
        assert_eq!(load.crowds.len(), 1, "an hour with one start is no crowd");
        assert_eq!((load.total, load.uncounted, load.lanes.len()), (39, 0, 39));
    }

    #[test]
    fn minutes_with_the_same_starts_are_one_crowd() {
        let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
        let jobs = [
            ("a", "* * * * *", false),
            ("b", "* * * * *", false),
            ("c", "0 0 * * *", false),
        ];
        let load = load(shown(&model(&jobs, now), &[], now), now);
        let crowds: Vec<_> = load
            .crowds
            .iter()
            .map(|crowd| (crowd.count, crowd.some.len(), crowd.again > 1_000))
            .collect();
        assert_eq!(crowds, [(3, 3, false), (2, 2, true)]);
    }

    #[test]
    fn a_lane_says_how_long_its_runs_take_and_how_often_they_come() {
        let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
        let jobs = [
            ("hourly", "0,50 * * * *", false),
            ("daily", "0 3 * * *", false),
        ];
        let mut model = model(&jobs, now);
        let end = now.as_millisecond();
        for n in 0..5 {
            let record = ledger::Record {
                uid: format!("run-{n}"),
                owner_uid: "hourly".into(),
                start: end - 90 * MINUTE - n,
                end: end - n,
                ..ledger::Record::default()
            };
            model.book.put(record, end);
        }
        let load = load(shown(&model, &[], now), now);
        let lanes: Vec<_> = load
            .lanes
            .iter()
            .map(|lane| (lane.row.head.name.as_str(), lane.usual, lane.gap))
            .collect();
        let day = 24 * 60 * MINUTE;
        let expected = [
            ("hourly", Some(90 * MINUTE), Some(10 * MINUTE)),
            ("daily", None, Some(day)),
        ];
        assert_eq!(lanes, expected, "the next to run first");
        // their Jobs are gone, all five
        let past = &load.lanes[0].past;
        assert!(past.len() >= 5, "{past:?}");
        assert!(past.iter().all(|mark| mark.job.is_none()), "{past:?}");
        assert!(past.is_sorted_by_key(|mark| mark.at));
    }

    #[test]
    fn dense_lanes_and_namespaces_are_bounded() {
        let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
        let minutely = model(&[("minutely", "* * * * *", false)], now);
        let load = load(shown(&minutely, &[], now), now);
        assert!(load.lanes[0].dense && load.lanes[0].next.len() == MOST_TICKS);
        assert_eq!(
            load.steps,
            vec![1; 192],
            "one of every minute, however many minutes"
        );
        let none = super::load(shown(&minutely, &["shop".into()], now), now);
        assert_eq!(none.total, 0);
    }
}
