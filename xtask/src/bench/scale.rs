//! Clusters far larger than a person makes by hand, with scripted pods in one process: see the example
//! `scale` of the sim's room. Each play is given up after [`LIMIT`].

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::load::Figures;
use super::table::Row;
use crate::shell::{cargo, output_within, run, say, target};

/// The longest play, a hundred thousand pods, is due in a third of it.
const LIMIT: Duration = Duration::from_secs(900);

/// Plays all of them, one process each: what one leaves in memory is not the next one's.
pub fn scale(_binary: &Path) -> Result<Vec<Row>> {
    run(cargo().args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "orrery-sim",
        "--example",
        "scale",
    ]))?;
    let mut rows = Vec::new();
    for (play, row) in PLAYS {
        say(format!("playing {play}"));
        let binary = target().join("release/examples/scale");
        let mut command = std::process::Command::new(binary);
        let printed = output_within(command.arg(play), LIMIT)?;
        let value = match printed {
            Some(printed) => row.value(&Figures::read(&printed))?,
            None => format!("not within {} s", LIMIT.as_secs()),
        };
        rows.push(Row {
            what: row.what,
            aim: row.aim,
            theirs: row.theirs,
            value,
        });
    }
    Ok(rows)
}

/// A row of the table and the figures that it shows.
struct Shown {
    what: &'static str,
    aim: &'static str,
    theirs: &'static str,
    figures: &'static [&'static str],
    unit: &'static str,
}

impl Shown {
    fn value(&self, figures: &Figures) -> Result<String> {
        let texts = self.figures.iter().map(|name| figures.get(name));
        let texts: Result<Vec<_>> = texts.map(|value| Ok(format!("{:.1}", value?))).collect();
        Ok(format!("{} {}", texts?.join(" / "), self.unit))
    }
}

#[rustfmt::skip]
const PLAYS: &[(&str, Shown)] = &[
    ("cronjobs-1000", Shown { what: "1,000 CronJobs of one minute: Jobs late by p50 / p99, scripted", aim: "300 ms", theirs: "8.7 s", figures: &["cronjobs-1000-late-p50-ms", "cronjobs-1000-late-p99-ms"], unit: "ms" }),
    ("cronjobs-5000", Shown { what: "5,000 CronJobs of one minute: Jobs late by p50 / p99, scripted", aim: "", theirs: "", figures: &["cronjobs-5000-late-p50-ms", "cronjobs-5000-late-p99-ms"], unit: "ms" }),
    ("big-job-100000", Shown { what: "a Job of 100,000 scripted pods, 1,000 at a time", aim: "", theirs: "", figures: &["big-job-100000-s"], unit: "s" }),
    ("daemons-5000", Shown { what: "a DaemonSet over 5,000 scripted nodes: rolled out / its next version", aim: "", theirs: "", figures: &["daemons-5000-rollout-s", "daemons-5000-update-s"], unit: "s" }),
    ("jobs-2000", Shown { what: "Jobs of 1 scripted pod, from 8 clients: so many a second", aim: "400/s", theirs: "70/s", figures: &["jobs-2000-per-second"], unit: "/s" }),
    ("growth-1000", Shown { what: "one scripted Job among 1,000 objects: processor / wall", aim: "", theirs: "", figures: &["growth-1000-job-cpu-ms", "growth-1000-job-ms"], unit: "ms" }),
    ("growth-100000", Shown { what: "one scripted Job among 100,000 objects: processor / wall", aim: "flat", theirs: "", figures: &["growth-100000-job-cpu-ms", "growth-100000-job-ms"], unit: "ms" }),
];
