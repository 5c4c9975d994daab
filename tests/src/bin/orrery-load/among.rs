//! What a request takes among few objects and among many: the same, or something walks over all of them.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::mpsc;

use crate::api::{Api, Connection};
use crate::{millis, objects, percentile, tell, writes};

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
/// As kubectl asks for.
const PAGE: &str = "/api/v1/namespaces/default/configmaps?limit=500";
const WARM_UP: usize = 50;
const RUNS: usize = 500;

/// Fills up to `total` ConfigMaps of 500 bytes (`before` are there), then asks one at a time.
pub async fn among(api: &Api, before: usize, total: usize) -> Result<()> {
    writes::fill_small(api, before, total).await?;
    let mut connection = api.connect().await?;
    // with the round's number in their names: what a round leaves behind must not meet the next
    let name = |number: usize| format!("among-{total}-{number}");

    let create = |number| {
        (
            "POST",
            CONFIG_MAPS.to_owned(),
            objects::small(&name(number)),
        )
    };
    told("create", timed(&mut connection, create).await?);
    let path = |number| format!("{CONFIG_MAPS}/{}", name(number));
    let get = |number| ("GET", path(number), String::new());
    told("get", timed(&mut connection, get).await?);
    let patch = |number| ("PATCH", path(number), r#"{"data":{"more":"y"}}"#.to_owned());
    told("patch", timed(&mut connection, patch).await?);
    let list = |_| ("GET", PAGE.to_owned(), String::new());
    told("list", timed(&mut connection, list).await?);
    told("seen", seen(api, &mut connection, total).await?);
    Ok(())
}

/// How long each of the requests takes, without the first ones.
async fn timed(
    connection: &mut Connection,
    request: impl Fn(usize) -> (&'static str, String, String),
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for number in 0..WARM_UP + RUNS {
        let (method, path, body) = request(number);
        let began = Instant::now();
        connection.ask(method, &path, &body).await?;
        times.push(began.elapsed());
    }
    Ok(times.split_off(WARM_UP))
}

/// From the first byte of a patch to its event in the hands of a watcher of that one object.
async fn seen(api: &Api, connection: &mut Connection, total: usize) -> Result<Vec<Duration>> {
    let watched = format!("watched-{total}");
    let body = objects::small(&watched);
    connection.ask("POST", CONFIG_MAPS, &body).await?;
    let mut watch = api.connect().await?;
    let one = format!("{CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3D{watched}");
    watch.watch(&one).await?;
    let (events, mut heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let mut ends = 0;
            let more =
                watch.chunk(|part| ends += part.iter().filter(|byte| **byte == b'\n').count());
            if !more.await? {
                return anyhow::Ok(());
            }
            for _ in 0..ends {
                events.send(Instant::now())?;
            }
        }
    });
    // the object as it is
    heard.recv().await;
    let mut times = Vec::new();
    for number in 0..WARM_UP + RUNS {
        let body = format!(r#"{{"data":{{"round":"{total}-{number}"}}}}"#);
        let began = Instant::now();
        let path = format!("{CONFIG_MAPS}/{watched}");
        connection.ask("PATCH", &path, &body).await?;
        if let Some(at) = heard.recv().await {
            times.push(at - began);
        }
    }
    Ok(times.split_off(WARM_UP))
}

fn told(what: &str, mut times: Vec<Duration>) {
    tell(
        &format!("{what}-p50-ms"),
        millis(percentile(&mut times, 0.5)),
    );
    tell(
        &format!("{what}-p99-ms"),
        millis(percentile(&mut times, 0.99)),
    );
}
