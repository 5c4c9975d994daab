//! Every way in which an expression is refused, in upstream's words: the rules of its parser in their
//! order, each tried in each field, alone and in lists, with a zone and without.

use orrery_schedule::{Schedule, ScheduleError};

/// The fields in their order: the smallest and the largest value of each.
const FIELDS: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];

/// A member of a field, and what is said of it.
type Row = (String, String);

fn not_a_number(text: &str) -> String {
    format!("failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax")
}

fn too_large(text: &str) -> String {
    format!("failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": value out of range")
}

/// Numbers are read first: the low end, the high end, and, once there are no hyphens and slashes too
/// many, the step.
fn unread(min: u32, max: u32) -> Vec<Row> {
    let words = [
        "x", "1x", "x1", "1.5", "1_0", "0x1", "1e1", "L", "5L", "W", "LW", "1#2", "H", "~", "0~9",
        "**", "*?", "?5", "5*", "!", "(1)", "$1", "one", "%", "+", "++1", "1+", "=",
    ];
    let mut rows: Vec<Row> = words
        .map(|word| (word.to_owned(), not_a_number(word)))
        .to_vec();
    for (member, word) in [
        (format!("{min}-"), ""),
        (format!("-{max}"), ""),
        ("-".into(), ""),
        ("--".into(), ""),
        ("-1-2".into(), ""),
        (format!("/{max}"), ""),
        ("/".into(), ""),
        ("//".into(), ""),
        (format!("{min}/"), ""),
        ("*/".into(), ""),
        ("*/x".into(), "x"),
        ("*/*".into(), "*"),
        ("?/?".into(), "?"),
        ("*/1.5".into(), "1.5"),
        ("*/-".into(), "-"),
        ("*-5/x".into(), "x"),
        (format!("{min}-x"), "x"),
        (format!("x-{max}"), "x"),
        (format!("{min}-*"), "*"),
        (format!("{min}-?"), "?"),
        (format!("{}/x", max + 1), "x"),
        (format!("{max}-{min}/x"), "x"),
        ("x/0".into(), "x"),
        ("x/y".into(), "x"),
        ("x-y".into(), "x"),
        ("x-2-3".into(), "x"),
        ("x/2/3".into(), "x"),
        (format!("{min}-x/y/z"), "x"),
    ] {
        rows.push((member, not_a_number(word)));
    }
    for (member, word) in [
        ("9223372036854775808".into(), "9223372036854775808"),
        ("99999999999999999999".into(), "99999999999999999999"),
        (format!("{min}-9223372036854775808"), "9223372036854775808"),
        ("*/18446744073709551616".into(), "18446744073709551616"),
        ("*/-9223372036854775809".into(), "-9223372036854775809"),
    ] {
        rows.push((member, too_large(word)));
    }
    for (member, number, word) in [
        ("*/-1".into(), "-1", "-1"),
        ("?/-1".into(), "-1", "-1"),
        (format!("{min}/-07"), "-7", "-07"),
        (format!("{max}-{min}/-2"), "-2", "-2"),
        (
            "*/-9223372036854775808".into(),
            "-9223372036854775808",
            "-9223372036854775808",
        ),
    ] {
        let text = format!("negative number ({number}) not allowed: {word}");
        rows.push((member, text));
    }
    rows
}

/// What is wrong with a member of numbers that can be read.
fn unfit(min: u32, max: u32) -> Vec<Row> {
    let over = max + 1;
    let mut rows = Vec::new();
    let mut add = |text: &str, members: Vec<String>| {
        rows.extend(members.into_iter().map(|member| {
            let said = format!("{text}: {member}");
            (member, said)
        }));
    };
    add(
        "too many hyphens",
        vec![
            format!("{min}-{max}-{max}"),
            format!("{min}-x-{max}"),
            format!("{min}--{max}"),
            format!("{min}-{max}-"),
            format!("{over}-1-1"),
            format!("{min}-{max}-{max}/x"),
            format!("{min}-{max}-{max}/1/1"),
        ],
    );
    add(
        "too many slashes",
        vec![
            "*/1/1".into(),
            "?/1/1".into(),
            "*//1".into(),
            "*/1/".into(),
            "*/x/y".into(),
            "*-x/1/1".into(),
            format!("{min}/1/1"),
            format!("{over}/1/1"),
            format!("{max}-{min}/1/1"),
        ],
    );
    if min == 1 {
        add(
            "beginning of range (0) below minimum (1)",
            vec![
                "0".into(),
                "00".into(),
                "+0".into(),
                "0-0".into(),
                "0/2".into(),
                "0/0".into(),
                format!("0-{max}"),
                format!("0-{over}"),
            ],
        );
    }
    add(
        &format!("end of range ({over}) above maximum ({max})"),
        vec![
            format!("{over}"),
            format!("+{over}"),
            format!("0{over}"),
            format!("{min}-{over}"),
            format!("{over}-{over}"),
            format!("{over}-{over}/2"),
            format!("{min}-{over}/0"),
        ],
    );
    add(
        &format!("end of range (4294967296) above maximum ({max})"),
        vec!["4294967296".into(), format!("{min}-4294967296")],
    );
    add(
        &format!("beginning of range ({max}) beyond end of range ({min})"),
        vec![
            format!("{max}-{min}"),
            format!("{max}-{min}/2"),
            format!("{max}-{min}/0"),
        ],
    );
    add(
        &format!("beginning of range ({over}) beyond end of range ({min})"),
        vec![format!("{over}-{min}")],
    );
    // a number with a step reaches to the end of the field
    add(
        &format!("beginning of range ({over}) beyond end of range ({max})"),
        vec![format!("{over}/1"), format!("{over}/0")],
    );
    add(
        "step of range should be a positive number",
        vec![
            "*/0".into(),
            "?/0".into(),
            "*/00".into(),
            "*/+0".into(),
            "*/-0".into(),
            "*-x/0".into(),
            "?-1-2/0".into(),
            format!("{min}/0"),
            format!("{min}-{max}/0"),
        ],
    );
    rows
}

/// Members of names, which two fields know.
fn named(place: usize) -> Vec<Row> {
    let rows: &[(&str, &str)] = match place {
        3 => &[
            (
                "DEC-JAN",
                "beginning of range (12) beyond end of range (1): DEC-JAN",
            ),
            (
                "nov-Feb/2",
                "beginning of range (11) beyond end of range (2): nov-Feb/2",
            ),
            ("0-JAN", "beginning of range (0) below minimum (1): 0-JAN"),
            ("JAN-13", "end of range (13) above maximum (12): JAN-13"),
            (
                "JAN-DEC/0",
                "step of range should be a positive number: JAN-DEC/0",
            ),
            ("JAN-FEB-MAR", "too many hyphens: JAN-FEB-MAR"),
        ],
        4 => &[
            (
                "SAT-SUN",
                "beginning of range (6) beyond end of range (0): SAT-SUN",
            ),
            (
                "fri-Mon/2",
                "beginning of range (5) beyond end of range (1): fri-Mon/2",
            ),
            ("MON-7", "end of range (7) above maximum (6): MON-7"),
            (
                "SUN-SAT/0",
                "step of range should be a positive number: SUN-SAT/0",
            ),
            ("MON/2/2", "too many slashes: MON/2/2"),
        ],
        _ => &[],
    };
    let mut rows: Vec<Row> = rows
        .iter()
        .map(|(member, text)| ((*member).to_owned(), (*text).to_owned()))
        .collect();
    let names = ["MON", "sat", "Jan", "DEC"];
    let strange = names.into_iter().filter(|name| match place {
        3 => ["MON", "sat"].contains(name),
        4 => ["Jan", "DEC"].contains(name),
        _ => true,
    });
    let strange = strange.chain(["MOND", "Mo", "monday", "January", "Sept"]);
    rows.extend(strange.map(|name| (name.to_owned(), not_a_number(name))));
    // nowhere is a step a name
    rows.extend(names.map(|name| (format!("*/{name}"), not_a_number(name))));
    rows
}

/// Stars but for this field.
fn with(place: usize, text: &str) -> String {
    let mut fields = ["*"; 5];
    fields[place] = text;
    fields.join(" ")
}

fn is_refused(expression: &str, want: &str) {
    let zoned = format!("CRON_TZ=Asia/Seoul {expression}");
    for expression in [expression, &zoned] {
        let told = Schedule::parse(expression).map(drop);
        let told = told.map_err(|error| error.to_string());
        assert_eq!(told, Err(want.to_owned()), "{expression}");
    }
    let told = Schedule::parse_in(expression, Some("Europe/Berlin"));
    let Err(ScheduleError::Unparseable(told)) = told else {
        panic!("{expression}: {told:?}");
    };
    assert_eq!(told.to_string(), want, "{expression}");
}

#[test]
fn cron_07_each_rule_in_each_field_in_upstreams_words() {
    let mut count = 0;
    for (place, (min, max)) in FIELDS.into_iter().enumerate() {
        let rows = unread(min, max).into_iter().chain(unfit(min, max));
        for (member, want) in rows.chain(named(place)) {
            let lists = [
                member.clone(),
                format!("{min},{member}"),
                format!(",,{member},,x"),
            ];
            for list in lists {
                is_refused(&with(place, &list), &want);
                count += 1;
            }
        }
    }
    assert!(count > 1_000, "{count} expressions");
}

#[test]
fn cron_07_the_first_field_that_is_wrong_is_told() {
    for first in 0..5 {
        for second in first + 1..5 {
            let mut fields = ["*"; 5];
            (fields[first], fields[second]) = ("one", "two");
            is_refused(&fields.join(" "), &not_a_number("one"));
        }
    }
}

#[test]
fn cron_02_all_counts_of_fields_but_five_are_refused() {
    let words = ["0", "1-2", "*/3", "x", "7", "@daily", "?", "60"];
    for count in (1..=words.len()).filter(|count| *count != 5) {
        let (spaced, told) = (words[..count].join(" \t "), words[..count].join(" "));
        let want = format!("expected exactly 5 fields, found {count}: [{told}]");
        is_refused(&spaced, &want);
    }
}

#[test]
fn cron_09_10_descriptors_and_durations_in_upstreams_words() {
    let unknown = [
        "@",
        "@@daily",
        "@reboot",
        "@Yearly",
        "@YEARLY",
        "@yearly!",
        "@dayly",
        "@hourly @daily",
        "@daily * * * *",
        "@every",
        "@everyday",
        "@every_1h",
        "@every\t1h",
        "@Every 1h",
        "@in 1h",
    ];
    for descriptor in unknown {
        is_refused(
            descriptor,
            &format!("unrecognized descriptor: {descriptor}"),
        );
    }
    let durations = [
        ("-", "invalid duration \"-\""),
        ("+", "invalid duration \"+\""),
        (".", "invalid duration \".\""),
        ("-.s", "invalid duration \"-.s\""),
        (".s", "invalid duration \".s\""),
        ("h", "invalid duration \"h\""),
        ("x1h", "invalid duration \"x1h\""),
        (" 1h", "invalid duration \" 1h\""),
        ("--1h", "invalid duration \"--1h\""),
        ("1", "missing unit in duration \"1\""),
        ("-1", "missing unit in duration \"-1\""),
        ("1.5", "missing unit in duration \"1.5\""),
        ("1h2", "missing unit in duration \"1h2\""),
        ("00", "missing unit in duration \"00\""),
        ("1d", "unknown unit \"d\" in duration \"1d\""),
        ("1w2d", "unknown unit \"w\" in duration \"1w2d\""),
        ("1H", "unknown unit \"H\" in duration \"1H\""),
        ("1hour", "unknown unit \"hour\" in duration \"1hour\""),
        ("1h 2m", "unknown unit \"h \" in duration \"1h 2m\""),
        ("1h-2m", "unknown unit \"h-\" in duration \"1h-2m\""),
        ("1,5s", "unknown unit \",\" in duration \"1,5s\""),
        ("1e3s", "unknown unit \"e\" in duration \"1e3s\""),
        ("0x1s", "unknown unit \"x\" in duration \"0x1s\""),
        (
            "1µ",
            "unknown unit \"\\xc2\\xb5\" in duration \"1\\xc2\\xb5\"",
        ),
        (
            "9223372036854775808ns",
            "invalid duration \"9223372036854775808ns\"",
        ),
        (
            "99999999999999999999s",
            "invalid duration \"99999999999999999999s\"",
        ),
        ("3000000h", "invalid duration \"3000000h\""),
        ("2562047h48m", "invalid duration \"2562047h48m\""),
    ];
    for (duration, problem) in durations {
        let expression = format!("@every {duration}");
        let want = format!("failed to parse duration {expression}: time: {problem}");
        is_refused(&expression, &want);
    }
}

#[test]
fn cron_11_a_zone_that_cannot_be_loaded_is_told_whatever_follows() {
    let rows = [
        ("Mars/Base", "unknown time zone Mars/Base"),
        ("asia/seoul", "unknown time zone asia/seoul"),
        ("UTC+1", "unknown time zone UTC+1"),
        ("+09:00", "unknown time zone +09:00"),
        ("..", "time: invalid location name"),
        ("a/../UTC", "time: invalid location name"),
        ("/UTC", "time: invalid location name"),
        ("\\UTC", "time: invalid location name"),
        ("UTC\0", "invalid argument"),
    ];
    for (zone, problem) in rows {
        for (prefix, rest) in [
            ("TZ", "* * * * *"),
            ("CRON_TZ", "x"),
            ("TZ", "@daily"),
            ("TZ", ""),
        ] {
            let expression = format!("{prefix}={zone} {rest}");
            let error = Schedule::parse(&expression).expect_err(&expression);
            let want = format!("provided bad location {zone}: {problem}");
            assert_eq!(error.to_string(), want, "{expression}");
        }
    }
}
