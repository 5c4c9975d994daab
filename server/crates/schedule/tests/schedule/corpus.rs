//! Zero differences on 20,000 random schedules whose occurrences upstream's own library gave, or on all lines of the
//! file that `ORRERY_CRON_CORPUS` names.

use std::io::Read;
use std::str::Chars;

use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use orrery_schedule::Schedule;

/// Occurrences, or fewer and `None` where the search gives up; or why the expression is refused.
type Told = Result<Vec<Option<DateTime<Utc>>>, String>;

#[test]
fn every_line_of_the_corpus_agrees_with_upstream() {
    let asked = std::env::var("ORRERY_CRON_CORPUS").ok();
    let corpus = match &asked {
        Some(path) => std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}")),
        None => packed(),
    };
    let lines: Vec<&str> = corpus
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let differences: Vec<String> = lines.iter().filter_map(|line| difference(line)).collect();
    let shown = differences
        .iter()
        .take(20)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        differences.is_empty(),
        "{} differences:\n{shown}",
        differences.len()
    );
    match asked {
        Some(path) => assert!(!lines.is_empty(), "{path} is empty"),
        None => assert_eq!(lines.len(), 20_000, "the corpus is complete"),
    }
}

fn packed() -> String {
    let packed = include_bytes!("data/cron-corpus.tsv.gz");
    let mut corpus = String::new();
    GzDecoder::new(&packed[..])
        .read_to_string(&mut corpus)
        .expect("the corpus unpacks");
    corpus
}

/// A line: expression, zone (`-`: none), start, and its occurrences (`ZERO`: none within the limit), or `ERR` with the
/// words of the refusal or without.
fn difference(line: &str) -> Option<String> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [expression, zone, start, want] = columns[..] else {
        panic!("not four columns: {line}");
    };
    let zone = (zone != "-").then_some(zone);
    let got = upstream_words(&unescaped(expression), zone, instant(start), want);
    let agrees = match want {
        "ERR" => got.is_err(),
        _ => got == told(want),
    };
    (!agrees).then(|| format!("{line}\n  got {got:?}"))
}

fn told(want: &str) -> Told {
    if let Some(words) = want.strip_prefix("ERR ") {
        return Err(unescaped(words));
    }
    let times = want.split(' ');
    Ok(times
        .map(|time| (time != "ZERO").then(|| instant(time)))
        .collect())
}

/// As many as the line has.
fn upstream_words(expression: &str, zone: Option<&str>, start: DateTime<Utc>, want: &str) -> Told {
    let schedule = Schedule::parse_in(expression, zone).map_err(|error| error.to_string())?;
    let count = want.split(' ').count();
    let mut found: Vec<_> = schedule.upcoming(start).take(count).map(Some).collect();
    if found.len() < count {
        found.push(None);
    }
    Ok(found)
}

/// `\t`, `\n`, `\r`, `\\` and `\u{hex}` stand for characters that a line cannot show.
fn unescaped(text: &str) -> String {
    let mut chars = text.chars();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { escaped(&mut chars) } else { c });
    }
    out
}

fn escaped(chars: &mut Chars<'_>) -> char {
    match chars.next().expect("a backslash begins an escape") {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'u' => {
            let hex: String = chars.skip(1).take_while(|c| *c != '}').collect();
            let code = u32::from_str_radix(&hex, 16).ok();
            code.and_then(char::from_u32).expect("a code point")
        }
        c => c,
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}
