//! An Event's row.

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use orrery_view::{EventRow, Millis, ObjectRef};

use super::head::{head, kind_named, millis, search_text};

/// An Event's row with what only the server needs.
#[derive(Clone, Debug)]
pub struct EventFacts {
    pub row: EventRow,
    /// The uid of the object it is about.
    pub about: Option<String>,
    pub text: Box<str>,
}

impl EventFacts {
    pub fn of(event: &Event) -> Self {
        let row = row(event);
        let (kind, _) = row.object.split_once('/').unwrap_or_default();
        // so that a search can name a reason or a kind, and mean nothing else
        let named = [format!("kind:{kind}"), format!("reason:{}", row.reason)];
        let text = search_text(
            &event.metadata,
            &[
                &row.reason,
                &row.message,
                &row.object,
                &row.source,
                &named[0],
                &named[1],
            ],
        );
        Self {
            row,
            about: event.involved_object.uid.clone(),
            text,
        }
    }
}

fn row(event: &Event) -> EventRow {
    let about = &event.involved_object;
    let kind = about.kind.as_deref().unwrap_or_default();
    let name = about.name.as_deref().unwrap_or_default();
    let version = about.api_version.as_deref().unwrap_or_default();
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let head = head(&event.metadata);
    let micro = event.event_time.as_ref().map(whole_second);
    let series = event.series.as_ref();
    let observed = series.and_then(|series| series.last_observed_time.as_ref());
    let first = millis(event.first_timestamp.as_ref())
        .or(micro)
        .unwrap_or(head.created);
    let last = observed.map(whole_second);
    let last = last
        .or(millis(event.last_timestamp.as_ref()))
        .or(micro)
        .unwrap_or(first);
    let count = series
        .and_then(|series| series.count)
        .or(event.count)
        .unwrap_or(1);
    let source = event
        .source
        .as_ref()
        .and_then(|source| source.component.clone());
    EventRow {
        warning: event.type_.as_deref() == Some("Warning"),
        reason: event.reason.clone().unwrap_or_default(),
        message: event.message.clone().unwrap_or_default(),
        object: format!("{}/{name}", kind.to_lowercase()),
        link: kind_named(group, kind).map(|kind| ObjectRef {
            kind,
            namespace: about.namespace.clone().unwrap_or_default(),
            name: name.to_owned(),
        }),
        source: source
            .or(event.reporting_component.clone())
            .unwrap_or_default(),
        count: count.max(1) as u32,
        first,
        last,
        head,
    }
}

/// The older form knows whole seconds only: told otherwise, what the scheduler did would stand behind what
/// a node made of it in the same second.
fn whole_second(time: &MicroTime) -> Millis {
    time.0.as_second() * 1000
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_of_the_newer_form_stands_in_one_order_with_the_older() {
        let event = json!({
            "metadata": {"name": "web.1"},
            "involvedObject": {"kind": "Pod", "name": "web"},
            "eventTime": "2026-11-23T12:00:00.900000Z",
            "reportingComponent": "default-scheduler",
            "series": {"count": 3, "lastObservedTime": "2026-11-23T12:00:05.700000Z"},
        });
        let event: Event = serde_json::from_value(event).expect("a literal event");
        let row = EventFacts::of(&event).row;
        assert_eq!((row.last - row.first, row.count), (5000, 3));
        assert_eq!(row.first % 1000, 0);
        assert_eq!(row.source, "default-scheduler");
    }
}
