//! Every request, in the order of their answers, with the faults that met it; and what happened besides.

use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use parking_lot::Mutex;
use tokio::time::Instant;

/// A request with its answer, or something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Milliseconds of timer time since the start: a clock that is set does not move them.
    pub at_millis: i64,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Request(Request),
    /// A crash, a full disk, a node without power… in words.
    Happening(String),
}

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub user: &'static str,
    pub method: http::Method,
    /// Path and query.
    pub path: String,
    /// [`digest`] of the body; of nothing for none.
    pub body: u64,
    /// The answer's status; 0 when there was no answer.
    pub code: u16,
    /// The fault that the dice chose, in words; empty for none.
    pub fault: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.at_millis)?;
        match &self.what {
            What::Happening(what) => write!(f, "--- {what}"),
            What::Request(request) => request.fmt(f),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user,
            method,
            path,
            body,
            code,
            fault,
        } = self;
        write!(f, "{user} {method} {path} {body:016x} {code}")?;
        match fault.is_empty() {
            true => Ok(()),
            false => write!(f, " [{fault}]"),
        }
    }
}

/// The whole history of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(Vec<Line>);

impl History {
    /// Everything in order.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// The requests in order.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.0.iter().filter_map(|line| match &line.what {
            What::Request(request) => Some(request),
            What::Happening(_) => None,
        })
    }

    /// Whether a line names this fault or happening.
    pub fn tells(&self, what: &str) -> bool {
        self.0.iter().any(|line| match &line.what {
            What::Request(request) => request.fault.contains(what),
            What::Happening(happening) => happening.contains(what),
        })
    }

    /// One number for all of it: equal histories have equal ones.
    pub fn digest(&self) -> u64 {
        let lines = self.0.iter().map(Line::to_string);
        lines.fold(OFFSET, |hash, line| absorb(hash, line.as_bytes()))
    }
}

/// The one who writes the history. A cheap handle.
#[derive(Clone)]
pub struct Chronicle(Arc<Written>);

struct Written {
    start: Instant,
    history: Mutex<History>,
}

impl Chronicle {
    /// Begins now.
    pub fn begin() -> Self {
        Self(Arc::new(Written {
            start: Instant::now(),
            history: Mutex::default(),
        }))
    }

    /// Timer time since the beginning.
    pub fn elapsed(&self) -> SignedDuration {
        SignedDuration::try_from(self.0.start.elapsed()).unwrap_or(SignedDuration::MAX)
    }

    pub fn request(&self, request: Request) {
        self.write(What::Request(request));
    }

    /// Notes that something happened.
    pub fn happening(&self, what: impl Into<String>) {
        self.write(What::Happening(what.into()));
    }

    pub fn history(&self) -> History {
        self.0.history.lock().clone()
    }

    pub fn requests(&self) -> usize {
        self.0.history.lock().requests().count()
    }

    fn write(&self, what: What) {
        let at_millis = self.elapsed().as_millis() as i64;
        self.0.history.lock().0.push(Line { at_millis, what });
    }
}

/// FNV-1a: no secret and no table, the same on every machine.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    absorb(OFFSET, bytes)
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

fn absorb(hash: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    bytes.iter().fold(hash, step)
}
