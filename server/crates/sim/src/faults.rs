//! What may go wrong between a component and the API server, by chance from the seed.

use std::fmt;
use std::time::Duration;

use orrery_clock::Clock;
use orrery_store::Unflushed;

use crate::host::Outage;

/// How often things go wrong, in requests of a thousand. All zero: nothing does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The request is answered 500 and not made.
    pub refused: u16,
    /// An update or patch is answered 409 and not made.
    pub conflict: u16,
    /// The request is made and its answer lost: the caller sees a 500.
    pub answer_lost: u16,
    /// The request waits for up to [`Faults::LONGEST_DELAY`].
    pub delayed: u16,
    /// A watch's events come late, each by up to [`Faults::LONGEST_DELAY`].
    pub watch_delayed: u16,
    /// A watch ends after a few events.
    pub watch_cut: u16,
    /// A watch is answered 410: its history is gone.
    pub watch_expired: u16,
    /// The process of the controllers dies at a write, before or after it.
    pub crash: u16,
    /// The API server and its store die at a write: before it, within it, or after it.
    pub server_crash: u16,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Fine,
    Refused,
    Conflict,
    AnswerLost,
    Delayed(Duration),
    /// The sender dies; the write is made first or not.
    Crash {
        made: bool,
    },
    /// The API server dies of it.
    ServerCrash(Outage),
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine => Ok(()),
            Self::Refused => f.write_str("refused"),
            Self::Conflict => f.write_str("refused as a conflict"),
            Self::AnswerLost => f.write_str("answer lost"),
            Self::Delayed(delay) => write!(f, "delayed by {} ms", delay.as_millis()),
            Self::Crash { made: false } => f.write_str("the sender dies before it"),
            Self::Crash { made: true } => f.write_str("the sender dies after it"),
            Self::ServerCrash(outage) => {
                write!(f, "the server dies within {} steps", outage.operations)
            }
        }
    }
}

/// What happens to one watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchFate {
    Fine,
    Refused,
    Expired,
    /// Ends after so many chunks.
    Cut(usize),
    /// Every chunk is this late.
    Late(Duration),
}

impl fmt::Display for WatchFate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine => Ok(()),
            Self::Refused => f.write_str("watch refused"),
            Self::Expired => f.write_str("watch expired"),
            Self::Cut(chunks) => write!(f, "watch cut after {chunks} chunks"),
            Self::Late(delay) => write!(f, "watch late by {} ms", delay.as_millis()),
        }
    }
}

impl Faults {
    /// Longer than any pause that a controller makes on its own account, shorter than a lease.
    pub const LONGEST_DELAY: Duration = Duration::from_secs(3);
    /// A cut watch has shown at most so many chunks.
    const MOST_CHUNKS: u64 = 40;
    /// Longer than a lease, so that a follower may take over from a leader that could not renew.
    const LONGEST_OUTAGE: Duration = Duration::from_secs(20);
    /// A write is up to three operations of the disk, a rewrite of the log some more.
    const MOST_OPERATIONS: u64 = 7;

    /// Everything, rarely.
    pub fn some() -> Self {
        Self {
            refused: 8,
            conflict: 8,
            answer_lost: 5,
            delayed: 10,
            watch_delayed: 150,
            watch_cut: 400,
            watch_expired: 50,
            crash: 2,
            server_crash: 1,
        }
    }

    /// Everything, often: a cluster that hardly works.
    pub fn many() -> Self {
        Self {
            refused: 60,
            conflict: 60,
            answer_lost: 60,
            delayed: 60,
            watch_delayed: 300,
            watch_cut: 600,
            watch_expired: 200,
            crash: 15,
            server_crash: 4,
        }
    }

    /// What [`crate::check`] runs a seed with: odd ones have it hard.
    pub fn of(seed: u64) -> Self {
        match seed % 2 {
            0 => Self::some(),
            _ => Self::many(),
        }
    }

    /// Throws the dice for a request.
    pub fn request(&self, dice: &Clock, method: &http::Method, may_crash: bool) -> Fate {
        let write = method != http::Method::GET;
        let update = method == http::Method::PUT || method == http::Method::PATCH;
        if *self == Self::default() {
            return Fate::Fine;
        }
        // each kind has a throw of its own, so that one does not hide another
        let one_of = |permille: u16| dice.below(1000) < u64::from(permille);
        if write && may_crash && one_of(self.crash) {
            return Fate::Crash {
                made: dice.below(2) == 1,
            };
        }
        if write && one_of(self.server_crash) {
            return Fate::ServerCrash(outage(dice));
        }
        match () {
            () if one_of(self.refused) => Fate::Refused,
            () if update && one_of(self.conflict) => Fate::Conflict,
            () if write && one_of(self.answer_lost) => Fate::AnswerLost,
            () if one_of(self.delayed) => Fate::Delayed(delay(dice)),
            () => Fate::Fine,
        }
    }

    /// Throws the dice for a watch.
    pub fn watch(&self, dice: &Clock) -> WatchFate {
        if *self == Self::default() {
            return WatchFate::Fine;
        }
        let one_of = |permille: u16| dice.below(1000) < u64::from(permille);
        match () {
            () if one_of(self.refused) => WatchFate::Refused,
            () if one_of(self.watch_expired) => WatchFate::Expired,
            () if one_of(self.watch_cut) => {
                WatchFate::Cut(dice.below(Self::MOST_CHUNKS) as usize + 1)
            }
            () if one_of(self.watch_delayed) => WatchFate::Late(delay(dice)),
            () => WatchFate::Fine,
        }
    }
}

pub(crate) fn outage(dice: &Clock) -> Outage {
    let unflushed = [
        Unflushed::Lost,
        Unflushed::Kept,
        Unflushed::Zeroed,
        Unflushed::Half,
    ];
    // short ones mostly, so that they are many
    let longest = Faults::LONGEST_OUTAGE.as_millis() as u64 >> (2 * dice.below(4));
    Outage {
        operations: dice.below(Faults::MOST_OPERATIONS) as usize,
        unflushed: unflushed[dice.below(unflushed.len() as u64) as usize],
        down: Duration::from_millis(dice.below(longest)),
    }
}

fn delay(dice: &Clock) -> Duration {
    Duration::from_millis(dice.below(Faults::LONGEST_DELAY.as_millis() as u64) + 1)
}
