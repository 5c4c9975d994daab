use super::*;

struct Row {
    id: &'static str,
    text: &'static str,
    bounds: &'static Bounds,
    values: &'static [u32],
    star: bool,
}

#[test]
fn fields_hold_what_upstream_reads() {
    for row in [
        Row {
            id: "CRON-03 empty members are skipped",
            text: "1,,2,",
            bounds: &MINUTES,
            values: &[1, 2],
            star: false,
        },
        Row {
            id: "CRON-03 only commas is the empty set",
            text: ",",
            bounds: &DAYS,
            values: &[],
            star: false,
        },
        Row {
            id: "CRON-04 N/S runs to the maximum",
            text: "20/15",
            bounds: &MINUTES,
            values: &[20, 35, 50],
            star: false,
        },
        Row {
            id: "CRON-04 a range with a step",
            text: "20-35/15",
            bounds: &MINUTES,
            values: &[20, 35],
            star: false,
        },
        Row {
            id: "CRON-04 a step beyond the range leaves the start",
            text: "5/100",
            bounds: &MINUTES,
            values: &[5],
            star: false,
        },
        Row {
            id: "CRON-04 ? is a star",
            text: "?",
            bounds: &WEEKDAYS,
            values: &[0, 1, 2, 3, 4, 5, 6],
            star: true,
        },
        Row {
            id: "CRON-04 after a star the hyphen is not read",
            text: "*-5-7",
            bounds: &WEEKDAYS,
            values: &[0, 1, 2, 3, 4, 5, 6],
            star: true,
        },
        Row {
            id: "CRON-04 a star with a range and a step ends at the maximum",
            text: "*-2/3",
            bounds: &WEEKDAYS,
            values: &[0, 3, 6],
            star: false,
        },
        Row {
            id: "CRON-05 names in any case, in ranges with steps",
            text: "MoN-fRI/2",
            bounds: &WEEKDAYS,
            values: &[1, 3, 5],
            star: false,
        },
        Row {
            id: "CRON-05 Go lowers a dotted capital I",
            text: "fr\u{130}",
            bounds: &WEEKDAYS,
            values: &[5],
            star: false,
        },
        Row {
            id: "CRON-05 months are counted from 1",
            text: "JAN,dec",
            bounds: &MONTHS,
            values: &[1, 12],
            star: false,
        },
        Row {
            id: "CRON-06 leading zeros and plus",
            text: "+07,008",
            bounds: &MINUTES,
            values: &[7, 8],
            star: false,
        },
        Row {
            id: "CRON-13 a step of 1 keeps the star",
            text: "*/1",
            bounds: &WEEKDAYS,
            values: &[0, 1, 2, 3, 4, 5, 6],
            star: true,
        },
        Row {
            id: "CRON-13 a larger step clears the star",
            text: "*/10",
            bounds: &DAYS,
            values: &[1, 11, 21, 31],
            star: false,
        },
        Row {
            id: "CRON-13 a star beside a number stays",
            text: "3,*",
            bounds: &WEEKDAYS,
            values: &[0, 1, 2, 3, 4, 5, 6],
            star: true,
        },
    ] {
        let field = Field::parse(row.text, row.bounds).expect(row.id);
        assert_eq!(field.values().collect::<Vec<_>>(), row.values, "{}", row.id);
        assert_eq!(field.star, row.star, "{}", row.id);
    }
}

#[test]
fn refusals_are_told_in_upstreams_words() {
    for (id, text, bounds, want) in [
        (
            "CRON-07 not a number",
            "x",
            &MINUTES,
            r#"failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax"#,
        ),
        (
            "CRON-07 a negative step",
            "*/-5",
            &MINUTES,
            "negative number (-5) not allowed: -5",
        ),
        (
            "CRON-07 hyphens",
            "1-2-3",
            &MINUTES,
            "too many hyphens: 1-2-3",
        ),
        (
            "CRON-07 slashes",
            "1/2/3",
            &MINUTES,
            "too many slashes: 1/2/3",
        ),
        (
            "CRON-07 below",
            "0",
            &DAYS,
            "beginning of range (0) below minimum (1): 0",
        ),
        (
            "CRON-07 above",
            "60",
            &MINUTES,
            "end of range (60) above maximum (59): 60",
        ),
        (
            "CRON-07 beyond",
            "60/2",
            &MINUTES,
            "beginning of range (60) beyond end of range (59): 60/2",
        ),
        (
            "CRON-07 step 0",
            "*/0",
            &MINUTES,
            "step of range should be a positive number: */0",
        ),
        (
            "CRON-08 Sunday is not 7",
            "7",
            &WEEKDAYS,
            "end of range (7) above maximum (6): 7",
        ),
        (
            "CRON-08 no wrap-around",
            "FRI-MON",
            &WEEKDAYS,
            "beginning of range (5) beyond end of range (1): FRI-MON",
        ),
        (
            "CRON-08 no L",
            "L",
            &DAYS,
            r#"failed to parse int from L: strconv.Atoi: parsing "L": invalid syntax"#,
        ),
        (
            "CRON-05 no full names",
            "monday",
            &WEEKDAYS,
            r#"failed to parse int from monday: strconv.Atoi: parsing "monday": invalid syntax"#,
        ),
    ] {
        let error = Field::parse(text, bounds).expect_err(id);
        assert_eq!(error.to_string(), want, "{id}");
    }
}
