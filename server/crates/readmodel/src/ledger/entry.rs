//! What is written down, a line each: a checksum, a blank, JSON.

use orrery_view::{EventRow, Head, Kind, Millis, ObjectRef, Outcome, PastRun, Run, Trigger};
use serde::{Deserialize, Serialize};

/// A line of the ledger. A later line about the same thing replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    Run(Box<Record>),
    /// Runs were watched from here until here.
    Watched {
        from: Millis,
        until: Millis,
    },
    /// When a CronJob, by its uid, was suspended; an open span has no end.
    Suspended {
        cronjob: String,
        spans: Vec<(Millis, Option<Millis>)>,
    },
    /// The schedule of a CronJob, by its uid, and from when on it is known to have had it.
    Scheduled {
        cronjob: String,
        schedule: String,
        since: Millis,
    },
    /// Runs of a CronJob, by its uid, that ended until then were given up for space.
    GivenUp {
        cronjob: String,
        until: Millis,
    },
    /// What the controller said of a CronJob's slots, which its Events forget within the hour.
    Said {
        cronjob: String,
        said: Vec<Said>,
    },
}

/// An Event that tells why a slot has no run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub reason: String,
    pub message: String,
    pub first: Millis,
    pub last: Millis,
}

impl Said {
    pub fn of(event: &EventRow) -> Self {
        let message = event.message.chars().take(LONGEST_SAID);
        Self {
            reason: event.reason.clone(),
            message: message.collect(),
            first: event.first,
            last: event.last,
        }
    }

    /// As it was.
    pub fn event(&self) -> EventRow {
        EventRow {
            head: Head::default(),
            warning: true,
            reason: self.reason.clone(),
            message: self.message.clone(),
            object: String::new(),
            link: None,
            source: String::new(),
            count: 1,
            first: self.first,
            last: self.last,
        }
    }
}

/// An admission's refusal with its policy's name; what is longer says it at the beginning.
const LONGEST_SAID: usize = 500;

/// A run that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The Job's.
    pub uid: String,
    pub namespace: String,
    pub name: String,
    /// Uid and name of the CronJob; empty for a Job of none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner_uid: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<Millis>,
    pub trigger: Trigger,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub because: String,
    pub start: Millis,
    pub end: Millis,
    pub outcome: Outcome,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            uid: String::new(),
            namespace: String::new(),
            name: String::new(),
            owner_uid: String::new(),
            owner: String::new(),
            slot: None,
            trigger: Trigger::Direct,
            by: String::new(),
            because: String::new(),
            start: 0,
            end: 0,
            outcome: Outcome::Succeeded,
            reason: String::new(),
            message: String::new(),
            node: String::new(),
            exit_code: None,
            log: Vec::new(),
        }
    }
}

impl Record {
    /// As a run of its CronJob; the Job is linked to while there is one.
    pub fn run(&self, job_exists: bool) -> Run {
        Run {
            job: job_exists.then(|| self.job()),
            slot: self.slot,
            start: Some(self.start),
            end: Some(self.end),
            outcome: self.outcome,
            manual: matches!(self.trigger, Trigger::Manual | Trigger::Backfill),
        }
    }

    pub fn past(&self, job_exists: bool) -> PastRun {
        PastRun {
            name: self.name.clone(),
            run: self.run(job_exists),
            trigger: self.trigger,
            by: self.by.clone(),
            because: self.because.clone(),
            reason: self.reason.clone(),
            message: self.message.clone(),
            node: self.node.clone(),
            exit_code: self.exit_code,
            log: self.log.clone(),
        }
    }

    pub fn duration(&self) -> Millis {
        (self.end - self.start).max(0)
    }

    /// The page that tells more: its CronJob's, which outlives the Job, or else its own.
    pub fn page(&self) -> ObjectRef {
        match self.owner.is_empty() {
            true => self.job(),
            false => ObjectRef {
                kind: Kind::CronJob,
                namespace: self.namespace.clone(),
                name: self.owner.clone(),
            },
        }
    }

    /// Bytes it takes in memory, roughly: its text, and what holds it in the indexes.
    pub fn weight(&self) -> usize {
        let text = [
            &self.uid,
            &self.namespace,
            &self.name,
            &self.owner_uid,
            &self.owner,
            &self.by,
            &self.because,
            &self.reason,
            &self.message,
            &self.node,
        ];
        let text: usize = text.iter().map(|text| text.len()).sum();
        let log: usize = self.log.iter().map(|line| line.len() + 24).sum();
        let indexes = 3 * (self.uid.len() + 48);
        size_of::<Self>() + text + log + indexes
    }

    fn job(&self) -> ObjectRef {
        ObjectRef {
            kind: Kind::Job,
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// The line of an entry, without its end.
pub fn write(entry: &Entry) -> String {
    let json = serde_json::to_string(entry).expect("an entry is plain data");
    format!("{:08x} {json}", crc32fast::hash(json.as_bytes()))
}

/// The entries of a file, and how many lines it has. A line that was torn is left out, and said.
pub fn read_all(text: &str) -> (Vec<Entry>, usize) {
    let entries: Vec<_> = text.lines().map(read).collect();
    let lines = entries.len();
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    if entries.len() < lines {
        let torn = lines - entries.len();
        tracing::warn!(
            torn,
            "lines of the run ledger cannot be read and are left out"
        );
    }
    (entries, lines)
}

/// The entry of a line; `None` for one that was torn or changed, or that a newer Orrery wrote.
fn read(line: &str) -> Option<Entry> {
    let (sum, json) = line.split_once(' ')?;
    let sum = u32::from_str_radix(sum, 16).ok()?;
    (sum == crc32fast::hash(json.as_bytes())).then(|| serde_json::from_str(json).ok())?
}
