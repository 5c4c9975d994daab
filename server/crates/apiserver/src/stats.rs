//! Counts for `/metrics`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use orrery_apis::Info;
use parking_lot::Mutex;

use crate::exposition::{Exposition, MetricKind};

/// What the API server has done since it started.
#[derive(Debug, Default)]
pub struct Counters {
    reads: AtomicU64,
    writes: AtomicU64,
    client_errors: AtomicU64,
    server_errors: AtomicU64,
    watches: AtomicU64,
    watched: Mutex<BTreeMap<Kind, Arc<Watched>>>,
    numbered: AtomicU64,
    turns: AtomicU64,
}

/// Group, version, plural and scope of what is watched.
type Kind = [&'static str; 4];

/// The watches of one kind in one scope.
#[derive(Debug, Default)]
pub struct Watched {
    open: AtomicU64,
    events: AtomicU64,
}

impl Watched {
    pub fn closed(&self) {
        self.open.fetch_sub(1, Relaxed);
    }

    pub fn event_sent(&self) {
        self.events.fetch_add(1, Relaxed);
    }
}

/// A snapshot of the counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// GET requests, watches included.
    pub reads: u64,
    /// POST, PUT, PATCH and DELETE requests.
    pub writes: u64,
    /// Answers with a 4xx code.
    pub client_errors: u64,
    /// Answers with a 5xx code.
    pub server_errors: u64,
    /// Watches ever opened.
    pub watches: u64,
    /// Watches open now.
    pub watches_open: u64,
    /// Watch events sent, bookmarks included.
    pub events_sent: u64,
}

impl Counters {
    /// Counts one request by its method and the code of its answer.
    pub fn request(&self, method: &http::Method, code: http::StatusCode) {
        let read = matches!(*method, http::Method::GET | http::Method::HEAD);
        let counter = if read { &self.reads } else { &self.writes };
        counter.fetch_add(1, Relaxed);
        if code.is_client_error() {
            self.client_errors.fetch_add(1, Relaxed);
        }
        if code.is_server_error() {
            self.server_errors.fetch_add(1, Relaxed);
        }
    }

    /// A number that no request had before.
    pub fn number(&self) -> u64 {
        self.numbered.fetch_add(1, Relaxed)
    }

    /// Whose turn it is among those that a service leads to.
    pub fn turn(&self) -> u64 {
        self.turns.fetch_add(1, Relaxed)
    }

    /// Counts a watch, in one namespace or over all; it counts the rest itself.
    pub fn watch_opened(&self, info: &Info, namespaced: bool) -> Arc<Watched> {
        self.watches.fetch_add(1, Relaxed);
        let scope = if namespaced { "namespace" } else { "cluster" };
        let kind = [info.group, info.version, info.plural, scope];
        let watched = self.watched.lock().entry(kind).or_default().clone();
        watched.open.fetch_add(1, Relaxed);
        watched
    }

    /// Writes down what is watched.
    pub fn tell(&self, told: &mut Exposition) {
        let watched: Vec<(Kind, Arc<Watched>)> = {
            let watched = self.watched.lock();
            watched
                .iter()
                .map(|(kind, watched)| (*kind, watched.clone()))
                .collect()
        };
        let name = "apiserver_longrunning_requests";
        let help = "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, \
                    scope and component. Not all requests are tracked this way.";
        told.begin(name, MetricKind::Gauge, help);
        for ([group, version, resource, scope], watched) in &watched {
            let labels = [
                ("component", "apiserver"),
                ("group", *group),
                ("resource", *resource),
                ("scope", *scope),
                ("subresource", ""),
                ("verb", "WATCH"),
                ("version", *version),
            ];
            told.sample(name, &labels, watched.open.load(Relaxed));
        }
        let mut events: BTreeMap<[&str; 3], u64> = BTreeMap::new();
        for ([group, version, resource, _], watched) in &watched {
            let sum = events.entry([*group, *resource, *version]).or_default();
            *sum += watched.events.load(Relaxed);
        }
        let name = "apiserver_watch_events_total";
        let help = "Number of events sent in watch clients";
        told.begin(name, MetricKind::Counter, help);
        for ([group, resource, version], count) in events {
            let labels = [
                ("group", group),
                ("resource", resource),
                ("version", version),
            ];
            told.sample(name, &labels, count);
        }
    }

    /// The counts as they are.
    pub fn snapshot(&self) -> Stats {
        let watched = self.watched.lock();
        let sum = |of: fn(&Watched) -> &AtomicU64| -> u64 {
            watched
                .values()
                .map(|watched| of(watched).load(Relaxed))
                .sum()
        };
        Stats {
            reads: self.reads.load(Relaxed),
            writes: self.writes.load(Relaxed),
            client_errors: self.client_errors.load(Relaxed),
            server_errors: self.server_errors.load(Relaxed),
            watches: self.watches.load(Relaxed),
            watches_open: sum(|watched| &watched.open),
            events_sent: sum(|watched| &watched.events),
        }
    }
}
