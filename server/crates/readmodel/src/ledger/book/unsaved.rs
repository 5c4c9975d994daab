//! What of a book its file does not have yet, and all that a new file gets.

use std::collections::BTreeSet;

use orrery_view::Millis;

use super::Book;
use crate::ledger::entry::Entry;

/// Something that the file does not have yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unsaved {
    Run(String),
    Watched(Millis),
    Suspended(String),
    Scheduled(String),
    Said(String),
}

impl Book {
    pub fn has_unsaved(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// What the file does not have yet. Give back what could not be written.
    pub fn take_unsaved(&mut self) -> BTreeSet<Unsaved> {
        std::mem::take(&mut self.unsaved)
    }

    pub fn give_back(&mut self, unsaved: BTreeSet<Unsaved>) {
        self.unsaved.extend(unsaved);
    }

    pub fn entry(&self, unsaved: &Unsaved) -> Option<Entry> {
        match unsaved {
            Unsaved::Run(uid) => Some(Entry::Run(Box::new(self.runs.get(uid)?.clone()))),
            Unsaved::Watched(at) => {
                let span = self.watched.iter().rev().find(|span| span.0 == *at)?;
                let (from, until) = *span;
                Some(Entry::Watched { from, until })
            }
            Unsaved::Suspended(cronjob) => Some(Entry::Suspended {
                cronjob: cronjob.clone(),
                spans: self.suspensions(cronjob),
            }),
            Unsaved::Scheduled(cronjob) => {
                let known = self.scheduled.get(cronjob).cloned();
                let (schedule, since) = known.unwrap_or_default();
                Some(Entry::Scheduled {
                    cronjob: cronjob.clone(),
                    schedule,
                    since,
                })
            }
            Unsaved::Said(cronjob) => Some(Entry::Said {
                cronjob: cronjob.clone(),
                said: self.said(cronjob).to_vec(),
            }),
        }
    }

    /// Everything, oldest first: a new file.
    pub fn entries(&self) -> Vec<Entry> {
        let watched = self.watched.iter();
        let watched = watched.map(|(from, until)| Entry::Watched {
            from: *from,
            until: *until,
        });
        let suspended = self.suspended.iter();
        let suspended = suspended.map(|(cronjob, spans)| Entry::Suspended {
            cronjob: cronjob.clone(),
            spans: spans.clone(),
        });
        let scheduled = self.scheduled.iter();
        let scheduled = scheduled.map(|(cronjob, (schedule, since))| Entry::Scheduled {
            cronjob: cronjob.clone(),
            schedule: schedule.clone(),
            since: *since,
        });
        let given_up = self.given_up.iter();
        let given_up = given_up.map(|(cronjob, until)| Entry::GivenUp {
            cronjob: cronjob.clone(),
            until: *until,
        });
        let runs = self.since(Millis::MIN);
        let runs = runs.map(|record| Entry::Run(Box::new(record.clone())));
        let said = self.said.iter().map(|(cronjob, said)| Entry::Said {
            cronjob: cronjob.clone(),
            said: said.clone(),
        });
        let of_cronjobs = suspended.chain(scheduled).chain(given_up).chain(said);
        watched.chain(of_cronjobs).chain(runs).collect()
    }

    /// Lines that a file of everything has.
    pub fn len(&self) -> usize {
        let of_cronjobs = self.suspended.len() + self.scheduled.len() + self.said.len();
        self.runs.len() + self.watched.len() + self.given_up.len() + of_cronjobs
    }
}
