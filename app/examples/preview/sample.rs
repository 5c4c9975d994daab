//! A made-up cluster for looking at the pages without one, and for the tests of the first HTML.

use async_trait::async_trait;
use orrery_app::action::Done;
use orrery_app::backend::{AppError, Backend, Machines};
use orrery_app::forms::draft::Settings;
use orrery_app::forms::drain::{Consent, Leaving};
use orrery_app::forms::evict::Evicting;
use orrery_app::forms::manifest::{About, Document, Offers, Replaced};
use orrery_app::forms::marks::{Changes, Marks};
use orrery_app::forms::outlook::{Edited, Outlook};
use orrery_app::forms::slots::{Fill, Filled, Retried, Slot, Slots, job_name};
use orrery_app::overrides::Overrides;
use orrery_app::permit::{Denied, Need, Permits, Verb};
use orrery_app::terminal;
use orrery_view::*;

#[path = "sample/cluster.rs"]
mod cluster;
#[path = "sample/manifests.rs"]
mod manifests;
#[path = "sample/nodes.rs"]
mod nodes;
#[path = "sample/runs.rs"]
mod runs;
#[path = "sample/workloads.rs"]
mod workloads;

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
            ..Shell::default()
        })
    }

    /// Nothing is denied but a terminal and a change of a CronJob in the namespace `locked`.
    async fn permits(&self, namespaces: &[String]) -> Permits {
        let is_locked = |namespace: &&String| namespace.as_str() == "locked";
        let needs = |namespace: &String| {
            let patch = Need {
                verb: Verb::Patch,
                kind: Kind::CronJob,
                namespace: namespace.clone(),
            };
            [terminal::need(namespace), patch]
        };
        let needs = namespaces.iter().filter(is_locked).flat_map(needs);
        let denied = needs.map(|need| Denied {
            need,
            reason: "no rule allows it".into(),
        });
        Permits {
            read_only: false,
            denied: denied.collect(),
            machines: true,
        }
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
            unread_labels: (query.labels == "app in (").then(|| "found '', expected: ')'".into()),
            pulse: (query.kind == Kind::Event && !self.empty).then(|| Pulse {
                from: self.now - 60 * MINUTE,
                step: MINUTE,
                steps: (0..60).map(|n| (n % 4, u32::from(n == 40))).collect(),
            }),
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

    async fn load(&self, _query: LoadQuery) -> Result<Load, AppError> {
        Ok(self.schedules())
    }

    async fn last_day(&self, namespaces: Vec<String>) -> Result<LastDay, AppError> {
        Ok(self.day(&namespaces))
    }

    async fn log(&self, query: LogQuery) -> Result<Vec<LogLine>, AppError> {
        let of = |n: i64| {
            (query.object.kind != Kind::Pod).then(|| LogPod {
                name: format!(
                    "{}-{}",
                    query.object.name,
                    ["x7k2p", "9dqmz"][n as usize % 2]
                ),
                place: n as u16 % 2,
            })
        };
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
            level: match n % 7 {
                0 => Some(Level::Warn),
                3 => Some(Level::Error),
                _ => Some(Level::Info),
            },
            pod: of(n),
        };
        let mut lines: Vec<_> = (0..60).map(line).collect();
        lines.retain(|line| line.level >= query.level);
        lines.push(LogLine {
            text: r#"{"level":"error","msg":"batch 61 failed","rows":[1,2]}"#.into(),
            level: Some(Level::Error),
            ..line(61)
        });
        Ok(lines)
    }

    async fn yaml(&self, object: ObjectRef) -> Result<String, AppError> {
        Ok(format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {}\n  namespace: {}\nspec:\n  schedule: \"*/5 * * * *\"\n",
            object.name, object.namespace
        ))
    }

    async fn source(&self, object: ObjectRef) -> Result<String, AppError> {
        self.yaml(object).await
    }

    async fn explain(&self, text: String, line: u32) -> Option<About> {
        manifests::explain(&text, line)
    }

    async fn offers(&self, text: String, cursor: usize) -> Option<Offers> {
        manifests::offers(&text, cursor)
    }

    async fn create(
        &self,
        text: String,
        namespace: String,
        _token: String,
        dry_run: bool,
    ) -> Result<Vec<Document>, AppError> {
        Ok(manifests::create(&text, &namespace, dry_run))
    }

    async fn replace(
        &self,
        object: ObjectRef,
        text: String,
        was: String,
        dry_run: bool,
    ) -> Result<Replaced, AppError> {
        let theirs = self.yaml(object).await?;
        Ok(manifests::replace(theirs, &text, &was, dry_run))
    }

    async fn trigger(&self, cronjob: ObjectRef, token: String) -> Result<ObjectRef, AppError> {
        Ok(ObjectRef {
            kind: Kind::Job,
            name: format!("{}-manual-{token}", cronjob.name),
            ..cronjob
        })
    }
    async fn trigger_with(
        &self,
        cronjob: ObjectRef,
        _overrides: Overrides,
        token: String,
        dry_run: bool,
    ) -> Result<Done, AppError> {
        if dry_run {
            let diff = " spec:\n-  parallelism: 1\n+  parallelism: 2\n".into();
            return Ok(Done {
                diff,
                ..Done::default()
            });
        }
        Ok(Done {
            made: Some(self.trigger(cronjob, token).await?),
            count: 1,
            ..Done::default()
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
    async fn pause(&self, _daemonset: ObjectRef, _pause: bool) -> Result<(), AppError> {
        Ok(())
    }
    async fn settings(&self, _: ObjectRef) -> Result<(Settings, i64), AppError> {
        let settings = Settings {
            schedule: "0 2 * * *".into(),
            zone: Some("Asia/Seoul".into()),
            deadline_secs: Some(600),
            ..Settings::default()
        };
        Ok((settings, 3))
    }
    async fn outlook(
        &self,
        _: ObjectRef,
        schedule: String,
        zone: Option<String>,
    ) -> Result<Outlook, AppError> {
        let hour = 60 * MINUTE;
        let values = [
            vec![0],
            vec![2],
            (1..32).collect(),
            (1..13).collect(),
            (0..7).collect(),
        ];
        Ok(Outlook {
            unreadable: (schedule == "nonsense").then(|| "expected exactly 5 fields".into()),
            sentence: Sentence {
                en: "Every day at 02:00".into(),
                ko: "매일 02:00".into(),
            },
            zone: zone.unwrap_or_else(|| "UTC".into()),
            next: (1..11).map(|n| self.now + n * hour).collect(),
            values: Some(values),
            gap: Some(hour),
            a_day: 24,
            company: Some((1_795_478_400_000, 37, vec!["nightly-report".into()])),
            usual: Some(90 * MINUTE),
            now: self.now,
            ..Outlook::default()
        })
    }
    async fn edit(
        &self,
        cronjob: ObjectRef,
        mine: Settings,
        was: Settings,
        generation: i64,
        dry_run: bool,
    ) -> Result<Edited, AppError> {
        let (mut now, current) = self.settings(cronjob).await?;
        now.zone = None;
        if mine == was && !dry_run {
            return Ok(Edited::Same);
        }
        Ok(match (generation == current, dry_run) {
            (false, _) if was != now => Edited::Changed(Box::new(now), current),
            (_, true) => {
                Edited::Rehearsed("-  schedule: 0 2 * * *\n+  schedule: 0 3 * * *\n".into())
            }
            _ => Edited::Saved,
        })
    }
    /// `yearly` has none, and of `young` nothing counts yet.
    async fn slots(&self, cronjob: ObjectRef, period: i64) -> Result<Slots, AppError> {
        let all = match cronjob.name.as_str() {
            "yearly" => vec![],
            "young" => vec![None; 3],
            _ => vec![Some(Outcome::Failed), Some(Outcome::Missed), None],
        };
        let slot = |(n, outcome): (i64, &Option<Outcome>)| Slot {
            at: 1_795_478_400_000 + n * 60 * MINUTE,
            outcome: *outcome,
        };
        Ok(Slots {
            slots: (0..).zip(&all).map(slot).collect(),
            fine: match cronjob.name.as_str() {
                "yearly" | "young" => 0,
                _ => u32::try_from(period / (60 * MINUTE)).expect("a few hours") - 3,
            },
            made: match cronjob.name.as_str() {
                "young" => 1_795_478_400_000 + 180 * MINUTE,
                _ => 0,
            },
            more: false,
            policy: Concurrency::Forbid,
            zone: "Asia/Seoul".into(),
        })
    }
    async fn backfill(
        &self,
        cronjob: ObjectRef,
        fill: Fill,
        _dry_run: bool,
    ) -> Result<Vec<Filled>, AppError> {
        let filled = fill.slots.iter().enumerate().map(|(n, slot)| Filled {
            slot: *slot,
            job: match n {
                0 => Ok(ObjectRef {
                    kind: Kind::Job,
                    name: job_name(&cronjob.name, *slot, &fill.token),
                    ..cronjob.clone()
                }),
                _ => Err("exceeded quota: jobs".into()),
            },
        });
        Ok(filled.collect())
    }
    async fn retry(
        &self,
        job: ObjectRef,
        token: String,
        dry_run: bool,
    ) -> Result<Retried, AppError> {
        Ok(Retried {
            made: (!dry_run).then(|| ObjectRef {
                name: format!("{}-retry-{token}", job.name),
                ..job
            }),
            indexes: "1,3-5".into(),
            count: 4,
        })
    }
    async fn undo(&self, _: ObjectRef, revision: i64, dry_run: bool) -> Result<Done, AppError> {
        let diff = match revision {
            1 => " image: logs\n-tag: 2\n+tag: 1\n".into(),
            _ => String::new(),
        };
        Ok(Done {
            diff: if dry_run { diff } else { String::new() },
            ..Done::default()
        })
    }
    async fn cordon(&self, _node: ObjectRef, _cordon: bool) -> Result<(), AppError> {
        Ok(())
    }
    async fn drain(
        &self,
        node: ObjectRef,
        consent: Consent,
        dry_run: bool,
    ) -> Result<Vec<Leaving>, AppError> {
        Ok(nodes::drain(&node, consent, dry_run))
    }
    async fn evict(&self, pod: ObjectRef, _dry_run: bool) -> Result<Evicting, AppError> {
        Ok(nodes::evict(&pod))
    }
    async fn marks(&self, node: ObjectRef) -> Result<Marks, AppError> {
        Ok(nodes::marks(node))
    }
    async fn set_marks(
        &self,
        _node: ObjectRef,
        changes: Changes,
        _dry_run: bool,
    ) -> Result<Done, AppError> {
        nodes::set_marks(&changes)
    }
    fn machines(&self) -> Option<&dyn Machines> {
        Some(self)
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
    pub fn rows(&self, kind: Kind) -> Vec<Row> {
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
}
