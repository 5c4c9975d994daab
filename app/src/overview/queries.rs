//! What the overview asks for.

use orrery_view::{Kind, ListQuery, Sort, SortBy};

use crate::address;

/// What an address says that leads to all that needs attention.
pub const WHOLE: (&str, &str) = ("attention", "all");

/// Small windows: the overview is a glance, and every card leads to the whole list. `whole`: those that tell what needs
/// attention have as much as a page of a list has.
pub fn queries(namespaces: &[String], whole: bool) -> Vec<ListQuery> {
    let told = |limit| if whole { address::ROWS } else { limit };
    let of = |kind, status: Option<&str>, by, descending, limit| ListQuery {
        namespaces: namespaces.to_vec(),
        status: status.map(String::from),
        sort: Sort { by, descending },
        limit,
        ..ListQuery::of(kind)
    };
    vec![
        // the worst first
        of(Kind::CronJob, None, SortBy::Status, false, told(30)),
        of(Kind::DaemonSet, None, SortBy::Status, false, told(12)),
        of(Kind::Node, None, SortBy::Status, false, 60),
        // the newest first
        of(Kind::Job, Some("failed"), SortBy::LastRun, true, told(20)),
        of(Kind::Job, Some("failing"), SortBy::LastRun, true, told(8)),
        of(Kind::Job, Some("running"), SortBy::LastRun, true, 12),
        // what is stuck began first
        of(Kind::Job, Some("running"), SortBy::LastRun, false, told(12)),
        of(Kind::Pod, Some("bad"), SortBy::Age, false, told(20)),
        // the soonest first
        of(Kind::CronJob, None, SortBy::NextRun, false, 12),
    ]
}
