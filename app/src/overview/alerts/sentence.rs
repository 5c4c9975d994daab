//! What an object has to say of its trouble, by kind.

use orrery_view::{
    CellState, CronJobRow, CronJobStatus, DaemonSetRow, DaemonSetStatus, JobRow, JobStatus, Kind,
    Millis, NEVER_ENDS, NodeCell, NodeRow, Outcome, PodHealth, PodRow,
};

use crate::details::failed_because;
use crate::lang::Lang;
use crate::tone::Tone;
use crate::{format, tr, why};

/// A Job of which nothing is ready for this long is stuck: an image is pulled and a node is found before.
const STUCK: Millis = 5 * 60_000;

/// How bad it is, in what words, and since when.
pub type Said = Option<(Tone, String, Option<Millis>)>;

pub fn cronjob(row: &CronJobRow, lang: Lang) -> Said {
    let last = row.last_run.as_ref();
    let since = last.and_then(|run| run.end.or(run.start));
    match row.status {
        CronJobStatus::Failing => {
            let text = match row.latest(Outcome::Failed) {
                0 | 1 => tr!(lang, "now.failing"),
                n => tr!(lang, "now.failing_n", n = format::number(n)),
            };
            Some((Tone::Bad, text, since))
        }
        CronJobStatus::Invalid => {
            let text = match row.never_fires() {
                true => tr!(lang, "now.never"),
                false => tr!(lang, "now.invalid"),
            };
            Some((Tone::Bad, text, None))
        }
        CronJobStatus::Skipping => Some((Tone::Warn, tr!(lang, "now.skipping"), since)),
        CronJobStatus::Suspended => None,
        _ if row.latest(Outcome::Replaced) >= NEVER_ENDS => {
            let n = row.latest(Outcome::Replaced);
            Some((
                Tone::Warn,
                tr!(lang, "now.replaced_all", n = format::number(n)),
                since,
            ))
        }
        _ => match (row.latest(Outcome::Missed), row.late()) {
            (0, None) => None,
            (0, Some(by)) => {
                let by = format::duration(by, lang);
                Some((Tone::Warn, tr!(lang, "now.late", t = by), since))
            }
            (n, _) => {
                let slot = row.strip.last().and_then(|run| run.slot);
                Some((
                    Tone::Warn,
                    tr!(lang, "now.missed", n = format::number(n)),
                    slot,
                ))
            }
        },
    }
}

/// `cause`: what keeps a pod of it from starting.
pub fn job(row: &JobRow, cause: Option<&String>, now: Millis, lang: Lang) -> Said {
    let stuck = row
        .start
        .filter(|start| now - start > STUCK && row.ready == 0);
    match row.status {
        JobStatus::Failed | JobStatus::Failing => {
            let why = format!("{}.", failed_because(&row.reason, lang));
            Some((Tone::Bad, why, row.end))
        }
        JobStatus::Running => stuck.map(|at| {
            let text = tr!(lang, "now.stuck");
            let text = match cause {
                Some(cause) => format!("{text} {cause}"),
                None => text,
            };
            (Tone::Warn, text, Some(at))
        }),
        _ => None,
    }
}

pub fn daemonset(row: &DaemonSetRow, lang: Lang) -> Said {
    use CellState::{Missing, NotReady, Pending};
    if row.head.deleting {
        return None;
    }
    let waits = |cell: &&NodeCell| matches!(cell.state, NotReady | Pending | Missing);
    let cells = row.cells.iter().filter(waits);
    let mut causes = cells.map(|cell| (cell, why::cell(cell, lang)));
    let first = causes.find(|(_, why)| !why.is_empty());
    let (tone, text) = match (row.status, &first) {
        (DaemonSetStatus::Unavailable, _) => {
            let (n, of) = (format::number(row.available), format::number(row.desired));
            let text = tr!(lang, "now.uncovered", n = n, of = of);
            (Tone::Bad, text)
        }
        // the next node has its turn when this one is well
        (DaemonSetStatus::Updating, Some(_)) => {
            let (n, of) = (format::number(row.updated), format::number(row.desired));
            let text = tr!(lang, "now.rollout_waits", n = n, of = of);
            (Tone::Warn, text)
        }
        _ => return None,
    };
    let text = match first {
        Some((cell, why)) => format!("{text} {}: {why}", cell.node),
        None => text,
    };
    Some((tone, text, None))
}

/// A finished pod of a Job says what its Job says already.
pub fn pod(row: &PodRow, lang: Lang) -> Said {
    let of_job = row
        .owner
        .as_ref()
        .is_some_and(|owner| owner.kind == Kind::Job);
    if row.health != PodHealth::Bad || of_job && row.end.is_some() {
        return None;
    }
    let text = match (row.node.is_empty(), row.message.as_str()) {
        (true, why) => {
            // that nothing can be preempted is of no help: nothing ever is here
            let why = why.split(" preemption: ").next().unwrap_or(why);
            let claims = " no new claims to deallocate,";
            let why = why.strip_suffix(claims).unwrap_or(why);
            tr!(lang, "now.unschedulable", why = why)
        }
        (false, "") => row.status.clone(),
        (false, why) => format!("{}: {why}", row.status),
    };
    Some((Tone::Bad, text, Some(row.head.created)))
}

pub fn node(row: &NodeRow, lang: Lang) -> Said {
    let text = || match row.message.as_str() {
        "" => tr!(lang, "now.node"),
        why => format!("{} {why}", tr!(lang, "now.node")),
    };
    (!row.ready).then(|| (Tone::Bad, text(), None))
}
