//! Ticks of an axis in a zone's wall time: right where clocks change, too.

use chrono::{
    DateTime, Datelike, Days, Duration, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc,
};
use orrery_view::Millis;

use crate::lang::Lang;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Clocks are set by multiples of it.
const QUARTER: i64 = 15 * MINUTE;

/// Distances between ticks, in seconds of wall time.
const STEPS: [i64; 14] = [
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    7 * DAY,
];
/// Labels side by side that can still be read on a usual screen.
const MOST_TICKS: i64 = 11;

/// The zone in which an axis speaks.
#[derive(Clone, Copy, Debug)]
pub struct Zone(chrono_tz::Tz);

/// A line of the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    pub at: Millis,
    pub label: String,
    /// A day begins.
    pub day: bool,
}

impl Zone {
    /// By its IANA name; UTC when there is none or it is unknown, as the controller of the embedded engine reads it.
    pub fn named(name: Option<&str>) -> Self {
        let zone = name.and_then(|name| name.parse().ok());
        Self(zone.unwrap_or(chrono_tz::UTC))
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    fn at(self, at: Millis) -> DateTime<chrono_tz::Tz> {
        let utc = DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default();
        utc.with_timezone(&self.0)
    }

    /// `14:05:09`
    pub fn clock(self, at: Millis) -> String {
        self.at(at).format("%H:%M:%S").to_string()
    }

    /// `Nov 23`
    pub fn day(self, at: Millis, lang: Lang) -> String {
        self.at(at).format(day_format(lang)).to_string()
    }

    /// `Nov 23 14:05 KST`: the abbreviation tells the passes of a repeated hour apart.
    pub fn full(self, at: Millis, lang: Lang) -> String {
        let time = self.at(at);
        format!(
            "{} {}",
            time.format(day_format(lang)),
            time.format("%H:%M %Z")
        )
    }

    /// `Mon, Nov 23 2026, 14:05 KST`: far from now, too.
    pub fn whole(self, at: Millis, lang: Lang) -> String {
        let time = self.at(at);
        let day = match lang {
            Lang::En => time.format("%a, %b %-d %Y").to_string(),
            Lang::Ko => {
                let day = weekday(time.weekday().num_days_from_sunday(), lang);
                format!("{} ({day})", time.format("%Y년 %-m월 %-d일"))
            }
        };
        format!("{day}, {}", time.format("%H:%M %Z"))
    }

    /// When the day of a midnight begins: at its first instant, where clocks go forward at midnight.
    fn dawn(self, midnight: NaiveDateTime) -> Option<DateTime<chrono_tz::Tz>> {
        let mut walls = (0..DAY / QUARTER).map(|n| midnight + Duration::seconds(n * QUARTER));
        walls.find_map(|wall| self.0.from_local_datetime(&wall).earliest())
    }

    /// The instants of a wall time: none in a skipped hour, two in a repeated one.
    fn instants(self, wall: NaiveDateTime) -> Vec<DateTime<chrono_tz::Tz>> {
        let found = self.0.from_local_datetime(&wall);
        match (found.earliest(), found.latest()) {
            (Some(first), Some(second)) if first != second => vec![first, second],
            (Some(only), _) => vec![only],
            _ => Vec::new(),
        }
    }
}

/// A month's short name, from 1.
pub fn month(month: u32, lang: Lang) -> String {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    match (lang, NAMES.get(month as usize - 1)) {
        (Lang::En, Some(name)) => (*name).into(),
        _ => format!("{month}월"),
    }
}

/// A weekday's short name, from Sunday as 0.
pub fn weekday(day: u32, lang: Lang) -> String {
    let names = match lang {
        Lang::En => ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
        Lang::Ko => ["일", "월", "화", "수", "목", "금", "토"],
    };
    names[day as usize % 7].into()
}

/// The ticks between two instants, in order.
pub fn ticks(from: Millis, to: Millis, zone: Zone, lang: Lang) -> Vec<Tick> {
    let secs = (to - from) / 1_000;
    let step = STEPS
        .into_iter()
        .find(|step| secs / step < MOST_TICKS)
        .unwrap_or(7 * DAY);
    let first = zone.at(from).naive_local();
    let end = zone.at(to).naive_local() + Duration::seconds(step.max(HOUR));
    // An hour that is repeated begins again before the wall time of its first pass, and ends so.
    let mut wall = floor(first - Duration::seconds(HOUR), step);
    let mut ticks = Vec::new();
    while wall <= end {
        let dawn = match wall.time() == NaiveTime::MIN {
            true => zone.dawn(wall),
            false => None,
        };
        let instants = zone.instants(wall);
        let says = match instants.len() > 1 {
            true => Says::Pass,
            false => Says::Clock,
        };
        ticks.extend(dawn.map(|time| tick(time, Says::Day, lang)));
        // A second midnight begins no day.
        let others = instants
            .into_iter()
            .filter(|time| step < DAY && Some(*time) != dawn);
        ticks.extend(others.map(|time| tick(time, says, lang)));
        wall += Duration::seconds(step);
    }
    ticks.retain(|tick| (from..=to).contains(&tick.at));
    ticks.sort_by_key(|tick| tick.at);
    // The hour in which a day without midnight begins is said by its day.
    ticks.dedup_by_key(|tick| tick.at);
    ticks
}

/// The last wall time before that stands on the step, counted from midnight, or in days from a fixed one.
fn floor(wall: NaiveDateTime, step: i64) -> NaiveDateTime {
    let midnight = wall.date().and_time(NaiveTime::MIN);
    if step < DAY {
        let secs = i64::from(wall.num_seconds_from_midnight());
        return midnight + Duration::seconds(secs - secs % step);
    }
    let days = midnight.and_utc().timestamp().div_euclid(DAY);
    let back = days.rem_euclid(step / DAY).unsigned_abs();
    midnight - Days::new(back)
}

/// What the label of a tick is.
#[derive(Clone, Copy)]
enum Says {
    Day,
    Clock,
    /// The time, and which pass of a repeated hour it is in.
    Pass,
}

fn tick(time: DateTime<chrono_tz::Tz>, says: Says, lang: Lang) -> Tick {
    let format = match says {
        Says::Day => day_format(lang),
        Says::Clock => "%H:%M",
        Says::Pass => "%H:%M %Z",
    };
    Tick {
        at: time.timestamp_millis(),
        label: time.format(format).to_string(),
        day: matches!(says, Says::Day),
    }
}

fn day_format(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "%b %-d",
        Lang::Ko => "%-m월 %-d일",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Millis {
        DateTime::parse_from_rfc3339(text)
            .expect("a time")
            .timestamp_millis()
    }

    struct Case {
        why: &'static str,
        zone: Option<&'static str>,
        from: &'static str,
        hours: i64,
        labels: &'static [&'static str],
    }

    #[test]
    fn ticks_stand_on_the_zones_wall_time() {
        let cases = [
            Case {
                why: "an hour in UTC",
                zone: None,
                from: "2026-11-23T14:04:00Z",
                hours: 1,
                labels: &["14:10", "14:20", "14:30", "14:40", "14:50", "15:00"],
            },
            Case {
                why: "midnight says the day",
                zone: Some("Asia/Seoul"),
                from: "2026-11-23T12:00:00Z",
                hours: 8,
                labels: &[
                    "21:00", "22:00", "23:00", "Nov 24", "01:00", "02:00", "03:00", "04:00",
                    "05:00",
                ],
            },
            Case {
                why: "clocks go forward in Berlin: 02:00 is left out",
                zone: Some("Europe/Berlin"),
                from: "2026-03-28T23:00:00Z",
                hours: 5,
                labels: &[
                    "Mar 29", "00:30", "01:00", "01:30", "03:00", "03:30", "04:00", "04:30",
                    "05:00", "05:30", "06:00",
                ],
            },
            Case {
                why: "clocks go back in New York: 01:00 comes twice, told apart by the abbreviation",
                zone: Some("America/New_York"),
                from: "2026-11-01T04:00:00Z",
                hours: 4,
                labels: &[
                    "Nov 1",
                    "00:30",
                    "01:00 EDT",
                    "01:30 EDT",
                    "01:00 EST",
                    "01:30 EST",
                    "02:00",
                    "02:30",
                    "03:00",
                ],
            },
            Case {
                why: "the picture begins within the first pass",
                zone: Some("America/New_York"),
                from: "2026-11-01T05:30:00Z",
                hours: 1,
                labels: &[
                    "01:30 EDT",
                    "01:40 EDT",
                    "01:50 EDT",
                    "01:00 EST",
                    "01:10 EST",
                    "01:20 EST",
                    "01:30 EST",
                ],
            },
            Case {
                why: "days stay days when one has 23 hours",
                zone: Some("Europe/Berlin"),
                from: "2026-03-27T23:00:00Z",
                hours: 95,
                labels: &[
                    "Mar 28", "12:00", "Mar 29", "12:00", "Mar 30", "12:00", "Mar 31", "12:00",
                    "Apr 1",
                ],
            },
            Case {
                why: "clocks go forward at midnight in Cairo: the day begins at 01:00",
                zone: Some("Africa/Cairo"),
                from: "2026-04-23T19:00:00Z",
                hours: 6,
                labels: &[
                    "21:00", "22:00", "23:00", "Apr 24", "02:00", "03:00", "04:00",
                ],
            },
            Case {
                why: "and a day among days, too",
                zone: Some("Africa/Cairo"),
                from: "2026-04-21T22:00:00Z",
                hours: 9 * 24 - 2,
                labels: &[
                    "Apr 22", "Apr 23", "Apr 24", "Apr 25", "Apr 26", "Apr 27", "Apr 28", "Apr 29",
                    "Apr 30",
                ],
            },
            Case {
                why: "clocks go back over midnight in Havana: one day begins once",
                zone: Some("America/Havana"),
                from: "2026-11-01T03:00:00Z",
                hours: 4,
                labels: &[
                    "23:00",
                    "23:30",
                    "Nov 1",
                    "00:30 CDT",
                    "00:00 CST",
                    "00:30 CST",
                    "01:00",
                    "01:30",
                    "02:00",
                ],
            },
        ];
        for Case {
            why,
            zone,
            from,
            hours,
            labels,
        } in cases
        {
            let from = millis(from);
            let ticks = ticks(from, from + hours * 3_600_000, Zone::named(zone), Lang::En);
            let got: Vec<&str> = ticks.iter().map(|tick| tick.label.as_str()).collect();
            assert_eq!(got, labels, "{why}");
            assert!(
                ticks.windows(2).all(|pair| pair[0].at < pair[1].at),
                "{why}"
            );
        }
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        assert_eq!(Zone::named(Some("Mars/Olympus")).name(), "UTC");
        assert_eq!(
            Zone::named(Some("Asia/Seoul")).full(0, Lang::Ko),
            "1월 1일 09:00 KST"
        );
    }
}
