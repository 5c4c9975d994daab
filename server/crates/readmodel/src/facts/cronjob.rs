//! A CronJob's row: its schedule now, its runs as far as they are known, and the slots between them.
//!
//! Runs outlive their Jobs (history limits delete Jobs long before people stop asking): here are the latest,
//! as many as a strip needs; the ledger has the others.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::CronJob;
use orrery_schedule::{Lang, Schedule};
use orrery_view::{
    Concurrency, CronJobRow, CronJobStatus, Millis, Outcome, Run, STATS_MILLIS, Sentence,
};

use super::head::{head, label_lines, search_text};
use crate::ledger::Spans;
use crate::whynot::slot::is_never_due;

/// Runs and slots in a strip.
pub const STRIP: usize = 20;
/// A slot younger than this may still get its Job.
const GRACE_MILLIS: Millis = 10_000;
/// Slots looked at behind now; with fewer runs than a strip holds, gaps fill it.
const SLOTS_BACK: usize = 60;
/// Times that it was suspended and resumed within what is told of it.
const MOST_SUSPENSIONS: usize = 200;

/// A CronJob with the runs that are known of it.
#[derive(Clone, Debug)]
pub struct CronJobFacts {
    pub row: CronJobRow,
    pub schedule: Option<Schedule>,
    /// What `@every` counts from, also once the schedule is changed: the last slot that ran, or the creation (CRON-10).
    pub counts_from: Timestamp,
    /// By Job uid.
    pub runs: BTreeMap<String, Run>,
    /// From here on slots are accounted for: no earlier than the CronJob itself.
    pub known_since: Millis,
    /// From here on it has had the schedule that it has: there were other slots before.
    pub scheduled: Millis,
    /// When it was seen suspended, and until when; open while it is.
    pub suspensions: Spans,
    /// The latest slot, while Forbid holds it back for a run that is still active.
    pub waiting: Option<Millis>,
    /// When nobody watched and a run may have gone unseen: slots in there are not accounted for.
    away: Vec<(Millis, Millis)>,
    /// `spec.startingDeadlineSeconds`.
    pub deadline_secs: Option<i64>,
    pub text: Box<str>,
    /// `k=v` lines.
    pub labels: Box<str>,
}

/// What is known of a CronJob before it is seen, from the facts of it before or from the ledger.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub since: Millis,
    pub scheduled: Millis,
    pub runs: BTreeMap<String, Run>,
    pub suspensions: Spans,
    pub away: Vec<(Millis, Millis)>,
}

impl CronJobFacts {
    pub fn known(self) -> Known {
        Known {
            since: self.known_since,
            scheduled: self.scheduled,
            runs: self.runs,
            suspensions: self.suspensions,
            away: self.away,
        }
    }

    /// The facts of an object seen at `now`.
    pub fn of(cronjob: &CronJob, known: Known, now: Timestamp) -> Self {
        let spec = cronjob.spec.clone();
        let now_millis = now.as_millisecond();
        let head = head(&cronjob.metadata);
        let schedule = Schedule::parse_in(&spec.schedule, spec.time_zone.as_deref()).ok();
        let sentence = schedule.as_ref().map(|schedule| Sentence {
            en: schedule.describe(Lang::En),
            ko: schedule.describe(Lang::Ko),
        });
        let counts_from = last_slot(cronjob, now);
        // what never comes has no slots
        let schedule = schedule
            .filter(|schedule| !is_never_due(schedule, spec.starting_deadline_seconds))
            .map(|schedule| schedule.through(counts_from));
        let suspend = spec.suspend == Some(true);
        let Known {
            since,
            scheduled,
            runs,
            mut suspensions,
            away,
        } = known;
        let known_since = since.max(head.created);
        note_suspension(&mut suspensions, suspend, now_millis);
        let row = CronJobRow {
            head,
            status: CronJobStatus::Waiting,
            schedule: spec.schedule,
            sentence: sentence.unwrap_or_default(),
            time_zone: spec.time_zone,
            suspend,
            concurrency: match spec.concurrency_policy.as_deref() {
                Some("Forbid") => Concurrency::Forbid,
                Some("Replace") => Concurrency::Replace,
                _ => Concurrency::Allow,
            },
            next_run: None,
            last_run: None,
            strip: Vec::new(),
            active: 0,
            gaps: Vec::new(),
        };
        let text = search_text(
            &cronjob.metadata,
            &[&row.schedule, &row.sentence.en, &row.sentence.ko],
        );
        let mut facts = Self {
            row,
            schedule,
            counts_from,
            runs,
            known_since,
            scheduled,
            suspensions,
            waiting: None,
            away,
            deadline_secs: spec.starting_deadline_seconds,
            labels: label_lines(&cronjob.metadata),
            text,
        };
        facts.refresh(now);
        facts
    }

    /// Takes a run as its Job now shows it.
    pub fn put_run(&mut self, job_uid: &str, run: Run) {
        self.runs.insert(job_uid.to_owned(), run);
        if self.runs.len() > 2 * STRIP {
            let oldest = self
                .runs
                .iter()
                .filter(|(_, run)| run.outcome != Outcome::Running);
            let oldest = oldest
                .min_by_key(|(_, run)| moment(run))
                .map(|(uid, _)| uid.clone());
            oldest.and_then(|uid| self.runs.remove(&uid));
        }
    }

    /// The Job of a run is gone. A finished run is remembered; a running one was replaced, when the
    /// policy does that and its next slot has come, or else deleted by someone.
    pub fn lose_job(&mut self, job_uid: &str, at: Timestamp) {
        let Some(run) = self.runs.get(job_uid) else {
            return;
        };
        let running = run.outcome == Outcome::Running;
        let replaced = self.row.concurrency == Concurrency::Replace && self.next_slot_came(run, at);
        let Some(run) = self.runs.get_mut(job_uid) else {
            return;
        };
        run.job = None;
        if running {
            run.outcome = match replaced {
                true => Outcome::Replaced,
                false => Outcome::Deleted,
            };
            run.end = Some(at.as_millisecond());
        }
    }

    fn next_slot_came(&self, run: &Run, at: Timestamp) -> bool {
        let slot = run.slot.filter(|_| !run.manual);
        let slot = slot.and_then(|slot| Timestamp::from_millisecond(slot).ok());
        let next = slot
            .zip(self.schedule.as_ref())
            .and_then(|(slot, s)| s.next_after(slot));
        next.is_some_and(|next| next <= at)
    }

    /// Works out what depends on the time and on the runs.
    pub fn refresh(&mut self, now: Timestamp) {
        let strip = self.strip(now);
        self.waiting = self.waiting(now);
        let row = &mut self.row;
        row.next_run = self
            .schedule
            .as_ref()
            .and_then(|s| s.next_after(now))
            .map(|at| at.as_millisecond());
        row.active = self
            .runs
            .values()
            .filter(|run| run.outcome == Outcome::Running)
            .count() as u32;
        let began = self.runs.values().filter(|run| run.start.is_some());
        row.last_run = began.max_by_key(|run| moment(run)).cloned();
        row.strip = strip;
        row.status = status(row, self.schedule.is_some(), self.waiting);
    }

    /// When the row changes by itself: at the next slot, or once the last one is too old to get its Job yet.
    pub fn changes_at(&self, now: Timestamp) -> Option<Millis> {
        let now_millis = now.as_millisecond();
        let at_most = now + SignedDuration::from_millis(1);
        let last = self.schedule.as_ref()?.previous_before(at_most);
        let due = last.map(|slot| slot.as_millisecond() + GRACE_MILLIS);
        let due = due.filter(|due| *due > now_millis);
        due.into_iter().chain(self.row.next_run).min()
    }

    fn waiting(&self, now: Timestamp) -> Option<Millis> {
        if self.row.concurrency != Concurrency::Forbid || self.row.suspend {
            return None;
        }
        let slot = self.schedule.as_ref()?.previous_before(now)?;
        let slot = slot.as_millisecond();
        let late =
            |secs: i64| slot.saturating_add(secs.saturating_mul(1000)) < now.as_millisecond();
        let holds = |run: &Run| {
            !run.manual && run.end.is_none() && run.start.is_some_and(|start| start <= slot)
        };
        let waits = !self.deadline_secs.is_some_and(late) && self.runs.values().any(holds);
        waits.then_some(slot)
    }

    /// Slots of the strip that did not run, newest first.
    pub fn not_run(&self) -> impl Iterator<Item = &Run> {
        let strip = self.row.strip.iter().rev();
        strip.filter(|run| matches!(run.outcome, Outcome::Skipped | Outcome::Missed))
    }

    /// The latest runs and gaps, and every run that is not over, however many came after it.
    fn strip(&self, now: Timestamp) -> Vec<Run> {
        let runs: Vec<_> = self.runs.values().collect();
        let gaps = self.gaps(&runs, SLOTS_BACK, self.known_since, now);
        // while it is suspended nothing is expected of it
        let gaps = gaps.filter(|gap| !gap.slot.is_some_and(|slot| self.was_suspended(slot)));
        let mut strip: Vec<_> = gaps.collect();
        strip.extend(runs.into_iter().cloned());
        strip.sort_by_key(moment);
        let mut surplus = strip.len().saturating_sub(STRIP);
        strip.retain(|run| {
            let goes = surplus > 0 && run.outcome != Outcome::Running;
            surplus -= usize::from(goes);
            !goes
        });
        strip.split_off(strip.len().saturating_sub(STRIP))
    }

    /// Of the latest `most` slots after `since` those that none of `runs` was for, newest first: skipped on purpose, or
    /// missed.
    pub fn gaps<'a>(
        &'a self,
        runs: &'a [&Run],
        most: usize,
        since: Millis,
        now: Timestamp,
    ) -> impl Iterator<Item = Run> + 'a {
        let ran: HashSet<_> = runs.iter().filter_map(|run| run.slot).collect();
        let schedule = self.schedule.as_ref();
        let before = move |slot: &Timestamp| schedule?.previous_before(*slot);
        let slots = std::iter::successors(before(&now), before);
        let slots = slots.take(most).map(|slot| slot.as_millisecond());
        let since = since.max(self.scheduled);
        let old = slots.take_while(move |slot| *slot > since);
        let due = old.filter(move |slot| now.as_millisecond() - slot >= GRACE_MILLIS);
        due.filter(move |slot| !ran.contains(slot) && !self.was_unwatched(*slot))
            .map(|slot| self.gap(slot, runs))
    }

    fn gap(&self, slot: Millis, runs: &[&Run]) -> Run {
        let covers = |run: &Run| {
            run.start.is_some_and(|start| start <= slot) && run.end.is_none_or(|end| end > slot)
        };
        let held = || runs.iter().any(|run| !run.manual && covers(run));
        let skipped =
            self.was_suspended(slot) || (self.row.concurrency == Concurrency::Forbid && held());
        Run {
            job: None,
            slot: Some(slot),
            start: None,
            end: None,
            outcome: if skipped {
                Outcome::Skipped
            } else {
                Outcome::Missed
            },
            manual: false,
        }
    }

    fn was_unwatched(&self, at: Millis) -> bool {
        let mut away = self.away.iter();
        away.any(|(from, until)| *from <= at && at < *until)
    }

    fn was_suspended(&self, at: Millis) -> bool {
        let mut spans = self.suspensions.iter();
        spans.any(|(from, until)| *from <= at && until.is_none_or(|until| at <= until))
    }
}

/// Where a run stands on the time axis.
pub fn moment(run: &Run) -> Millis {
    let own = if run.manual {
        run.start
    } else {
        run.slot.or(run.start)
    };
    own.unwrap_or_default()
}

fn note_suspension(spans: &mut Spans, suspend: bool, now: Millis) {
    match (spans.last_mut(), suspend) {
        (Some((_, until @ None)), false) => *until = Some(now),
        (Some((_, None)), true) | (None, false) | (Some((_, Some(_))), false) => {}
        (None | Some((_, Some(_))), true) => spans.push((now, None)),
    }
    // those before all that is told of it are of no use
    spans.retain(|(_, until)| until.is_none_or(|until| until >= now - STATS_MILLIS));
    if spans.len() > MOST_SUSPENSIONS {
        spans.remove(0);
    }
}

fn last_slot(cronjob: &CronJob, now: Timestamp) -> Timestamp {
    let status = cronjob.status.as_ref();
    let last = status.and_then(|status| status.last_schedule_time.as_ref());
    let created = cronjob.metadata.creation_timestamp.as_ref();
    last.or(created).map_or(now, |time| time.0)
}

fn status(row: &CronJobRow, readable: bool, waiting: Option<Millis>) -> CronJobStatus {
    let mut ended = row
        .strip
        .iter()
        .rev()
        .filter(|run| run.end.is_some() && run.start.is_some())
        .filter(|run| run.outcome != Outcome::Deleted);
    let last_ended = ended.next().map(|run| run.outcome);
    let recent = row.strip.iter().rev().take(3);
    let mut skipped = recent.filter(|run| run.outcome == Outcome::Skipped);
    let skipping = skipped.any(|run| run.slot != waiting);
    match () {
        () if !readable => CronJobStatus::Invalid,
        () if row.suspend => CronJobStatus::Suspended,
        () if row.next_run.is_none() => CronJobStatus::Invalid,
        () if last_ended == Some(Outcome::Failed) => CronJobStatus::Failing,
        () if skipping => CronJobStatus::Skipping,
        () if row.active > 0 => CronJobStatus::Running,
        () if last_ended.is_none() => CronJobStatus::Waiting,
        () => CronJobStatus::Healthy,
    }
}
