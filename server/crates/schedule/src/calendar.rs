//! Proleptic Gregorian dates as plain integers, for any year: the walk may leave every library's range.

/// Seconds in a day without a change of clocks.
pub(crate) const DAY_SECS: i64 = 86_400;

/// A wall-clock reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub year: i64,
    /// 1–12
    pub month: i64,
    /// 1–31
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// 0 = Sunday
    pub weekday: i64,
}

/// Days from 1970-01-01; `month` and `day` may lie outside their ranges and carry over.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    // the year is counted from March, so that the leap day comes last
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The wall clock of seconds counted from 1970-01-01T00:00 on that same clock.
pub(crate) fn civil(wall_secs: i64) -> Civil {
    let days = wall_secs.div_euclid(DAY_SECS);
    let second_of_day = wall_secs.rem_euclid(DAY_SECS);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = (month_from_march + 2) % 12 + 1;
    Civil {
        year: era * 400 + year_of_era + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
        hour: second_of_day / 3600,
        minute: second_of_day / 60 % 60,
        second: second_of_day % 60,
        weekday: (days + 4).rem_euclid(7),
    }
}

/// The longest a month can be, 29 for February.
pub(crate) fn longest_month_days(month: u32) -> u32 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse_over_many_years() {
        for day in (-1_000_000..1_000_000).step_by(37) {
            let at = civil(day * DAY_SECS);
            assert_eq!(days_from_civil(at.year, at.month, at.day), day);
            assert_eq!(at.weekday, (day + 4).rem_euclid(7));
        }
    }

    #[test]
    fn overflowing_parts_carry_over() {
        assert_eq!(days_from_civil(2026, 13, 1), days_from_civil(2027, 1, 1));
        assert_eq!(days_from_civil(2026, 4, 31), days_from_civil(2026, 5, 1));
        assert_eq!(civil(0).weekday, 4, "1970-01-01 was a Thursday");
    }
}
