//! Zero differences on 20,000 random schedules whose occurrences upstream's own library gave.

use std::io::Read;

use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use orrery_schedule::Schedule;

#[test]
fn every_line_of_the_corpus_agrees_with_upstream() {
    let packed = include_bytes!("data/cron-corpus.tsv.gz");
    let mut corpus = String::new();
    GzDecoder::new(&packed[..])
        .read_to_string(&mut corpus)
        .expect("the corpus unpacks");
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
    assert_eq!(lines.len(), 20_000, "the corpus is complete");
}

fn difference(line: &str) -> Option<String> {
    let mut columns = line.split('\t');
    let mut column = || {
        columns
            .next()
            .unwrap_or_else(|| panic!("a column is missing: {line}"))
    };
    let (expression, zone, start, want) = (column(), column(), column(), column());
    let got = upstream_words(expression, zone, instant(start));
    let want = match want {
        "ERR" => Err(()),
        times => Ok(times
            .split(' ')
            .map(|time| (time != "ZERO").then(|| instant(time)))
            .collect()),
    };
    (got != want).then(|| format!("{line}\n  got {got:?}"))
}

/// Six occurrences, or fewer and `None` where the search gives up.
fn upstream_words(
    expression: &str,
    zone: &str,
    start: DateTime<Utc>,
) -> Result<Vec<Option<DateTime<Utc>>>, ()> {
    let schedule = Schedule::parse_in(expression, Some(zone)).map_err(drop)?;
    let mut found: Vec<_> = schedule.upcoming(start).take(6).map(Some).collect();
    if found.len() < 6 {
        found.push(None);
    }
    Ok(found)
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}
