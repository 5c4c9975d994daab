//! The ids of semantics.md about schedules, as rows.

use chrono::{DateTime, Utc};
use orrery_schedule::{Schedule, ScheduleError, mentions_time_zone};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

struct Next {
    id: &'static str,
    expression: &'static str,
    zone: &'static str,
    after: &'static str,
    want: &'static [&'static str],
}

const fn next(
    id: &'static str,
    expression: &'static str,
    zone: &'static str,
    after: &'static str,
    want: &'static [&'static str],
) -> Next {
    Next {
        id,
        expression,
        zone,
        after,
        want,
    }
}

const NEW_YORK: &str = "America/New_York";
const LORD_HOWE: &str = "Australia/Lord_Howe";

const NEXTS: &[Next] = &[
    next(
        "CRON-10 @every counts from the instant, seconds whole",
        "@every 90s",
        "UTC",
        "2026-01-01T00:00:00.700Z",
        &["2026-01-01T00:01:30Z", "2026-01-01T00:03:00Z"],
    ),
    next(
        "CRON-12 both days restricted: either",
        "0 0 13 * 5",
        "UTC",
        "2026-11-10T00:00:00Z",
        &[
            "2026-11-13T00:00:00Z",
            "2026-11-20T00:00:00Z",
            "2026-11-27T00:00:00Z",
            "2026-12-04T00:00:00Z",
            "2026-12-11T00:00:00Z",
            "2026-12-13T00:00:00Z",
        ],
    ),
    next(
        "CRON-12 one day starred: both",
        "0 0 13 * *",
        "UTC",
        "2026-11-14T00:00:00Z",
        &["2026-12-13T00:00:00Z"],
    ),
    next(
        "CRON-13 a step clears the star",
        "0 0 */10 * 0",
        "UTC",
        "2026-11-01T00:00:00Z",
        &[
            "2026-11-08T00:00:00Z",
            "2026-11-11T00:00:00Z",
            "2026-11-15T00:00:00Z",
        ],
    ),
    next(
        "CRON-13 a step of 1 keeps the star",
        "0 0 */1 * 0",
        "UTC",
        "2026-11-01T00:00:00Z",
        &["2026-11-08T00:00:00Z", "2026-11-15T00:00:00Z"],
    ),
    next(
        "CRON-14 strictly after, seconds cut",
        "0 0 * * *",
        "UTC",
        "2026-01-01T00:00:00.999Z",
        &["2026-01-02T00:00:00Z"],
    ),
    next(
        "CRON-14 a second before",
        "0 0 * * *",
        "UTC",
        "2025-12-31T23:59:59Z",
        &["2026-01-01T00:00:00Z"],
    ),
    next(
        "CRON-15 29 February",
        "0 0 29 2 *",
        "UTC",
        "2024-02-29T00:00:00Z",
        &["2028-02-29T00:00:00Z"],
    ),
    next(
        "CRON-15 not across a skipped leap year",
        "0 0 29 2 *",
        "UTC",
        "2096-03-01T00:00:00Z",
        &[],
    ),
    next(
        "CRON-15 never",
        "0 0 31 4 *",
        "UTC",
        "2026-01-01T00:00:00Z",
        &[],
    ),
    next(
        "DST-01 the hour that does not exist",
        "30 2 11 3 ?",
        NEW_YORK,
        "2012-03-11T00:00:00-05:00",
        &["2013-03-11T02:30:00-04:00"],
    ),
    next(
        "DST-02 the day is skipped, not shifted",
        "0 2 * * ?",
        NEW_YORK,
        "2012-03-11T00:00:00-05:00",
        &["2012-03-12T02:00:00-04:00"],
    ),
    next(
        "DST-03 hourly in spring",
        "0 * * * ?",
        NEW_YORK,
        "2012-03-11T00:00:00-05:00",
        &[
            "2012-03-11T01:00:00-05:00",
            "2012-03-11T03:00:00-04:00",
            "2012-03-11T04:00:00-04:00",
        ],
    ),
    next(
        "DST-04 before the gap",
        "0 1 * * ?",
        NEW_YORK,
        "2012-03-11T00:00:00-05:00",
        &["2012-03-11T01:00:00-05:00", "2012-03-12T01:00:00-04:00"],
    ),
    next(
        "DST-05 after the repeated hour",
        "30 2 4 11 ?",
        NEW_YORK,
        "2012-11-04T00:00:00-04:00",
        &["2012-11-04T02:30:00-05:00"],
    ),
    next(
        "DST-05 the second pass",
        "30 1 4 11 ?",
        NEW_YORK,
        "2012-11-04T01:45:00-04:00",
        &["2012-11-04T01:30:00-05:00"],
    ),
    next(
        "DST-06 runs twice",
        "0 1 * * ?",
        NEW_YORK,
        "2012-11-04T00:00:00-04:00",
        &[
            "2012-11-04T01:00:00-04:00",
            "2012-11-04T01:00:00-05:00",
            "2012-11-05T01:00:00-05:00",
        ],
    ),
    next(
        "DST-07 hourly in autumn",
        "0 * * * ?",
        NEW_YORK,
        "2012-11-04T00:00:00-04:00",
        &[
            "2012-11-04T01:00:00-04:00",
            "2012-11-04T01:00:00-05:00",
            "2012-11-04T02:00:00-05:00",
        ],
    ),
    next(
        "DST-08 monthly",
        "0 3 3 * ?",
        NEW_YORK,
        "2012-11-04T00:00:00-04:00",
        &["2012-12-03T03:00:00-05:00"],
    ),
    next(
        "DST-09 no midnight",
        "0 9 10 * ?",
        "America/Sao_Paulo",
        "2018-10-17T05:00:00-04:00",
        &["2018-11-10T06:00:00-05:00"],
    ),
    next(
        "DST-09 two midnights",
        "0 9 22 * ?",
        "America/Sao_Paulo",
        "2018-02-14T05:00:00-05:00",
        &["2018-02-22T07:00:00-05:00"],
    ),
    next(
        "DST-10 half an hour in spring skips the day",
        "0 5 * * *",
        LORD_HOWE,
        "2026-10-03T20:00:00+10:30",
        &["2026-10-05T05:00:00+11:00"],
    ),
    next(
        "DST-10 half an hour in autumn skips the day",
        "0 5 * * *",
        LORD_HOWE,
        "2026-04-04T20:00:00+11:00",
        &["2026-04-06T05:00:00+10:30"],
    ),
    next(
        "DST-10 an unrestricted hour is not affected",
        "0 * * * *",
        LORD_HOWE,
        "2026-10-04T01:00:00+10:30",
        &["2026-10-04T03:00:00+11:00", "2026-10-04T04:00:00+11:00"],
    ),
    next(
        "DST-11 0/15 is every quarter",
        "0/15 * * * *",
        "UTC",
        "2012-07-09T14:45:00Z",
        &["2012-07-09T15:00:00Z", "2012-07-09T15:15:00Z"],
    ),
    next(
        "DST-11 5/15 begins at five",
        "5/15 * * * *",
        "UTC",
        "2012-07-09T14:45:00Z",
        &["2012-07-09T14:50:00Z", "2012-07-09T15:05:00Z"],
    ),
    next(
        "DST-11 20-35/15 wraps to the next day",
        "20-35/15 * * * *",
        "UTC",
        "2012-07-09T23:45:00Z",
        &["2012-07-10T00:20:00Z"],
    ),
    next(
        "DST-11 */15 wraps to midnight",
        "*/15 * * * *",
        "UTC",
        "2012-07-09T23:46:00Z",
        &["2012-07-10T00:00:00Z"],
    ),
    next(
        "DST-11 months as a range",
        "0 0 9 4-10 ?",
        "UTC",
        "2012-07-09T23:35:00Z",
        &["2012-08-09T00:00:00Z"],
    ),
    next(
        "DST-11 either day in some months",
        "0 0 */5 4,8,10 1",
        "UTC",
        "2012-07-09T23:35:00Z",
        &["2012-08-01T00:00:00Z"],
    ),
    next(
        "CRON-16 a zone's rule goes on for ever",
        "0 12 1 1,7 *",
        NEW_YORK,
        "2149-12-31T00:00:00Z",
        &["2150-01-01T12:00:00-05:00", "2150-07-01T12:00:00-04:00"],
    ),
    next(
        "a day that was left out does not stop the search",
        "0 12 30 12 *",
        "Pacific/Apia",
        "2011-12-01T00:00:00Z",
        &["2012-12-30T12:00:00+14:00"],
    ),
];

#[test]
fn next_follows_upstream_around_changes_of_clocks() {
    for row in NEXTS {
        let schedule = Schedule::parse_in(row.expression, Some(row.zone)).expect(row.id);
        let after = instant(row.after);
        let found: Vec<_> = schedule
            .upcoming(after)
            .take(row.want.len().max(1))
            .collect();
        let want: Vec<_> = row.want.iter().map(|time| instant(time)).collect();
        assert_eq!(found, want, "{}", row.id);
    }
}

#[test]
fn refused_expressions_are_told_in_upstreams_words() {
    for (id, expression, want) in [
        ("CRON-01 empty", "", "empty spec string"),
        (
            "CRON-02 four fields",
            "* * * *",
            "expected exactly 5 fields, found 4: [* * * *]",
        ),
        (
            "CRON-02 blanks only",
            "  ",
            "expected exactly 5 fields, found 0: []",
        ),
        (
            "CRON-02 seconds field",
            "0 0 * * * *",
            "expected exactly 5 fields, found 6: [0 0 * * * *]",
        ),
        (
            "CRON-07 the first bad field is told",
            "60 24 * * *",
            "end of range (60) above maximum (59): 60",
        ),
        (
            "CRON-08 @reboot",
            "@reboot",
            "unrecognized descriptor: @reboot",
        ),
        (
            "CRON-09 case matters",
            "@Daily",
            "unrecognized descriptor: @Daily",
        ),
        (
            "CRON-09 trailing blank",
            "@daily ",
            "unrecognized descriptor: @daily ",
        ),
        (
            "CRON-09 leading blank",
            " @daily",
            "expected exactly 5 fields, found 1: [@daily]",
        ),
        (
            "CRON-10 bad duration",
            "@every 5",
            "failed to parse duration @every 5: time: missing unit in duration \"5\"",
        ),
        (
            "CRON-10 no duration",
            "@every ",
            "failed to parse duration @every : time: invalid duration \"\"",
        ),
        (
            "CRON-11 unknown zone",
            "TZ=Mars/Base 0 2 * * *",
            "provided bad location Mars/Base: unknown time zone Mars/Base",
        ),
        (
            "CRON-11 zone outside the database",
            "CRON_TZ=../x 0 2 * * *",
            "provided bad location ../x: time: invalid location name",
        ),
        (
            "CRON-11 no blank after the zone",
            "TZ=UTC",
            "invalid schedule format: runtime error: slice bounds out of range [:-1]",
        ),
        (
            "CRON-11 nothing after the zone",
            "TZ=UTC ",
            "expected exactly 5 fields, found 0: []",
        ),
    ] {
        let error = Schedule::parse(expression).expect_err(id);
        assert_eq!(error.to_string(), want, "{id}");
    }
}

#[test]
fn accepted_expressions() {
    for (id, expression) in [
        (
            "CRON-02 any blanks, also around",
            "\u{3000}0\t2 *\u{a0}* *\n",
        ),
        ("CRON-03 commas alone", ", , , , ,"),
        ("CRON-11 an empty zone is UTC", "TZ= 0 2 * * *"),
        (
            "CRON-11 blanks and a macro after the zone",
            "CRON_TZ=Asia/Seoul   @daily ",
        ),
        ("CRON-10 a negative duration is a second", "@every -1h"),
    ] {
        assert!(Schedule::parse(expression).is_ok(), "{id}");
    }
}

#[test]
fn cj_31_to_34_the_controllers_reading() {
    let zone = |schedule: &str, time_zone| {
        Schedule::parse_in(schedule, time_zone).map(|parsed| parsed.time_zone().to_owned())
    };
    assert_eq!(
        zone("0 2 * * *", None).as_deref(),
        Ok("UTC"),
        "CJ-33 no zone is the local one"
    );
    assert_eq!(
        zone("0 2 * * *", Some("Asia/Seoul")).as_deref(),
        Ok("Asia/Seoul"),
        "CJ-33 the field"
    );
    let own = zone("TZ=Asia/Tokyo 0 2 * * *", Some("Asia/Seoul"));
    assert_eq!(
        own.as_deref(),
        Ok("Asia/Tokyo"),
        "CJ-33 the expression's own zone wins"
    );
    assert_eq!(
        zone(" @daily ", Some("Asia/Seoul")).as_deref(),
        Ok("Asia/Seoul"),
        "the prefix trims"
    );
    assert!(mentions_time_zone("0 2 * * TZ"), "CJ-33 anywhere");

    let unknown = zone("nonsense", Some("Mars/Base")).expect_err("the zone is loaded first");
    assert!(matches!(unknown, ScheduleError::TimeZone(_)), "CJ-31");
    assert_eq!(unknown.to_string(), "unknown time zone Mars/Base");
    let unparseable = zone("", Some("UTC")).expect_err("an empty schedule");
    assert!(
        matches!(unparseable, ScheduleError::Unparseable(_)),
        "CJ-34"
    );
    assert_eq!(
        unparseable.to_string(),
        "expected exactly 5 fields, found 0: []"
    );
}

#[test]
fn hints() {
    for (expression, ored, never) in [
        ("0 0 13 * 5", true, false),
        ("0 0 */2 * 1-5", true, false),
        ("0 0 13 * *", false, false),
        ("0 0 1-31 * 5", false, false),
        ("0 0 30 2 *", false, true),
        ("0 0 30 2 1", true, false),
        (", * * * *", false, true),
        ("@every 1h", false, false),
    ] {
        let schedule = Schedule::parse(expression).expect(expression);
        assert_eq!(schedule.days_are_ored(), ored, "{expression}");
        assert_eq!(schedule.never_fires(), never, "{expression}");
    }
}

#[test]
fn the_repeated_hour_is_pointed_out() {
    for (expression, zone, want) in [
        ("0 1 * * *", NEW_YORK, Some("2026-11-01T01:00:00-04:00")),
        ("30 1 * * *", NEW_YORK, Some("2026-11-01T01:30:00-04:00")),
        ("0 2 * * *", NEW_YORK, None),
        ("0 1 * * 1-5", NEW_YORK, None),
        ("0 1 * * *", "Asia/Seoul", None),
        ("45 1 * * *", LORD_HOWE, Some("2026-04-05T01:45:00+11:00")),
    ] {
        let schedule = Schedule::parse_in(expression, Some(zone)).expect(expression);
        let hint = schedule.repeated_hour(instant("2026-01-01T00:00:00Z"));
        assert_eq!(hint, want.map(instant), "{expression} {zone}");
    }
}

#[test]
fn cron_16_a_schedule_is_read_in_its_zone_and_answers_an_instant() {
    let noon = instant("2026-11-23T12:00:00Z");
    for (zone, want) in [
        (None, "2026-11-24T09:00:00Z"),
        (Some("UTC"), "2026-11-24T09:00:00Z"),
        (Some("Asia/Seoul"), "2026-11-24T00:00:00Z"),
        (Some(NEW_YORK), "2026-11-23T14:00:00Z"),
    ] {
        let schedule = Schedule::parse_in("0 9 * * *", zone).expect("a daily schedule");
        assert_eq!(schedule.next(noon), Some(instant(want)), "{zone:?}");
    }
}
