//! What the cluster's own OpenAPI says of the field that one edits, as `kubectl explain` tells it.

mod kinds;
mod place;
mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http::header::ACCEPT;
use jiff::{SignedDuration, Timestamp};
use kube::api::GroupVersionKind;
use orrery_app::forms::manifest::{About, Offer, Offers};
use parking_lot::Mutex;

use super::Dashboard;
use super::create::version_of;
use super::manifest;
use place::Place;
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
    let content = manifest::at(text, line)?.content.ok()?;
    let (version, kind) = (content.text("/apiVersion"), content.text("/kind"));
    let gvk = version_of(version, kind)?;
    let schemas = schemas(on, &gvk).await?;
    schemas.about(&gvk, content.path(line)?)
}

/// The fields whose names go on with what is typed up to a place, counted in bytes, and are not there yet; `None`:
/// there are none.
pub async fn offers(on: &Dashboard, text: &str, cursor: usize) -> Option<Offers> {
    let place = place::of(text, cursor)?;
    let begun = place.begun.to_ascii_lowercase();
    let mut fields = kinds::offers(&place);
    for field in fields_of(on, &place).await.unwrap_or_default() {
        if fields.iter().all(|offered| offered.name != field.name) {
            fields.push(field);
        }
    }
    fields.retain(|field| {
        let goes_on = field.name.to_ascii_lowercase().starts_with(&begun);
        goes_on && !place.beside.contains(&field.name.as_str())
    });
    (!fields.is_empty()).then_some(Offers {
        line: place.line,
        column: place.column,
        fields,
    })
}

/// What a field of the kind that the document says may hold there.
async fn fields_of(on: &Dashboard, place: &Place<'_>) -> Option<Vec<Offer>> {
    let version = match place.version {
        "" => kinds::version(place.kind)?,
        version => version,
    };
    let gvk = version_of(version, place.kind)?;
    let schemas = schemas(on, &gvk).await?;
    Some(schemas.fields(&gvk, &place.path, place.column))
}

async fn schemas(on: &Dashboard, kind: &GroupVersionKind) -> Option<Arc<Schemas>> {
    let address = match kind.group.as_str() {
        "" => format!("/openapi/v3/api/{}", kind.version),
        group => format!("/openapi/v3/apis/{group}/{}", kind.version),
    };
    on.known.get(on, address).await
}

impl Known {
    async fn get(&self, on: &Dashboard, address: String) -> Option<Arc<Schemas>> {
        let now = on.clock.now();
        let known = {
            let mut known = self.0.lock();
            known.retain(|_, (at, _)| now.duration_since(*at).abs() < FRESH);
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
