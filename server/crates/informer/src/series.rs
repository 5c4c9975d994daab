//! Reports Events in the form of events.k8s.io, as upstream's scheduler does (EVENT-01): each has its
//! moment (`eventTime`) and its action, and one that repeats itself soon becomes a series.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Event, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, Resource};
use orrery_clock::Clock;
use serde_json::json;
use tokio::sync::mpsc;

use crate::event_name::{Names, offset};
use crate::{EventType, object_reference};

/// Events waiting for the sender; the next ones are dropped, as upstream's broadcaster does.
const QUEUED: usize = 1000;
/// Upstream's `finishTime`: an event that was not repeated for so long begins anew.
const FINISHED: SignedDuration = SignedDuration::from_mins(6);
/// Events that a repetition is looked for among; the oldest are forgotten first.
const REMEMBERED: usize = 4096;
/// The longest `note` that the API takes.
const NOTE_LIMIT: usize = 1024;
const CUT: &str = " ...";

/// A cheap handle; one per component.
#[derive(Clone)]
pub struct SeriesRecorder {
    sender: mpsc::Sender<Reported>,
    clock: Clock,
}

struct Reported {
    object: ObjectReference,
    type_: EventType,
    reason: &'static str,
    action: &'static str,
    note: String,
    at: Timestamp,
}

impl SeriesRecorder {
    /// A recorder that speaks as `instance` of `controller`, and the task that sends its events; nothing
    /// is sent until the task is polled.
    pub fn new(
        client: Client,
        clock: Clock,
        controller: &str,
        instance: &str,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (sender, receiver) = mpsc::channel(QUEUED);
        let sending = Sending {
            client,
            clock: clock.clone(),
            controller: controller.to_owned(),
            instance: instance.to_owned(),
            names: Names::default(),
            known: Known::default(),
        };
        (Self { sender, clock }, sending.run(receiver))
    }

    /// Reports that `action` on `object` came to this.
    pub fn event<K: Resource<DynamicType = ()>>(
        &self,
        object: &K,
        type_: EventType,
        (reason, action): (&'static str, &'static str),
        note: &str,
    ) {
        let reported = Reported {
            object: object_reference(object),
            type_,
            reason,
            action,
            note: cut(note),
            at: self.clock.now(),
        };
        if self.sender.try_send(reported).is_err() {
            tracing::debug!(reason, "event dropped: the sender is behind or gone");
        }
    }
}

/// A note that is too long ends as upstream's scheduler ends it.
fn cut(note: &str) -> String {
    if note.len() <= NOTE_LIMIT {
        return note.to_owned();
    }
    let end = note.floor_char_boundary(NOTE_LIMIT - CUT.len());
    format!("{}{CUT}", &note[..end])
}

struct Sending {
    client: Client,
    clock: Clock,
    controller: String,
    instance: String,
    names: Names,
    known: Known,
}

impl Sending {
    async fn run(mut self, mut receiver: mpsc::Receiver<Reported>) {
        while let Some(reported) = receiver.recv().await {
            let reason = reported.reason;
            if let Err(error) = self.send(reported).await {
                tracing::debug!(reason, %error, "event dropped");
            }
        }
    }

    async fn send(&mut self, reported: Reported) -> kube::Result<()> {
        let now = self.clock.now();
        let key = reported.key();
        let namespace = reported.object.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        if let Some((name, count)) = self.known.repeated(&key, reported.at) {
            let series = json!({"count": count, "lastObservedTime": MicroTime(reported.at)});
            let patch = Patch::Strategic(json!({"series": series}));
            let events: Api<Event> = Api::namespaced(self.client.clone(), &namespace);
            let patched = events.patch(&name, &PatchParams::default(), &patch).await;
            match patched {
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                other => return other.map(drop),
            }
        }
        let at = reported.at;
        let event = self.event(namespace, reported);
        let offset = offset([self.controller.as_str(), self.instance.as_str()]);
        let name = self.names.create(&self.client, event, now, offset).await?;
        self.known.remember(key, name, at);
        Ok(())
    }

    /// The event, still without a name.
    fn event(&self, namespace: String, reported: Reported) -> Event {
        let Reported {
            object,
            type_,
            reason,
            action,
            note,
            at,
        } = reported;
        Event {
            metadata: ObjectMeta {
                namespace: Some(namespace),
                ..ObjectMeta::default()
            },
            involved_object: object,
            type_: Some(type_.text().to_owned()),
            reason: Some(reason.to_owned()),
            action: Some(action.to_owned()),
            message: Some(note),
            event_time: Some(MicroTime(at)),
            reporting_component: Some(self.controller.clone()),
            reporting_instance: Some(self.instance.clone()),
            ..Event::default()
        }
    }
}

impl Reported {
    /// What makes two events one series: all but the note, as upstream's `getKey`.
    fn key(&self) -> String {
        let object = &self.object;
        let parts = [
            &object.kind,
            &object.namespace,
            &object.name,
            &object.uid,
            &object.api_version,
            &object.resource_version,
        ];
        let parts = parts.map(|part| part.as_deref().unwrap_or_default());
        let said = [self.type_.text(), self.action, self.reason];
        [said.join("/"), parts.join("/")].join("/")
    }
}

/// The events that may still be repeated.
#[derive(Default)]
struct Known {
    events: BTreeMap<String, Sent>,
    /// Their keys, the oldest first.
    order: VecDeque<String>,
}

struct Sent {
    name: String,
    count: i32,
    last: Timestamp,
}

impl Sent {
    /// Whether it was silent for too long to be repeated.
    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.last) > FINISHED
    }
}

impl Known {
    /// The name of the Event that `key` repeats at `at`, and how often it has happened now.
    fn repeated(&mut self, key: &str, at: Timestamp) -> Option<(String, i32)> {
        self.forget(at);
        let sent = self.events.get_mut(key).filter(|sent| !sent.is_over(at))?;
        sent.count += 1;
        sent.last = at;
        Some((sent.name.clone(), sent.count))
    }

    fn remember(&mut self, key: String, name: String, at: Timestamp) {
        let sent = Sent {
            name,
            count: 1,
            last: at,
        };
        if self.events.insert(key.clone(), sent).is_none() {
            self.order.push_back(key);
        }
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(oldest) = self.order.front() {
            let sent = self.events.get(oldest);
            let is_over = sent.is_none_or(|sent| sent.is_over(now));
            if !is_over && self.order.len() <= REMEMBERED {
                return;
            }
            self.events.remove(oldest);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + secs).expect("a time")
    }

    #[test]
    fn event_01_what_repeats_itself_within_six_minutes_is_a_series() {
        let mut known = Known::default();
        assert_eq!(known.repeated("a", at(0)), None);
        known.remember("a".to_owned(), "web.1".to_owned(), at(0));
        assert_eq!(known.repeated("b", at(1)), None);
        assert_eq!(known.repeated("a", at(360)), Some(("web.1".to_owned(), 2)));
        assert_eq!(known.repeated("a", at(720)), Some(("web.1".to_owned(), 3)));
        assert_eq!(
            known.repeated("a", at(1081)),
            None,
            "it was silent too long"
        );
        known.remember("a".to_owned(), "web.2".to_owned(), at(1081));
        assert_eq!(known.repeated("a", at(1082)), Some(("web.2".to_owned(), 2)));
    }

    #[test]
    fn event_01_a_series_ends_though_an_older_one_goes_on() {
        let mut known = Known::default();
        for key in ["goes-on", "rests"] {
            known.remember(key.to_owned(), key.to_owned(), at(0));
        }
        for secs in [300, 600] {
            assert!(known.repeated("goes-on", at(secs)).is_some(), "{secs}");
        }
        assert_eq!(known.repeated("rests", at(600)), None);
    }

    #[test]
    fn event_01_what_a_series_is_looked_for_among_is_bounded() {
        let mut known = Known::default();
        for number in 0..3 * REMEMBERED {
            let key = number.to_string();
            assert_eq!(known.repeated(&key, at(0)), None);
            known.remember(key, "name".to_owned(), at(0));
        }
        known.forget(at(0));
        assert_eq!(known.events.len(), REMEMBERED);
        assert_eq!(known.order.len(), REMEMBERED);
        assert_eq!(known.repeated("0", at(0)), None, "the first is forgotten");
    }

    #[test]
    fn event_01_a_long_note_is_cut_between_characters() {
        let fits = "a".repeat(NOTE_LIMIT);
        assert_eq!(cut(&fits), fits);
        let long = cut(&format!("{fits}a"));
        assert_eq!((long.len(), &long[NOTE_LIMIT - 5..]), (NOTE_LIMIT, "a ..."));
        let wide = cut(&"é".repeat(NOTE_LIMIT));
        assert!(
            wide.len() <= NOTE_LIMIT && wide.ends_with("é ..."),
            "{wide}"
        );
    }
}
