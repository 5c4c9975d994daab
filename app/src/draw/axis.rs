//! A time axis: where an instant is, and which instants are named.

use std::fmt::Write;

use orrery_view::Millis;

use crate::format;
use crate::lang::Lang;

/// Steps between ticks in seconds: those a clock face knows.
const STEPS: [i64; 18] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
    604_800,
];
/// More labels would touch each other at 360 px.
const MOST_TICKS: i64 = 5;

/// A span of time as wide as the picture.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    from: Millis,
    to: Millis,
}

impl Axis {
    /// At least a second wide, so that nothing divides by zero.
    pub fn new(from: Millis, to: Millis) -> Self {
        Self {
            from,
            to: to.max(from + 1_000),
        }
    }

    /// The time that the thinnest bar seems to take.
    pub fn least(self) -> Millis {
        (self.to - self.from) / 250
    }

    /// In hundredths of the width, clamped to the picture.
    pub fn at(self, instant: Millis) -> f64 {
        let share = (instant - self.from) as f64 / (self.to - self.from) as f64;
        (share * 100.0).clamp(0.0, 100.0)
    }

    /// Lines and words for the time that passed since the start.
    pub fn ticks(self, height: u32, lang: Lang) -> String {
        let span = (self.to - self.from) / 1_000;
        let step = STEPS.into_iter().find(|step| span / step <= MOST_TICKS);
        let step = step.unwrap_or_else(|| (span / MOST_TICKS / 604_800 + 1) * 604_800);
        let mut out = String::new();
        for n in 0..=span / step {
            let x = self.at(self.from + n * step * 1_000);
            let anchor = match x {
                x if x < 4.0 => "a0",
                x if x > 94.0 => "a2",
                _ => "a1",
            };
            // Writing to a string does not fail.
            let _ = write!(
                out,
                r#"<line class="grid" x1="{x:.2}%" x2="{x:.2}%" y1="0" y2="{height}"/><text class="tick {anchor}" x="{x:.2}%" y="{}">{}</text>"#,
                height + 15,
                format::brief(n * step * 1_000, lang)
            );
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_names_few_instants() {
        for (millis, ticks, last) in [
            (0, 2, "1 s"),
            (4_000, 5, "4 s"),
            (90_000, 4, "1 m 30 s"),
            (15 * 60_000, 4, "15 m"),
            (26 * 3_600_000, 5, "1 d"),
            (90 * 86_400_000, 5, "84 d"),
        ] {
            let drawn = Axis::new(0, millis).ticks(10, Lang::En);
            assert_eq!(drawn.matches("<text").count(), ticks, "{millis}: {drawn}");
            assert!(
                drawn.contains(&format!(">{last}</text>")),
                "{millis}: {drawn}"
            );
        }
    }

    #[test]
    fn what_lies_outside_is_at_the_edge() {
        let axis = Axis::new(1_000, 3_000);
        assert_eq!(
            [0, 1_000, 2_000, 9_000].map(|t| axis.at(t)),
            [0.0, 0.0, 50.0, 100.0]
        );
    }
}
