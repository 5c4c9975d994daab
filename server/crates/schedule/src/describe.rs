//! A plain sentence for every accepted expression, in English and Korean.
//!
//! `shape` decides what there is to say, `en` and `ko` say it. The zone is named only when the
//! expression itself carries it; elsewhere the page shows it beside the sentence.

mod en;
mod ko;
mod shape;

use crate::schedule::{Schedule, Timing};
use shape::Shape;

/// The languages a schedule is described in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    En,
    Ko,
}

impl Schedule {
    /// What the schedule means, e.g. `At 02:00 on weekdays` or `평일 02:00`.
    pub fn describe(&self, lang: Lang) -> String {
        let mut sentence = match (&self.timing, lang) {
            (Timing::Every { delay_secs, .. }, Lang::En) => en::every(*delay_secs),
            (Timing::Every { delay_secs, .. }, Lang::Ko) => ko::every(*delay_secs),
            (Timing::Fields { fields, .. }, lang) => match (Shape::of(fields), lang) {
                (None, Lang::En) => "Never: no time matches this expression".into(),
                (None, Lang::Ko) => "실행되지 않음: 이 표현식에 맞는 시각이 없음".into(),
                (Some(shape), Lang::En) => en::sentence(&shape),
                (Some(shape), Lang::Ko) => ko::sentence(&shape),
            },
        };
        if self.inline_zone && matches!(self.timing, Timing::Fields { .. }) {
            sentence.push_str(&format!(" ({})", self.zone.name()));
        }
        sentence
    }
}

#[cfg(test)]
mod distinct;
#[cfg(test)]
mod tests;
