//! What a request takes among few objects and among many, alone and beside others: the same, or something
//! walks over all of them.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::api::{Api, Connection};
use crate::{millis, objects, percentile, tell, writes};

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
/// As kubectl asks for.
const PAGE: &str = "/api/v1/namespaces/default/configmaps?limit=500";
/// Enough to keep both cores busy, and few enough to leave the generator a share of them.
const CLIENTS: usize = 16;
/// Of each client; a second of work and more.
const EACH: usize = 500;
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
    drop(connection);
    crowd(api, total).await
}

/// The same by several clients at once, as requests a second; and what one watcher of everything hears.
async fn crowd(api: &Api, total: usize) -> Result<()> {
    let name = move |client: usize, number: usize| format!("crowd-{total}-{client}-{number}");
    let path = move |client, number| format!("{CONFIG_MAPS}/{}", name(client, number));
    let create = move |client, number| {
        (
            "POST",
            CONFIG_MAPS.to_owned(),
            objects::small(&name(client, number)),
        )
    };
    rate(api, "creates", EACH, create).await?;
    let get = move |client, number| ("GET", path(client, number), String::new());
    rate(api, "gets", EACH, get).await?;
    let list = |_, _| ("GET", PAGE.to_owned(), String::new());
    rate(api, "lists", EACH / 10, list).await?;

    let mut watch = api.connect().await?;
    let one = watch
        .ask("GET", &format!("{CONFIG_MAPS}?limit=1"), "")
        .await?;
    let one: serde_json::Value = serde_json::from_slice(&one)?;
    let now = one["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or_default();
    let everything = format!("{CONFIG_MAPS}?watch=true&resourceVersion={now}");
    watch.watch(&everything).await?;
    let heard = tokio::spawn(async move {
        let mut events = 0;
        while events < CLIENTS * EACH {
            let more = watch.chunk(|part| events += lines(part));
            anyhow::ensure!(more.await?, "the watch ended after {events} events");
        }
        Ok(())
    });
    let patch = move |client, number| {
        let body = r#"{"data":{"more":"z"}}"#;
        ("PATCH", path(client, number), body.to_owned())
    };
    let began = Instant::now();
    rate(api, "patches", EACH, patch).await?;
    heard.await??;
    let events = (CLIENTS * EACH) as f64;
    tell("events-per-second", events / began.elapsed().as_secs_f64());
    Ok(())
}

/// Has every client send `each` requests, one after the other, and tells how many come through a second.
async fn rate(
    api: &Api,
    what: &str,
    each: usize,
    request: impl Fn(usize, usize) -> (&'static str, String, String) + Copy + Send + 'static,
) -> Result<()> {
    let mut connections = Vec::new();
    for _ in 0..CLIENTS {
        connections.push(api.connect().await?);
    }
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for (client, mut connection) in connections.into_iter().enumerate() {
        tasks.spawn(async move {
            for number in 0..each {
                let (method, path, body) = request(client, number);
                connection.ask(method, &path, &body).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let sent = (CLIENTS * each) as f64;
    tell(
        &format!("{what}-per-second"),
        sent / began.elapsed().as_secs_f64(),
    );
    Ok(())
}

/// One event is one line.
fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
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
            let more = watch.chunk(|part| ends += lines(part));
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
