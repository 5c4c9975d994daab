//! Made-up CronJobs, Jobs and DaemonSets.

#![allow(clippy::type_complexity, reason = "rows of a table are tuples")]

use orrery_view::*;

use super::{MINUTE, Sample};

impl Sample {
    pub fn cronjobs(&self) -> Vec<CronJobRow> {
        use CronJobStatus::*;
        let rows = [
            (
                "data",
                "backup-postgres",
                Healthy,
                "0 2 * * *",
                "Every day at 02:00",
                "매일 02:00",
                Some("Asia/Seoul"),
                372,
            ),
            (
                "finance",
                "nightly-report",
                Running,
                "*/5 * * * *",
                "Every 5 minutes",
                "5분마다",
                None,
                3,
            ),
            (
                "shop",
                "sync-catalog",
                Failing,
                "*/5 * * * *",
                "Every 5 minutes",
                "5분마다",
                None,
                2,
            ),
            (
                "platform",
                "rotate-certs",
                Healthy,
                "0 0 1 * *",
                "On the 1st of each month at 00:00",
                "매월 1일 00:00",
                None,
                10_000,
            ),
            (
                "data",
                "etl-orders",
                Skipping,
                "* * * * *",
                "Every minute",
                "매분",
                None,
                1,
            ),
            (
                "growth",
                "mail-digest",
                Suspended,
                "30 7 * * 1-5",
                "Weekdays at 07:30",
                "평일 07:30",
                Some("Europe/Berlin"),
                965,
            ),
            (
                "shop",
                "warm-cache",
                Waiting,
                "@hourly",
                "Every hour",
                "매시간",
                None,
                35,
            ),
        ];
        let row = |(i, (namespace, name, status, schedule, en, ko, zone, next)): (
            usize,
            (
                &str,
                &str,
                CronJobStatus,
                &str,
                &str,
                &str,
                Option<&str>,
                i64,
            ),
        )| {
            let strip = if status == Waiting {
                Vec::new()
            } else {
                self.strip(namespace, name, status, i as i64)
            };
            CronJobRow {
                head: self.head(namespace, name),
                status,
                schedule: schedule.into(),
                sentence: Sentence {
                    en: en.into(),
                    ko: ko.into(),
                },
                time_zone: zone.map(String::from),
                suspend: status == Suspended,
                concurrency: if status == Skipping {
                    Concurrency::Forbid
                } else {
                    Concurrency::Allow
                },
                next_run: Some(self.now + next * MINUTE - 9_000),
                last_run: strip.last().cloned(),
                strip,
                active: u32::from(matches!(status, Running | Skipping)),
                gaps: Vec::new(),
            }
        };
        rows.into_iter().enumerate().map(row).collect()
    }

    pub fn strip(&self, namespace: &str, name: &str, status: CronJobStatus, seed: i64) -> Vec<Run> {
        let run = |n: i64| {
            let outcome = match (status, n) {
                (CronJobStatus::Failing, 8 | 10 | 13 | 15..) => Outcome::Failed,
                (CronJobStatus::Skipping, n) if n % 3 == 1 => Outcome::Skipped,
                (CronJobStatus::Running | CronJobStatus::Skipping, 19) => Outcome::Running,
                _ => Outcome::Succeeded,
            };
            let start = self.now - (20 - n) * 5 * MINUTE;
            let lasts = 20_000 + (n * 7_919 * (seed + 3)) % 60_000;
            let gap = outcome == Outcome::Skipped;
            Run {
                job: (!gap).then(|| ObjectRef {
                    kind: Kind::Job,
                    namespace: namespace.into(),
                    name: format!("{name}-2940{n:02}"),
                }),
                slot: Some(start),
                start: (!gap).then_some(start),
                end: (outcome != Outcome::Running && !gap).then_some(start + lasts),
                outcome,
                manual: n == 11 && !gap,
            }
        };
        (0..20).map(run).collect()
    }

    pub fn jobs(&self) -> Vec<JobRow> {
        use JobStatus::*;
        let rows = [
            (
                "finance",
                "nightly-report-29402341",
                Running,
                "",
                1,
                Some(3),
                1,
                0,
                2,
                None,
            ),
            (
                "finance",
                "nightly-report-manual-k7x2m",
                Complete,
                "",
                1,
                Some(1),
                0,
                0,
                30,
                Some(44),
            ),
            (
                "shop",
                "sync-catalog-29402325",
                Failed,
                "BackoffLimitExceeded",
                0,
                Some(1),
                0,
                3,
                5,
                Some(11),
            ),
            (
                "data",
                "pi-parallel",
                Running,
                "",
                7,
                Some(12),
                3,
                1,
                4,
                None,
            ),
            (
                "data",
                "import-2019",
                Suspended,
                "",
                0,
                Some(1),
                0,
                0,
                90,
                None,
            ),
        ];
        let row = |(
            namespace,
            name,
            status,
            reason,
            succeeded,
            completions,
            active,
            failed,
            ago,
            lasted,
        ): (
            &str,
            &str,
            JobStatus,
            &str,
            u32,
            Option<u32>,
            u32,
            u32,
            i64,
            Option<i64>,
        )| {
            let start = self.now - ago * MINUTE;
            let owner = name
                .rsplit_once("-2940")
                .or(name.rsplit_once("-manual"))
                .map(|(owner, _)| ObjectRef {
                    kind: Kind::CronJob,
                    namespace: namespace.into(),
                    name: owner.into(),
                });
            JobRow {
                head: Head {
                    created: start,
                    ..self.head(namespace, name)
                },
                status,
                reason: reason.into(),
                message: if reason.is_empty() {
                    String::new()
                } else {
                    "Job has reached the specified backoff limit".into()
                },
                owner,
                manual: name.contains("manual"),
                suspend: status == Suspended,
                succeeded,
                completions,
                parallelism: 3,
                active,
                ready: active,
                failed,
                indexed: name.contains("parallel"),
                start: (status != Suspended).then_some(start),
                end: lasted.map(|secs| start + secs * 1_000),
                deadline: name.contains("parallel").then_some(self.now + 11 * MINUTE),
                usual: None,
            }
        };
        rows.into_iter().map(row).collect()
    }

    pub fn daemonsets(&self) -> Vec<DaemonSetRow> {
        let cell = |n: u32, state, why: &str| NodeCell {
            node: format!("node-{n}"),
            state,
            pod: (state == CellState::Ready).then(|| format!("log-collector-{n}xk2p")),
            addresses: if state == CellState::Ready {
                vec![format!("http://127.0.1.{n}:18080")]
            } else {
                Vec::new()
            },
            why: why.into(),
            because: None,
        };
        let row = |name: &str, status, ready, cells, selector: &[&str]| DaemonSetRow {
            head: self.head("default", name),
            status,
            desired: 2,
            current: 2,
            ready,
            updated: 2,
            available: ready,
            misscheduled: 0,
            node_selector: selector.iter().map(|text| String::from(*text)).collect(),
            update_strategy: "RollingUpdate".into(),
            cells,
        };
        use CellState::*;
        vec![
            row(
                "log-collector",
                DaemonSetStatus::Unavailable,
                1,
                vec![
                    cell(1, Ready, ""),
                    cell(2, Pending, "0/1 nodes are available: host port in use"),
                    cell(3, Excluded, "nodeSelector disk=ssd"),
                ],
                &["disk=ssd"],
            ),
            row(
                "node-exporter",
                DaemonSetStatus::Healthy,
                3,
                vec![cell(1, Ready, ""), cell(2, Ready, ""), cell(3, Old, "")],
                &[],
            ),
        ]
    }
}
