//! Names of the kinds: in addresses, for kubectl and for people.

use orrery_view::{Counts, Kind};

use crate::{format, lang::Lang, tr};

/// As in `/cronjobs`.
pub fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::CronJob => "cronjobs",
        Kind::Job => "jobs",
        Kind::DaemonSet => "daemonsets",
        Kind::Pod => "pods",
        Kind::Node => "nodes",
        Kind::Event => "events",
    }
}

pub fn of_path(path: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| self::path(*kind) == path)
}

/// As kubectl takes it.
pub fn resource(kind: Kind) -> &'static str {
    path(kind).strip_suffix('s').unwrap_or(path(kind))
}

/// As a rule of a ClusterRole names it: resource and group.
pub fn api(kind: Kind) -> &'static str {
    match kind {
        Kind::CronJob => "cronjobs.batch",
        Kind::Job => "jobs.batch",
        Kind::DaemonSet => "daemonsets.apps",
        Kind::Pod => "pods",
        Kind::Node => "nodes",
        Kind::Event => "events",
    }
}

/// As people say it.
pub fn title(kind: Kind, lang: Lang) -> String {
    match kind {
        Kind::CronJob => tr!(lang, "kind.cronjobs"),
        Kind::Job => tr!(lang, "kind.jobs"),
        Kind::DaemonSet => tr!(lang, "kind.daemonsets"),
        Kind::Pod => tr!(lang, "kind.pods"),
        Kind::Node => tr!(lang, "kind.nodes"),
        Kind::Event => tr!(lang, "kind.events"),
    }
}

/// As people say it of so many: `1 Job`, `2 Jobs`.
pub fn counted(n: u32, kind: Kind, lang: Lang) -> String {
    match (n, lang) {
        (1, Lang::En) => one(kind).into(),
        _ => title(kind, lang),
    }
}

/// `1 pod`, `2 pods`.
pub fn pods(n: usize, lang: Lang) -> String {
    match n {
        1 => tr!(lang, "cover.pods_one"),
        n => tr!(lang, "cover.pods", n = format::number(n)),
    }
}

/// The API's word for one of it.
pub fn one(kind: Kind) -> &'static str {
    match kind {
        Kind::CronJob => "CronJob",
        Kind::Job => "Job",
        Kind::DaemonSet => "DaemonSet",
        Kind::Pod => "Pod",
        Kind::Node => "Node",
        Kind::Event => "Event",
    }
}

/// How many there are; events are not counted.
pub fn count(kind: Kind, counts: &Counts) -> Option<u32> {
    match kind {
        Kind::CronJob => Some(counts.cronjobs),
        Kind::Job => Some(counts.jobs),
        Kind::DaemonSet => Some(counts.daemonsets),
        Kind::Pod => Some(counts.pods),
        Kind::Node => Some(counts.nodes),
        Kind::Event => None,
    }
}
