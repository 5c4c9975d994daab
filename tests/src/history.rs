//! A past for CronJobs: what the run ledger would hold if they had run before, written while Orrery is down.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use orrery_readmodel::{Entry, ledger_line};
use orrery_view::Millis;

use crate::{Kubectl, Orrery};

const MINUTE: Millis = 60_000;
/// Runs were watched for a little longer than a day, the most that the overview looks back.
const WATCHED: Millis = 25 * 60 * MINUTE;

/// A CronJob that is to have a past, seen at `now`, a whole minute.
pub struct Known<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    pub uid: &'a str,
    pub now: Millis,
}

/// What the ledger shall hold of a CronJob.
pub type Past = fn(Known<'_>) -> Vec<Entry>;

/// Stops Orrery, writes the past of its CronJobs, and starts it again.
pub async fn give(orrery: &mut Orrery, kubectl: &Kubectl, past: Past) -> Result<()> {
    let uids = kubectl
        .run("get cronjobs -A -o jsonpath={range.items[*]}{.metadata.namespace}/{.metadata.name}={.metadata.uid},{end}")
        .await?;
    orrery.kill().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as Millis;
    let now = now - now % MINUTE;
    let mut entries = vec![Entry::Watched {
        from: now - WATCHED,
        until: now,
    }];
    for (name, uid) in uids.split(',').filter_map(|pair| pair.split_once('=')) {
        let (namespace, name) = name.split_once('/').context("a namespace")?;
        entries.extend(past(Known {
            namespace,
            name,
            uid,
            now,
        }));
    }
    let lines: String = entries
        .iter()
        .map(|entry| ledger_line(entry) + "\n")
        .collect();
    let folder = orrery.kubeconfig().with_file_name("runs");
    let mut files = std::fs::read_dir(&folder)?.flatten();
    let file = files.next().context("it keeps a ledger")?.path();
    OpenOptions::new()
        .append(true)
        .open(file)?
        .write_all(lines.as_bytes())?;
    orrery.start_again().await
}
