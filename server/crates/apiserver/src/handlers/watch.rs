//! Watches: one line of JSON per event, flushed at once, stored bytes copied (K-12, K-40, K-42, K-43).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use orrery_store::{Change, ChangeKind, Entry, Watch};
use tokio::time::Instant;

use crate::call::Call;
use crate::form::Encodable;
use crate::handlers::list;
use crate::list_options::{self, At, ListOptions, WatchOptions};
use crate::negotiate::Representation;
use crate::problem::{Outcome, Problem};
use crate::record;
use crate::render;
use crate::selection::Selection;
use crate::stats::Watched;
use crate::versions;
use crate::watch_frame::{EventType, Framer};

/// How often a client that asked for bookmarks gets one; upstream's "about a minute".
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// The same for Orrery's own components. They ask for watches of five minutes, for a connection that is cut where
/// nobody tells; in process none is, so that theirs last as long as any, and a sign of life before the five minutes
/// are over is enough.
const BOOKMARK_EVERY_IN_PROCESS: Duration = Duration::from_secs(240);
/// And once more so long before the watch ends, as upstream: whoever comes back then has missed little.
const BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);
/// A watch without `timeoutSeconds` ends after half an hour to an hour, as upstream's, so that
/// clients spread out and nobody holds a connection for ever.
const SHORTEST_SECS: u64 = 1800;
/// A year: what a client asks for has no upper bound, but time that can be counted on has.
const LONGEST_SECS: u64 = 365 * 24 * 3600;
/// Events that are ready together travel together, up to about this many bytes.
const BATCH_BYTES: usize = 64 * 1024;

/// Opens a watch.
pub fn watch(call: Call, representation: Representation) -> Outcome<Response> {
    list_options::check_numbers(&call.params)?;
    let selection = Selection::read(&call.params)?;
    WatchOptions::check(&call.params)?;
    selection.check(&call.resource)?;
    let options = WatchOptions::read(&call.params)?;
    let framer = Framer::new(&call, representation)?;
    let feed = Feed::open(call, selection, options, framer)?;
    let chunks = stream::unfold(feed, |mut feed| async move {
        let chunk = feed.next_chunk().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), feed))
    });
    let mut response = render::typed(Body::from_stream(chunks), "application/json");
    response.extensions_mut().insert(render::Watching);
    response.extensions_mut().insert(Encodable);
    Ok(response)
}

struct Feed {
    call: Call,
    selection: Selection,
    framer: Framer,
    /// The present state, last first.
    initial: Vec<Arc<Entry>>,
    /// The bookmark that ends the initial events, with its version.
    initial_bookmark: Option<u64>,
    /// `None` once the watch is over.
    watch: Option<Watch>,
    /// What ends it at once: a version that is too old.
    failure: Option<Problem>,
    next_bookmark: Option<Instant>,
    bookmark_every: Duration,
    deadline: Instant,
    watched: Arc<Watched>,
}

impl Feed {
    fn open(
        call: Call,
        selection: Selection,
        options: WatchOptions,
        framer: Framer,
    ) -> Outcome<Self> {
        let mut initial = Vec::new();
        let mut after = options.after.unwrap_or_else(|| call.core.store.revision());
        let mut end = None;
        let mut failure = None;
        if options.initial_events {
            // an event, as upstream has it of whatever goes wrong from here on
            failure = versions::reached(&call.core.store, options.after).err();
        }
        if options.initial_events && failure.is_none() {
            let everything = ListOptions {
                at: At::Newest,
                limit: None,
                continue_from: None,
            };
            let page = list::select(&call, &selection, &everything)?;
            after = page.revision;
            initial = page.entries;
            initial.reverse();
            end = options.initial_bookmark.then_some(after);
        }
        let watch = call
            .core
            .store
            .watch(&call.resource.key, call.namespace.as_deref(), after);
        let (watch, failure) = match watch {
            Ok(watch) => (Some(watch), failure),
            Err(gone) => (None, Some(Problem::too_old(after, gone.oldest))),
        };
        let now = Instant::now();
        let chance = || call.core.clock.below(SHORTEST_SECS);
        let asked = options.timeout_secs.filter(|_| !call.is_component);
        let deadline = now + lasting(asked, chance);
        let bookmark_every = match call.is_component {
            true => BOOKMARK_EVERY_IN_PROCESS,
            false => BOOKMARK_EVERY,
        };
        let namespaced = call.namespace.is_some();
        let counters = &call.core.counters;
        let watched = counters.watch_opened(call.resource.info, namespaced);
        Ok(Self {
            next_bookmark: options
                .bookmarks
                .then(|| next_bookmark(now, bookmark_every, deadline)),
            bookmark_every,
            deadline,
            watched,
            call,
            selection,
            framer,
            initial,
            initial_bookmark: end,
            watch,
            failure,
        })
    }

    /// The next bytes; `None` ends the response.
    async fn next_chunk(&mut self) -> Option<Bytes> {
        if let Some(chunk) = self.initial_chunk() {
            return Some(chunk);
        }
        loop {
            if let Some(problem) = self.failure.take() {
                self.watch = None;
                return Some(self.framer.error(&problem));
            }
            // however busy it is: what is ready would be taken first below
            if Instant::now() >= self.deadline {
                return None;
            }
            let watch = self.watch.as_mut()?;
            // far in the future when no bookmarks are wanted: the deadline is always earlier
            let bookmark = self.next_bookmark.unwrap_or(self.deadline);
            tokio::select! {
                biased;
                change = watch.next() => {
                    let Some(chunk) = self.batch(change) else { continue };
                    return Some(chunk);
                }
                () = tokio::time::sleep_until(bookmark.min(self.deadline)) => {
                    if Instant::now() >= self.deadline {
                        continue;
                    }
                    let version = watch.progress();
                    let next = next_bookmark(Instant::now(), self.bookmark_every, self.deadline);
                    self.next_bookmark = Some(next);
                    let Some(chunk) = self.bookmark(version, false) else { continue };
                    return Some(chunk);
                }
            }
        }
    }

    fn initial_chunk(&mut self) -> Option<Bytes> {
        let mut chunk = Vec::new();
        while chunk.len() < BATCH_BYTES {
            let Some(entry) = self.initial.pop() else {
                break;
            };
            self.event(&mut chunk, EventType::Added, &entry.value);
        }
        if self.initial.is_empty()
            && let Some(version) = self.initial_bookmark.take()
        {
            chunk.extend(self.bookmark(version, true).unwrap_or_default());
        }
        (!chunk.is_empty()).then(|| chunk.into())
    }

    /// This change and those that are ready behind it; `None` when none is selected.
    fn batch(&mut self, first: Result<Arc<Change>, orrery_store::Lagged>) -> Option<Bytes> {
        let mut chunk = Vec::new();
        let mut next = first.map(Some);
        loop {
            match next {
                Ok(Some(change)) => self.change(&mut chunk, &change),
                Ok(None) => break,
                Err(lagged) => {
                    self.failure = Some(Problem::too_old(lagged.oldest, lagged.current));
                    break;
                }
            }
            if chunk.len() >= BATCH_BYTES {
                break;
            }
            next = self.watch.as_mut()?.try_next();
        }
        (!chunk.is_empty()).then(|| chunk.into())
    }

    /// What the change is to a client that sees only what it selected.
    fn change(&mut self, chunk: &mut Vec<u8>, change: &Change) {
        let is = change.kind == ChangeKind::Put && self.selection.matches(&change.entry);
        let previous = change.previous.as_deref();
        let was = previous.is_some_and(|entry| self.selection.matches(entry));
        match (was, is) {
            (false, true) => self.event(chunk, EventType::Added, &change.entry.value),
            (true, true) => self.event(chunk, EventType::Modified, &change.entry.value),
            (true, false) if change.kind == ChangeKind::Delete => {
                self.event(chunk, EventType::Deleted, &change.entry.value);
            }
            // it left the selection: its last selected state, at the version that took it out
            (true, false) => {
                let last = previous
                    .map(|entry| entry.value.clone())
                    .unwrap_or_default();
                let value =
                    record::restamp(&last, self.call.resource.prefix.len(), change.revision);
                self.event(chunk, EventType::Deleted, &value);
            }
            (false, false) => {}
        }
    }

    fn event(&mut self, chunk: &mut Vec<u8>, event: EventType, value: &[u8]) {
        self.watched.event_sent();
        let framed = self.framer.object(chunk, &self.call, event, value);
        if let Err(problem) = framed {
            self.failure = Some(problem);
        }
    }

    fn bookmark(&mut self, version: u64, ends_initial: bool) -> Option<Bytes> {
        self.watched.event_sent();
        let framed = self.framer.bookmark(&self.call, version, ends_initial);
        framed.map_err(|problem| self.failure = Some(problem)).ok()
    }
}

/// How long a watch lasts, by what was asked for.
fn lasting(asked_secs: Option<u64>, chance: impl FnOnce() -> u64) -> Duration {
    let secs = asked_secs.unwrap_or_else(|| SHORTEST_SECS + chance());
    Duration::from_secs(secs.min(LONGEST_SECS))
}

/// When it is time again, or a little before the watch ends if that comes first.
fn next_bookmark(now: Instant, every: Duration, deadline: Instant) -> Instant {
    let regular = now + every;
    let last = deadline.checked_sub(BOOKMARK_BEFORE_END);
    last.filter(|last| *last > now)
        .map_or(regular, |last| last.min(regular))
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.watched.closed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_lasts_as_long_as_asked_but_not_for_ever() {
        for (asked, secs) in [
            (None, SHORTEST_SECS + 5),
            (Some(7), 7),
            (Some(u64::MAX), LONGEST_SECS),
        ] {
            assert_eq!(lasting(asked, || 5), Duration::from_secs(secs));
        }
    }
}
