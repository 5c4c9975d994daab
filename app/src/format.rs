//! Durations, ages and dates in words.
//!
//! The server prints absolute UTC, because it does not know the reader's zone; the browser replaces it with its
//! own zone and with relative words once it is awake, so that hydration never mismatches.

use std::fmt::Display;

use orrery_view::Millis;

use crate::{lang::Lang, tr};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// `4 m 31 s`, `6 h 12 m`, `41 d`: two units at most, because more is noise.
pub fn duration(millis: Millis, lang: Lang) -> String {
    let millis = millis.max(0);
    let (d, h, m, s) = (
        millis / DAY,
        millis % DAY / HOUR,
        millis % HOUR / MINUTE,
        millis % MINUTE / SECOND,
    );
    let days = || tr!(lang, "time.d", n = number(d));
    let hours = || tr!(lang, "time.h", n = h);
    let minutes = || tr!(lang, "time.m", n = m);
    let seconds = || tr!(lang, "time.s", n = s);
    match (d, h, m) {
        (0, 0, 0) => seconds(),
        (0, 0, _) => format!("{} {}", minutes(), seconds()),
        (0, _, _) => format!("{} {}", hours(), minutes()),
        (1..=9, _, _) => format!("{} {}", days(), hours()),
        _ => days(),
    }
}

/// The same without a second unit of which there is none: `1 m`, `1 m 30 s`; for what does not move on.
pub fn brief(millis: Millis, lang: Lang) -> String {
    let millis = millis.max(0);
    let (unit, next) = match millis {
        ..MINUTE => (SECOND, SECOND),
        MINUTE..HOUR => (MINUTE, SECOND),
        HOUR..DAY => (HOUR, MINUTE),
        _ => (DAY, HOUR),
    };
    match millis % unit < next {
        true => age(millis, lang),
        false => duration(millis, lang),
    }
}

/// Shorter than a second in milliseconds, as a run may be; what began within its second is under one.
pub fn exact(millis: Millis, lang: Lang) -> String {
    match millis {
        0 => tr!(lang, "number.under_second"),
        1..SECOND => format!("{millis} ms"),
        _ => duration(millis, lang),
    }
}

/// How long it usually takes.
pub fn usually(usual: Millis, lang: Lang) -> String {
    tr!(lang, "number.usually", t = exact(usual, lang))
}

/// `2.7× longer than usual`, or how long is usual while it is not worth a word.
pub fn times(so_far: Millis, usual: Millis, lang: Lang) -> String {
    // Below one and a half a run takes as long as ever.
    let tenths = so_far.max(0) * 10 / usual.max(1);
    if tenths < 15 {
        return usually(usual, lang);
    }
    tr!(
        lang,
        "number.longer",
        n = format!("{}.{}", number(tenths / 10), tenths % 10)
    )
}

/// `98.6%`, as both languages write it; never `100%` when there was a failure, nor `0%` when there was a success.
pub fn percent(good: usize, all: usize) -> String {
    let tenths = (good * 1_000 + all / 2) / all.max(1);
    let tenths = match (good, all - good) {
        (_, 0) => 1_000,
        (0, _) => 0,
        _ => tenths.clamp(1, 999),
    };
    match tenths % 10 {
        0 => format!("{}%", tenths / 10),
        rest => format!("{}.{rest}%", tenths / 10),
    }
}

/// One unit only, for ages: `3 m`, `18 h`.
pub fn age(millis: Millis, lang: Lang) -> String {
    let millis = millis.max(0);
    match millis {
        0..MINUTE => tr!(lang, "time.s", n = millis / SECOND),
        MINUTE..HOUR => tr!(lang, "time.m", n = millis / MINUTE),
        HOUR..DAY => tr!(lang, "time.h", n = millis / HOUR),
        _ => tr!(lang, "time.d", n = number(millis / DAY)),
    }
}

/// `3 m ago`.
pub fn ago(at: Millis, now: Millis, lang: Lang) -> String {
    if now - at < SECOND {
        return tr!(lang, "time.just_now");
    }
    tr!(lang, "time.ago", t = age(now - at, lang))
}

/// `in 3 m 8 s`; a slot that is due and has not been replaced by the next one is `now`.
pub fn until(at: Millis, now: Millis, lang: Lang) -> String {
    if at <= now {
        return tr!(lang, "time.now");
    }
    // Rounded up: the countdown reaches "in 1 s" and then the run starts.
    tr!(lang, "time.in", t = duration(at - now + SECOND - 1, lang))
}

/// `2026-11-23T14:05:09Z`, for `<time datetime>`.
pub fn iso(at: Millis) -> String {
    let (y, mo, d, h, mi, s) = civil(at);
    format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}Z")
}

/// `2026-11-23 14:05 UTC`: what the server prints.
pub fn utc(at: Millis) -> String {
    let (y, mo, d, h, mi, _) = civil(at);
    format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02} UTC")
}

/// `11-23 14:05 UTC`: for what is near, where the words that replace it are short.
pub fn near_utc(at: Millis) -> String {
    utc(at)[5..].into()
}

/// Year, month, day, hour, minute and second in UTC, by counting days in 400-year eras of the Gregorian calendar.
fn civil(at: Millis) -> (i64, i64, i64, i64, i64, i64) {
    let (days, secs) = (at.div_euclid(DAY), at.rem_euclid(DAY) / SECOND);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, day, secs / 3_600, secs % 3_600 / 60, secs % 60)
}

/// `1,204`: both languages group by thousands with commas. Of a whole number.
pub fn number(n: impl Display + Copy) -> String {
    grouped(&n.to_string())
}

/// `112/1,000`.
pub fn ratio(part: impl Display + Copy, all: impl Display + Copy) -> String {
    format!("{}/{}", number(part), number(all))
}

fn grouped(whole: &str) -> String {
    let digits = whole.trim_start_matches('-').len();
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        let left = whole.len() - i;
        if left < digits && left.is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_never_hides_the_one_exception() {
        for (good, all, text) in [
            (1_204, 1_221, "98.6%"),
            (1, 1, "100%"),
            (9_999, 10_000, "99.9%"),
            (1, 10_000, "0.1%"),
            (0, 3, "0%"),
            (1, 2, "50%"),
        ] {
            assert_eq!(percent(good, all), text, "{good} of {all}");
        }
    }

    #[test]
    fn durations_have_two_units_at_most() {
        for (millis, en, ko) in [
            (0, "0 s", "0초"),
            (41_999, "41 s", "41초"),
            (4 * MINUTE + 31 * SECOND, "4 m 31 s", "4분 31초"),
            (6 * HOUR + 12 * MINUTE + 5, "6 h 12 m", "6시간 12분"),
            (7 * DAY + 9 * HOUR, "7 d 9 h", "7일 9시간"),
            (41 * DAY + HOUR, "41 d", "41일"),
            (1_204 * DAY, "1,204 d", "1,204일"),
            (-5, "0 s", "0초"),
        ] {
            assert_eq!(duration(millis, Lang::En), en);
            assert_eq!(duration(millis, Lang::Ko), ko);
        }
    }

    #[test]
    fn a_unit_of_which_there_is_none_is_not_said_of_what_stands_still() {
        for (millis, said) in [
            (0, "0 s"),
            (41 * SECOND, "41 s"),
            (MINUTE, "1 m"),
            (MINUTE + 30 * SECOND, "1 m 30 s"),
            (2 * HOUR + 30 * SECOND, "2 h"),
            (DAY + 12 * HOUR, "1 d 12 h"),
            (84 * DAY, "84 d"),
        ] {
            assert_eq!(brief(millis, Lang::En), said);
        }
    }

    #[test]
    fn what_takes_longer_says_how_many_times() {
        assert_eq!(times(130_000, 48_000, Lang::En), "2.7× longer than usual");
        assert_eq!(times(20_000, 48_000, Lang::En), "usually 48 s");
        assert_eq!(times(20_000, 0, Lang::Ko), "평소보다 20,000.0배 오래 걸림");
    }

    #[test]
    fn instants_are_near_or_far() {
        assert_eq!(until(3 * MINUTE + 7_001, 0, Lang::En), "in 3 m 8 s");
        assert_eq!(until(1, 0, Lang::En), "in 1 s");
        assert_eq!(until(0, 0, Lang::Ko), "지금");
        assert_eq!(ago(0, 18 * HOUR, Lang::Ko), "18시간 전");
        assert_eq!(ago(0, 999, Lang::En), "just now");
    }

    #[test]
    fn dates_are_gregorian() {
        for (at, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_795_443_909_000, "2026-11-23T14:25:09Z"),
            (-1_000, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso(at), text);
        }
    }

    #[test]
    fn numbers_group() {
        for (n, said) in [
            (0, "0"),
            (7, "7"),
            (999, "999"),
            (1_000, "1,000"),
            (1_204, "1,204"),
            (112_000, "112,000"),
            (1_000_000, "1,000,000"),
            (-100, "-100"),
            (-1_204, "-1,204"),
        ] {
            assert_eq!(number(n), said);
        }
        assert_eq!(ratio(112, 1_000), "112/1,000");
    }
}
