//! What a schedule would mean: its next slots, and what is odd about them. Pure but for the clock and the read model.

use jiff::Timestamp;
use orrery_app::forms::outlook::{Outlook, TOLD};
use orrery_schedule::{Lang, Schedule, from_jiff, mentions_time_zone, rfc3339_in};
use orrery_view::{Millis, ObjectRef, Sentence};

use super::Dashboard;

/// Slots between which the shortest time is looked for: a week of hours.
const LOOKED_AT: usize = 200;
/// A schedule with more slots a year loses one to a change of clocks without anybody minding.
const MOST_A_YEAR: usize = 750;
const DAY_MILLIS: Millis = 24 * 3_600_000;
const YEAR_MILLIS: Millis = 366 * DAY_MILLIS;

pub fn outlook(on: &Dashboard, cronjob: &ObjectRef, schedule: &str, zone: Option<&str>) -> Outlook {
    let now = on.clock.now();
    let mut outlook = of(schedule, zone, on.readmodel.counts_from(cronjob), now);
    let around = on.readmodel.around(cronjob, &outlook.next);
    outlook.company = around.company;
    outlook.usual = around.usual;
    outlook.rarely = around.rarely;
    outlook
}

/// Without what else is in the cluster. `@every` goes on `from` there, or begins now (CRON-10).
fn of(expression: &str, zone: Option<&str>, from: Option<Timestamp>, now: Timestamp) -> Outlook {
    let unreadable = |why: String| Outlook {
        unreadable: Some(why),
        unreadable_field: faulty_field(expression),
        now: now.as_millisecond(),
        ..Outlook::default()
    };
    if mentions_time_zone(expression) {
        return unreadable(
            "schedule: a TZ= or CRON_TZ= prefix is not supported; set the time zone instead".into(),
        );
    }
    let schedule = match Schedule::parse_in(expression, zone) {
        Ok(schedule) => schedule.through(from.unwrap_or(now)),
        Err(error) => return unreadable(error.to_string()),
    };
    let next: Vec<Millis> = schedule
        .upcoming_after(now)
        .take(LOOKED_AT)
        .map(Timestamp::as_millisecond)
        .collect();
    let gaps = next.windows(2).map(|pair| pair[1] - pair[0]);
    Outlook {
        sentence: Sentence {
            en: schedule.describe(Lang::En),
            ko: schedule.describe(Lang::Ko),
        },
        zone: schedule.time_zone().to_owned(),
        gap: gaps.min(),
        a_day: a_day(&schedule, now),
        next: next.into_iter().take(TOLD).collect(),
        values: schedule.values(),
        ored: schedule.days_are_ored(),
        twice: schedule
            .repeated_hour(from_jiff(now))
            .map(|at| at.timestamp_millis()),
        left_out: left_out(&schedule, expression, now),
        short_month: short_month(&schedule),
        now: now.as_millisecond(),
        ..Outlook::default()
    }
}

fn a_day(schedule: &Schedule, now: Timestamp) -> u32 {
    let until = now.as_millisecond() + DAY_MILLIS;
    let slots = schedule.upcoming_after(now);
    let slots = slots.take_while(|at| at.as_millisecond() <= until);
    u32::try_from(slots.count()).unwrap_or(u32::MAX)
}

/// The first field that cannot be read even if the others say nothing.
fn faulty_field(expression: &str) -> Option<usize> {
    let fields: Vec<_> = expression.split_whitespace().collect();
    let alone = |field: usize| {
        let mut others = ["*"; 5];
        others[field] = fields[field];
        Schedule::parse_in(&others.join(" "), None)
    };
    (0..5).find(|field| fields.len() == 5 && alone(*field).is_err())
}

/// The first wall time within a year that the zone does not have (DST-01, DST-02): one at which the same expression
/// stands in UTC, and not in its own zone.
fn left_out(schedule: &Schedule, expression: &str, now: Timestamp) -> Option<String> {
    let until = now.as_millisecond() + YEAR_MILLIS;
    let in_year = |schedule: &Schedule| -> Option<Vec<Timestamp>> {
        let slots = schedule.upcoming_after(now).take(MOST_A_YEAR + 1);
        let slots: Vec<_> = slots.take_while(|at| at.as_millisecond() < until).collect();
        (slots.len() <= MOST_A_YEAR).then_some(slots)
    };
    let wall = |at: &Timestamp, zone: &str| {
        let text = rfc3339_in(*at, zone).unwrap_or_default();
        text.get(..16).unwrap_or_default().replace('T', " ")
    };
    schedule.values()?;
    let own = in_year(schedule)?;
    let own: std::collections::BTreeSet<_> = own
        .iter()
        .map(|at| wall(at, schedule.time_zone()))
        .collect();
    let plain = in_year(&Schedule::parse(expression).ok()?)?;
    let (first, last) = (own.first()?, own.last()?);
    let mut plain = plain.iter().map(|at| wall(at, "UTC"));
    plain.find(|at| at > first && at < last && !own.contains(at))
}

/// Days that only some months have, when there are no others.
fn short_month(schedule: &Schedule) -> Option<u32> {
    let [_, _, days, months, weekdays] = schedule.values()?;
    let first = *days.first()?;
    let lacks = |month: &u32| match month {
        2 => first > 28,
        4 | 6 | 9 | 11 => first > 30,
        _ => false,
    };
    let by_day = weekdays.len() == 7 && first > 28;
    (by_day && months.len() > 1 && months.iter().any(lacks)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expression: &str, zone: Option<&str>) -> Outlook {
        of(
            expression,
            zone,
            None,
            "2026-11-23T12:00:00Z".parse().expect("a literal time"),
        )
    }

    #[test]
    fn cron_10_every_goes_on_from_the_last_run() {
        let time = |text: &str| -> Timestamp {
            let text = format!("2026-11-23T{text}Z");
            text.parse().expect("a literal time")
        };
        let rows = [
            (None, "12:03:00"),
            (Some("12:00:00"), "12:03:00"),
            (Some("11:59:00"), "12:02:00"),
            (Some("09:01:00"), "12:01:00"),
        ];
        for (from, want) in rows {
            let told = of("@every 3m", None, from.map(time), time("12:00:00"));
            assert_eq!(told.next[0], time(want).as_millisecond(), "{from:?}");
        }
    }

    #[test]
    fn dst_02_a_time_that_clocks_leave_out_is_told_and_one_that_comes_twice() {
        let berlin = told("30 2 * * *", Some("Europe/Berlin"));
        assert_eq!(berlin.left_out.as_deref(), Some("2027-03-28 02:30"));
        assert!(berlin.twice.is_some(), "DST-06: clocks go back in October");
        let noon = told("0 12 * * *", Some("Europe/Berlin"));
        assert_eq!((noon.left_out, noon.twice), (None, None));
        let utc = told("30 2 * * *", None);
        assert_eq!((utc.left_out, utc.twice), (None, None));
        assert_eq!(
            told("30 * * * *", Some("Europe/Berlin")).left_out,
            None,
            "hourly"
        );
    }

    #[test]
    fn days_that_some_months_lack() {
        for (expression, day) in [
            ("0 0 31 * *", Some(31)),
            ("0 0 29,30 * *", Some(29)),
            ("0 0 30 1,3 *", None),
            ("0 0 1,31 * *", None),
            ("0 0 31 * 1", None),
            ("0 0 * * *", None),
        ] {
            assert_eq!(told(expression, None).short_month, day, "{expression}");
        }
    }

    #[test]
    fn what_is_told_of_a_schedule() {
        let quarter = told("*/15 * * * *", Some("Asia/Seoul"));
        assert_eq!((quarter.gap, quarter.next.len()), (Some(900_000), TOLD));
        assert_eq!(told("*/7 * * * *", None).a_day, 24 * 9);
        assert_eq!(told("* 9 * * *", None).a_day, 60);
        assert_eq!(quarter.zone, "Asia/Seoul");
        assert_eq!(quarter.values.expect("fields")[0], [0, 15, 30, 45]);
        assert!(told("0 0 13 * 5", None).ored, "CRON-12");
        assert!(told("0 0 30 2 *", None).next.is_empty(), "never");
        for (expression, zone, says) in [
            ("61 * * * *", None, "end of range (61) above maximum (59)"),
            ("* * * * *", Some("Europe/Bonn"), "unknown time zone"),
            ("TZ=UTC * * * * *", None, "set the time zone instead"),
        ] {
            let why = told(expression, zone).unreadable.expect(expression);
            assert!(why.contains(says), "{why}");
        }
    }

    #[test]
    fn the_field_at_fault_is_named() {
        for (expression, field) in [
            ("61 1 13 * 5", Some(0)),
            ("0 24 * * *", Some(1)),
            ("0 0 * 13 *", Some(3)),
            ("0 0 * * FRY", Some(4)),
            ("0 0 * *", None),
            ("@sometimes", None),
        ] {
            assert_eq!(
                told(expression, None).unreadable_field,
                field,
                "{expression}"
            );
        }
    }
}
