//! `GET /live?at=<address>&tab=<name>`: one stream a tab, which says how the page at that address changes. `POST`
//! tells the tab's stream of another address of the same page: another window of a long list. A page that was just
//! loaded says which rows it has drawn, as its HTML told it (`&drawn=`): they do not come a second time.
//!
//! Nothing is queued here: a topic is asked for its next state when the socket takes it, so a browser
//! that falls behind misses states between and gets the newest.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll};
use http::StatusCode;
use orrery_app::live::Patch;
use orrery_app::page::{Asked, Painter};
use orrery_view::{Body, Topic};
use tokio::sync::OwnedSemaphorePermit;

use super::tabs::Tab;
use super::{Site, log};

/// What a tab calls itself in its address.
const TAB: &str = "tab";

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
    let open = Open {
        tab: site.0.tabs.enter(asked.value(TAB).unwrap_or_default()),
        heard: heard(&site, &painter),
        painter,
        site: site.clone(),
        _held: place,
    };
    let stop = site.0.parts.stop.clone();
    let events = futures::stream::unfold(open, |mut open| async move {
        let events = open.events().await;
        Some((futures::stream::iter(events), open))
    });
    let events = events
        .flatten()
        .map(Ok::<_, Infallible>)
        .take_until(stop.cancelled_owned());
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

/// `POST` of the same: the tab of that name looks at the address now. 404 when no such tab is open.
pub async fn turn(State(site): State<Site>, asked: Asked) -> StatusCode {
    let tab = asked.value(TAB).unwrap_or_default().to_owned();
    match site.0.tabs.turn(&tab, asked) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::NOT_FOUND,
    }
}

/// A tab's open stream.
struct Open {
    site: Site,
    tab: Tab,
    painter: Painter,
    heard: BoxStream<'static, Vec<(u16, Body)>>,
    _held: OwnedSemaphorePermit,
}

impl Open {
    /// What the browser is told next.
    async fn events(&mut self) -> Vec<Event> {
        tokio::select! {
            biased;
            asked = self.tab.turned() => self.turn_to(&asked).await,
            Some(heard) = self.heard.next() => said(heard, &mut self.painter),
        }
    }

    async fn turn_to(&mut self, asked: &Asked) -> Vec<Event> {
        match Painter::open(&*self.site.0.parts.backend, asked).await {
            Ok(painter) => {
                self.heard = heard(&self.site, &painter);
                self.painter.turn_to(painter);
                said(Vec::new(), &mut self.painter)
            }
            // a page that is loaded again says what is wrong
            Err(_) => vec![event(&Patch::Again)],
        }
    }
}

/// What is heard of a page's topics. What has changed by the time that the socket takes more comes together, to be
/// painted once.
fn heard(site: &Site, painter: &Painter) -> BoxStream<'static, Vec<(u16, Body)>> {
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
    heard.ready_chunks(AT_ONCE).boxed()
}

fn said(heard: Vec<(u16, Body)>, painter: &mut Painter) -> Vec<Event> {
    let mut patches = Vec::new();
    for (topic, body) in heard {
        patches.extend(painter.hear(topic, body));
    }
    patches.extend(painter.paint());
    patches.iter().map(event).collect()
}

fn event(patch: &Patch) -> Event {
    Event::default().json_data(patch).expect("plain data")
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
