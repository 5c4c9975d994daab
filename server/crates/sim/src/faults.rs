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
    /// A write is answered 409 and not made.
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
    /// A watch's last event says 410: its history is gone meanwhile.
    pub watch_outdated: u16,
    /// A watch shows nothing more and does not end, for up to [`Faults::LONGEST_SILENCE`].
    pub watch_silent: u16,
    /// A list's next page is answered 410: its revision is gone.
    pub page_expired: u16,
    /// The process of the controllers dies at a write, before or after it.
    pub crash: u16,
    /// The process of the node agents does, and with it all that runs.
    pub agents_crash: u16,
    /// The API server and its store die at a write: before it, within it, or after it.
    pub server_crash: u16,
}

/// A request as the dice see it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub method: &'a http::Method,
    /// It goes on with a list.
    pub next_page: bool,
    /// How often its sender dies at a write, in a thousand.
    pub deadly: u16,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Fine,
    Refused,
    Conflict,
    PageExpired,
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
            Self::PageExpired => f.write_str("page expired"),
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
    /// Ends after so many chunks and says why.
    Outdated(usize),
    /// Shows so many chunks, then nothing, until the client gives it up.
    Silent(usize, Duration),
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
            Self::Outdated(chunks) => write!(f, "watch outdated after {chunks} chunks"),
            Self::Silent(chunks, lasts) => {
                let secs = lasts.as_secs();
                write!(f, "watch silent after {chunks} chunks for {secs} s")
            }
            Self::Late(delay) => write!(f, "watch late by {} ms", delay.as_millis()),
        }
    }
}

impl Faults {
    /// Longer than any pause that a controller makes on its own account, shorter than a lease.
    pub const LONGEST_DELAY: Duration = Duration::from_secs(3);
    /// A client with a time limit for reads gives a silent watch up; kube's is five minutes, in which
    /// hardly anything here would happen.
    const LONGEST_SILENCE: Duration = Duration::from_secs(60);
    /// A cut watch has shown at most so many chunks.
    const MOST_CHUNKS: u64 = 40;
    /// Longer than a lease, so that a follower may take over from a leader that could not renew.
    const LONGEST_OUTAGE: Duration = Duration::from_secs(20);
    /// A write is up to three operations of the disk, a rewrite of the log some more.
    const MOST_OPERATIONS: u64 = 7;

    /// Nothing.
    pub const NONE: Self = Self {
        refused: 0,
        conflict: 0,
        answer_lost: 0,
        delayed: 0,
        watch_delayed: 0,
        watch_cut: 0,
        watch_expired: 0,
        watch_outdated: 0,
        watch_silent: 0,
        page_expired: 0,
        crash: 0,
        agents_crash: 0,
        server_crash: 0,
    };

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
            watch_outdated: 50,
            watch_silent: 5,
            page_expired: 20,
            crash: 2,
            agents_crash: 1,
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
            watch_outdated: 200,
            watch_silent: 20,
            page_expired: 200,
            crash: 15,
            agents_crash: 2,
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
    pub fn request(&self, dice: &Clock, asked: Asked<'_>) -> Fate {
        let write = asked.method != http::Method::GET;
        if *self == Self::default() {
            return Fate::Fine;
        }
        // each kind has a throw of its own, so that one does not hide another
        let one_of = |permille: u16| dice.below(1000) < u64::from(permille);
        if write && one_of(asked.deadly) {
            return Fate::Crash {
                made: dice.below(2) == 1,
            };
        }
        if write && one_of(self.server_crash) {
            return Fate::ServerCrash(outage(dice));
        }
        match () {
            () if one_of(self.refused) => Fate::Refused,
            () if write && one_of(self.conflict) => Fate::Conflict,
            () if asked.next_page && one_of(self.page_expired) => Fate::PageExpired,
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
        let chunks = || dice.below(Self::MOST_CHUNKS) as usize + 1;
        match () {
            () if one_of(self.refused) => WatchFate::Refused,
            () if one_of(self.watch_expired) => WatchFate::Expired,
            () if one_of(self.watch_silent) => {
                let lasts = dice.below(Self::LONGEST_SILENCE.as_millis() as u64);
                WatchFate::Silent(chunks(), Duration::from_millis(lasts))
            }
            () if one_of(self.watch_outdated) => WatchFate::Outdated(chunks()),
            () if one_of(self.watch_cut) => WatchFate::Cut(chunks()),
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
