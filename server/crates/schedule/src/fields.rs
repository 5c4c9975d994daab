//! The five fields together: which days match, and whether any does (`CRON-12`, `CRON-13`).

use crate::calendar::{Civil, longest_month_days};
use crate::field::{DAYS, Field, WEEKDAYS};
use crate::zone::MidnightGap;

/// Times this, a week of bits stands in six weeks one after the other: in every month from any weekday on.
const SIX_WEEKS: u64 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28 | 1 << 35;

/// The five sets of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fields {
    pub minutes: Field,
    pub hours: Field,
    pub days: Field,
    pub months: Field,
    pub weekdays: Field,
}

impl Fields {
    /// Neither day field has a star: a day matches by either (`CRON-12`).
    pub(crate) fn days_are_alternatives(&self) -> bool {
        !self.days.star && !self.weekdays.star
    }

    /// Alternatives that both restrict something.
    pub(crate) fn days_are_ored(&self) -> bool {
        let restricts = |field: Field, bounds| !field.is_empty() && !field.is_full(bounds);
        self.days_are_alternatives()
            && restricts(self.days, &DAYS)
            && restricts(self.weekdays, &WEEKDAYS)
    }

    /// Whether any date of any year matches.
    pub(crate) fn can_match(&self) -> bool {
        let by_weekday = !self.weekdays.is_empty() && self.days_are_alternatives();
        let by_day = self.months.values().any(|month| {
            self.days
                .values()
                .any(|day| day <= longest_month_days(month))
        }) && (self.days_are_alternatives() || !self.weekdays.is_empty());
        !self.minutes.is_empty()
            && !self.hours.is_empty()
            && !self.months.is_empty()
            && (by_weekday || by_day)
    }

    /// Whether a walk may pass this place day by day: it does so only in months of the schedule and
    /// on the first of the others.
    pub(crate) fn walks_days_at(&self, gap: &MidnightGap) -> bool {
        self.months.contains(gap.month) || gap.on_first
    }

    pub(crate) fn day_matches(&self, at: &Civil) -> bool {
        self.days_from(at) & 1 == 1
    }

    /// Bit `n` is set when the day that comes `n` days later matches, if it lies in the same month.
    pub(crate) fn days_from(&self, at: &Civil) -> u64 {
        let by_day = self.days.bits >> at.day;
        let by_weekday = (self.weekdays.bits * SIX_WEEKS) >> at.weekday;
        if self.days_are_alternatives() {
            by_day | by_weekday
        } else {
            by_day & by_weekday
        }
    }
}
