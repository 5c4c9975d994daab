//! What the cluster's own OpenAPI says of the field that one edits, as `kubectl explain` tells it.

mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http::header::ACCEPT;
use jiff::{SignedDuration, Timestamp};
use orrery_app::forms::manifest::About;
use parking_lot::Mutex;

use super::Dashboard;
use super::create::version_of;
use super::manifest;
use schema::Schemas;

/// A cluster's kinds change when it is upgraded, or somebody adds one.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// Versions of groups that are kept: more are not edited side by side. The core's is half a megabyte as JSON.
const MOST: usize = 4;
/// The form waits for it; without an answer it says nothing of the field.
const WITHIN: Duration = Duration::from_secs(2);

/// When it was read, and what it says.
type Kept = (Timestamp, Arc<Schemas>);

/// What is known of the kinds, by the address of their document.
#[derive(Clone, Default)]
pub struct Known(Arc<Mutex<BTreeMap<String, Kept>>>);

/// Of the field at a line of a text; `None` where the text cannot be read, or the cluster says nothing.
pub async fn explain(on: &Dashboard, text: &str, line: u32) -> Option<About> {
    let manifests = manifest::read(text);
    let at = manifests.iter().rev().find(|each| each.line <= line)?;
    let content = at.content.as_ref().ok()?;
    let (version, kind) = (content.text("/apiVersion"), content.text("/kind"));
    let gvk = version_of(version, kind)?;
    let address = match gvk.group.as_str() {
        "" => format!("/openapi/v3/api/{}", gvk.version),
        group => format!("/openapi/v3/apis/{group}/{}", gvk.version),
    };
    let schemas = on.known.get(on, address).await?;
    schemas.about(&gvk, content.path(line)?)
}

impl Known {
    async fn get(&self, on: &Dashboard, address: String) -> Option<Arc<Schemas>> {
        let now = on.clock.now();
        let known = {
            let mut known = self.0.lock();
            known.retain(|_, (at, _)| now.duration_since(*at) < FRESH);
            known.get(&address).map(|(_, schemas)| schemas.clone())
        };
        if known.is_some() {
            return known;
        }
        let request = Request::get(&address).header(ACCEPT, "application/json");
        let request = request.body(Vec::new()).ok()?;
        let read = tokio::select! {
            read = on.client.request::<Schemas>(request) => read,
            () = on.clock.sleep(WITHIN) => return None,
        };
        let schemas = read
            .inspect_err(|error| tracing::debug!(%error, %address, "no OpenAPI"))
            .ok()
            .map(Arc::new)?;
        keep(&mut self.0.lock(), address, (now, schemas.clone()));
        Some(schemas)
    }
}

/// In the place of the oldest, where there are as many as are kept.
fn keep(known: &mut BTreeMap<String, Kept>, address: String, kept: Kept) {
    let oldest = known.iter().min_by_key(|(_, (at, _))| *at);
    let oldest = oldest.map(|(address, _)| address.clone());
    if known.len() >= MOST
        && !known.contains_key(&address)
        && let Some(oldest) = oldest
    {
        known.remove(&oldest);
    }
    known.insert(address, kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let mut known = BTreeMap::new();
        let addresses = ["d", "a", "c", "b", "b", "e"];
        for (address, at) in addresses.into_iter().zip(0..) {
            let at = Timestamp::from_second(at).expect("a time");
            keep(&mut known, address.to_owned(), (at, Arc::default()));
        }
        let kept: Vec<_> = known.keys().map(String::as_str).collect();
        assert_eq!(kept, ["a", "b", "c", "e"]);
    }
}
