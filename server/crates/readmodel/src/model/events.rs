//! Events, of which a cluster may have any number.

use k8s_openapi::api::core::v1::Event;
use orrery_view::Kind;

use super::{Model, Touched};
use crate::facts::event::EventFacts;
use crate::ledger::Said;
use crate::whynot::slot;

/// Kept at a time, in some 150 MB: a large cluster's of an hour, as long as clusters keep them by default. Of more, those
/// that were seen longest ago are left out.
const MOST_EVENTS: usize = 100_000;

impl Model {
    pub fn put_event(&mut self, event: &Event) -> Touched {
        self.put_event_among(event, MOST_EVENTS)
    }

    /// The same where so many are kept.
    pub(crate) fn put_event_among(&mut self, event: &Event, most: usize) -> Touched {
        let facts = EventFacts::of(event);
        let uid = facts.row.head.uid.clone();
        let mut touched: Touched = &[Kind::Event];
        if let Some(about) = &facts.about {
            self.events_about.insert(about, &uid);
            if slot::is_telling(&facts.row) && self.book.put_said(about, Said::of(&facts.row)) {
                self.dirty_cronjobs.insert(about.clone());
                touched = &[Kind::Event, Kind::CronJob];
            }
        }
        if let Some(old) = self.events.rows().get(&uid) {
            self.events_seen.remove(&(old.row.last, uid.clone()));
        }
        self.events_seen.insert((facts.row.last, uid));
        self.events.put(facts);
        while self.events_seen.len() > most
            && let Some((_, oldest)) = self.events_seen.first().cloned()
        {
            self.remove_event(&oldest);
        }
        touched
    }

    pub fn remove_event(&mut self, uid: &str) -> Touched {
        if let Some(facts) = self.events.remove(uid) {
            self.events_seen.remove(&(facts.row.last, uid.to_owned()));
            if let Some(about) = facts.about {
                self.events_about.remove(&about, uid);
            }
        }
        &[Kind::Event]
    }
}
