//! What other crons read and this one refuses (`CRON-08`), in upstream's words.

use orrery_schedule::Schedule;

/// The expression, and what is said of it; also texts that only look like numbers.
const FOREIGN: &[(&str, &str)] = &[
    (
        "0 0 L * *",
        "failed to parse int from L: strconv.Atoi: parsing \"L\": invalid syntax",
    ),
    (
        "0 0 15W * *",
        "failed to parse int from 15W: strconv.Atoi: parsing \"15W\": invalid syntax",
    ),
    (
        "0 0 * * 5#2",
        "failed to parse int from 5#2: strconv.Atoi: parsing \"5#2\": invalid syntax",
    ),
    (
        "H 2 * * *",
        "failed to parse int from H: strconv.Atoi: parsing \"H\": invalid syntax",
    ),
    (
        "0~30 2 * * *",
        "failed to parse int from 0~30: strconv.Atoi: parsing \"0~30\": invalid syntax",
    ),
    ("0 0 * * 7", "end of range (7) above maximum (6): 7"),
    ("0 0 * * 5-7", "end of range (7) above maximum (6): 5-7"),
    (
        "0 0 * * FRI-MON",
        "beginning of range (5) beyond end of range (1): FRI-MON",
    ),
    (
        "0 22-2 * * *",
        "beginning of range (22) beyond end of range (2): 22-2",
    ),
    (
        "0 0 * January *",
        "failed to parse int from January: strconv.Atoi: parsing \"January\": invalid syntax",
    ),
    ("0 0 * 0 *", "beginning of range (0) below minimum (1): 0"),
    ("0 0 32 * *", "end of range (32) above maximum (31): 32"),
    (
        "0 0 0/5 * *",
        "beginning of range (0) below minimum (1): 0/5",
    ),
    (
        "*/0 * * * *",
        "step of range should be a positive number: */0",
    ),
    ("*/-5 * * * *", "negative number (-5) not allowed: -5"),
    (
        "-5 * * * *",
        "failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax",
    ),
    ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
    ("1/2/3 * * * *", "too many slashes: 1/2/3"),
    (
        "*5 * * * *",
        "failed to parse int from *5: strconv.Atoi: parsing \"*5\": invalid syntax",
    ),
    (
        "1.5 * * * *",
        "failed to parse int from 1.5: strconv.Atoi: parsing \"1.5\": invalid syntax",
    ),
    (
        "0x5 * * * *",
        "failed to parse int from 0x5: strconv.Atoi: parsing \"0x5\": invalid syntax",
    ),
    (
        "18446744073709551616 * * * *",
        "failed to parse int from 18446744073709551616: strconv.Atoi: parsing \"18446744073709551616\": value out of range",
    ),
    (
        "９ ９ * * *",
        "failed to parse int from ９: strconv.Atoi: parsing \"９\": invalid syntax",
    ),
    (
        "0\u{200b} 2 * * *",
        "failed to parse int from 0\u{200b}: strconv.Atoi: parsing \"0\\u200b\": invalid syntax",
    ),
    (
        "@every 1d",
        "failed to parse duration @every 1d: time: unknown unit \"d\" in duration \"1d\"",
    ),
    ("@every1h", "unrecognized descriptor: @every1h"),
    ("@EVERY 1h", "unrecognized descriptor: @EVERY 1h"),
    (
        "@yearly * * * *",
        "unrecognized descriptor: @yearly * * * *",
    ),
    (
        "0 0 1 1 * 2026",
        "expected exactly 5 fields, found 6: [0 0 1 1 * 2026]",
    ),
    (
        "tz=UTC 0 2 * * *",
        "expected exactly 5 fields, found 6: [tz=UTC 0 2 * * *]",
    ),
    (
        "TZ=utc 0 2 * * *",
        "provided bad location utc: unknown time zone utc",
    ),
    (
        "TZ=UTC CRON_TZ=UTC 0 2 * * *",
        "expected exactly 5 fields, found 6: [CRON_TZ=UTC 0 2 * * *]",
    ),
];

#[test]
fn cron_08_what_other_crons_read_is_refused_in_upstreams_words() {
    for (expression, want) in FOREIGN {
        let error = Schedule::parse(expression).expect_err(expression);
        assert_eq!(error.to_string(), *want, "{expression}");
    }
}
