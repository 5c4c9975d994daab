use super::*;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

struct Row {
    id: &'static str,
    expression: &'static str,
    earliest: &'static str,
    now: &'static str,
    due: Option<&'static str>,
    count: i64,
    too_many: bool,
    requeue_reference: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        id: "CJ-35 before the first slot",
        expression: "0 * * * *",
        earliest: "2026-01-01T00:30:00Z",
        now: "2026-01-01T00:59:59Z",
        due: None,
        count: 0,
        too_many: false,
        requeue_reference: "2026-01-01T00:30:00Z",
    },
    Row {
        id: "CJ-35 at the first slot",
        expression: "0 * * * *",
        earliest: "2026-01-01T00:30:00Z",
        now: "2026-01-01T01:00:00Z",
        due: Some("2026-01-01T01:00:00Z"),
        count: 0,
        too_many: false,
        requeue_reference: "2026-01-01T01:00:00Z",
    },
    Row {
        id: "CJ-35 between the first and the second",
        expression: "0 * * * *",
        earliest: "2026-01-01T00:30:00Z",
        now: "2026-01-01T01:59:59.9Z",
        due: Some("2026-01-01T01:00:00Z"),
        count: 0,
        too_many: false,
        requeue_reference: "2026-01-01T01:00:00Z",
    },
    Row {
        id: "CJ-35 only the latest of several",
        expression: "0 * * * *",
        earliest: "2026-01-01T00:30:00Z",
        now: "2026-01-01T05:10:00Z",
        due: Some("2026-01-01T05:00:00Z"),
        count: 5,
        too_many: false,
        requeue_reference: "2026-01-01T05:00:00Z",
    },
    Row {
        id: "CJ-35 uneven slots",
        expression: "30 6-16/4 * * 1-5",
        earliest: "2026-01-02T06:00:00Z",
        now: "2026-01-02T15:00:00Z",
        due: Some("2026-01-02T14:30:00Z"),
        count: 3,
        too_many: false,
        requeue_reference: "2026-01-02T14:30:00Z",
    },
    Row {
        id: "CJ-36 a hundred is not too many",
        expression: "* * * * *",
        earliest: "2026-01-01T00:00:00Z",
        now: "2026-01-01T01:40:30Z",
        due: Some("2026-01-01T01:40:00Z"),
        count: 100,
        too_many: false,
        requeue_reference: "2026-01-01T01:40:00Z",
    },
    Row {
        id: "CJ-36 a hundred and one is, and runs",
        expression: "* * * * *",
        earliest: "2026-01-01T00:00:00Z",
        now: "2026-01-01T01:41:00Z",
        due: Some("2026-01-01T01:41:00Z"),
        count: 101,
        too_many: true,
        requeue_reference: "2026-01-01T01:41:00Z",
    },
    Row {
        id: "CJ-37 two close slots and a long gap: dropped",
        expression: "0,1 0 * * *",
        earliest: "2025-12-31T12:00:00Z",
        now: "2026-01-01T12:00:00Z",
        due: None,
        count: 721,
        too_many: false,
        requeue_reference: "2026-01-01T12:00:00Z",
    },
    Row {
        id: "@every keeps its anchor",
        expression: "@every 7m",
        earliest: "2026-01-01T00:00:00Z",
        now: "2026-01-01T01:00:00Z",
        due: Some("2026-01-01T00:56:00Z"),
        count: 8,
        too_many: false,
        requeue_reference: "2026-01-01T00:56:00Z",
    },
    Row {
        id: "a clock that jumped back: nothing is due",
        expression: "0 * * * *",
        earliest: "2026-01-01T05:00:00Z",
        now: "2026-01-01T01:00:00Z",
        due: None,
        count: 0,
        too_many: false,
        requeue_reference: "2026-01-01T05:00:00Z",
    },
];

#[test]
fn the_due_slot_is_upstreams() {
    for row in ROWS {
        let schedule = Schedule::parse(row.expression).expect(row.id);
        let (earliest, now) = (instant(row.earliest), instant(row.now));
        let found = schedule.missed(earliest, now);
        let want = Missed {
            due: row.due.map(instant),
            count: row.count,
        };
        assert_eq!(found, Ok(want), "{}", row.id);
        assert_eq!(want.too_many(), row.too_many, "{}", row.id);
        let reference = requeue_reference(found, earliest, now);
        assert_eq!(
            reference,
            instant(row.requeue_reference),
            "CJ-38 for {}",
            row.id
        );
    }
}

#[test]
fn cj_35_a_schedule_that_never_comes_is_an_error() {
    let schedule = Schedule::parse("59 23 31 2 *").expect("it is accepted");
    let (earliest, now) = (
        instant("2026-01-01T00:00:00Z"),
        instant("2026-01-02T00:00:00Z"),
    );
    let error = schedule.missed(earliest, now).expect_err("no slot");
    assert_eq!(
        error.to_string(),
        "time difference between two schedules is less than 1 second"
    );
    assert_eq!(requeue_reference(Err(error), earliest, now), now, "CJ-38");
}

#[test]
fn cj_35_cj_39_what_counts_begins_at_the_latest_of_three() {
    let [created, last, now] = [
        "2026-01-01T00:00:00Z",
        "2026-01-01T06:00:00Z",
        "2026-01-01T12:00:00Z",
    ]
    .map(instant);
    for (id, last, deadline_secs, want) in [
        ("creation", None, None, created),
        ("the last run", Some(last), None, last),
        (
            "the deadline",
            Some(last),
            Some(3600),
            instant("2026-01-01T11:00:00Z"),
        ),
        (
            "an old deadline changes nothing",
            Some(last),
            Some(86_400),
            last,
        ),
        ("a deadline beyond all time", None, Some(i64::MAX), created),
    ] {
        assert_eq!(earliest(created, last, deadline_secs, now), want, "{id}");
    }
}
