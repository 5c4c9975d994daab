//! What is known of runs that ended. No IO: entries in, entries to write out.

mod space;
mod unsaved;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use orrery_view::Millis;

pub use self::unsaved::Unsaved;
use super::entry::{Entry, Record, Said};

/// A quarter: three times what the figures look at, so that a question about last month finds its run.
pub const KEEP_MILLIS: Millis = 90 * 24 * 3600 * 1000;
/// 30 days of a CronJob that runs every minute are 43,200 runs; one that makes more keeps its latest.
pub const KEEP_PER_OWNER: usize = 45_000;
/// In memory, and about half of it on disk: some 100,000 runs with a short log each. Beyond it, whoever has
/// most runs gives up its oldest, so that a noisy CronJob never costs a quiet one its history.
pub const KEEP_BYTES: usize = 64 << 20;
/// Restarts that are remembered.
const KEEP_WATCHED: usize = 1000;
/// Events remembered of a CronJob: more than the slots that a page explains. The oldest are forgotten first.
const KEEP_SAID: usize = 60;
/// Logs to fetch at a time; beyond it runs stay without.
const KEEP_WANTED: usize = 256;

/// A run whose last lines of log are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedLog {
    pub job_uid: String,
    pub namespace: String,
    pub pod: String,
    pub container: String,
}

/// Suspended spans, oldest first.
pub type Spans = Vec<(Millis, Option<Millis>)>;

/// Everything that is known.
#[derive(Debug, Default)]
pub struct Book {
    /// By Job uid.
    runs: BTreeMap<String, Record>,
    /// End and Job uid, by the CronJob's uid.
    of_owner: BTreeMap<String, BTreeSet<(Millis, String)>>,
    by_end: BTreeSet<(Millis, String)>,
    /// By the CronJob's uid: the end of the latest of its runs that was given up for space. A file gets it when it is
    /// written anew, with that without those runs; until then they are read and given up again.
    given_up: BTreeMap<String, Millis>,
    bytes: usize,
    /// How often runs were added, changed or forgotten.
    revision: u64,
    /// Oldest first; the last one is this process's.
    watched: Vec<(Millis, Millis)>,
    suspended: BTreeMap<String, Spans>,
    /// By the CronJob's uid: its schedule, and from when on it is known to have had it.
    scheduled: BTreeMap<String, (String, Millis)>,
    /// By the CronJob's uid, oldest first.
    said: BTreeMap<String, Vec<Said>>,
    unsaved: BTreeSet<Unsaved>,
    wanted: VecDeque<WantedLog>,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub per_owner: usize,
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_owner: KEEP_PER_OWNER,
            bytes: KEEP_BYTES,
        }
    }
}

impl Book {
    #[cfg(test)]
    pub fn limited(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// What a file said, in its order; then this process begins to watch.
    pub fn load(entries: impl IntoIterator<Item = Entry>, now: Millis) -> Self {
        let mut book = Self::default();
        for entry in entries {
            match entry {
                Entry::Run(record) => _ = book.put(*record, now),
                Entry::Watched { from, until } => match book.watched.last_mut() {
                    Some(span) if span.0 == from => span.1 = until,
                    _ => book.watched.push((from, until)),
                },
                Entry::Suspended { cronjob, spans } => book.put_suspensions(&cronjob, &spans),
                Entry::Scheduled {
                    cronjob, schedule, ..
                } if schedule.is_empty() => _ = book.scheduled.remove(&cronjob),
                Entry::Scheduled {
                    cronjob,
                    schedule,
                    since,
                } => _ = book.scheduled.insert(cronjob, (schedule, since)),
                Entry::GivenUp { cronjob, until } if until >= now - KEEP_MILLIS => {
                    _ = book.given_up.insert(cronjob, until);
                }
                Entry::GivenUp { .. } => {}
                Entry::Said { cronjob, said } if said.is_empty() => _ = book.said.remove(&cronjob),
                Entry::Said { cronjob, said } => _ = book.said.insert(cronjob, said),
            }
        }
        book.unsaved.clear();
        book.begin(now);
        book
    }

    /// This process watches from `now` on.
    pub fn begin(&mut self, now: Millis) {
        self.watched.push((now, now));
        let excess = self.watched.len().saturating_sub(KEEP_WATCHED);
        self.watched.drain(..excess);
        self.unsaved.insert(Unsaved::Watched(now));
    }

    /// It still watches.
    pub fn watch(&mut self, now: Millis) {
        if let Some(span) = self.watched.last_mut() {
            span.1 = now;
            self.unsaved.insert(Unsaved::Watched(span.0));
        }
    }

    /// From when on runs are known: those before are forgotten, however long somebody has watched.
    pub fn known_since(&self, now: Millis) -> Millis {
        let from = self.watched.first().map_or(now, |(from, _)| *from);
        from.max(now - KEEP_MILLIS)
    }

    /// When nobody watched, oldest first.
    pub fn away(&self) -> Vec<(Millis, Millis)> {
        let pairs = self.watched.windows(2);
        pairs.map(|pair| (pair[0].1, pair[1].0)).collect()
    }

    /// Takes a run as it is known now, a log that was known before kept; false when nothing is new.
    pub fn put(&mut self, mut record: Record, now: Millis) -> bool {
        if record.end < now - KEEP_MILLIS {
            return false;
        }
        if let Some(old) = self.runs.get(&record.uid) {
            if record.log.is_empty() {
                record.log.clone_from(&old.log);
            }
            if record.node.is_empty() {
                record.node.clone_from(&old.node);
                record.exit_code = old.exit_code;
            }
            if *old == record {
                return false;
            }
        }
        let uid = record.uid.clone();
        self.forget(&uid);
        self.bytes += record.weight();
        let place = (record.end, uid.clone());
        let owner = record.owner_uid.clone();
        let of_owner = self.of_owner.entry(owner.clone());
        of_owner.or_default().insert(place.clone());
        self.by_end.insert(place);
        self.runs.insert(uid.clone(), record);
        self.revision += 1;
        self.unsaved.insert(Unsaved::Run(uid));
        self.trim(&owner, now);
        true
    }

    /// The last lines of a run's log.
    pub fn put_log(&mut self, job_uid: &str, log: Vec<String>, now: Millis) -> bool {
        let Some(record) = self.runs.get(job_uid) else {
            return false;
        };
        let record = Record {
            log,
            ..record.clone()
        };
        self.put(record, now)
    }

    fn forget(&mut self, uid: &str) {
        let Some(record) = self.runs.remove(uid) else {
            return;
        };
        self.revision += 1;
        self.bytes -= record.weight();
        let place = (record.end, uid.to_owned());
        self.by_end.remove(&place);
        if let Some(places) = self.of_owner.get_mut(&record.owner_uid) {
            places.remove(&place);
            if places.is_empty() {
                self.of_owner.remove(&record.owner_uid);
            }
        }
        self.unsaved.remove(&Unsaved::Run(uid.to_owned()));
    }

    /// Figures from runs are what they were while this is what it was.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn get(&self, job_uid: &str) -> Option<&Record> {
        self.runs.get(job_uid)
    }

    /// The runs of a CronJob, the latest ended first.
    pub fn of_owner(&self, cronjob_uid: &str) -> impl Iterator<Item = &Record> {
        let places = self.of_owner.get(cronjob_uid).into_iter().flatten();
        places.rev().filter_map(|(_, uid)| self.runs.get(uid))
    }

    /// Runs that ended at `from` or later.
    pub fn since(&self, from: Millis) -> impl Iterator<Item = &Record> {
        let places = self.by_end.range((from, String::new())..);
        places.filter_map(|(_, uid)| self.runs.get(uid))
    }

    pub fn suspensions(&self, cronjob_uid: &str) -> Spans {
        self.suspended.get(cronjob_uid).cloned().unwrap_or_default()
    }

    /// None: the CronJob was never suspended, or is no more.
    pub fn put_suspensions(&mut self, cronjob_uid: &str, spans: &[(Millis, Option<Millis>)]) {
        let known = self
            .suspended
            .get(cronjob_uid)
            .map_or(&[][..], Vec::as_slice);
        if known == spans {
            return;
        }
        match spans.is_empty() {
            true => _ = self.suspended.remove(cronjob_uid),
            false => {
                _ = self
                    .suspended
                    .insert(cronjob_uid.to_owned(), spans.to_vec())
            }
        }
        self.unsaved
            .insert(Unsaved::Suspended(cronjob_uid.to_owned()));
    }

    /// A CronJob is seen with a schedule; answers from when on it has had it, as far as is known.
    pub fn put_schedule(&mut self, cronjob_uid: &str, schedule: String, now: Millis) -> Millis {
        let since = match self.scheduled.get(cronjob_uid) {
            Some((known, since)) if *known == schedule => return *since,
            Some(_) => now,
            None => Millis::MIN,
        };
        let cronjob = cronjob_uid.to_owned();
        self.scheduled.insert(cronjob.clone(), (schedule, since));
        self.unsaved.insert(Unsaved::Scheduled(cronjob));
        since
    }

    /// What the controller said of a CronJob's slots.
    pub fn said(&self, cronjob_uid: &str) -> &[Said] {
        self.said.get(cronjob_uid).map_or(&[], Vec::as_slice)
    }

    /// An Event that repeats is the same one, said later; false when nothing is new.
    pub fn put_said(&mut self, cronjob_uid: &str, new: Said) -> bool {
        let said = self.said.entry(cronjob_uid.to_owned()).or_default();
        let same = |old: &&mut Said| {
            (old.first, &old.reason, &old.message) == (new.first, &new.reason, &new.message)
        };
        match said.iter_mut().find(same) {
            Some(old) if old.last >= new.last => return false,
            Some(old) => old.last = new.last,
            None => said.push(new),
        }
        let excess = said.len().saturating_sub(KEEP_SAID);
        said.drain(..excess);
        self.unsaved.insert(Unsaved::Said(cronjob_uid.to_owned()));
        true
    }

    /// The CronJob is no more: only its runs are remembered.
    pub fn forget_cronjob(&mut self, cronjob_uid: &str) {
        self.put_suspensions(cronjob_uid, &[]);
        if self.scheduled.remove(cronjob_uid).is_some() {
            let cronjob = cronjob_uid.to_owned();
            self.unsaved.insert(Unsaved::Scheduled(cronjob));
        }
        if self.said.remove(cronjob_uid).is_some() {
            self.unsaved.insert(Unsaved::Said(cronjob_uid.to_owned()));
        }
    }

    /// The same of all that are no more, those too that were deleted while nobody watched.
    pub fn forget_absent(&mut self, is_there: impl Fn(&str) -> bool) {
        let known = self.suspended.keys().chain(self.scheduled.keys());
        let known = known.chain(self.said.keys());
        let gone = known.filter(|cronjob| !is_there(cronjob));
        let gone: BTreeSet<String> = gone.cloned().collect();
        for cronjob in gone {
            self.forget_cronjob(&cronjob);
        }
    }

    pub fn want_log(&mut self, wanted: WantedLog) {
        if self.wanted.len() < KEEP_WANTED {
            self.wanted.push_back(wanted);
        }
    }

    pub fn take_wanted(&mut self) -> Option<WantedLog> {
        self.wanted.pop_front()
    }

    pub fn has_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }
}
