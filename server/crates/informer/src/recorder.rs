//! Reports Events about objects, as upstream's recorder does (EVENT-01): in the background, folded,
//! and dropped rather than ever holding work up.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::core::Request;
use kube::{Client, Resource};
use orrery_clock::Clock;
use serde_json::json;
use tokio::sync::mpsc;

use crate::correlate::{Correlator, Report, Verdict};
use crate::object_reference;

/// Events waiting for the sender; the next ones are dropped, as upstream's broadcaster does.
const QUEUED: usize = 1000;
/// Names tried for one event. Sources keep out of each other's way by [`offset`], so that the second
/// is seldom needed.
const SAME_INSTANT: usize = 100;

/// Of an object.
const LONGEST_NAME: usize = 253;

/// An Event's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    Normal,
    Warning,
}

impl EventType {
    pub fn text(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// A cheap handle; one per component.
#[derive(Clone)]
pub struct Recorder {
    sender: mpsc::Sender<Reported>,
    source: Arc<EventSource>,
}

struct Reported {
    source: Arc<EventSource>,
    object: ObjectReference,
    type_: EventType,
    reason: String,
    message: String,
}

impl Recorder {
    /// A recorder that speaks for `component` (and `host`, for node agents), and the task that sends
    /// its events; nothing is sent until the task is polled.
    pub fn new(
        client: Client,
        clock: Clock,
        component: &str,
        host: Option<&str>,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (sender, receiver) = mpsc::channel(QUEUED);
        let source = EventSource {
            component: Some(component.to_owned()),
            host: host.map(str::to_owned),
        };
        let recorder = Self {
            sender,
            source: Arc::new(source),
        };
        (recorder, send_all(client, clock, receiver))
    }

    /// The same sender under another host's name: many virtual nodes share one.
    pub fn for_host(&self, host: &str) -> Self {
        let source = EventSource {
            host: Some(host.to_owned()),
            ..(*self.source).clone()
        };
        Self {
            sender: self.sender.clone(),
            source: Arc::new(source),
        }
    }

    /// Reports an event about `object`.
    pub fn event<K: Resource<DynamicType = ()>>(
        &self,
        object: &K,
        type_: EventType,
        reason: &str,
        message: impl Into<String>,
    ) {
        self.event_about(object_reference(object), type_, reason, message);
    }

    /// Reports an event about whatever `object` points at.
    pub fn event_about(
        &self,
        object: ObjectReference,
        type_: EventType,
        reason: &str,
        message: impl Into<String>,
    ) {
        let reported = Reported {
            source: self.source.clone(),
            object,
            type_,
            reason: reason.to_owned(),
            message: message.into(),
        };
        if self.sender.try_send(reported).is_err() {
            tracing::debug!(reason, "event dropped: the sender is behind or gone");
        }
    }
}

async fn send_all(client: Client, clock: Clock, mut receiver: mpsc::Receiver<Reported>) {
    let mut correlator = Correlator::default();
    let mut named = Timestamp::MIN;
    while let Some(reported) = receiver.recv().await {
        if let Err(error) = send(&client, &clock, &mut correlator, &mut named, &reported).await {
            tracing::debug!(reason = reported.reason, %error, "event dropped");
        }
    }
}

async fn send(
    client: &Client,
    clock: &Clock,
    correlator: &mut Correlator,
    named: &mut Timestamp,
    reported: &Reported,
) -> kube::Result<()> {
    let now = clock.now();
    let report = reported.report();
    let namespace = reported.object.namespace.as_deref().unwrap_or("default");
    let events: Api<Event> = Api::namespaced(client.clone(), namespace);
    let message = match correlator.judge(&report, now) {
        Verdict::Drop => return Ok(()),
        Verdict::Create { message } => message,
        Verdict::Repeat {
            name,
            count,
            message,
        } => {
            let patch =
                json!({"count": count, "lastTimestamp": Time(seconds(now)), "message": message});
            let patched = events
                .patch(&name, &PatchParams::default(), &Patch::Strategic(patch))
                .await;
            match patched {
                Err(kube::Error::Api(status)) if status.code == 404 => message,
                other => return other.map(drop),
            }
        }
    };
    let name = create(client, reported, namespace, &message, (now, named)).await?;
    correlator.remember(&report, &message, name, 1);
    Ok(())
}

/// Names end with a time, which is no one else's: `named` is the last that this sender has used. The
/// answer repeats what was sent and is not read.
async fn create(
    client: &Client,
    reported: &Reported,
    namespace: &str,
    message: &str,
    (now, named): (Timestamp, &mut Timestamp),
) -> kube::Result<String> {
    let collection = Request::new(Event::url_path(&(), Some(namespace)));
    let mut event = reported.event(namespace, message.to_owned(), now);
    let mut attempt = 1;
    loop {
        let free = *named + Duration::from_nanos(1);
        *named = free.max(now + offset(&reported.source));
        let name = reported.name(*named);
        event.metadata.name = Some(name.clone());
        let body = serde_json::to_vec(&event).map_err(kube::Error::SerdeError)?;
        let request = collection.create(&PostParams::default(), body);
        let request = request.map_err(kube::Error::BuildRequest)?;
        match client.request_text(request).await {
            Err(kube::Error::Api(status))
                if status.reason == "AlreadyExists" && attempt < SAME_INSTANT =>
            {
                attempt += 1;
            }
            other => return other.map(|_| name),
        }
    }
}

/// Less than a millisecond, and another for each source: two that report about one object in the same
/// instant (on a clock of milliseconds they often do) choose different names.
fn offset(source: &EventSource) -> Duration {
    let texts = [&source.component, &source.host].into_iter().flatten();
    let bytes = texts.flat_map(|text| text.bytes());
    let hash = bytes.fold(0u64, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(byte.into())
    });
    Duration::from_nanos(hash % 1000 * 1000)
}

impl Reported {
    fn report(&self) -> Report {
        let source = format!(
            "{}/{}",
            self.source.component.as_deref().unwrap_or_default(),
            self.source.host.as_deref().unwrap_or_default(),
        );
        let object = format!(
            "{}/{}/{}/{}/{}",
            self.object.kind.as_deref().unwrap_or_default(),
            self.object.namespace.as_deref().unwrap_or_default(),
            self.object.name.as_deref().unwrap_or_default(),
            self.object.uid.as_deref().unwrap_or_default(),
            self.object.field_path.as_deref().unwrap_or_default(),
        );
        let spam_group = format!("{source}/{object}/{}", self.type_.text());
        Report {
            group: format!("{spam_group}/{}", self.reason),
            spam_group,
            message: self.message.clone(),
        }
    }

    /// `pod.17a3…`, as upstream's recorder names events. It takes a random uid where that would be no
    /// name; here the time does alone, which no other of this sender has.
    fn name(&self, at: Timestamp) -> String {
        let object = self.object.name.as_deref().unwrap_or_default();
        let at = at.as_nanosecond();
        let name = format!("{object}.{at:x}");
        match is_name(&name) {
            true => name,
            false => format!("event.{at:x}"),
        }
    }

    /// The event, still without a name.
    fn event(&self, namespace: &str, message: String, now: Timestamp) -> Event {
        let at = Time(seconds(now));
        Event {
            metadata: ObjectMeta {
                namespace: Some(namespace.to_owned()),
                ..ObjectMeta::default()
            },
            involved_object: self.object.clone(),
            reason: Some(self.reason.clone()),
            message: Some(message),
            type_: Some(self.type_.text().to_owned()),
            source: Some((*self.source).clone()),
            reporting_component: self.source.component.clone(),
            reporting_instance: self.source.host.clone(),
            count: Some(1),
            first_timestamp: Some(at.clone()),
            last_timestamp: Some(at),
            ..Event::default()
        }
    }
}

/// A DNS subdomain, as an Event's name must be.
fn is_name(name: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = [bytes.first(), bytes.last()];
        ends.iter()
            .all(|end| end.is_some_and(|byte| is_alphanumeric(*byte)))
            && bytes
                .iter()
                .all(|byte| is_alphanumeric(*byte) || *byte == b'-')
    };
    name.len() <= LONGEST_NAME && name.split('.').all(is_label)
}

/// Kubernetes writes times in whole seconds.
fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).expect("a timestamp cut to its second is one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_01_an_event_has_a_name_whatever_its_object_is_called() {
        let at = Timestamp::from_nanosecond(0x17a3).expect("a time");
        let long = "a".repeat(LONGEST_NAME);
        let longest = format!("{}.17a3", &long[5..]);
        let rows: [(&str, &str); 9] = [
            ("pi-2x8k5", "pi-2x8k5.17a3"),
            ("a.b", "a.b.17a3"),
            (&long[5..], &longest),
            (&long[4..], "event.17a3"),
            (&long, "event.17a3"),
            ("system:node:a", "event.17a3"),
            ("A", "event.17a3"),
            ("a-", "event.17a3"),
            ("", "event.17a3"),
        ];
        for (object, name) in rows {
            let reported = Reported {
                source: Arc::default(),
                object: ObjectReference {
                    name: Some(object.to_owned()),
                    ..ObjectReference::default()
                },
                type_: EventType::Normal,
                reason: String::new(),
                message: String::new(),
            };
            assert_eq!(reported.name(at), name, "{object:?}");
        }
    }
}
