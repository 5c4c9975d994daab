//! What settings would mean, as the server's schedules tell it; the form only says it.

use orrery_view::{Millis, Sentence};

/// Slots told ahead.
pub const TOLD: usize = 10;

/// Of settings that are being typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    /// Why the schedule or its zone cannot be read, in Kubernetes' words.
    pub unreadable: Option<String>,
    /// The first of the five fields that is at fault.
    pub unreadable_field: Option<usize>,
    pub sentence: Sentence,
    /// The zone the schedule is read in.
    pub zone: String,
    /// The next slots.
    pub next: Vec<Millis>,
    /// The values that each field of the expression allows; `None` for `@every`.
    pub values: Option<[Vec<u32>; 5]>,
    /// The shortest time between two of the next slots.
    pub gap: Option<Millis>,
    /// Slots of the next 24 hours.
    pub a_day: u32,
    /// Day of month and day of week are alternatives.
    pub ored: bool,
    /// A slot that comes twice because clocks go back.
    pub twice: Option<Millis>,
    /// A slot's wall time that does not exist because clocks go forward: `2026-03-29 02:30`.
    pub left_out: Option<String>,
    /// The first of its days that some months lack: 29, 30 or 31.
    pub short_month: Option<u32>,
    /// When most others start in the same minute as it: the minute, how many, some by name.
    pub company: Option<(Millis, u32, Vec<String>)>,
    /// How long it usually takes, and rarely.
    pub usual: Option<Millis>,
    pub rarely: Option<Millis>,
    pub now: Millis,
}

/// What came of an edit.
#[derive(Clone, Debug, PartialEq)]
pub enum Edited {
    /// How the cluster would store it.
    Rehearsed(String),
    Saved,
    /// It is so already: nothing was written.
    Same,
    /// Somebody else changed it meanwhile: what it is now, and of which generation.
    Changed(Box<super::draft::Settings>, i64),
}
