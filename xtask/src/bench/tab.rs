//! A tab on 10,000 pods of which 1,000 change a second, and a page's server over 100,000 pods.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::load::{Figures, build, in_browser, measure};
use super::orrery::Orrery;
use super::process::resident_kib;
use super::table::Row;

/// Between two looks at a memory that shall rest.
const LOOK: Duration = Duration::from_secs(3);

/// In Chromium, over a cluster of its own.
pub fn tab(binary: &Path) -> Result<Vec<Row>> {
    let (orrery, figures) = in_browser(binary, "tab")?;
    let server = resident_kib(orrery.pid())? as f64 * 1024.0 / 1e6;
    let row = |what, aim, value| Row {
        what,
        aim,
        theirs: "",
        value,
    };
    Ok(vec![
        row(
            "list of 10,000 pods: first paint / interactive",
            "",
            figures.pair("pods-paint-ms", "pods-awake-ms")?,
        ),
        row(
            "change to screen, 1,000 changes a second in the list: p50 / p99",
            "100 ms",
            figures.pair("change-p50-ms", "change-p99-ms")?,
        ),
        row(
            "turning the wheel through 10,000 rows, 4,000 pixels a second: frames a second / longest",
            "55",
            frames(&figures, "quiet")?,
        ),
        row(
            "1,000 changes a second in the list and nobody touches it: frames a second / longest",
            "55",
            still(&figures)?,
        ),
        row(
            "turning the wheel through them meanwhile, 4,000 pixels a second: frames a second / longest",
            "55",
            frames(&figures, "wheel")?,
        ),
        row(
            "dragging the bar from end to end in 3 s",
            "",
            frames(&figures, "drag")?,
        ),
        row(
            "the tab's memory under those changes: nobody touches it / after wheel and bar",
            "150 MB",
            format!(
                "{:.0} / {:.0} MB",
                figures.get("still-tab-mb")?,
                figures.get("drag-tab-mb")?
            ),
        ),
        row(
            "the server's, its cluster of 10,000 pods included",
            "",
            format!("{server:.0} MB"),
        ),
    ])
}

fn still(figures: &Figures) -> Result<String> {
    Ok(format!(
        "{:.1} / {:.0} ms",
        figures.get("still-frames-per-second")?,
        figures.get("still-longest-frame-ms")?
    ))
}

/// With the speed that the page had, which is less than the hand's where it cannot follow.
fn frames(figures: &Figures, how: &str) -> Result<String> {
    let figure = |what: &str| figures.get(&format!("{how}-{what}"));
    Ok(format!(
        "{:.1} / {:.0} ms, rows in sight {:.0} % of them, at {:.0} pixels a second",
        figure("frames-per-second")?,
        figure("longest-frame-ms")?,
        figure("covered-percent")?,
        figure("pixels-per-second")?
    ))
}

/// The page's server alone: its cluster is another process.
pub fn many_pods(binary: &Path) -> Result<Vec<Row>> {
    let cluster = Orrery::start(binary)?;
    measure(&build()?, &cluster, "pods")?;
    let page = cluster.attach(binary)?;
    let mut before = 0;
    let at_rest = loop {
        sleep(LOOK);
        let now = resident_kib(page.pid())?;
        if now.abs_diff(before) < now / 100 {
            break now;
        }
        before = now;
    };
    Ok(vec![Row {
        what: "memory of the page's server over a cluster of 100,000 pods",
        aim: "400 MB",
        theirs: "",
        value: format!("{:.0} MB", at_rest as f64 * 1024.0 / 1e6),
    }])
}
