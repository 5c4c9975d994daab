//! `HumanDuration`: the ages that kubectl's tables show (PR-02).

use jiff::SignedDuration;

const MINUTE_SECS: i64 = 60;
const HOUR_SECS: i64 = 60 * MINUTE_SECS;
const DAY_HOURS: i64 = 24;
/// A year is 365 days here, leap or not.
const YEAR_HOURS: i64 = 365 * DAY_HOURS;

/// At most two units and never finer than a reader needs: `90s`, `9m5s`, `3h`, `2d4h`, `3y20d`.
/// A clock skew of less than two seconds reads `0s`, more reads `<invalid>`.
pub fn human_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours) = (seconds / MINUTE_SECS, seconds / HOUR_SECS);
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        _ if seconds < 2 * MINUTE_SECS => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        _ if minutes < 3 * 60 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        _ if hours < 2 * DAY_HOURS => format!("{hours}h"),
        _ if hours < 8 * DAY_HOURS => two(hours / DAY_HOURS, 'd', hours % DAY_HOURS, 'h'),
        _ if hours < 2 * YEAR_HOURS => format!("{}d", hours / DAY_HOURS),
        _ if hours < 8 * YEAR_HOURS => {
            let days = hours / DAY_HOURS;
            two(days / 365, 'y', days % 365, 'd')
        }
        _ => format!("{}y", hours / YEAR_HOURS),
    }
}

fn two(big: i64, big_unit: char, small: i64, small_unit: char) -> String {
    match small {
        0 => format!("{big}{big_unit}"),
        _ => format!("{big}{big_unit}{small}{small_unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pr_02_human_duration() {
        const DAY: i64 = 86_400;
        let rows = [
            ("clearly in the future", -2, "<invalid>"),
            ("a little skew", -1, "0s"),
            ("nothing", 0, "0s"),
            ("far in the future", -7200, "<invalid>"),
            ("below two minutes", 119, "119s"),
            ("two minutes", 120, "2m"),
            ("minutes and seconds", 9 * 60 + 59, "9m59s"),
            ("ten minutes", 600, "10m"),
            ("below three hours", 179 * 60 + 59, "179m"),
            ("three hours", 3 * 3600, "3h"),
            ("hours and minutes", 7 * 3600 + 59 * 60, "7h59m"),
            ("eight hours", 8 * 3600 + 59, "8h"),
            ("below two days", 47 * 3600, "47h"),
            ("whole hours", 4 * 3600 + 59, "4h"),
            ("two days", 2 * DAY, "2d"),
            ("days and hours", 7 * DAY + 5 * 3600, "7d5h"),
            ("eight days", 8 * DAY + 3600, "8d"),
            ("below two years", 729 * DAY, "729d"),
            ("two years", 730 * DAY, "2y"),
            ("years and days", 730 * DAY + 3 * DAY, "2y3d"),
            ("below eight years", 8 * 365 * DAY - 1, "7y364d"),
            ("eight years", 8 * 365 * DAY + 9 * DAY, "8y"),
        ];
        for (why, secs, want) in rows {
            assert_eq!(
                human_duration(SignedDuration::from_secs(secs)),
                want,
                "{why}"
            );
        }
        let almost_two = SignedDuration::from_millis(-1999);
        assert_eq!(human_duration(almost_two), "0s", "whole seconds count");
    }
}
