//! Watches: how long a write takes to be seen, and how much a crowd of watchers sees.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::api::Api;
use crate::{millis, objects, percentile, tell};

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
/// Without the one ConfigMap that every namespace comes with: only our writes are counted.
const WATCH: &str = "/api/v1/namespaces/default/configmaps?watch=true&fieldSelector=metadata.name!%3Dkube-root-ca.crt";
const WARM_UP: usize = 100;
const WRITES: usize = 1_000;
const WATCHERS: usize = 1_000;
/// Events that each watcher of the crowd gets in a round: enough for a second of work.
const EVENTS: usize = 200;
const WRITERS: usize = 8;
const ROUNDS: usize = 3;

/// From the first byte of a request to the event in a watcher's hands, at one write at a time.
pub async fn latency(api: &Api) -> Result<()> {
    let mut watch = api.connect().await?;
    watch.watch(WATCH).await?;
    let (seen, mut sees) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let mut ends = 0;
            if !watch.chunk(|part| ends += count_lines(part)).await? {
                return anyhow::Ok(());
            }
            for _ in 0..ends {
                seen.send(Instant::now())?;
            }
        }
    });
    let mut connection = api.connect().await?;
    let mut times = Vec::new();
    for number in 0..WARM_UP + WRITES {
        let body = objects::config_map(&format!("seen-{number}"));
        let began = Instant::now();
        connection.ask("POST", CONFIG_MAPS, &body).await?;
        if let Some(at) = sees.recv().await {
            times.push(at - began);
        }
    }
    let times = &mut times[WARM_UP..];
    tell("watch-p50-ms", millis(percentile(times, 0.5)));
    tell("watch-p99-ms", millis(percentile(times, 0.99)));
    Ok(())
}

/// Events per second that a thousand watchers of one collection get together.
pub async fn fan_out(api: &Api) -> Result<()> {
    let (seen, mut sees) = mpsc::unbounded_channel();
    for _ in 0..WATCHERS {
        let mut watch = api.connect().await?;
        watch.watch(WATCH).await?;
        let seen = seen.clone();
        tokio::spawn(async move {
            let mut ends = 0;
            while watch.chunk(|part| ends += count_lines(part)).await? {
                if ends >= EVENTS {
                    ends -= EVENTS;
                    seen.send(())?;
                }
            }
            anyhow::Ok(())
        });
    }
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let began = Instant::now();
        write(api, round).await?;
        for _ in 0..WATCHERS {
            sees.recv().await;
        }
        rounds.push(began.elapsed());
    }
    let took: Duration = percentile(&mut rounds, 0.5);
    tell(
        "fan-out-per-second",
        (WATCHERS * EVENTS) as f64 / took.as_secs_f64(),
    );
    Ok(())
}

async fn write(api: &Api, round: usize) -> Result<()> {
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let mut connection = api.connect().await?;
        tasks.spawn(async move {
            for number in 0..EVENTS / WRITERS {
                let body = objects::small(&format!("crowd-{round}-{writer}-{number}"));
                connection.ask("POST", CONFIG_MAPS, &body).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

/// One event is one line.
fn count_lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
