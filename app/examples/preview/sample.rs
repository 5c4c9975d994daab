//! A made-up cluster for looking at the pages without one, and for the tests of the first HTML.

#![allow(clippy::type_complexity, reason = "rows of a table are tuples")]

use async_trait::async_trait;
use orrery_app::backend::{AppError, Backend};
use orrery_view::*;

/// 2026-11-23 14:25:09 UTC, on which all the times here stand.
#[allow(
    dead_code,
    reason = "the tests stand on it, the preview on the wall clock"
)]
pub const NOW: Millis = 1_795_443_909_000;
pub const MINUTE: Millis = 60_000;

/// A cluster with a bit of everything, or with nothing at all.
pub struct Sample {
    pub empty: bool,
    pub now: Millis,
}

#[async_trait]
impl Backend for Sample {
    async fn shell(&self) -> Result<Shell, AppError> {
        let counts = Counts {
            cronjobs: 7,
            jobs: 5,
            daemonsets: 2,
            pods: 1204,
            nodes: 3,
        };
        Ok(Shell {
            cluster: "orrery".into(),
            embedded: true,
            version: "v1.36.0".into(),
            namespaces: ["default", "data", "finance", "shop"]
                .map(String::from)
                .into(),
            counts: if self.empty {
                Counts {
                    nodes: 3,
                    ..Counts::default()
                }
            } else {
                counts
            },
            now: self.now,
        })
    }

    async fn page(&self, query: ListQuery) -> Result<Page, AppError> {
        let rows = if self.empty && query.kind != Kind::Node {
            Vec::new()
        } else {
            self.rows(query.kind)
        };
        let mut statuses: Vec<(String, u32)> = Vec::new();
        for row in &rows {
            let name = status(row);
            match statuses.iter_mut().find(|(known, _)| *known == name) {
                Some((_, n)) => *n += 1,
                None => statuses.push((name, 1)),
            }
        }
        let wanted = |row: &Row| {
            query
                .status
                .as_ref()
                .is_none_or(|wanted| *wanted == status(row))
        };
        let named = |row: &Row| row.head().name.contains(&query.text);
        let rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| wanted(row) && named(row))
            .collect();
        let total = u32::try_from(rows.len()).expect("a few rows");
        Ok(Page {
            total,
            statuses,
            rows,
            synced: true,
            now: self.now,
        })
    }

    async fn detail(&self, object: ObjectRef) -> Result<Option<Detail>, AppError> {
        let row = self
            .rows(object.kind)
            .into_iter()
            .find(|row| row.head().name == object.name);
        Ok(row.map(|row| self.around(row)))
    }

    async fn log(&self, _query: LogQuery) -> Result<Vec<LogLine>, AppError> {
        let line = |n: i64| LogLine {
            at: Some(self.now - (60 - n) * 900),
            text: match n % 7 {
                0 => format!("\u{1b}[33mWARN\u{1b}[0m  batch {n}: 2 rows had no customer, skipped"),
                3 => format!(
                    "\u{1b}[31mERROR\u{1b}[0m batch {n}: connection reset by peer, retrying in 2 s"
                ),
                _ => format!(
                    "\u{1b}[32mINFO\u{1b}[0m  batch {n}: 1,000 rows copied to s3://backups/2026-11-23/orders-{n:03}.parquet"
                ),
            },
        };
        Ok((0..60).map(line).collect())
    }

    async fn yaml(&self, object: ObjectRef) -> Result<String, AppError> {
        Ok(format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {}\n  namespace: {}\nspec:\n  schedule: \"*/5 * * * *\"\n",
            object.name, object.namespace
        ))
    }

    async fn trigger(&self, cronjob: ObjectRef, token: String) -> Result<ObjectRef, AppError> {
        Ok(ObjectRef {
            kind: Kind::Job,
            name: format!("{}-manual-{token}", cronjob.name),
            ..cronjob
        })
    }
    async fn suspend(&self, _object: ObjectRef, _suspend: bool) -> Result<(), AppError> {
        Err(AppError::Refused {
            message: "the sample cluster does not change".into(),
        })
    }
    async fn delete(&self, _object: ObjectRef, _cascade: Cascade) -> Result<(), AppError> {
        Ok(())
    }
    async fn rerun(&self, job: ObjectRef, _token: String) -> Result<ObjectRef, AppError> {
        Ok(job)
    }
    async fn restart(&self, _daemonset: ObjectRef) -> Result<(), AppError> {
        Ok(())
    }
    async fn cordon(&self, _node: ObjectRef, _cordon: bool) -> Result<(), AppError> {
        Ok(())
    }
    async fn load_examples(&self, _namespace: String) -> Result<u32, AppError> {
        Ok(6)
    }
}

/// As the read model names them.
fn status(row: &Row) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let json = |value| word(serde_json::to_value(value).expect("an enum"));
    match row {
        Row::CronJob(row) => json(serde_json::to_value(row.status).expect("an enum")),
        Row::Job(row) => json(serde_json::to_value(row.status).expect("an enum")),
        Row::DaemonSet(row) => json(serde_json::to_value(row.status).expect("an enum")),
        Row::Pod(row) => json(serde_json::to_value(row.health).expect("an enum")),
        Row::Node(row) if !row.ready => "notready".into(),
        Row::Node(row) if row.cordoned => "cordoned".into(),
        Row::Node(_) => "ready".into(),
        Row::Event(row) if row.warning => "warning".into(),
        Row::Event(_) => "normal".into(),
    }
}

impl Sample {
    fn rows(&self, kind: Kind) -> Vec<Row> {
        match kind {
            Kind::CronJob => self.cronjobs().into_iter().map(Row::CronJob).collect(),
            Kind::Job => self.jobs().into_iter().map(Row::Job).collect(),
            Kind::DaemonSet => self.daemonsets().into_iter().map(Row::DaemonSet).collect(),
            Kind::Pod => self.pods().into_iter().map(Row::Pod).collect(),
            Kind::Node => self.nodes().into_iter().map(Row::Node).collect(),
            Kind::Event => self.events().into_iter().map(Row::Event).collect(),
        }
    }

    fn head(&self, namespace: &str, name: &str) -> Head {
        Head {
            uid: format!("uid-{namespace}-{name}"),
            namespace: namespace.into(),
            name: name.into(),
            created: self.now - 41 * 1_440 * MINUTE,
            deleting: false,
        }
    }

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
            }
        };
        rows.into_iter().enumerate().map(row).collect()
    }

    fn strip(&self, namespace: &str, name: &str, status: CronJobStatus, seed: i64) -> Vec<Run> {
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
            }
        };
        rows.into_iter().map(row).collect()
    }

    fn daemonsets(&self) -> Vec<DaemonSetRow> {
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

    pub fn pods(&self) -> Vec<PodRow> {
        use PodHealth::*;
        let rows = [
            (
                "finance",
                "nightly-report-29402341-7x2kq",
                "Running",
                Running,
                ContainerState::Running,
                0,
                "node-1",
                "",
            ),
            (
                "shop",
                "sync-catalog-29402325-p9d4z",
                "CrashLoopBackOff",
                Bad,
                ContainerState::Failed,
                4,
                "node-2",
                "back-off 40s restarting failed container=sync",
            ),
            (
                "data",
                "pi-parallel-3-tt8fc",
                "Completed",
                Done,
                ContainerState::Succeeded,
                0,
                "node-3",
                "",
            ),
            (
                "default",
                "log-collector-2xk2p",
                "Pending",
                Waiting,
                ContainerState::Waiting,
                0,
                "",
                "0/3 nodes are available: 1 node(s) didn't have free ports",
            ),
            (
                "default",
                "log-collector-1xk2p",
                "Running",
                Running,
                ContainerState::Running,
                1,
                "node-1",
                "",
            ),
        ];
        let row = |(namespace, name, status, health, state, restarts, node, message): (
            &str,
            &str,
            &str,
            PodHealth,
            ContainerState,
            u32,
            &str,
            &str,
        )| PodRow {
            head: Head {
                created: self.now - 3 * MINUTE,
                ..self.head(namespace, name)
            },
            status: status.into(),
            health,
            message: message.into(),
            ready: u32::from(state == ContainerState::Running),
            total: 1,
            containers: vec![ContainerDot {
                name: "main".into(),
                state,
                ready: true,
                reason: if restarts > 3 {
                    "Error, exit code 1".into()
                } else {
                    String::new()
                },
            }],
            restarts,
            last_restart: None,
            node: node.into(),
            ip: if node.is_empty() {
                String::new()
            } else {
                "127.1.0.7".into()
            },
            owner: name.rsplit_once('-').map(|(owner, _)| ObjectRef {
                kind: if owner == "log-collector" {
                    Kind::DaemonSet
                } else {
                    Kind::Job
                },
                namespace: namespace.into(),
                name: owner.into(),
            }),
            index: None,
            start: Some(self.now - 3 * MINUTE),
            end: None,
            addresses: if restarts == 1 {
                vec!["http://127.0.1.1:18080".into()]
            } else {
                Vec::new()
            },
        };
        rows.into_iter().map(row).collect()
    }

    fn nodes(&self) -> Vec<NodeRow> {
        let node = |n: usize| NodeRow {
            head: self.head("", &format!("node-{n}")),
            ready: n != 3,
            message: if n == 3 {
                "NodeStatusUnknown: Kubelet stopped posting node status.".into()
            } else {
                String::new()
            },
            cordoned: n == 2,
            roles: Vec::new(),
            taints: if n == 2 {
                vec!["node.kubernetes.io/unschedulable:NoSchedule".into()]
            } else {
                Vec::new()
            },
            labels: vec![format!("kubernetes.io/hostname=node-{n}")],
            address: format!("127.0.1.{n}"),
            version: "v1.36.0".into(),
            pods: self
                .pods()
                .into_iter()
                .cycle()
                .take(14 / n)
                .map(|pod| PodSquare {
                    namespace: pod.head.namespace,
                    name: pod.head.name,
                    health: pod.health,
                    status: pod.status,
                })
                .collect(),
            pod_capacity: 110,
        };
        (1..=3).map(node).collect()
    }

    pub fn events(&self) -> Vec<EventRow> {
        let event = |(i, (warning, reason, message, object, count)): (
            usize,
            (bool, &str, &str, &str, u32),
        )| EventRow {
            head: self.head("data", &format!("event-{i}")),
            warning,
            reason: reason.into(),
            message: message.into(),
            object: object.into(),
            link: Some(ObjectRef {
                kind: Kind::CronJob,
                namespace: "data".into(),
                name: "etl-orders".into(),
            }),
            source: "cronjob-controller".into(),
            count,
            first: self.now - 9 * MINUTE,
            last: self.now - i as i64 * MINUTE,
        };
        [
            (false, "SuccessfulCreate", "Created job etl-orders-29402341", "cronjob/etl-orders", 1),
            (false, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid", "cronjob/etl-orders", 7),
            (true, "BackoffLimitExceeded", "Job has reached the specified backoff limit", "job/sync-catalog-29402325", 1),
        ]
        .into_iter()
        .enumerate()
        .map(event)
        .collect()
    }
}
