//! Creates Events under names that nothing else has (EVENT-01).

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use kube::api::PostParams;
use kube::core::Request;
use kube::{Client, Resource};

/// Names tried for one event. Sources keep out of each other's way by [`offset`], so that the second
/// is seldom needed.
const SAME_INSTANT: usize = 100;

/// Of an object.
const LONGEST_NAME: usize = 253;

/// The names that one sender gives: each ends with a time, which is no one else's.
pub struct Names {
    /// The last that was used.
    last: Timestamp,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            last: Timestamp::MIN,
        }
    }
}

impl Names {
    /// Creates `event`, which has its namespace and no name yet, and answers the name. The server's answer
    /// repeats what was sent and is not read.
    pub async fn create(
        &mut self,
        client: &Client,
        mut event: Event,
        now: Timestamp,
        offset: Duration,
    ) -> kube::Result<String> {
        let namespace = event.metadata.namespace.as_deref();
        let collection = Request::new(Event::url_path(&(), namespace));
        let about = event.involved_object.name.clone().unwrap_or_default();
        let mut attempt = 1;
        loop {
            let free = self.last + Duration::from_nanos(1);
            self.last = free.max(now + offset);
            let name = name(&about, self.last);
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
}

/// Less than a millisecond, and another for each source: two that report about one object in the same
/// instant (on a clock of milliseconds they often do) choose different names.
pub fn offset<'a>(source: impl IntoIterator<Item = &'a str>) -> Duration {
    let bytes = source.into_iter().flat_map(str::bytes);
    let hash = bytes.fold(0u64, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(byte.into())
    });
    Duration::from_nanos(hash % 1000 * 1000)
}

/// `pod.17a3…`, as upstream's recorder names events. It takes a random uid where that would be no
/// name; here the time does alone, which no other of this sender has.
fn name(object: &str, at: Timestamp) -> String {
    let at = at.as_nanosecond();
    let name = format!("{object}.{at:x}");
    match is_name(&name) {
        true => name,
        false => format!("event.{at:x}"),
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
        for (object, expect) in rows {
            assert_eq!(name(object, at), expect, "{object:?}");
        }
    }
}
