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
use orrery_app::page::Painter;
use orrery_view::{Message, Topic};
use serde::{Deserialize, Serialize};
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
    /// A JSON array of [`Topic`]: rows and details as values.
    topics: Option<String>,
}

/// Streams what was asked for until the browser leaves or Orrery stops: topics as values, or, for
/// `at=<address>`, the page at that address as it is drawn.
pub async fn live(
    State(site): State<Site>,
    Query(asked): Query<Asked>,
    reader: orrery_app::page::Asked,
) -> Response {
    let painter = match &asked.topics {
        Some(_) => None,
        None => match Painter::open(&*site.0.parts.backend, &reader).await {
            Ok(painter) => Some(painter),
            Err(error) => {
                return (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response();
            }
        },
    };
    let topics = match (&asked.topics, &painter) {
        (Some(topics), _) => serde_json::from_str(topics),
        (None, painter) => Ok(painter
            .as_ref()
            .map_or_else(Vec::new, |painter| painter.topics().to_vec())),
    };
    let topics: Vec<Topic> = match topics {
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
    let events = events(&site, topics, painter, place).take_until(stop.cancelled_owned());
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

fn events(
    site: &Site,
    topics: Vec<Topic>,
    mut painter: Option<Painter>,
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
    let messages = streams.chain(futures::stream::pending());
    // what has changed by the time that the socket takes more is painted once
    messages
        .ready_chunks(MOST_TOPICS)
        .flat_map(move |messages| {
            let _held = &place;
            futures::stream::iter(said(messages, painter.as_mut()))
        })
        .map(Ok)
}

fn said(messages: Vec<Message>, painter: Option<&mut Painter>) -> Vec<Event> {
    let Some(painter) = painter else {
        return messages.iter().map(event).collect();
    };
    let mut patches = Vec::new();
    for message in messages {
        patches.extend(painter.hear(message.topic, message.body));
    }
    patches.extend(painter.paint());
    patches.iter().map(event).collect()
}

fn event(said: &impl Serialize) -> Event {
    let event = Event::default().json_data(said);
    event.expect("rows are plain data")
}

fn bodies(site: &Site, topic: Topic) -> BoxStream<'static, orrery_view::Body> {
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
