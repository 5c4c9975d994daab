//! Creating: one client's latency, many clients' throughput, and a full store.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::api::Api;
use crate::{millis, objects, percentile, tell};

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
const PODS: &str = "/api/v1/namespaces/default/pods";
/// Not counted: connections, caches and the log's file settle.
const WARM_UP: usize = 100;
const ONE_CLIENT: usize = 2_000;
const CLIENTS: usize = 64;
const EACH: usize = 250;
const ROUNDS: usize = 3;
/// Half pods, half ConfigMaps.
const OBJECTS: usize = 20_000;

pub async fn create(api: &Api) -> Result<()> {
    let mut connection = api.connect().await?;
    let mut times = Vec::new();
    for number in 0..WARM_UP + ONE_CLIENT {
        let body = objects::config_map(&format!("one-{number}"));
        let began = Instant::now();
        connection.ask("POST", CONFIG_MAPS, &body).await?;
        times.push(began.elapsed());
    }
    let times = &mut times[WARM_UP..];
    tell("create-p50-ms", millis(percentile(times, 0.5)));
    tell("create-p99-ms", millis(percentile(times, 0.99)));

    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let took = together(api, CLIENTS, EACH, move |client, number| {
            let name = format!("many-{round}-{client}-{number}");
            (CONFIG_MAPS, objects::config_map(&name))
        });
        rounds.push(took.await?);
    }
    let took = percentile(&mut rounds, 0.5).as_secs_f64();
    tell("creates-per-second", (CLIENTS * EACH) as f64 / took);
    Ok(())
}

pub async fn fill(api: &Api) -> Result<()> {
    let each = OBJECTS / 2 / CLIENTS + 1;
    let made = move |client: usize, number: usize| client * each + number < OBJECTS / 2;
    let pod = move |client, number| match made(client, number) {
        true => (PODS, objects::pod(&format!("idle-{client}-{number}"))),
        false => ("", String::new()),
    };
    together(api, CLIENTS, each, pod).await?;
    let map = move |client, number| match made(client, number) {
        true => (
            CONFIG_MAPS,
            objects::config_map(&format!("idle-{client}-{number}")),
        ),
        false => ("", String::new()),
    };
    together(api, CLIENTS, each, map).await?;
    tell("objects", OBJECTS as f64);
    Ok(())
}

/// ConfigMaps of 500 bytes, from the number `before` up to `total`.
pub async fn fill_small(api: &Api, before: usize, total: usize) -> Result<()> {
    let each = (total - before).div_ceil(CLIENTS);
    let map = move |client: usize, number: usize| match before + client * each + number {
        n if n < total => (CONFIG_MAPS, objects::small(&format!("small-{n:06}"))),
        _ => ("", String::new()),
    };
    together(api, CLIENTS, each, map).await?;
    Ok(())
}

/// So many pods, named by their numbers.
pub async fn fill_pods(api: &Api, pods: usize) -> Result<()> {
    let each = pods.div_ceil(CLIENTS);
    let pod = move |client: usize, number: usize| match client * each + number {
        n if n < pods => (PODS, objects::pod(&objects::pod_name(n))),
        _ => ("", String::new()),
    };
    together(api, CLIENTS, each, pod).await?;
    tell("pods", pods as f64);
    Ok(())
}

/// How long `clients` take to make `each` objects each, connections not counted.
async fn together(
    api: &Api,
    clients: usize,
    each: usize,
    object: impl Fn(usize, usize) -> (&'static str, String) + Clone + Send + 'static,
) -> Result<Duration> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(api.connect().await?);
    }
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for (client, mut connection) in connections.into_iter().enumerate() {
        let object = object.clone();
        tasks.spawn(async move {
            for number in 0..each {
                let (path, body) = object(client, number);
                if !path.is_empty() {
                    connection.ask("POST", path, &body).await?;
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(began.elapsed())
}
