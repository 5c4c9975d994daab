//! What an open page hears of: the state of its topics, then their changes.
//!
//! Every [`Body`] is an idempotent upsert: hearing it twice, or a snapshot at any time, is right. A page that falls behind
//! gets a snapshot instead of the deltas it missed.

use serde::{Deserialize, Serialize};

use crate::{
    Detail, LastDay, Level, ListQuery, Load, LoadQuery, LogQuery, Millis, ObjectRef, Pulse, Row,
};

/// Something that a page wants to hear about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    List(ListQuery),
    Detail(ObjectRef),
    /// What the shell shows: counts, namespaces, the cluster.
    Shell,
    /// A log, followed: of a container until it ends, or of all pods of an object, those that come later too.
    Log(LogQuery),
    /// CronJobs on one axis.
    Load(LoadQuery),
    /// What ran in the last 24 hours in these namespaces (none: in all).
    LastDay(Vec<String>),
}

/// What is heard of a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// The whole window; replaces what was there.
    Page(Page),
    Delta(Delta),
    /// The whole detail; `None`: there is no such object (any more).
    Detail(Option<Box<Detail>>),
    Shell(Box<Shell>),
    Load(Box<Load>),
    LastDay(Box<LastDay>),
    /// Lines as they came, oldest first.
    Log(Vec<LogLine>),
    /// The log ended: the container ended, or the reason it cannot be read, in the API's words.
    LogEnd(Option<String>),
    /// Of how many pods the log is read, and how many there are.
    LogPods {
        read: u32,
        of: u32,
    },
}

/// A window of rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Rows that match, in the window or not.
    pub total: u32,
    /// How many rows there are of each status (serde names), before the status filter.
    pub statuses: Vec<(String, u32)>,
    pub rows: Vec<Row>,
    /// Why the label selector cannot be read, in the API's words; there are no rows then.
    #[serde(default)]
    pub unread_labels: Option<String>,
    /// Of Events: when all that match were seen last.
    #[serde(default)]
    pub pulse: Option<Pulse>,
    /// False until the server has heard from the cluster at all.
    pub synced: bool,
    /// The server's clock, by which a browser corrects its own.
    pub now: Millis,
}

/// A change of the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    pub total: u32,
    pub statuses: Vec<(String, u32)>,
    /// New or changed rows, keyed by uid.
    pub upserts: Vec<Row>,
    /// The uids of the window in order, when that changed; rows not named are gone from it.
    pub order: Option<Vec<String>>,
    /// As in [`Page`], anew.
    #[serde(default)]
    pub pulse: Option<Pulse>,
    pub now: Millis,
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub at: Option<Millis>,
    pub text: String,
    /// What it says of its severity, if anything.
    #[serde(default)]
    pub level: Option<Level>,
    /// Of which pod, where those of several are interleaved.
    #[serde(default)]
    pub pod: Option<LogPod>,
}

/// A pod among those of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPod {
    pub name: String,
    /// In the order in which they were met, for its colour.
    pub place: u16,
}

/// What the shell shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shell {
    pub cluster: String,
    /// Embedded engine, or attached to a cluster.
    pub embedded: bool,
    pub version: String,
    pub namespaces: Vec<String>,
    pub counts: Counts,
    /// Why the cluster cannot be reached just now; what is shown is the last that was heard.
    #[serde(default)]
    pub away: Option<String>,
    /// Kinds that the cluster does not let us read.
    #[serde(default)]
    pub refused: Vec<Refused>,
    pub now: Millis,
}

/// A kind that the cluster does not let us read, or does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    pub kind: crate::Kind,
    /// Empty: in the whole cluster.
    #[serde(default)]
    pub namespace: String,
    /// The cluster's own words.
    pub message: String,
}

/// How many objects there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub cronjobs: u32,
    pub jobs: u32,
    pub daemonsets: u32,
    pub pods: u32,
    pub nodes: u32,
}

impl Page {
    /// Applies a delta; rows that it names but the window does not hold are left out.
    pub fn apply(&mut self, delta: Delta) {
        let Delta {
            total,
            statuses,
            upserts,
            order,
            pulse,
            now,
        } = delta;
        (self.total, self.statuses, self.now) = (total, statuses, now);
        self.pulse = pulse.or(self.pulse.take());
        for row in upserts {
            match self
                .rows
                .iter_mut()
                .find(|r| r.head().uid == row.head().uid)
            {
                Some(old) => *old = row,
                None => self.rows.push(row),
            }
        }
        if let Some(order) = order {
            let place = |row: &Row| order.iter().position(|uid| *uid == row.head().uid);
            self.rows.retain(|row| place(row).is_some());
            self.rows.sort_by_key(|row| place(row));
        }
    }
}
