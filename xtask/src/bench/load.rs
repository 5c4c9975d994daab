//! Figures that take a client: `orrery-load` of the tests' room asks, we print. Built apart, so that
//! xtask itself needs neither TLS nor a runtime.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::orrery::Orrery;
use super::table::Row;
use crate::shell::{cargo, output, run, say, target};

/// One client, 64 clients.
pub fn create(binary: &Path) -> Result<Vec<Row>> {
    let figures = on_fresh(binary, "create")?;
    Ok(vec![
        Row {
            what: "durable create, one client: p50 / p99 (ConfigMap of 1.5 kB, over TLS)",
            aim: "0.35 ms",
            theirs: "1.67 ms",
            value: figures.pair("create-p50-ms", "create-p99-ms")?,
        },
        Row {
            what: "durable creates, 64 clients",
            aim: "15,000/s",
            theirs: "1,900/s",
            value: figures.rate("creates-per-second")?,
        },
    ])
}

/// One watcher, then a thousand.
pub fn watch(binary: &Path) -> Result<Vec<Row>> {
    let latency = on_fresh(binary, "watch")?;
    let crowd = on_fresh(binary, "fan-out")?;
    Ok(vec![
        Row {
            what: "write to watch event: p50 / p99",
            aim: "0.6 ms",
            theirs: "3.4 ms",
            value: latency.pair("watch-p50-ms", "watch-p99-ms")?,
        },
        Row {
            what: "events to 1,000 watchers (of 500 B, each over TLS)",
            aim: "250,000/s",
            theirs: "25,500/s",
            value: crowd.rate("fan-out-per-second")?,
        },
    ])
}

/// A store of 10,000 pods and 10,000 ConfigMaps: listed, and started again after `kill -9`.
pub fn full(binary: &Path) -> Result<Vec<Row>> {
    let load = build()?;
    let mut orrery = Orrery::start(binary)?;
    measure(&load, &orrery, "fill")?;
    let list = measure(&load, &orrery, "list")?;
    let mut restarts = Vec::new();
    for _ in 0..RESTARTS {
        orrery = orrery.restart(binary)?;
        restarts.push(orrery.ready_after);
    }
    restarts.sort();
    let restart = restarts[RESTARTS / 2].as_secs_f64() * 1000.0;
    Ok(vec![
        Row {
            what: "LIST of 10,000 pods",
            aim: "20 ms",
            theirs: "182 ms",
            value: list.millis("list-ms")?,
        },
        Row {
            what: "restart after kill -9 with 20,000 objects",
            aim: "150 ms",
            theirs: "3.2 s",
            value: format!("{restart:.0} ms"),
        },
    ])
}

/// Jobs of real processes (`true`), each pod in its own namespaces.
pub fn jobs(binary: &Path) -> Result<Vec<Row>> {
    let figures = on_fresh(binary, "jobs")?;
    let rate = |what, name, theirs| {
        Ok::<_, anyhow::Error>(Row {
            what,
            aim: "",
            theirs,
            value: figures.rate(name)?,
        })
    };
    Ok(vec![
        Row {
            what: "one Job of one real process, created to Complete",
            aim: "12 ms",
            theirs: "1,020 ms",
            value: figures.millis("job-ms")?,
        },
        rate("Jobs of 1 real process", "jobs-of-1-per-second", "70/s")?,
        rate("Jobs of 10 real processes", "jobs-of-10-per-second", "")?,
        rate("Jobs of 100 real processes", "jobs-of-100-per-second", "")?,
    ])
}

/// A first visit in Chromium.
pub fn page(binary: &Path) -> Result<Vec<Row>> {
    let (_, figures) = in_browser(binary, "page")?;
    let value = format!(
        "{:.0} / {:.0} ms",
        figures.get("first-paint-ms")?,
        figures.get("first-load-ms")?
    );
    Ok(vec![Row {
        what: "first visit: first paint / loaded, redirect of the sign-in included",
        aim: "120 ms",
        theirs: "1.7 s",
        value,
    }])
}

/// Jobs of scripted pods: the cluster alone, on the simulated clock, in one thread.
pub fn scripted(_binary: &Path) -> Result<Vec<Row>> {
    let figures = example("jobs")?;
    let row = |what, value| Row {
        what,
        aim: "",
        theirs: "",
        value,
    };
    let rate = |what, name| anyhow::Ok(row(what, figures.rate(name)?));
    Ok(vec![
        row(
            "one Job of one scripted pod, work from creation to Complete",
            figures.millis("job-ms")?,
        ),
        rate("Jobs of 1 scripted pod, one thread", "jobs-of-1-per-second")?,
        rate("Jobs of 10 scripted pods", "jobs-of-10-per-second")?,
        rate("Jobs of 100 scripted pods", "jobs-of-100-per-second")?,
    ])
}

/// A day of a CronJob on the simulated clock, every hour and every minute.
pub fn day(_binary: &Path) -> Result<Vec<Row>> {
    let figures = example("day")?;
    let row = |what, name: &str| -> Result<Row> {
        let secs = figures.get(&format!("{name}-s"))?;
        let requests = figures.get(&format!("{name}-requests"))?;
        Ok(Row {
            what,
            aim: "1 s",
            theirs: "",
            value: format!("{secs:.2} s ({requests:.0} requests)"),
        })
    };
    Ok(vec![
        row("a simulated day of an hourly CronJob, one thread", "hourly")?,
        row(
            "a simulated day of a minutely CronJob, one thread",
            "minutely",
        )?,
    ])
}

/// What an example of the sim's room prints.
fn example(name: &str) -> Result<Figures> {
    let run = ["run", "--release", "--quiet", "--package", "orrery-sim"];
    let printed = output(cargo().args(run).args(["--example", name]))?;
    Ok(Figures::read(&printed))
}

/// An odd number, so that there is a middle one.
const RESTARTS: usize = 5;

fn on_fresh(binary: &Path, what: &str) -> Result<Figures> {
    let load = build()?;
    measure(&load, &Orrery::start(binary)?, what)
}

/// The load generator; cargo does nothing the second time.
pub fn build() -> Result<PathBuf> {
    say("building the load generator");
    run(cargo().args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "orrery-tests",
        "--bin",
        "orrery-load",
    ]))?;
    Ok(target().join("release/orrery-load"))
}

/// What the load generator measures in Chromium, over a cluster of its own.
pub fn in_browser(binary: &Path, what: &str) -> Result<(Orrery, Figures)> {
    let browser = crate::browser::ensure()?;
    let load = build()?;
    let orrery = Orrery::start(binary)?;
    let mut command = Command::new(load);
    command
        .arg(orrery.dir())
        .arg(what)
        .env("ORRERY_BIN", binary)
        .env("ORRERY_CHROMIUM", &browser.chromium)
        .env("ORRERY_CHROMEDRIVER", &browser.chromedriver);
    let figures = Figures::read(&output(&mut command)?);
    Ok((orrery, figures))
}

pub fn measure(load: &Path, orrery: &Orrery, what: &str) -> Result<Figures> {
    let printed = output(Command::new(load).arg(orrery.dir()).arg(what))?;
    Ok(Figures::read(&printed))
}

/// What the load generator printed, by name.
pub struct Figures(BTreeMap<String, f64>);

impl Figures {
    pub fn read(printed: &str) -> Self {
        let pair = |line: &str| {
            let (name, value) = line.split_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Self(printed.lines().filter_map(pair).collect())
    }

    pub fn get(&self, name: &str) -> Result<f64> {
        let value = self.0.get(name).copied();
        value.with_context(|| format!("the load generator printed no {name}"))
    }

    fn millis(&self, name: &str) -> Result<String> {
        Ok(format!("{:.2} ms", self.get(name)?))
    }

    pub fn pair(&self, half: &str, most: &str) -> Result<String> {
        Ok(format!(
            "{:.2} / {:.2} ms",
            self.get(half)?,
            self.get(most)?
        ))
    }

    fn rate(&self, name: &str) -> Result<String> {
        let rate = self.get(name)?;
        let digits = if rate < 100.0 { 1 } else { 0 };
        Ok(format!("{rate:.digits$}/s"))
    }
}
