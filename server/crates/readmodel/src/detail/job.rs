//! The shape of a Job's run: its indexes and its pods over time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use orrery_view::{
    Condition, ContainerState, Detail, IndexRun, IndexState, JobRow, JobStatus, Millis, PodHealth,
    PodRow, PodSpan, SpanState,
};

use crate::facts::pod::PodFacts;

/// Steps in which the picture of a running Job moves on: finer than a reader sees.
const STEPS: i64 = 100;
const SECOND: Millis = 1_000;

/// Every index of an Indexed Job, run-length (JOB-70). What the status has counted wins over what pods say.
pub fn indexes<'a>(
    job: &JobRow,
    completed: &str,
    failed: &str,
    pods: impl Iterator<Item = &'a PodFacts>,
    gone: impl Iterator<Item = &'a PodSpan>,
) -> Vec<IndexRun> {
    let completions = job.completions.unwrap_or(0);
    if !job.indexed || completions == 0 {
        return Vec::new();
    }
    let mut known: Vec<IndexRun> = Vec::new();
    known.extend(ranges(completed).map(|range| run(range, IndexState::Succeeded)));
    known.extend(ranges(failed).map(|range| run(range, IndexState::Failed)));
    known.sort_by_key(|run| run.first);
    let counted = known.len();
    let mut newest: BTreeMap<u32, &PodFacts> = BTreeMap::new();
    for pod in pods {
        let Some(index) = pod.row.index else { continue };
        let best = newest.entry(index).or_insert(pod);
        if rank(pod) > rank(best) {
            *best = pod;
        }
    }
    let over = matches!(job.status, JobStatus::Failed | JobStatus::Complete);
    for (index, pod) in newest {
        let name = Some(pod.row.head.name.clone());
        match at(&known[..counted], index) {
            Some(place) if known[place].first == known[place].last => known[place].pod = name,
            Some(_) => {}
            None => known.push(IndexRun {
                pod: name,
                ..run((index, index), index_state(pod, over))
            }),
        }
    }
    known.sort_by_key(|run| run.first);
    let of_gone = gone.filter(|span| over && span.state == SpanState::Stopped);
    let of_gone: BTreeSet<u32> = of_gone.filter_map(|span| span.index).collect();
    let unknown = of_gone.into_iter();
    let unknown = unknown.filter(|index| at(&known, *index).is_none());
    let stopped: Vec<_> = unknown
        .map(|index| run((index, index), IndexState::Stopped))
        .collect();
    known.extend(stopped);
    known.retain(|run| run.first < completions);
    known.sort_by_key(|run| run.first);
    filled(known, completions)
}

/// Which of the runs, sorted and apart, an index is in: there are thousands of both.
fn at(runs: &[IndexRun], index: u32) -> Option<usize> {
    let after = runs.partition_point(|run| run.first <= index);
    let place = after.checked_sub(1)?;
    (index <= runs[place].last).then_some(place)
}

/// An index's live pod tells its state, else the last that was made.
fn rank(pod: &PodFacts) -> (bool, Millis, &str) {
    (!pod.finished, pod.row.head.created, &pod.row.head.name)
}

fn index_state(pod: &PodFacts, over: bool) -> IndexState {
    match span_state(pod) {
        SpanState::Succeeded => IndexState::Succeeded,
        SpanState::Running => IndexState::Running,
        SpanState::Waiting => IndexState::Waiting,
        SpanState::Stopped => IndexState::Stopped,
        SpanState::Failed if over => IndexState::Failed,
        SpanState::Failed => IndexState::Retrying,
    }
}

/// The runs with the holes between them as open ones.
fn filled(known: Vec<IndexRun>, completions: u32) -> Vec<IndexRun> {
    let (mut all, mut next) = (Vec::with_capacity(known.len() * 2 + 1), 0);
    for mut run in known {
        run.first = run.first.max(next);
        run.last = run.last.min(completions - 1);
        if run.first > run.last {
            continue;
        }
        if run.first > next {
            all.push(self::run((next, run.first - 1), IndexState::Open));
        }
        next = run.last + 1;
        all.push(run);
    }
    if next < completions {
        all.push(run((next, completions - 1), IndexState::Open));
    }
    all
}

fn run((first, last): (u32, u32), state: IndexState) -> IndexRun {
    IndexRun {
        first,
        last,
        state,
        pod: None,
    }
}

/// `0-2,5`; what is no number is left out.
fn ranges(text: &str) -> impl Iterator<Item = (u32, u32)> {
    text.split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first <= last).then_some((first, last))
    })
}

/// The spans of the pods that are gone and of those that are there, in the order in which they were made.
pub fn spans<'a>(
    gone: impl Iterator<Item = &'a PodSpan>,
    pods: impl Iterator<Item = &'a PodFacts>,
) -> Vec<PodSpan> {
    let mut all: Vec<PodSpan> = gone
        .cloned()
        .chain(pods.map(|pod| span(pod, None)))
        .collect();
    all.sort_by(|a, b| (a.created, &a.name).cmp(&(b.created, &b.name)));
    all
}

/// A pod as a span; `removed` is when it was taken away.
pub fn span(pod: &PodFacts, removed: Option<Millis>) -> PodSpan {
    let row = &pod.row;
    let state = match span_state(pod) {
        SpanState::Waiting | SpanState::Running if removed.is_some() => SpanState::Stopped,
        state => state,
    };
    // A pod that failed without a container (evicted, never admitted) has no end of its own.
    let fallback = match state {
        SpanState::Failed => removed.or(row.start).or(Some(row.head.created)),
        _ => removed,
    };
    PodSpan {
        name: row.head.name.clone(),
        index: row.index,
        created: row.head.created,
        start: row.start,
        end: row.end.or(fallback),
        state,
        gone: removed.is_some(),
        restarts: row.restarts,
    }
}

fn span_state(pod: &PodFacts) -> SpanState {
    match pod.row.health {
        PodHealth::Done if pod.finished => SpanState::Succeeded,
        _ if pod.stopped => SpanState::Stopped,
        _ if pod.finished => SpanState::Failed,
        _ if pod.row.start.is_some() && has_begun(&pod.row) => SpanState::Running,
        _ => SpanState::Waiting,
    }
}

/// A container of it runs or ran.
fn has_begun(row: &PodRow) -> bool {
    let mut containers = row.containers.iter();
    row.restarts > 0 || containers.any(|container| container.state != ContainerState::Waiting)
}

/// To where the picture reaches; a suspended or finished Job stands still.
pub fn seen(job: &JobRow, suspended: Option<Millis>, now: Timestamp) -> Millis {
    if let Some(still) = job.end.or(suspended) {
        return still;
    }
    let start = job.start.unwrap_or(job.head.created);
    let lasted = (now.as_millisecond() - start).max(0);
    let seconds = (lasted / STEPS / SECOND).max(1);
    let step = (seconds as u64).next_power_of_two() as i64 * SECOND;
    start + (lasted / step + 1) * step
}

/// When the picture of what runs moves on by itself.
pub fn moves_at(detail: &Detail) -> Option<Millis> {
    let Detail::Job(job) = detail else {
        return None;
    };
    let runs = matches!(
        job.row.status,
        JobStatus::Running | JobStatus::Failing | JobStatus::Terminating
    );
    // the picture of a suspended one stands still, whatever else becomes of it
    let is_suspended =
        |condition: &Condition| condition.type_ == "Suspended" && condition.status == "True";
    let stands = job.row.end.is_some() || job.conditions.iter().any(is_suspended);
    (runs && !stands && job.row.start.is_some()).then_some(job.seen)
}

#[cfg(test)]
mod tests {
    use std::iter::empty;

    use super::*;

    fn job(completions: u32) -> JobRow {
        JobRow {
            head: orrery_view::Head::default(),
            status: JobStatus::Running,
            reason: String::new(),
            message: String::new(),
            owner: None,
            manual: false,
            suspend: false,
            succeeded: 0,
            completions: Some(completions),
            parallelism: 1,
            active: 0,
            ready: 0,
            failed: 0,
            indexed: true,
            start: Some(0),
            end: None,
            deadline: None,
            usual: None,
        }
    }

    #[test]
    fn a_hundred_thousand_indexes_are_a_few_runs() {
        let runs = indexes(&job(100_000), "0-4,7,99990-200000", "5", empty(), empty());
        let said: Vec<_> = runs.iter().map(|r| (r.first, r.last, r.state)).collect();
        let expected = [
            (0, 4, IndexState::Succeeded),
            (5, 5, IndexState::Failed),
            (6, 6, IndexState::Open),
            (7, 7, IndexState::Succeeded),
            (8, 99_989, IndexState::Open),
            (99_990, 99_999, IndexState::Succeeded),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_pod_of_a_counted_index_is_found_among_many() {
        let gone = |index| PodSpan {
            name: "gone".to_owned(),
            index: Some(index),
            created: 0,
            start: None,
            end: None,
            state: SpanState::Stopped,
            gone: true,
            restarts: 0,
        };
        let over = JobRow {
            status: JobStatus::Failed,
            ..job(12)
        };
        // two of them are counted, and one is there twice
        let all = [3, 5, 8, 8].map(gone);
        let runs = indexes(&over, "6-9,0-1", "5", empty(), all.iter());
        let said: Vec<_> = runs.iter().map(|r| (r.first, r.last, r.state)).collect();
        let expected = [
            (0, 1, IndexState::Succeeded),
            (2, 2, IndexState::Open),
            (3, 3, IndexState::Stopped),
            (4, 4, IndexState::Open),
            (5, 5, IndexState::Failed),
            (6, 9, IndexState::Succeeded),
            (10, 11, IndexState::Open),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn indexes_that_cannot_be_read_are_open() {
        let runs = indexes(&job(3), "x,2-1,-", "", empty(), empty());
        assert_eq!(runs, [run((0, 2), IndexState::Open)]);
    }

    #[test]
    fn what_runs_is_drawn_to_now_and_what_ended_to_its_end() {
        let at = |secs: i64| Timestamp::from_millisecond(secs * SECOND).expect("a time");
        for (sentence, end, suspended, now, expected) in [
            (
                "a running Job moves each second at first",
                None,
                None,
                30,
                31_000,
            ),
            (
                "later in steps that stay under a hundredth or so",
                None,
                None,
                1_000,
                1_008_000,
            ),
            (
                "a failed Job stands at its end",
                Some(5_000),
                None,
                900,
                5_000,
            ),
            (
                "a suspended one where it was suspended",
                None,
                Some(7_000),
                900,
                7_000,
            ),
        ] {
            let job = JobRow { end, ..job(1) };
            assert_eq!(seen(&job, suspended, at(now)), expected, "{sentence}");
        }
    }
}
