//! Reports Events about objects, as upstream's recorder does (EVENT-01): in the background, folded,
//! and dropped rather than ever holding work up.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, Resource};
use orrery_clock::Clock;
use serde_json::json;
use tokio::sync::mpsc;

use crate::correlate::{Correlator, Report, Verdict};
use crate::event_name::{Names, offset};
use crate::object_reference;

/// Events waiting for the sender; the next ones are dropped, as upstream's broadcaster does.
const QUEUED: usize = 1000;
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
    let mut names = Names::default();
    while let Some(reported) = receiver.recv().await {
        if let Err(error) = send(&client, &clock, &mut correlator, &mut names, &reported).await {
            tracing::debug!(reason = reported.reason, %error, "event dropped");
        }
    }
}

async fn send(
    client: &Client,
    clock: &Clock,
    correlator: &mut Correlator,
    names: &mut Names,
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
    let event = reported.event(namespace, message.clone(), now);
    let name = names.create(client, event, now, reported.offset()).await?;
    correlator.remember(&report, &message, name, 1);
    Ok(())
}

impl Reported {
    fn offset(&self) -> Duration {
        let source = &self.source;
        offset(
            [&source.component, &source.host]
                .into_iter()
                .flatten()
                .map(String::as_str),
        )
    }

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

/// Kubernetes writes times in whole seconds.
fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).expect("a timestamp cut to its second is one")
}
