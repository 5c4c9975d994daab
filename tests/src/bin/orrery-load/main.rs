//! The load generator of `cargo xtask bench`: asks a running Orrery over its real port, as any client
//! does, and prints one `name value` a line. Light on purpose (HTTP/1.1 by hand, one thread), since it
//! shares the machine with what it measures. For no other use.

mod among;
mod api;
mod jobs;
mod objects;
mod page;
mod reads;
mod tab;
mod watches;
mod writes;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use api::Api;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().context("usage: orrery-load DATA-DIR MEASURE")?;
    let folder = PathBuf::from(folder);
    let api = Api::of(&folder)?;
    match args.next().unwrap_or_default().as_str() {
        "create" => writes::create(&api).await,
        "fill" => writes::fill(&api).await,
        "among-few" => among::among(&api, 0, FEW).await,
        "among-many" => among::among(&api, FEW, MANY).await,
        "list" => reads::list(&api).await,
        "watch" => watches::latency(&api).await,
        "fan-out" => watches::fan_out(&api).await,
        "jobs" => jobs::jobs(&api).await,
        "page" => page::page(&folder).await,
        "tab" => tab::tab(&api, &folder).await,
        "pods" => writes::fill_pods(&api, MANY_PODS).await,
        other => bail!("there is no measure named {other:?}"),
    }
}

const FEW: usize = 1_000;
const MANY: usize = 100_000;

/// As many as the page's server is to hold in 400 MB.
const MANY_PODS: usize = 100_000;

/// One figure, for whoever reads our output.
fn tell(name: &str, value: f64) {
    println!("{name} {value}");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The time below which `share` (0 to 1) of the times lie.
fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort();
    times[((times.len() - 1) as f64 * share).round() as usize]
}
