//! The details around the sample's rows.

use orrery_view::*;

use super::sample::{MINUTE, Sample};

impl Sample {
    pub fn around(&self, row: Row) -> Detail {
        let common = Common {
            labels: vec!["team=data".into()],
            annotations: vec![("note".into(), "after the fix".into())],
            events: self.events(),
        };
        let template = Template {
            containers: vec![TemplateContainer {
                name: "main".into(),
                image: "busybox:1.28".into(),
                command: ["/bin/sh", "-c", "date; echo Hello"]
                    .map(String::from)
                    .into(),
            }],
            restart_policy: "OnFailure".into(),
        };
        let condition = |type_: &str, status: &str, reason: &str| Condition {
            type_: type_.into(),
            status: status.into(),
            reason: reason.into(),
            message: String::new(),
            since: Some(self.now - 3 * MINUTE),
        };
        match row {
            Row::CronJob(row) => Detail::CronJob(CronJobDetail {
                upcoming: (1..=5).map(|n| self.now + n * 5 * MINUTE - 9_000).collect(),
                runs: self.jobs(),
                starting_deadline_secs: Some(60),
                successful_history: 3,
                failed_history: 1,
                idle: None,
                stats: RunStats::default(),
                timeline: row.strip.clone(),
                past: vec![PastRun {
                    name: "backup-29000000".into(),
                    run: Run {
                        job: None,
                        start: Some(self.now - 90 * MINUTE),
                        end: Some(self.now - 80 * MINUTE),
                        outcome: Outcome::Failed,
                        ..Run::default()
                    },
                    trigger: Trigger::Manual,
                    by: "ada".into(),
                    because: "after the fix".into(),
                    reason: "BackoffLimitExceeded".into(),
                    message: String::new(),
                    node: "node-2".into(),
                    exit_code: Some(3),
                    log: vec!["connecting".into(), "connection refused".into()],
                }],
                not_run: row
                    .strip
                    .iter()
                    .rev()
                    .filter(|run| run.job.is_none())
                    .map(|run| NotRun {
                        slot: run.slot.unwrap_or_default(),
                        outcome: run.outcome,
                        why: SlotWhy::Unknown,
                    })
                    .collect(),
                row,
                common,
                template,
            }),
            Row::Job(row) => Detail::Job(JobDetail {
                conditions: vec![
                    condition("Complete", "False", ""),
                    condition("Failed", "False", ""),
                ],
                pods: self.pods(),
                backoff_limit: 6,
                rules: [
                    ("completionMode", "Indexed"),
                    ("podFailurePolicy", "FailJob: exit code in 42"),
                    ("podFailurePolicy", "Ignore: DisruptionTarget"),
                ]
                .map(|(field, rule)| (field.into(), rule.into()))
                .into(),
                active_deadline_secs: Some(900),
                ttl_secs: Some(600),
                expires: None,
                completed_indexes: "0-6".into(),
                failed_indexes: String::new(),
                indexes: self.indexes(&row),
                spans: self.spans(&row),
                seen: self.now + 1_000,
                stuck: Vec::new(),
                row,
                common,
                template,
            }),
            Row::DaemonSet(row) => Detail::DaemonSet(DaemonSetDetail {
                pods: self.pods(),
                max_unavailable: "1".into(),
                max_surge: "0".into(),
                stuck: Vec::new(),
                history: self.history(),
                row,
                common,
                template,
            }),
            Row::Pod(row) => Detail::Pod(PodDetail {
                conditions: vec![
                    condition("Ready", "False", "ContainersNotReady"),
                    condition("PodScheduled", "True", ""),
                ],
                containers: vec![ContainerDetail {
                    name: "main".into(),
                    image: "busybox:1.28".into(),
                    init: false,
                    command: vec!["/bin/sh".into(), "-c".into(), "exit 1".into()],
                    dot: row.containers[0].clone(),
                    message: String::new(),
                    exit_code: Some(1),
                    started: Some(self.now - 2 * MINUTE),
                    finished: Some(self.now - MINUTE),
                    restarts: row.restarts,
                    last: (row.restarts > 0).then(|| LastRun {
                        reason: "Error".into(),
                        exit_code: 1,
                        finished: Some(self.now - MINUTE),
                    }),
                    env: vec![("POD_IP".into(), "127.1.0.7".into())],
                    mounts: vec![("logs".into(), "/var/log".into())],
                    ports: vec!["8080/TCP → host 18080".into()],
                }],
                restart_policy: "Always".into(),
                host_ip: "127.0.1.1".into(),
                qos: "BestEffort".into(),
                why: Vec::new(),
                volumes: vec!["logs (emptyDir)".into()],
                row,
                common,
            }),
            Row::Node(row) => Detail::Node(NodeDetail {
                conditions: vec![
                    condition("Ready", "True", "KubeletReady"),
                    condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                ],
                pods: self.pods(),
                resources: vec![
                    ("cpu".into(), "4".into(), "1500m".into()),
                    ("memory".into(), "8Gi".into(), "2Gi".into()),
                ],
                info: vec![(
                    "Runtime".into(),
                    "orrery-process (namespaces: user, mount, pid)".into(),
                )],
                row,
                common,
            }),
            Row::Event(_) => unreachable!("events have no page"),
        }
    }
}
