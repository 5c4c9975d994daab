//! Made-up shapes of runs.

use orrery_view::*;

use super::{MINUTE, Sample};

impl Sample {
    pub fn schedules(&self) -> Load {
        let rows = if self.empty {
            Vec::new()
        } else {
            self.cronjobs()
        };
        let step = LOAD_STEP_MILLIS;
        let whole = self.now - self.now.rem_euclid(step);
        let object = |row: &CronJobRow| ObjectRef::of(Kind::CronJob, &row.head);
        let some = rows.iter().map(object).collect();
        let overlap = |row: &CronJobRow| Overlap {
            cronjob: object(row),
            why: Lasting::Beyond {
                concurrency: row.concurrency,
                usual: 90 * MINUTE,
                gap: 70 * MINUTE,
            },
        };
        let on = rows.iter().filter(|row| !row.suspend);
        let overlaps = on.map(overlap).collect();
        let lane = |row: CronJobRow| LoadLane {
            past: row
                .strip
                .iter()
                .map(|run| LoadMark {
                    at: run.start.or(run.slot).unwrap_or_default(),
                    outcome: run.outcome,
                    job: run.job.as_ref().map(|job| job.name.clone()),
                })
                .collect(),
            next: (0..20).map(|n| self.now + n * 70 * MINUTE).collect(),
            dense: row.schedule == "* * * * *",
            usual: Some(90 * MINUTE),
            row,
        };
        Load {
            from: whole - LOAD_MILLIS,
            to: whole + LOAD_MILLIS,
            now: self.now,
            steps: (0..192)
                .map(|n| if n % 96 == 39 { 37 } else { 3 + n % 4 })
                .collect(),
            crowds: vec![Crowd {
                at: 1_795_478_400_000,
                count: 37,
                again: 0,
                some,
            }],
            total: u32::try_from(rows.len()).expect("a few rows"),
            lanes: rows.into_iter().map(lane).collect(),
            overlaps,
            timed: true,
            offset: 0,
            uncounted: 0,
        }
    }

    pub fn indexes(&self, job: &JobRow) -> Vec<IndexRun> {
        use IndexState::*;
        let run = |(first, last, state, pod): (u32, u32, IndexState, Option<&str>)| IndexRun {
            first,
            last,
            state,
            pod: pod.map(|pod| format!("{}-{pod}", job.head.name)),
        };
        match job.indexed {
            false => Vec::new(),
            true => [
                (0, 5, Succeeded, None),
                (6, 6, Failed, None),
                (7, 7, Succeeded, None),
                (8, 8, Running, Some("8-x7k2p")),
                (9, 9, Retrying, Some("9-p9d4z")),
                (10, 10, Waiting, Some("10-q2m7c")),
                (11, 11, Open, None),
            ]
            .map(run)
            .into(),
        }
    }

    /// Three lanes, one pod that failed twice with its backoff, one removed, one that waits.
    pub fn spans(&self, job: &JobRow) -> Vec<PodSpan> {
        use SpanState::*;
        let zero = job.start.unwrap_or(job.head.created);
        let end = |secs: Option<i64>| secs.map(|secs| zero + secs * 1_000);
        let span = |(n, (made, ends, state)): (usize, (i64, Option<i64>, SpanState))| PodSpan {
            name: format!("{}-{n}-x7k2p", job.head.name),
            index: job.indexed.then_some(match n {
                4 | 7 => 9,
                n => n as u32,
            }),
            created: zero + made * 1_000,
            start: (state != Waiting).then_some(zero + made * 1_000 + 2_500),
            end: end(ends),
            state,
            gone: state == Stopped,
            restarts: 0,
        };
        [
            (0, Some(62), Succeeded),
            (0, Some(48), Succeeded),
            (1, Some(70), Succeeded),
            (50, Some(121), Succeeded),
            (64, Some(84), Failed),
            (72, Some(139), Succeeded),
            (123, Some(150), Stopped),
            (94, Some(160), Failed),
            (141, None, Running),
            (228, None, Waiting),
        ]
        .into_iter()
        .enumerate()
        .map(span)
        .collect()
    }

    pub fn history(&self) -> Vec<Revision> {
        let revision = |number: i64, pods, current, changes| Revision {
            number,
            name: format!("log-collector-{number}"),
            created: self.now - (4 - number) * 90 * super::MINUTE,
            cause: String::new(),
            pods,
            current,
            changes,
        };
        let change = |path: &str, before: Option<&str>, after: Option<&str>| Change {
            path: path.into(),
            before: before.map(String::from),
            after: after.map(String::from),
        };
        let image = "spec.containers[main].image";
        let level = "spec.containers[main].env[LEVEL].value";
        vec![
            revision(
                3,
                1,
                true,
                vec![
                    change(image, Some("logs:1.4"), Some("logs:1.5")),
                    change(level, None, Some("debug")),
                ],
            ),
            revision(
                2,
                1,
                false,
                vec![change(image, Some("logs:1.3"), Some("logs:1.4"))],
            ),
            revision(1, 0, false, Vec::new()),
        ]
    }

    pub fn day(&self, namespaces: &[String]) -> LastDay {
        if self.empty {
            return LastDay::default();
        }
        if namespaces == ["shop"] {
            return LastDay {
                succeeded: 261,
                failed: 27,
                ..LastDay::default()
            };
        }
        let cronjob = |namespace: &str, name: &str| ObjectRef {
            kind: Kind::CronJob,
            namespace: namespace.into(),
            name: name.into(),
        };
        LastDay {
            known_since: self.now - 41 * 1_440 * super::MINUTE,
            succeeded: 1_187,
            failed: 31,
            replaced: 3,
            slowest: Some((cronjob("data", "backup-postgres"), 41 * super::MINUTE)),
            most_failing: Some((cronjob("shop", "sync-catalog"), 27, 288)),
        }
    }
}
