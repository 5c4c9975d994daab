//! Requests among 1,000 objects and among 100,000, by one client and by sixteen at once, and what an
//! object takes in memory.

use std::path::Path;

use anyhow::Result;

use super::load::{Figures, build, measure};
use super::orrery::Orrery;
use super::process::resident_kib;
use super::table::Row;

const FEW: f64 = 1_000.0;
const MANY: f64 = 100_000.0;

/// What is asked, as the load generator names it and as the table does.
const REQUESTS: [(&str, &str); 5] = [
    (
        "create",
        "create among 1,000 / 100,000 ConfigMaps of 500 B, p50 (p99)",
    ),
    ("get", "get among as many"),
    ("patch", "patch among as many"),
    ("list", "list of 500 among as many"),
    ("seen", "patch to watch event among as many"),
];

/// The same by several clients, in requests a second.
const RATES: [(&str, &str); 5] = [
    ("creates", "creates by 16 clients among 1,000 / 100,000"),
    ("gets", "gets by 16 clients among as many"),
    ("patches", "patches by 16 clients among as many"),
    ("lists", "lists of 500 by 16 clients among as many"),
    (
        "events",
        "events of those patches at one watcher of all, among as many",
    ),
];

pub fn among(binary: &Path) -> Result<Vec<Row>> {
    let load = build()?;
    let orrery = Orrery::start(binary)?;
    let few = measure(&load, &orrery, "among-few")?;
    let before = resident_kib(orrery.pid())?;
    let many = measure(&load, &orrery, "among-many")?;
    let grown = resident_kib(orrery.pid())?.saturating_sub(before);
    let each = grown as f64 / (MANY - FEW);
    let mut rows = REQUESTS
        .iter()
        .map(|(name, what)| {
            let value = format!("{} / {} ms", times(&few, name)?, times(&many, name)?);
            Ok(row(what, value))
        })
        .collect::<Result<Vec<_>>>()?;
    for (name, what) in RATES {
        let name = format!("{name}-per-second");
        let (few, many) = (few.get(&name)?, many.get(&name)?);
        rows.push(row(what, format!("{few:.0}/s / {many:.0}/s")));
    }
    let what = "memory per ConfigMap of 500 B, history and page included";
    rows.push(row(what, format!("{each:.2} kB")));
    Ok(rows)
}

fn row(what: &'static str, value: String) -> Row {
    Row {
        what,
        aim: "",
        theirs: "",
        value,
    }
}

fn times(figures: &Figures, name: &str) -> Result<String> {
    let half = figures.get(&format!("{name}-p50-ms"))?;
    let most = figures.get(&format!("{name}-p99-ms"))?;
    Ok(format!("{half:.2} ({most:.2})"))
}
