//! Counts for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the API server has done since it started.
#[derive(Debug, Default)]
pub struct Counters {
    reads: AtomicU64,
    writes: AtomicU64,
    client_errors: AtomicU64,
    server_errors: AtomicU64,
    watches: AtomicU64,
    watches_open: AtomicU64,
    events_sent: AtomicU64,
    numbered: AtomicU64,
    turns: AtomicU64,
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

    pub fn watch_opened(&self) {
        self.watches.fetch_add(1, Relaxed);
        self.watches_open.fetch_add(1, Relaxed);
    }

    pub fn watch_closed(&self) {
        self.watches_open.fetch_sub(1, Relaxed);
    }

    pub fn event_sent(&self) {
        self.events_sent.fetch_add(1, Relaxed);
    }

    /// The counts as they are.
    pub fn snapshot(&self) -> Stats {
        Stats {
            reads: self.reads.load(Relaxed),
            writes: self.writes.load(Relaxed),
            client_errors: self.client_errors.load(Relaxed),
            server_errors: self.server_errors.load(Relaxed),
            watches: self.watches.load(Relaxed),
            watches_open: self.watches_open.load(Relaxed),
            events_sent: self.events_sent.load(Relaxed),
        }
    }
}
