//! Takes new entries to whoever keeps them, and fetches the logs that the ledger wants.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::AsyncReadExt;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Pod;
use kube::api::LogParams;
use kube::{Api, Client};

use super::book::{Book, WantedLog};
use super::entry::write;
use crate::readmodel::Shared;

/// How often it is written that runs are still watched: after a crash, this much is not known to be.
const ALIVE: Duration = Duration::from_secs(30);
/// After a write that failed.
const RETRY: Duration = Duration::from_secs(10);
/// New entries within this time are one write; a crash loses no more than this.
const GATHER: Duration = Duration::from_millis(100);
/// Lines beyond twice the entries, before the file is written anew.
const SLACK: usize = 10_000;
/// What a run's log may take: the error is at its end.
const LOG_LINES: i64 = 20;
const LOG_BYTES: usize = 2048;
/// Twenty lines are seldom longer; a program that writes no line ends must not fill the memory.
const LOG_READ: i64 = 64 << 10;

/// Keeps lines. Each call is whole when it returns: a crash later loses none of its lines.
pub trait Keep: Send + Sync + 'static {
    /// Adds lines at the end.
    fn append(&self, lines: Vec<String>) -> BoxFuture<'_, io::Result<()>>;
    /// Replaces everything, in one step.
    fn rewrite(&self, lines: Vec<String>) -> BoxFuture<'_, io::Result<()>>;
}

/// What was kept, and what keeps more.
pub struct Kept {
    /// Everything that was written down before.
    pub text: String,
    pub keep: Arc<dyn Keep>,
}

impl Kept {
    /// For a cluster in memory, which ends with its process.
    pub fn nothing() -> Self {
        Self {
            text: String::new(),
            keep: Arc::new(Forget),
        }
    }
}

struct Forget;

impl Keep for Forget {
    fn append(&self, _: Vec<String>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn rewrite(&self, _: Vec<String>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// Keeps the ledger for as long as it is polled. `lines` is how many the file has.
pub async fn follow(shared: Arc<Shared>, client: Client, keep: Arc<dyn Keep>, lines: usize) {
    tokio::join!(
        save(&shared, &*keep, lines),
        fetch_logs(&shared, client),
        beat(&shared)
    );
}

async fn beat(shared: &Shared) {
    loop {
        shared.clock().sleep(ALIVE).await;
        shared.note(|model, now| model.book.watch(now.as_millisecond()));
    }
}

async fn save(shared: &Shared, keep: &dyn Keep, mut lines: usize) {
    loop {
        shared.noted(Book::has_unsaved).await;
        let (unsaved, entries) = shared.note(|model, _| {
            let unsaved = model.book.take_unsaved();
            let entries = unsaved.iter().filter_map(|it| model.book.entry(it));
            let entries: Vec<_> = entries.collect();
            (unsaved, entries)
        });
        let fresh: Vec<_> = entries.iter().map(write).collect();
        let count = fresh.len();
        if count > 0 {
            match keep.append(fresh).await {
                Ok(()) => lines += count,
                Err(error) => {
                    tracing::warn!(%error, "the run ledger cannot be written; free some space in the data folder");
                    shared.note(|model, _| model.book.give_back(unsaved));
                    shared.clock().sleep(RETRY).await;
                    continue;
                }
            }
        }
        lines = tidy(shared, keep, lines).await;
        shared.clock().sleep(GATHER).await;
    }
}

/// Writes the file anew when most of it is of no more use; how many lines it has then.
async fn tidy(shared: &Shared, keep: &dyn Keep, lines: usize) -> usize {
    let anew = shared
        .note(|model, _| (lines > 2 * model.book.len() + SLACK).then(|| model.book.entries()));
    let Some(entries) = anew else {
        return lines;
    };
    match keep.rewrite(entries.iter().map(write).collect()).await {
        Ok(()) => entries.len(),
        Err(error) => {
            tracing::warn!(%error, "the run ledger cannot be written anew");
            lines
        }
    }
}

async fn fetch_logs(shared: &Shared, client: Client) {
    loop {
        shared.noted(Book::has_wanted).await;
        while let Some(wanted) = shared.note(|model, _| model.book.take_wanted()) {
            match last_lines(&client, &wanted).await {
                Ok(log) => shared.change(|model, now| model.put_log(&wanted.job_uid, log, now)),
                // the pod is gone already, or its node cannot be asked: the run stays without
                Err(error) => {
                    tracing::debug!(%error, pod = wanted.pod, "no log of a run that ended")
                }
            }
        }
        shared.clock().sleep(GATHER).await;
    }
}

async fn last_lines(client: &Client, wanted: &WantedLog) -> kube::Result<Vec<String>> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), &wanted.namespace);
    let params = LogParams {
        container: Some(wanted.container.clone()),
        tail_lines: Some(LOG_LINES),
        limit_bytes: Some(LOG_READ),
        ..LogParams::default()
    };
    let log = pin!(pods.log_stream(&wanted.pod, &params).await?);
    let mut bytes = Vec::new();
    // of one that breaks, what came
    let _ = log
        .take(LOG_READ.unsigned_abs())
        .read_to_end(&mut bytes)
        .await;
    Ok(end_of(&String::from_utf8_lossy(&bytes)))
}

/// The last lines within [`LOG_BYTES`]; of a longer last line, its end.
fn end_of(text: &str) -> Vec<String> {
    let from = text.len().saturating_sub(LOG_BYTES);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at));
    let text = &text[from.unwrap_or_default()..];
    text.lines().map(str::to_owned).collect()
}
