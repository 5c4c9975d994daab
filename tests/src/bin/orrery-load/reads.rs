//! Listing 10,000 pods whole.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::api::Api;
use crate::{millis, percentile, tell};

const RUNS: usize = 15;
const AT_LEAST_BYTES: usize = 10_000_000;

/// After `fill`.
pub async fn list(api: &Api) -> Result<()> {
    let mut connection = api.connect().await?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        let list = connection
            .ask("GET", "/api/v1/namespaces/default/pods", "")
            .await?;
        times.push(began.elapsed());
        if list.len() < AT_LEAST_BYTES {
            bail!("the list has {} bytes: fill first", list.len());
        }
    }
    tell("list-ms", millis(percentile(&mut times, 0.5)));
    Ok(())
}
