//! Figures from runs that ended.

use std::collections::BTreeMap;

use orrery_view::{FEWEST_FOR_USUAL, LastDay, Millis, ObjectRef, Outcome, RunStats, STATS_MILLIS};

use super::{Book, Record};

const DAY_MILLIS: Millis = 24 * 3600 * 1000;

/// The figures of a CronJob that is known from `known_since` on.
pub fn stats(book: &Book, cronjob_uid: &str, known_since: Millis, now: Millis) -> RunStats {
    let mut stats = RunStats {
        known_since: book.complete_since(cronjob_uid, known_since),
        ..RunStats::default()
    };
    let (mut durations, mut latencies) = (Vec::new(), Vec::new());
    let recent = |record: &&Record| record.end >= now - STATS_MILLIS;
    for record in book.of_owner(cronjob_uid).take_while(recent) {
        stats.known_since = stats.known_since.min(record.start);
        match record.outcome {
            Outcome::Succeeded => {
                stats.succeeded += 1;
                durations.push(record.duration());
            }
            Outcome::Replaced => stats.replaced += 1,
            Outcome::Deleted => {}
            _ => stats.failed += 1,
        }
        let scheduled = record.trigger == orrery_view::Trigger::Schedule;
        let latency = record.slot.map(|slot| (record.start - slot).max(0));
        latencies.extend(latency.filter(|_| scheduled));
    }
    durations.sort_unstable();
    latencies.sort_unstable();
    RunStats {
        duration_median: rank(&durations, 50),
        duration_p95: rank(&durations, 95),
        latency_median: rank(&latencies, 50),
        latency_p95: rank(&latencies, 95),
        ..stats
    }
}

/// Runs that make a usual: more would remember what a Job took before it changed.
const RUNS_FOR_USUAL: usize = 20;
/// Runs among which those are looked for: each row of a list asks, and a CronJob may have failed for a month.
const MOST_LOOKED_AT: usize = 1_000;

/// How long the latest runs of a Job's CronJob took that succeeded, in the middle; `None` while too few are known.
pub fn usual(book: &Book, owner_uid: Option<&str>) -> Option<Millis> {
    let succeeded = |record: &&Record| record.outcome == Outcome::Succeeded;
    let past = book.of_owner(owner_uid?).take(MOST_LOOKED_AT);
    let past = past.filter(succeeded);
    let mut past: Vec<Millis> = past.take(RUNS_FOR_USUAL).map(Record::duration).collect();
    past.sort_unstable();
    let enough = past.len() >= FEWEST_FOR_USUAL as usize;
    rank(&past, 50).filter(|_| enough)
}

/// The nearest rank: the least value that `percent` of all do not exceed.
fn rank(sorted: &[Millis], percent: usize) -> Option<Millis> {
    let place = (sorted.len() * percent).div_ceil(100);
    sorted.get(place.saturating_sub(1)).copied()
}

/// The 24 hours before `now` in these namespaces; none: in all.
pub fn last_day(book: &Book, namespaces: &[String], now: Millis) -> LastDay {
    let mut day = LastDay {
        known_since: book
            .all_complete_since(namespaces, book.known_since(now))
            .max(now - DAY_MILLIS),
        ..LastDay::default()
    };
    let mut slowest: Option<&Record> = None;
    let mut by_owner: BTreeMap<&str, (&Record, u32, u32)> = BTreeMap::new();
    let here = |record: &&Record| namespaces.is_empty() || namespaces.contains(&record.namespace);
    for record in book.since(now - DAY_MILLIS).filter(here) {
        let failed = record.outcome == Outcome::Failed;
        match record.outcome {
            Outcome::Succeeded => day.succeeded += 1,
            Outcome::Replaced => day.replaced += 1,
            Outcome::Deleted => continue,
            _ => day.failed += 1,
        }
        if slowest.is_none_or(|slowest| record.duration() > slowest.duration()) {
            slowest = Some(record);
        }
        let owner = match record.owner_uid.as_str() {
            "" => &record.uid,
            owner => owner,
        };
        let sum = by_owner.entry(owner).or_insert((record, 0, 0));
        *sum = (record, sum.1 + u32::from(failed), sum.2 + 1);
    }
    day.slowest = slowest.map(|record| (record.page(), record.duration()));
    let worst = by_owner.into_values().filter(|(_, failed, _)| *failed > 0);
    let worst = worst.max_by_key(|(record, failed, runs)| {
        // among equals, whoever fails with fewer runs; then by name, so that it stands still
        (
            *failed,
            std::cmp::Reverse(*runs),
            std::cmp::Reverse(&record.name),
        )
    });
    let page = |record: &Record| -> ObjectRef { record.page() };
    day.most_failing = worst.map(|(record, failed, runs)| (page(record), failed, runs));
    day
}
