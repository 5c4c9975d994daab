//! `GET /live?at=<address>`: one stream a tab, which says how the page at that address changes.
//!
//! Nothing is queued here: a topic is asked for its next state when the socket takes it, so a browser
//! that falls behind misses states between and gets the newest.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{BoxStream, SelectAll};
use futures::{Stream, StreamExt};
use http::StatusCode;
use orrery_app::live::Patch;
use orrery_app::page::{Asked, Painter};
use orrery_view::{Body, Topic};
use tokio::sync::OwnedSemaphorePermit;

use super::{Site, log};

/// Streams at a time: far more tabs than a person has, far fewer than would hurt.
pub const MOST_STREAMS: usize = 256;

/// What is painted at once at most: some states of each topic of a page.
const AT_ONCE: usize = 16;

/// Keeps proxies and laptops from taking silence for an end.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Streams the page at the address until the browser leaves or Orrery stops.
pub async fn live(State(site): State<Site>, asked: Asked) -> Response {
    let Ok(place) = site.0.streams.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages are open\n").into_response();
    };
    let painter = match Painter::open(&*site.0.parts.backend, &asked).await {
        Ok(painter) => painter,
        Err(error) => {
            return (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response();
        }
    };
    let stop = site.0.parts.stop.clone();
    let events = events(&site, painter, place).take_until(stop.cancelled_owned());
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

fn events(
    site: &Site,
    mut painter: Painter,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let topics = painter.topics().iter().cloned().zip(0_u16..);
    let streams: SelectAll<_> = topics
        .map(|(topic, number)| {
            let bodies = bodies(site, topic);
            bodies.map(move |body| (number, body)).boxed()
        })
        .collect();
    // a stream whose topics have all ended stays open: an end would be an error to the browser, which would open it
    // again
    let heard = streams.chain(futures::stream::pending());
    // what has changed by the time that the socket takes more is painted once
    heard
        .ready_chunks(AT_ONCE)
        .flat_map(move |heard| {
            let _held = &place;
            futures::stream::iter(said(heard, &mut painter))
        })
        .map(Ok)
}

fn said(heard: Vec<(u16, Body)>, painter: &mut Painter) -> Vec<Event> {
    let mut patches = Vec::new();
    for (topic, body) in heard {
        patches.extend(painter.hear(topic, body));
    }
    patches.extend(painter.paint());
    let event = |patch: &Patch| Event::default().json_data(patch).expect("plain data");
    patches.iter().map(event).collect()
}

fn bodies(site: &Site, topic: Topic) -> BoxStream<'static, Body> {
    match topic {
        Topic::Log(query) => log::follow(
            &site.0.parts.readmodel,
            site.0.parts.client.clone(),
            site.0.parts.clock.clone(),
            query,
        ),
        topic => site.0.parts.readmodel.subscribe(topic).boxed(),
    }
}
