//! Slots of a CronJob that have passed, and Jobs for them.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::api::PostParams;
use kube::{Api, ResourceExt};
use orrery_app::backend::AppError;
use orrery_app::forms::slots::{Fill, Filled, MOST, Slot, Slots, job_name};
use orrery_schedule::{Schedule, rfc3339_in};
use orrery_view::{CronJobDetail, Detail, Kind, Millis, ObjectRef, Outcome};

use super::Dashboard;
use super::error::app_error;
use super::manual::{created, job_of};
use super::mark::WHY;
use crate::backfill::{IN_TURN, LABEL, SCHEDULED};

/// A slot younger than this may still get its Job.
const GRACE_MILLIS: Millis = 10_000;

pub async fn slots(on: &Dashboard, object: &ObjectRef, period: Millis) -> Result<Slots, AppError> {
    let detail = on.readmodel.detail(object).await.map_err(app_error)?;
    let Some(Detail::CronJob(detail)) = detail else {
        return Err(gone(object));
    };
    let now = on.clock.now().as_millisecond();
    // our own controllers do not work while nobody watches; those of another cluster may
    let embedded = on.readmodel.shell().embedded;
    Ok(of(&detail, now - period, now - GRACE_MILLIS, embedded))
}

fn gone(object: &ObjectRef) -> AppError {
    AppError::Gone {
        message: format!("there is no CronJob {} any more", object.name),
    }
}

fn of(detail: &CronJobDetail, from: Millis, until: Millis, embedded: bool) -> Slots {
    let row = &detail.row;
    let Ok(schedule) = Schedule::parse_in(&row.schedule, row.time_zone.as_deref()) else {
        return Slots::default();
    };
    let known = outcomes(detail);
    // the even steps of `@every`
    let one = detail.upcoming.first().copied();
    let instant = |millis| jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    let schedule = schedule.through(instant(one.unwrap_or(row.head.created)));
    let after = instant(from);
    let all = schedule.upcoming_after(after).map(|at| at.as_millisecond());
    let mut slots = Slots {
        policy: row.concurrency,
        made: row.head.created,
        zone: schedule.time_zone().to_owned(),
        ..Slots::default()
    };
    for at in all.take_while(|at| *at < until) {
        let lost = || (embedded && at > row.head.created).then_some(Outcome::Missed);
        match known.get(&at).copied().or_else(lost) {
            Some(Outcome::Succeeded | Outcome::Running) => slots.fine += 1,
            outcome => slots.slots.push(Slot { at, outcome }),
        }
    }
    let more = slots.slots.len().saturating_sub(MOST);
    slots.more = more > 0;
    slots.slots.drain(..more);
    slots
}

/// The best that became of each slot: a later run makes up for a failed one.
fn outcomes(detail: &CronJobDetail) -> BTreeMap<Millis, Outcome> {
    let rank = |outcome| match outcome {
        Outcome::Succeeded => 0,
        Outcome::Running => 1,
        Outcome::Failed => 2,
        Outcome::Replaced => 3,
        Outcome::Skipped => 4,
        Outcome::Missed => 5,
        Outcome::Deleted => 6,
    };
    let runs = detail.timeline.iter().chain(&detail.row.strip);
    let runs = runs.filter_map(|run| Some((run.slot?, run.outcome)));
    let gaps = detail.not_run.iter().map(|gap| (gap.slot, gap.outcome));
    let mut best = BTreeMap::new();
    for (slot, outcome) in runs.chain(gaps) {
        let known = best.entry(slot).or_insert(outcome);
        if rank(outcome) < rank(*known) {
            *known = outcome;
        }
    }
    best
}

pub async fn backfill(
    on: &Dashboard,
    object: &ObjectRef,
    fill: &Fill,
    dry_run: bool,
) -> Result<Vec<Filled>, AppError> {
    let cronjobs: Api<CronJob> = Api::namespaced(on.client.clone(), &object.namespace);
    let from = cronjobs.get(&object.name).await.map_err(app_error)?;
    let jobs: Api<Job> = Api::namespaced(on.client.clone(), &object.namespace);
    let params = PostParams {
        dry_run,
        ..PostParams::default()
    };
    let mut filled = Vec::new();
    for slot in fill.slots.iter().take(MOST) {
        let job = match job_for(&from, *slot, fill, on.clock.now()) {
            Ok(job) => job,
            Err(why) => {
                filled.push(Filled {
                    slot: *slot,
                    job: Err(why),
                });
                continue;
            }
        };
        let made = ObjectRef {
            kind: Kind::Job,
            namespace: object.namespace.clone(),
            name: job.name_any(),
        };
        let job = match jobs.create(&params, &job).await {
            Ok(_) => Ok(made),
            // this very form made it before
            Err(error) if created(&error) => Ok(made),
            Err(error) => Err(app_error(error).to_string()),
        };
        filled.push(Filled { slot: *slot, job });
    }
    Ok(filled)
}

/// A manual Job that says for which slot it is. Those that take turns are made suspended; [`crate::backfill`] resumes
/// them.
fn job_for(
    cronjob: &CronJob,
    slot: Millis,
    fill: &Fill,
    now: jiff::Timestamp,
) -> Result<Job, String> {
    let at = jiff::Timestamp::from_millisecond(slot).map_err(|error| error.to_string())?;
    let zone = cronjob.spec.time_zone.as_deref();
    let schedule = Schedule::parse_in(&cronjob.spec.schedule, zone).map_err(|e| e.to_string())?;
    let just_before = at - jiff::SignedDuration::from_secs(1);
    if schedule.next_after(just_before) != Some(at) && schedule.values().is_some() {
        return Err("the schedule has no such slot any more; open the form anew".to_owned());
    }
    let mut job = job_of(cronjob, &fill.token, now);
    let meta = &mut job.metadata;
    meta.name = Some(job_name(&cronjob.name_any(), slot, &fill.token));
    let label = (LABEL.to_owned(), "slot".to_owned());
    meta.labels.get_or_insert_default().extend([label]);
    let reason = match fill.reason.as_str() {
        "" => "Backfill",
        reason => reason,
    };
    let scheduled = rfc3339_in(at, zone.unwrap_or("UTC")).map_err(|error| error.to_string())?;
    let annotations = meta.annotations.get_or_insert_default();
    annotations.insert(SCHEDULED.to_owned(), scheduled);
    annotations.insert(WHY.to_owned(), reason.to_owned());
    if fill.in_turn {
        annotations.insert(IN_TURN.to_owned(), "true".to_owned());
        job.spec.get_or_insert_default().suspend = Some(true);
    }
    Ok(job)
}
