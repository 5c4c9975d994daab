//! `cargo xtask bench`: the bars that Orrery is held to, measured on this machine.

mod among;
mod load;
mod orrery;
mod page;
mod process;
mod scale;
mod schedule;
mod tab;
mod table;

use anyhow::Result;
use clap::Args;

use crate::shell::say;
use table::Row;

/// What to do with the table.
#[derive(Args)]
pub struct BenchArgs {
    /// Puts the table into README.md, between its markers.
    #[arg(long)]
    write: bool,
    /// Builds without link-time optimisation: minutes instead of a quarter of an hour, and the figures say so.
    #[arg(long, conflicts_with = "write")]
    quick: bool,
    /// Measures only what is named so: "idle", "Jobs of scripted pods"…
    #[arg(long, conflicts_with = "write")]
    only: Option<String>,
}

/// Builds the release binary, measures it and prints the table.
pub fn bench(args: BenchArgs) -> Result<()> {
    if args.quick {
        crate::shell::build_quickly();
        say("built without link-time optimisation: figures are for comparison among themselves");
    }
    let binary = crate::build::release()?;
    let mut rows = Vec::new();
    let wanted = |what: &str| args.only.as_deref().is_none_or(|only| only == what);
    for (what, measure) in MEASURES.iter().filter(|(what, _)| wanted(what)) {
        say(format!("measuring: {what}"));
        rows.extend(measure(&binary)?);
    }
    orrery::clear()?;
    let table = table::render(&rows);
    println!("{table}");
    if args.write {
        table::write_readme(&table)?;
    }
    Ok(())
}

type Measure = fn(&std::path::Path) -> Result<Vec<Row>>;

/// What is measured, in the order of the table.
const MEASURES: &[(&str, Measure)] = &[
    ("start", process::start),
    ("idle", process::idle),
    ("creates", load::create),
    ("watches", load::watch),
    ("a full store", load::full),
    ("requests among few and many objects", among::among),
    ("Jobs of real processes", load::jobs),
    ("Jobs of scripted pods", load::scripted),
    ("a simulated day", load::day),
    ("schedules", schedule::next),
    ("large clusters", scale::scale),
    ("the page", page::first_load),
    ("a first visit", load::page),
    ("a tab on 10,000 pods", tab::tab),
    ("a page over 100,000 pods", tab::many_pods),
];
