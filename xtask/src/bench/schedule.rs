//! How fast schedules are walked; an example of their own crate measures it, on one core.

use std::path::Path;

use anyhow::{Context, Result};

use super::table::Row;
use crate::shell::{cargo, output};

/// Occurrences per second of fifteen expressions in their zones, as lines of `RATE/s EXPRESSION ZONE`.
pub fn next(_binary: &Path) -> Result<Vec<Row>> {
    let mut run = cargo();
    run.args([
        "run",
        "--release",
        "--quiet",
        "--package",
        "orrery-schedule",
    ]);
    let printed = output(run.args(["--example", "occurrences_per_second"]))?;
    let mut rates = printed.lines().map(rate).collect::<Result<Vec<_>>>()?;
    rates.sort_unstable();
    let (slowest, median) = (rates.first(), rates.get(rates.len() / 2));
    let millions = |rate: Option<&u64>| {
        let rate = *rate.context("the example printed no rate")?;
        Ok::<_, anyhow::Error>(format!("{:.1} M/s", rate as f64 / 1e6))
    };
    Ok(vec![Row {
        what: "next occurrence of a schedule, one core: median / slowest of fifteen expressions",
        aim: "1 M/s",
        theirs: "",
        value: format!("{} / {}", millions(median)?, millions(slowest)?),
    }])
}

fn rate(line: &str) -> Result<u64> {
    let (rate, _) = line.trim().split_once("/s").context("a line has no rate")?;
    Ok(rate.parse()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_of_the_example_is_read() {
        let line = "     1858188/s  * * * * *      UTC";
        assert_eq!(super::rate(line).ok(), Some(1_858_188));
    }
}
