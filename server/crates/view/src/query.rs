//! What a page asks for. A query is also the page's URL, so it is small and has no secrets.

use serde::{Deserialize, Serialize};

use crate::{Head, Millis};

/// The kinds with a list of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    CronJob,
    Job,
    DaemonSet,
    Pod,
    Node,
    Event,
}

impl Kind {
    /// In the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::CronJob,
        Self::Job,
        Self::DaemonSet,
        Self::Pod,
        Self::Node,
        Self::Event,
    ];
}

/// Points at one object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    pub kind: Kind,
    /// Empty for nodes.
    pub namespace: String,
    pub name: String,
}

impl ObjectRef {
    /// The object of a row.
    pub fn of(kind: Kind, head: &Head) -> Self {
        Self {
            kind,
            namespace: head.namespace.clone(),
            name: head.name.clone(),
        }
    }

    /// Whether there can be such an object: one of another name, put into an address of the API, would mean something
    /// else there.
    pub fn can_exist(&self) -> bool {
        let namespace = match self.kind {
            Kind::Node => self.namespace.is_empty(),
            _ => is_name(&self.namespace),
        };
        namespace && is_name(&self.name)
    }
}

/// Whether an object or a namespace can have the name. Each kind is stricter; those of roles have colons.
pub fn is_name(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    !matches!(text, "" | "." | "..") && text.chars().all(known)
}

/// A window on a filtered, sorted list. Filtering and sorting are over everything, on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListQuery {
    pub kind: Kind,
    /// Empty: all namespaces.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Every word must occur in the name, namespace, labels, owner, image or schedule; case does not count.
    #[serde(default)]
    pub text: String,
    /// Only rows whose labels this selector matches, in the API's syntax; empty: all.
    #[serde(default)]
    pub labels: String,
    /// Only rows with this status; see each row's `status`, by its serde name, e.g. `failing`.
    #[serde(default)]
    pub status: Option<String>,
    /// Only rows owned by this uid.
    #[serde(default)]
    pub owner: Option<String>,
    /// Of Events only those that were seen last from the one time on and before the other; of CronJobs only those that
    /// start then.
    #[serde(default)]
    pub within: Option<(Millis, Millis)>,
    #[serde(default)]
    pub sort: Sort,
    #[serde(default)]
    pub offset: u32,
    /// Rows in the window; the server caps it at [`MOST_ROWS`].
    pub limit: u32,
}

/// The largest window: what a tall screen shows, several times over.
pub const MOST_ROWS: u32 = 400;

/// The column to sort by and its direction. The name breaks ties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub by: SortBy,
    pub descending: bool,
}

/// Columns that can be sorted by; a kind without the column sorts by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SortBy {
    #[default]
    Name,
    Namespace,
    Status,
    Age,
    NextRun,
    LastRun,
    Duration,
    Restarts,
    Node,
    /// How alike the name is to the text that is looked for, the likest first.
    Match,
}

impl ListQuery {
    /// Everything of a kind, by name; of events the newest first.
    pub fn of(kind: Kind) -> Self {
        let by = match kind {
            Kind::Event => SortBy::Age,
            _ => SortBy::Name,
        };
        Self {
            kind,
            namespaces: Vec::new(),
            text: String::new(),
            labels: String::new(),
            status: None,
            owner: None,
            within: None,
            sort: Sort {
                by,
                descending: false,
            },
            offset: 0,
            limit: 100,
        }
    }

    /// How little a name is what [`Self::text`] looks for: 0 is the very name, 3 one that matches by something else.
    pub fn unlikeness(&self, name: &str) -> u8 {
        let (text, name) = (self.text.trim().to_lowercase(), name.to_lowercase());
        match () {
            () if name == text => 0,
            () if name.starts_with(&text) => 1,
            () if text.split_whitespace().all(|word| name.contains(word)) => 2,
            () => 3,
        }
    }
}

/// Pods of one object whose logs are read at once: more lines than that interleave faster than one reads, and each is
/// a connection of the cluster's.
pub const MOST_LOG_PODS: usize = 32;

/// Lines of a log that a page holds at most; all of it can be downloaded.
pub const MOST_LOG_LINES: u32 = 100_000;

/// How severe a line of a log says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// A log to read: of a container of a pod, or of that container in all pods of a Job or a DaemonSet, interleaved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogQuery {
    pub object: ObjectRef,
    /// Empty: each pod's default container.
    #[serde(default)]
    pub container: String,
    #[serde(default)]
    pub previous: bool,
    /// Lines from the end to begin with; what a filter leaves of the last [`MOST_LOG_LINES`] where there is one.
    #[serde(default)]
    pub tail: Option<u32>,
    /// Only lines as severe as this or more so; what says nothing of it is left out.
    #[serde(default)]
    pub level: Option<Level>,
    /// Only lines from then on, and before that.
    #[serde(default)]
    pub since: Option<Millis>,
    #[serde(default)]
    pub until: Option<Millis>,
}

impl LogQuery {
    /// The default container's, all of it.
    pub fn of(object: ObjectRef) -> Self {
        Self {
            object,
            container: String::new(),
            previous: false,
            tail: None,
            level: None,
            since: None,
            until: None,
        }
    }

    /// Whether lines are left out for what they say or when.
    pub fn is_filtered(&self) -> bool {
        self.level.is_some() || self.since.is_some() || self.until.is_some()
    }
}

/// As a status that is asked for: all that have not ended.
pub const LIVE: &str = "live";
/// Statuses of what has ended.
pub const ENDED: [&str; 3] = ["done", "failed", "complete"];

/// What deleting an object does to what it owns; `kubectl delete --cascade`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cascade {
    #[default]
    Background,
    Foreground,
    Orphan,
}

impl Cascade {
    /// As kubectl's flag has it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Foreground => "foreground",
            Self::Orphan => "orphan",
        }
    }

    /// Read back; what is none is the default.
    pub fn of_code(code: &str) -> Self {
        match code {
            "foreground" => Self::Foreground,
            "orphan" => Self::Orphan,
            _ => Self::Background,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_mean_something_else_in_an_address_are_no_objects() {
        let rows = [
            (Kind::Job, "data", "backup-1", true),
            (Kind::Node, "", "node-1.example", true),
            (Kind::Node, "data", "node-1", false),
            (Kind::Job, "", "backup", false),
            (Kind::Job, "data", "", false),
            (Kind::Job, "data", "..", false),
            (Kind::Job, "data", "backup/status", false),
            (Kind::Job, "data", "backup?dryRun=All", false),
            (Kind::Job, "data", "backup%2Fstatus", false),
            (Kind::Job, "data", "two words", false),
            (Kind::Job, "데이터", "backup", false),
        ];
        for (kind, namespace, name, exists) in rows {
            let object = ObjectRef {
                kind,
                namespace: namespace.into(),
                name: name.into(),
            };
            assert_eq!(object.can_exist(), exists, "{object:?}");
        }
    }
}
