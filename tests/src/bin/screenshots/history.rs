//! A past for the examples: what the ledger would hold if they had run for an hour, written while Orrery is down.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use orrery_readmodel::{Entry, Record, Said, ledger_line};
use orrery_tests::{Kubectl, Orrery};
use orrery_view::{Millis, Outcome, Trigger};

const MINUTE: Millis = 60_000;
/// Slots that have passed.
const SLOTS: Millis = 60;

/// Stops Orrery, writes the past of its three CronJobs, and starts it again.
pub async fn give(orrery: &mut Orrery, kubectl: &Kubectl) -> Result<()> {
    let uids = kubectl
        .run("get cronjobs -o jsonpath={range.items[*]}{.metadata.name}={.metadata.uid},{end}")
        .await?;
    orrery.kill().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as Millis;
    let now = now - now % MINUTE;
    let begun = now - (SLOTS + 1) * MINUTE;
    let mut entries = vec![Entry::Watched {
        from: begun,
        until: now,
    }];
    for (name, uid) in uids.split(',').filter_map(|pair| pair.split_once('=')) {
        let slots = (2..SLOTS).map(|back| now - back * MINUTE);
        let runs = slots.filter_map(|slot| run(name, uid, slot));
        entries.extend(runs.map(|run| Entry::Run(Box::new(run))));
        if name == "report-forbid" {
            entries.push(skipped(uid, now));
        }
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

/// What a minutely example did at a slot; runs take a minute and a half, now and then one fails.
fn run(name: &str, uid: &str, slot: Millis) -> Option<Record> {
    let minute = slot / MINUTE;
    let (outcome, lasted) = match name {
        "report-forbid" if minute % 2 == 1 => return None,
        "report-replace" => (Outcome::Replaced, MINUTE),
        _ if minute % 11 == 3 => (Outcome::Failed, 20_000 + minute % 7 * 4_000),
        _ => (Outcome::Succeeded, 88_000 + minute % 5 * 3_000),
    };
    Some(Record {
        uid: format!("{uid}-{minute}"),
        namespace: "default".into(),
        name: format!("{name}-{minute}"),
        owner_uid: uid.into(),
        owner: name.into(),
        slot: Some(slot),
        trigger: Trigger::Schedule,
        start: slot + 400,
        end: slot + 400 + lasted,
        outcome,
        node: format!("node-{}", minute % 3 + 1),
        exit_code: Some((outcome == Outcome::Failed).into()),
        log: vec!["report begins".into(), "report is done".into()],
        ..Record::default()
    })
}

/// Slots that Forbid held back, as the controller's Events said them.
fn skipped(uid: &str, now: Millis) -> Entry {
    let slots = (2..SLOTS).map(|back| now - back * MINUTE);
    let held = slots.filter(|slot| slot / MINUTE % 2 == 1).take(20);
    let said = held.map(|slot| Said {
        reason: "JobAlreadyActive".into(),
        message:
            "Not starting job because prior execution is running and concurrency policy is Forbid"
                .into(),
        first: slot + 300,
        last: slot + 300,
    });
    Entry::Said {
        cronjob: uid.into(),
        said: said.collect(),
    }
}
