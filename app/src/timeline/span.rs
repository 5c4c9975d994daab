//! Which part of the axis is looked at, as the address says it: `?range=6h&to=1795443909000`.

use orrery_view::Millis;

use crate::lang::Lang;
use crate::tr;

const HOUR: Millis = 3_600_000;
/// The end of the year 9999: an address may name no instant beyond, which would leave the calendar.
const LATEST: Millis = 253_402_300_799_000;

/// How far back one looks. A third of it lies ahead of now, so that what comes is on the same axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Range {
    Hour,
    SixHours,
    #[default]
    Day,
    Week,
    Month,
}

impl Range {
    pub const ALL: [Self; 5] = [
        Self::Hour,
        Self::SixHours,
        Self::Day,
        Self::Week,
        Self::Month,
    ];

    /// As in the address.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::SixHours => "6h",
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    pub fn word(self, lang: Lang) -> String {
        match self {
            Self::Hour => tr!(lang, "time.h", n = 1),
            Self::SixHours => tr!(lang, "time.h", n = 6),
            Self::Day => tr!(lang, "time.d", n = 1),
            Self::Week => tr!(lang, "time.d", n = 7),
            Self::Month => tr!(lang, "time.d", n = 30),
        }
    }

    pub fn millis(self) -> Millis {
        match self {
            Self::Hour => HOUR,
            Self::SixHours => 6 * HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
            Self::Month => 30 * 24 * HOUR,
        }
    }

    /// The next shorter or longer one.
    pub fn beside(self, by: isize) -> Option<Self> {
        let place = Self::ALL.iter().position(|each| *each == self)?;
        Self::ALL.get(place.checked_add_signed(by)?).copied()
    }

    /// The axis moves on in steps, so that a page at rest is not drawn anew all the time: 80 of them are its width.
    fn step(self) -> Millis {
        self.millis() / 60
    }
}

/// A range and where it ends; without an end it follows now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Unset: the one that suits the schedule.
    pub range: Option<Range>,
    /// The instant that stands where now would.
    pub to: Option<Millis>,
}

impl Span {
    pub fn of(range: Option<&str>, to: Option<&str>) -> Self {
        Self {
            range: range.and_then(|code| Range::ALL.into_iter().find(|range| range.code() == code)),
            to: to
                .and_then(|to| to.parse().ok())
                .filter(|to| (0..=LATEST).contains(to)),
        }
    }
}

/// The part of time that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub range: Range,
    pub from: Millis,
    pub to: Millis,
    /// It was moved away from now.
    pub held: Option<Millis>,
}

impl Window {
    pub fn new(span: Span, usual: Range, now: Millis) -> Self {
        let range = span.range.unwrap_or(usual);
        let anchor = span.to.unwrap_or(now);
        let anchor = anchor - anchor.rem_euclid(range.step());
        Self {
            range,
            from: anchor - range.millis(),
            to: anchor + range.millis() / 3,
            held: span.to,
        }
    }

    /// Where an instant stands, in hundredths of the width.
    pub fn place(&self, at: Millis) -> f64 {
        (at - self.from) as f64 * 100.0 / (self.to - self.from) as f64
    }

    /// The query string of the same axis moved by parts of its range; none of its own where it reaches now again.
    pub fn moved(&self, by: Millis, now: Millis) -> String {
        let to = self.held.unwrap_or(now) + by * self.range.millis() / 2;
        let range = self.range.code();
        if (to - now).abs() < self.range.millis() / 4 {
            format!("?range={range}")
        } else {
            format!("?range={range}&to={to}")
        }
    }
}

/// The range that shows some twenty runs of a schedule whose slots are so far apart.
pub fn usual(between: Option<Millis>) -> Range {
    let wanted = between.unwrap_or(HOUR).saturating_mul(20);
    Range::ALL
        .into_iter()
        .find(|range| range.millis() >= wanted)
        .unwrap_or(Range::Month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_suits_the_schedule() {
        for (between, range) in [
            (Some(60_000), Range::Hour),
            (Some(5 * 60_000), Range::SixHours),
            (Some(HOUR), Range::Day),
            (Some(6 * HOUR), Range::Week),
            (Some(24 * HOUR), Range::Month),
            (Some(Millis::MAX), Range::Month),
            (None, Range::Day),
        ] {
            assert_eq!(usual(between), range, "{between:?}");
        }
    }

    #[test]
    fn an_address_says_what_is_looked_at() {
        let now = 1_795_443_909_000;
        let window = |range, to| Window::new(Span::of(range, to), Range::Day, now);
        assert_eq!(window(Some("nonsense"), None).range, Range::Day);
        let hour = window(Some("1h"), None);
        assert_eq!(
            hour.to - hour.from,
            80 * 60_000,
            "an hour and a third of one ahead"
        );
        assert_eq!(hour.from % 60_000, 0, "it moves on by the minute");
        let back = hour.moved(-1, now);
        assert_eq!(back, format!("?range=1h&to={}", now - 30 * 60_000));
        let to = (now - 30 * 60_000).to_string();
        assert_eq!(
            window(Some("1h"), Some(&to)).moved(1, now),
            "?range=1h",
            "and comes back to now"
        );
    }

    #[test]
    fn an_address_that_leaves_the_calendar_says_now() {
        for to in [Millis::MAX, Millis::MIN, -1, LATEST + 1] {
            let span = Span::of(None, Some(&to.to_string()));
            assert_eq!(span.to, None, "{to}");
        }
        for to in [0, LATEST] {
            assert_eq!(Span::of(None, Some(&to.to_string())).to, Some(to));
        }
    }
}
