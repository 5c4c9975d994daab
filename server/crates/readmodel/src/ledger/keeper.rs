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

use super::book::{Book, KEEP_BYTES, WantedLog};
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
/// The same of bytes: lines are of any length.
const MOST_FILE_BYTES: usize = KEEP_BYTES;
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

/// What the file holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    pub lines: usize,
    pub bytes: usize,
    /// How many bytes it had when it was written anew.
    anew: usize,
}

impl Held {
    /// Of a file that this process has not written anew yet.
    pub fn of(lines: usize, bytes: usize) -> Self {
        Self {
            lines,
            bytes,
            anew: 0,
        }
    }

    fn add(&mut self, lines: &[String]) {
        self.lines += lines.len();
        // each with its end
        self.bytes += lines.iter().map(|line| line.len() + 1).sum::<usize>();
    }

    /// Whether most of it is of no more use, where so many lines would do. A file that is large by what is in it is not
    /// written anew at each line.
    fn is_stale(&self, entries: usize) -> bool {
        let most_bytes = MOST_FILE_BYTES.max(2 * self.anew);
        self.lines > 2 * entries + SLACK || self.bytes > most_bytes
    }
}

/// Keeps the ledger for as long as it is polled.
pub async fn follow(shared: Arc<Shared>, client: Client, keep: Arc<dyn Keep>, held: Held) {
    tokio::join!(
        save(&shared, &*keep, held),
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

async fn save(shared: &Shared, keep: &dyn Keep, mut held: Held) {
    loop {
        shared.noted(Book::has_unsaved).await;
        let (unsaved, entries) = shared.note(|model, _| {
            let unsaved = model.book.take_unsaved();
            let entries = unsaved.iter().filter_map(|it| model.book.entry(it));
            let entries: Vec<_> = entries.collect();
            (unsaved, entries)
        });
        let fresh: Vec<_> = entries.iter().map(write).collect();
        if !fresh.is_empty() {
            let mut larger = held;
            larger.add(&fresh);
            match keep.append(fresh).await {
                Ok(()) => held = larger,
                Err(error) => {
                    tracing::warn!(%error, "the run ledger cannot be written; free some space in the data folder");
                    shared.note(|model, _| model.book.give_back(unsaved));
                    shared.clock().sleep(RETRY).await;
                    continue;
                }
            }
        }
        held = tidy(shared, keep, held).await;
        shared.clock().sleep(GATHER).await;
    }
}

/// Writes the file anew when most of it is of no more use; what it holds then.
async fn tidy(shared: &Shared, keep: &dyn Keep, held: Held) -> Held {
    let anew = shared.note(|model, _| {
        let stale = held.is_stale(model.book.len());
        stale.then(|| model.book.entries())
    });
    let Some(entries) = anew else {
        return held;
    };
    let lines: Vec<_> = entries.iter().map(write).collect();
    let mut fresh = Held::default();
    fresh.add(&lines);
    fresh.anew = fresh.bytes;
    match keep.rewrite(lines).await {
        Ok(()) => fresh,
        Err(error) => {
            tracing::warn!(%error, "the run ledger cannot be written anew");
            shared.clock().sleep(RETRY).await;
            held
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_anew_by_its_lines_or_by_its_bytes() {
        let held = |lines, bytes, anew| Held { lines, bytes, anew };
        let large = MOST_FILE_BYTES;
        for (held, stale, why) in [
            (held(0, 0, 0), false, "an empty file"),
            (held(SLACK + 200, 1, 0), false, "some lines were replaced"),
            (held(SLACK + 201, 1, 0), true, "most lines were replaced"),
            (held(9, large, 0), false, "few lines, as large as it may be"),
            (held(9, large + 1, 0), true, "few lines, each long"),
            (held(9, 2 * large, large), false, "it was large when new"),
            (held(9, 2 * large + 1, large), true, "twice of that"),
        ] {
            assert_eq!(held.is_stale(100), stale, "{why}");
        }
    }
}
