//! `GET /live`: one stream a tab, several topics on it (`orrery_view::live` is the contract).
//!
//! Nothing is queued here: a topic is asked for its next state when the socket takes it, so a browser
//! that falls behind misses states between and gets the newest.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{BoxStream, SelectAll};
use futures::{Stream, StreamExt};
use http::StatusCode;
use orrery_view::{Message, Topic};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;

use super::{Site, log};

/// Streams at a time: far more tabs than a person has, far fewer than would hurt.
pub const MOST_STREAMS: usize = 256;

/// Topics of one page: a shell, a few lists and a log.
const MOST_TOPICS: usize = 16;

/// Keeps proxies and laptops from taking silence for an end.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The query of the stream.
#[derive(Deserialize)]
pub struct Asked {
    /// A JSON array of [`Topic`].
    topics: String,
}

/// Streams the topics until the browser leaves or Orrery stops.
pub async fn live(State(site): State<Site>, Query(asked): Query<Asked>) -> Response {
    let topics: Vec<Topic> = match serde_json::from_str(&asked.topics) {
        Ok(topics) => topics,
        Err(error) => {
            return (StatusCode::BAD_REQUEST, format!("topics: {error}\n")).into_response();
        }
    };
    if topics.len() > MOST_TOPICS {
        return (
            StatusCode::BAD_REQUEST,
            format!("at most {MOST_TOPICS} topics\n"),
        )
            .into_response();
    }
    let Ok(place) = site.0.streams.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages are open\n").into_response();
    };
    let stop = site.0.parts.stop.clone();
    let events = events(&site, topics, place).take_until(stop.cancelled_owned());
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

fn events(
    site: &Site,
    topics: Vec<Topic>,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let streams: SelectAll<_> = topics
        .into_iter()
        .zip(0_u16..)
        .map(|(topic, number)| {
            bodies(site, topic)
                .map(move |body| Message {
                    topic: number,
                    body,
                })
                .boxed()
        })
        .collect();
    // a stream without topics, or whose topics have all ended, stays open: an end would be an error to
    // the browser, which would open it again
    streams
        .chain(futures::stream::pending())
        .map(move |message| {
            let _held = &place;
            Ok(Event::default()
                .json_data(message)
                .expect("rows are plain data"))
        })
}

fn bodies(site: &Site, topic: Topic) -> BoxStream<'static, orrery_view::Body> {
    match topic {
        Topic::Log(query) => log::follow(
            site.0.parts.client.clone(),
            site.0.parts.clock.clone(),
            query,
        )
        .boxed(),
        topic => site.0.parts.readmodel.subscribe(topic).boxed(),
    }
}
