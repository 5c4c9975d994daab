//! Made-up pods, nodes and events.

#![allow(clippy::type_complexity, reason = "rows of a table are tuples")]

use orrery_view::*;

use super::{MINUTE, Sample};

impl Sample {
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
                    "Error".into()
                } else {
                    String::new()
                },
                exit: (restarts > 3).then_some(Exit::Code(1)),
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

    pub fn nodes(&self) -> Vec<NodeRow> {
        let node = |n: usize| NodeRow {
            head: self.head("", &format!("node-{n}")),
            ready: n != 3,
            message: if n == 3 {
                "NodeStatusUnknown: Kubelet stopped posting node status.".into()
            } else {
                String::new()
            },
            cordoned: n == 2,
            off: n == 3,
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
