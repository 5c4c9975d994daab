//! Why-not, asked with what the model knows.

use jiff::Timestamp;
use orrery_view::{EventRow, Kind, Millis, NotRun, ObjectRef, PodWhy, Run, StuckPod};

use crate::facts::cronjob::CronJobFacts;
use crate::facts::pod::PodFacts;
use crate::ledger::Said;
use crate::model::Model;
use crate::whynot;
use crate::whynot::slot::Around;

/// Runs that a slot of the strip may lie within or before: twice what a strip shows.
const RUNS_AROUND: usize = 40;
/// Stuck pods that are named; beyond it they tell the same.
const MOST_STUCK: usize = 20;

/// Slots of a CronJob's strip that did not run, newest first, each with its cause.
pub fn gaps(model: &Model, uid: &str, now: Timestamp) -> Vec<NotRun> {
    match model.cronjobs.rows().get(uid) {
        Some(facts) if facts.not_run().next().is_some() => {
            let events = model.events_about(uid);
            let events: Vec<_> = events.map(|event| event.row.clone()).collect();
            let slots = facts.not_run().cloned().collect();
            not_run(model, facts, slots, RUNS_AROUND, &events, now)
        }
        _ => Vec::new(),
    }
}

/// Slots that did not run, each with its cause: by the events on the CronJob, its active runs and the latest that ended.
pub fn not_run(
    model: &Model,
    facts: &CronJobFacts,
    slots: Vec<Run>,
    ended: usize,
    events: &[EventRow],
    now: Timestamp,
) -> Vec<NotRun> {
    let head = &facts.row.head;
    // the cluster forgets its Events within the hour
    let said = model.book.said(&head.uid).iter().map(Said::event);
    let events: Vec<_> = events.iter().cloned().chain(said).collect();
    let around = Around {
        concurrency: facts.row.concurrency,
        deadline_secs: facts.deadline_secs,
        runs: runs(model, &head.uid, ended),
        suspended: &facts.suspensions,
        waiting: facts.waiting,
        down: match model.embedded {
            true => model.book.away(),
            false => Vec::new(),
        },
        terminating: model.terminating.contains(&head.namespace),
        events: &events,
        now: now.as_millisecond(),
    };
    let slots = slots.into_iter();
    let slots = slots.filter_map(|run| Some((run.slot?, run.outcome)));
    let explained = slots.map(|(slot, outcome)| NotRun {
        slot,
        outcome,
        why: around.why(slot, outcome, taken(model, facts, slot)),
    });
    explained.collect()
}

fn runs(model: &Model, uid: &str, ended: usize) -> Vec<(ObjectRef, Run)> {
    let active = model.jobs_of(uid).filter(|job| job.ended().is_none());
    let active = active.filter_map(|job| {
        let run = job.run();
        Some((run.job.clone()?, run))
    });
    let ended = model.book.of_owner(uid).take(ended);
    let ended = ended.filter_map(|record| {
        let run = record.run(true);
        Some((run.job.clone()?, run))
    });
    active.chain(ended).collect()
}

/// A Job that is not the CronJob's and has the name of the slot's (CJ-50, CJ-54).
fn taken(model: &Model, facts: &CronJobFacts, slot: Millis) -> Option<String> {
    let head = &facts.row.head;
    let name = format!("{}-{}", head.name, slot.div_euclid(60_000));
    let job = model.jobs.named(&head.namespace, &name)?;
    (job.owner_uid.as_deref() != Some(&head.uid)).then_some(name)
}

/// Why a pod does not start or did not last.
pub fn pod_why(model: &Model, pod: &PodFacts) -> Vec<PodWhy> {
    let events = || {
        let events = model.events_about(&pod.row.head.uid);
        events.map(|event| &event.row)
    };
    let of_probe = |why: &PodWhy| whynot::pod::by_probe(why.clone(), events());
    let mut why: Vec<_> = pod.why.iter().map(of_probe).collect();
    let waits = !pod.finished && !pod.ready && !pod.row.node.is_empty();
    if why.is_empty() && waits {
        why.extend(whynot::pod::of_events(events()));
    }
    if why.is_empty() && waits {
        let unready = pod.unready.as_deref();
        why.extend(unready.and_then(|why| whynot::pod::unready_by(why, events())));
    }
    why
}

/// The owner's pods that do not start or did not last, newest first, with the deepest cause of each.
pub fn stuck(model: &Model, owner_uid: &str) -> Vec<StuckPod> {
    let mut pods: Vec<_> = model.pods_of(owner_uid).collect();
    pods.sort_by_key(|pod| std::cmp::Reverse((pod.row.head.created, &pod.row.head.name)));
    let named = pods.into_iter().filter_map(|pod| {
        let why = pod_why(model, pod).into_iter().next()?;
        let head = &pod.row.head;
        let (namespace, name) = (head.namespace.clone(), head.name.clone());
        let kind = Kind::Pod;
        Some(StuckPod {
            pod: ObjectRef {
                kind,
                namespace,
                name,
            },
            why,
        })
    });
    named.take(MOST_STUCK).collect()
}
