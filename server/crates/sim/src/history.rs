//! Every request, in the order of their answers.

use std::fmt;

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Milliseconds of simulated time since the start.
    pub at_millis: i64,
    pub user: &'static str,
    pub method: http::Method,
    /// Path and query.
    pub path: String,
    /// [`digest`] of the body; of nothing for none.
    pub body: u64,
    /// The answer's status; 0 when the sender died before it.
    pub code: u16,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at_millis,
            user,
            method,
            path,
            body,
            code,
        } = self;
        write!(f, "{at_millis} {user} {method} {path} {body:016x} {code}")
    }
}

/// The whole history of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(Vec<Line>);

impl History {
    pub(crate) fn push(&mut self, line: Line) {
        self.0.push(line);
    }

    /// The requests in order.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// One number for all of it: equal histories have equal ones.
    pub fn digest(&self) -> u64 {
        let lines = self.0.iter().map(Line::to_string);
        lines.fold(OFFSET, |hash, line| absorb(hash, line.as_bytes()))
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
