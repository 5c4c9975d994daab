//! What the ledger would hold of the examples if they had run for an hour.

use orrery_readmodel::{Entry, Record, Said};
use orrery_tests::Known;
use orrery_view::{Millis, Outcome, Trigger};

const MINUTE: Millis = 60_000;
/// Slots that have passed.
const SLOTS: Millis = 60;

/// The past of one of the three CronJobs.
pub fn past(of: Known<'_>) -> Vec<Entry> {
    let slots = (2..SLOTS).map(|back| of.now - back * MINUTE);
    let runs = slots.filter_map(|slot| run(of.name, of.uid, slot));
    let mut entries: Vec<_> = runs.map(|run| Entry::Run(Box::new(run))).collect();
    if of.name == "report-forbid" {
        entries.push(skipped(of.uid, of.now));
    }
    entries
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
