//! Jobs from their creation to their condition Complete, as a watcher sees it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::api::Api;
use crate::{millis, objects, percentile, tell};

const JOBS: &str = "/apis/batch/v1/namespaces/default/jobs";
const WATCH: &str = "/apis/batch/v1/namespaces/default/jobs?watch=true";
const ALONE: usize = 21;
const CLIENTS: usize = 8;
/// Pods of each Job, and how many such Jobs at once.
const LOADS: [(usize, usize); 3] = [(1, 200), (10, 40), (100, 6)];

pub async fn jobs(api: &Api) -> Result<()> {
    let mut done = completions(api).await?;
    let mut connection = api.connect().await?;
    let mut times = Vec::new();
    for number in 0..ALONE {
        let began = Instant::now();
        let job = objects::job(&format!("alone-{number}"), 1);
        connection.ask("POST", JOBS, &job).await?;
        done.recv().await;
        times.push(began.elapsed());
    }
    tell("job-ms", millis(percentile(&mut times, 0.5)));
    for (pods, count) in LOADS {
        let took = load(api, &mut done, pods, count).await?;
        let rate = count as f64 / took.as_secs_f64();
        tell(&format!("jobs-of-{pods}-per-second"), rate);
    }
    Ok(())
}

async fn load(
    api: &Api,
    done: &mut mpsc::UnboundedReceiver<()>,
    pods: usize,
    count: usize,
) -> Result<Duration> {
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let mut connection = api.connect().await?;
        clients.spawn(async move {
            for number in (client..count).step_by(CLIENTS) {
                let job = objects::job(&format!("load-{pods}-{number}"), pods);
                connection.ask("POST", JOBS, &job).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    for _ in 0..count {
        done.recv().await;
    }
    Ok(began.elapsed())
}

/// One message for each Job that becomes complete.
async fn completions(api: &Api) -> Result<mpsc::UnboundedReceiver<()>> {
    let mut watch = api.connect().await?;
    watch.watch(WATCH).await?;
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (mut text, mut known) = (Vec::new(), BTreeSet::new());
        while watch.chunk(|part| text.extend_from_slice(part)).await? {
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = text.drain(..=end).collect();
                if let Some(name) = completed(&line)?
                    && known.insert(name)
                {
                    tell.send(())?;
                }
            }
        }
        anyhow::Ok(())
    });
    Ok(told)
}

fn completed(line: &[u8]) -> Result<Option<String>> {
    let event: Value = serde_json::from_slice(line)?;
    let job = &event["object"];
    let conditions = job["status"]["conditions"].as_array();
    let complete = conditions
        .into_iter()
        .flatten()
        .any(|c| c["type"] == "Complete" && c["status"] == "True");
    let name = job["metadata"]["name"].as_str().unwrap_or_default();
    Ok(complete.then(|| name.to_owned()))
}
