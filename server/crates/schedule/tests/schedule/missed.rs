//! The due slot and the next look by upstream's own code (`mostRecentScheduleTime`, `nextScheduleTimeDuration`
//! without its pad): the rows of its tests, and random ones near changes of clocks.

use chrono::{DateTime, Utc};
use orrery_schedule::{Missed, Schedule, requeue_reference};

/// Upstream's name of the row, the expression, its zone, the earliest instant that counts and now; the due slot, how
/// many were missed, and when to look next.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    [&'static str; 2],
    Option<&'static str>,
    i64,
    &'static str,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("now before next schedule", "0 * * * *", "UTC", ["2016-05-19T10:00:00Z", "2016-05-19T10:00:30Z"], None, 0, "2016-05-19T11:00:00Z"),
    ("now just after next schedule", "0 * * * *", "UTC", ["2016-05-19T10:00:00Z", "2016-05-19T11:01:00Z"], Some("2016-05-19T11:00:00Z"), 0, "2016-05-19T12:00:00Z"),
    ("missed 5 schedules", "0 * * * *", "UTC", ["2016-05-19T10:00:10Z", "2016-05-19T15:01:00Z"], Some("2016-05-19T15:00:00Z"), 5, "2016-05-19T16:00:00Z"),
    ("complex schedule", "30 6-16/4 * * 1-5", "UTC", ["2016-05-19T10:30:00Z", "2016-05-20T10:31:00Z"], Some("2016-05-20T10:30:00Z"), 2, "2016-05-20T14:30:00Z"),
    ("another complex schedule", "30 10,11,12 * * 1-5", "UTC", ["2016-05-19T10:30:00Z", "2016-05-20T16:30:00Z"], None, 30, "2016-05-23T10:30:00Z"),
    ("complex schedule with longer diff between executions", "30 6-16/4 * * 1-5", "UTC", ["2016-05-19T10:30:00Z", "2016-05-23T10:31:00Z"], Some("2016-05-23T10:30:00Z"), 6, "2016-05-23T14:30:00Z"),
    ("complex schedule with shorter diff between executions", "30 6-16/4 * * 1-5", "UTC", ["2016-05-19T10:00:00Z", "2016-05-20T10:31:00Z"], Some("2016-05-20T10:30:00Z"), 7, "2016-05-20T14:30:00Z"),
    ("@every schedule", "@every 1h", "UTC", ["2016-05-19T10:01:00Z", "2016-05-26T10:00:00Z"], Some("2016-05-26T09:01:00Z"), 167, "2016-05-26T10:01:00Z"),
    ("earliest is creation and last run", "0 * * * *", "UTC", ["2016-05-19T10:00:00Z", "2016-05-19T10:00:30Z"], None, 0, "2016-05-19T11:00:00Z"),
    ("earliest is the last run", "*/5 * * * *", "UTC", ["2016-05-19T10:30:00Z", "2016-05-19T10:31:00Z"], None, 0, "2016-05-19T10:35:00Z"),
    ("earliest is the deadline", "*/5 * * * *", "UTC", ["2016-05-19T10:31:00Z", "2016-05-19T10:32:00Z"], None, 0, "2016-05-19T10:35:00Z"),
    ("once a week cronjob, missed two runs", "0 12 * * 4", "UTC", ["2016-05-19T12:00:00Z", "2016-06-07T11:30:00Z"], Some("2016-06-02T12:00:00Z"), 2, "2016-06-09T12:00:00Z"),
    ("no previous run of a cronjob", "0 12 * * 5", "UTC", ["2016-05-19T10:00:00Z", "2016-05-19T16:00:00Z"], None, 0, "2016-05-20T12:00:00Z"),
    ("next: none needed yet", "0 * * * ?", "UTC", ["2016-05-19T09:50:00Z", "2016-05-19T09:53:00Z"], None, 0, "2016-05-19T10:00:00Z"),
    ("next: one needed", "0 * * * ?", "UTC", ["2016-05-19T09:50:00Z", "2016-05-19T10:00:02Z"], Some("2016-05-19T10:00:00Z"), 0, "2016-05-19T11:00:00Z"),
    ("next: started already", "0 * * * ?", "UTC", ["2016-05-19T10:00:00Z", "2016-05-19T10:02:00Z"], None, 0, "2016-05-19T11:00:00Z"),
    ("next: a start needed", "0 * * * ?", "UTC", ["2016-05-19T10:00:00Z", "2016-05-19T11:05:00Z"], Some("2016-05-19T11:00:00Z"), 0, "2016-05-19T12:00:00Z"),
    ("next: two starts needed", "0 * * * ?", "UTC", ["2016-05-19T09:00:00Z", "2016-05-19T11:05:00Z"], Some("2016-05-19T11:00:00Z"), 2, "2016-05-19T12:00:00Z"),
    ("next: way ahead, no deadline", "0 * * * ?", "UTC", ["2016-05-19T09:00:00Z", "2016-05-29T11:00:00Z"], Some("2016-05-29T11:00:00Z"), 242, "2016-05-29T12:00:00Z"),
    ("next: way ahead, a deadline of two hours", "0 * * * ?", "UTC", ["2016-05-29T09:00:00Z", "2016-05-29T11:00:00Z"], Some("2016-05-29T11:00:00Z"), 2, "2016-05-29T12:00:00Z"),
    // random ones, of which upstream's own code told
    ("random", "@every 90s", "UTC", ["2023-05-16T22:27:28Z", "2024-06-08T10:15:50Z"], Some("2024-06-08T10:15:28Z"), 372_952, "2024-06-08T10:16:58Z"),
    ("random", "0,1 0 * * *", "Australia/Lord_Howe", ["2027-02-11T12:27:11Z", "2027-03-15T15:38:19Z"], None, 46_239, "2027-03-16T13:00:00Z"),
    ("random", "0 12 1 1,2 *", "Africa/Cairo", ["2025-10-31T03:52:20Z", "2027-05-01T16:20:24Z"], None, 16, "2028-01-01T10:00:00Z"),
    ("random", "*/7 1 * * *", "Africa/Cairo", ["2027-03-12T05:45:34Z", "2027-10-29T09:14:49Z"], None, 47_403, "2027-10-29T23:00:00Z"),
    ("random", "0 9-17 * * 1-5", "Europe/Dublin", ["2025-09-29T06:13:55Z", "2025-09-30T05:08:14Z"], None, 22, "2025-09-30T08:00:00Z"),
    ("random", "0,1 0 * * *", "UTC", ["2024-04-01T18:46:08Z", "2024-04-02T05:54:01Z"], None, 355, "2024-04-03T00:00:00Z"),
    ("random", "*/15 * * * *", "Antarctica/Troll", ["2026-01-20T01:10:49Z", "2028-03-27T20:57:29Z"], Some("2028-03-27T20:45:00Z"), 76_591, "2028-03-27T21:00:00Z"),
    ("random", "0 * * * *", "UTC", ["2027-04-22T21:18:36Z", "2027-04-22T23:18:10Z"], Some("2027-04-22T23:00:00Z"), 2, "2027-04-23T00:00:00Z"),
    ("random", "59 23 * * *", "Europe/Dublin", ["2026-10-24T06:34:50Z", "2026-10-26T18:32:07Z"], Some("2026-10-25T23:59:00Z"), 2, "2026-10-26T23:59:00Z"),
    ("random", "0 0 1,2 * *", "America/New_York", ["2026-06-21T23:59:39Z", "2026-07-17T21:07:29Z"], None, 17, "2026-08-01T04:00:00Z"),
    ("random", "*/15 * * * *", "Europe/Dublin", ["2025-10-27T09:50:55Z", "2025-10-27T11:18:58Z"], Some("2025-10-27T11:15:00Z"), 6, "2025-10-27T11:30:00Z"),
    ("random", "5,6,50 * * * *", "Asia/Gaza", ["2027-08-02T16:03:27Z", "2027-08-02T16:13:19Z"], None, 9, "2027-08-02T16:50:00Z"),
    ("random", "@every 7m", "UTC", ["2024-08-27T07:56:44Z", "2024-09-28T06:16:57Z"], Some("2024-09-28T06:12:44Z"), 6_568, "2024-09-28T06:19:44Z"),
    ("random", "0 0 1 * *", "America/New_York", ["2023-10-29T05:20:14Z", "2024-03-12T06:23:41Z"], Some("2024-03-01T05:00:00Z"), 5, "2024-04-01T04:00:00Z"),
    ("random", "0,1 0 * * *", "Antarctica/Troll", ["2025-03-18T17:19:37Z", "2025-03-21T03:36:34Z"], None, 3_097, "2025-03-22T00:00:00Z"),
    ("random", "0 0 1 * *", "UTC", ["2025-08-21T06:09:06Z", "2027-09-12T23:03:46Z"], Some("2027-09-01T00:00:00Z"), 25, "2027-10-01T00:00:00Z"),
    ("random", "59 23 * * *", "Asia/Gaza", ["2024-09-24T19:46:57Z", "2025-04-13T22:19:56Z"], Some("2025-04-13T20:59:00Z"), 202, "2025-04-14T20:59:00Z"),
    ("random", "@every 7m", "America/Santiago", ["2022-09-12T03:46:48Z", "2022-09-12T04:59:11Z"], Some("2022-09-12T04:56:48Z"), 10, "2022-09-12T05:03:48Z"),
    ("random", "@every 90s", "America/Santiago", ["2024-09-10T23:42:54Z", "2024-09-13T01:54:31Z"], Some("2024-09-13T01:53:24Z"), 2_007, "2024-09-13T01:54:54Z"),
    ("random", "@every 1h0m1s", "America/New_York", ["2023-11-04T14:21:24Z", "2023-11-07T05:55:41Z"], Some("2023-11-07T05:22:27Z"), 63, "2023-11-07T06:22:28Z"),
    ("random", "0 12 1 1,2 *", "Europe/Dublin", ["2022-07-10T10:40:47Z", "2024-04-30T10:37:23Z"], None, 16, "2025-01-01T12:00:00Z"),
    ("random", "@every 90s", "Africa/Cairo", ["2027-04-30T08:06:45Z", "2027-04-30T08:22:09Z"], Some("2027-04-30T08:21:45Z"), 10, "2027-04-30T08:23:15Z"),
    ("random", "*/15 * * * *", "America/Santiago", ["2027-05-23T04:21:10Z", "2027-05-23T20:42:08Z"], Some("2027-05-23T20:30:00Z"), 65, "2027-05-23T20:45:00Z"),
    ("random", "*/15 * * * *", "Africa/Casablanca", ["2027-01-25T00:57:36Z", "2027-01-27T23:52:47Z"], Some("2027-01-27T23:45:00Z"), 284, "2027-01-28T00:00:00Z"),
    ("random", "*/7 1 * * *", "America/New_York", ["2026-07-17T07:29:51Z", "2028-03-12T13:38:23Z"], None, 124_120, "2028-03-13T05:00:00Z"),
    ("random", "@every 25h", "America/Santiago", ["2026-02-27T10:14:52Z", "2026-04-07T02:55:12Z"], Some("2026-04-06T23:14:52Z"), 37, "2026-04-08T00:14:52Z"),
    ("random", "0 * * * *", "UTC", ["2025-09-30T06:58:27Z", "2025-10-01T00:13:08Z"], Some("2025-10-01T00:00:00Z"), 18, "2025-10-01T01:00:00Z"),
    ("random", "30 2 * * *", "Australia/Lord_Howe", ["2025-03-11T20:45:27Z", "2027-04-04T12:17:29Z"], Some("2027-04-03T16:00:00Z"), 753, "2027-04-04T16:00:00Z"),
    ("random", "@every 7m", "UTC", ["2027-03-13T09:10:16Z", "2027-03-15T21:32:59Z"], Some("2027-03-15T21:29:16Z"), 517, "2027-03-15T21:36:16Z"),
    ("random", "0 0 1 * *", "Antarctica/Troll", ["2025-09-16T23:35:03Z", "2027-10-31T20:01:12Z"], Some("2027-09-30T22:00:00Z"), 25, "2027-11-01T00:00:00Z"),
    ("random", "0 1 * * *", "America/Santiago", ["2022-04-02T00:28:38Z", "2022-04-04T05:54:41Z"], Some("2022-04-04T05:00:00Z"), 2, "2022-04-05T05:00:00Z"),
    ("random", "5,6,50 * * * *", "UTC", ["2026-07-03T18:10:37Z", "2026-11-19T03:42:31Z"], None, 13_284, "2026-11-19T03:50:00Z"),
    ("random", "0 0 */10 * 0", "Africa/Casablanca", ["2026-08-26T11:14:27Z", "2026-12-11T11:55:12Z"], Some("2026-12-10T23:00:00Z"), 104, "2026-12-12T23:00:00Z"),
    ("random", "0 2,3 * * *", "America/Santiago", ["2022-08-19T06:41:14Z", "2022-09-12T03:50:23Z"], Some("2022-09-11T06:00:00Z"), 25, "2022-09-12T05:00:00Z"),
    ("random", "0 0 1,2 * *", "UTC", ["2025-01-01T20:25:49Z", "2025-02-01T23:01:52Z"], Some("2025-02-01T00:00:00Z"), 2, "2025-02-02T00:00:00Z"),
    ("random", "@every 25h", "Europe/Dublin", ["2028-02-18T16:12:08Z", "2028-03-27T03:53:53Z"], Some("2028-03-26T03:12:08Z"), 35, "2028-03-27T04:12:08Z"),
    ("random", "0 0 */10 * 0", "Australia/Lord_Howe", ["2028-05-31T09:44:37Z", "2028-10-01T15:26:00Z"], Some("2028-09-30T13:30:00Z"), 42, "2028-10-10T13:00:00Z"),
    ("random", "0,1 0 * * *", "America/Santiago", ["2024-03-16T13:16:53Z", "2024-10-18T08:50:57Z"], None, 309_951, "2024-10-19T03:00:00Z"),
    ("random", "0 0 1,2 * *", "Asia/Gaza", ["2024-02-27T18:03:25Z", "2024-10-26T21:14:41Z"], None, 240, "2024-10-31T22:00:00Z"),
    ("random", "0 2,3 * * *", "Africa/Casablanca", ["2023-05-16T07:00:20Z", "2024-03-10T07:27:10Z"], None, 7_159, "2024-03-11T02:00:00Z"),
    ("random", "@every 90s", "Antarctica/Troll", ["2025-08-09T18:39:50Z", "2025-08-09T18:43:50Z"], Some("2025-08-09T18:42:50Z"), 2, "2025-08-09T18:44:20Z"),
    ("random", "@every 90s", "America/New_York", ["2025-06-25T05:24:32Z", "2025-06-25T10:45:39Z"], Some("2025-06-25T10:45:32Z"), 214, "2025-06-25T10:47:02Z"),
    ("random", "30 2 * * *", "Australia/Lord_Howe", ["2024-05-04T21:23:15Z", "2024-05-07T11:40:44Z"], Some("2024-05-06T16:00:00Z"), 2, "2024-05-07T16:00:00Z"),
    ("random", "0,1 0 * * *", "Europe/Dublin", ["2026-01-31T13:19:28Z", "2027-02-03T23:48:34Z"], None, 529_909, "2027-02-04T00:00:00Z"),
];

#[test]
fn cj_35_to_38_what_is_due_and_what_is_next_are_upstreams() {
    let instant = |text: &str| -> DateTime<Utc> { text.parse().expect(text) };
    for (why, expression, zone, [earliest, now], due, count, next) in ROWS {
        let row = format!("{why}: {expression} in {zone} from {earliest} to {now}");
        let schedule = Schedule::parse_in(expression, Some(zone)).expect(expression);
        let (earliest, now) = (instant(earliest), instant(now));
        let found = schedule.missed(earliest, now);
        let want = Missed {
            due: due.map(instant),
            count: *count,
        };
        assert_eq!(found, Ok(want), "{row}");
        let look = schedule.next(requeue_reference(found, earliest, now));
        assert_eq!(look, Some(instant(next)), "CJ-38, {row}");
    }
}
