//! What the overview asks for.

use orrery_view::{Kind, ListQuery, Sort, SortBy};

/// Small windows: the overview is a glance, and every card leads to the whole list.
pub fn queries(namespaces: &[String]) -> Vec<ListQuery> {
    let of = |kind, status: Option<&str>, by, descending, limit| ListQuery {
        namespaces: namespaces.to_vec(),
        status: status.map(String::from),
        sort: Sort { by, descending },
        limit,
        ..ListQuery::of(kind)
    };
    vec![
        // the worst first
        of(Kind::CronJob, None, SortBy::Status, false, 30),
        of(Kind::DaemonSet, None, SortBy::Status, false, 12),
        of(Kind::Node, None, SortBy::Status, false, 60),
        // the newest first
        of(Kind::Job, Some("failed"), SortBy::LastRun, true, 20),
        of(Kind::Job, Some("failing"), SortBy::LastRun, true, 8),
        of(Kind::Job, Some("running"), SortBy::LastRun, true, 12),
        // what is stuck began first
        of(Kind::Job, Some("running"), SortBy::LastRun, false, 12),
        of(Kind::Pod, Some("bad"), SortBy::Age, false, 20),
        // the soonest first
        of(Kind::CronJob, None, SortBy::NextRun, false, 12),
    ]
}
