//! Why a CronJob's slot has no run, or why it has none at all any more.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::CronJob;
use orrery_schedule::{Schedule, ScheduleError};
use orrery_view::{Concurrency, EventRow, Kind, Millis, ObjectRef, Outcome, Run, SlotWhy};

use crate::ledger::Spans;

/// A Job made later than this after its slot is one that makes up for it.
const LATE_MILLIS: Millis = 10_000;

/// What surrounds a CronJob's slots.
pub struct Around<'a> {
    pub concurrency: Concurrency,
    pub deadline_secs: Option<i64>,
    /// Runs with the Job of each, which may be gone.
    pub runs: Vec<(ObjectRef, Run)>,
    pub suspended: &'a Spans,
    /// The slot that runs when the run before it is over.
    pub waiting: Option<Millis>,
    /// When the controller was not running.
    pub down: Vec<(Millis, Millis)>,
    /// The namespace is being deleted.
    pub terminating: bool,
    /// Events on the CronJob.
    pub events: &'a [EventRow],
    pub now: Millis,
}

impl Around<'_> {
    /// Why `slot`, which ended up as `outcome`, has no run; `taken` is a Job of that slot's name that is not
    /// the CronJob's.
    pub fn why(&self, slot: Millis, outcome: Outcome, taken: Option<String>) -> SlotWhy {
        if outcome == Outcome::Replaced {
            return SlotWhy::Replaced;
        }
        if self.was_suspended(slot) {
            return SlotWhy::Suspended;
        }
        self.down_at(slot)
            .or_else(|| self.held_at(slot, outcome))
            .or_else(|| taken.map(|name| SlotWhy::NameTaken { name }))
            .or_else(|| self.refused(slot))
            .or_else(|| self.terminating.then_some(SlotWhy::NamespaceTerminating))
            .or_else(|| self.too_late(slot))
            .or_else(|| self.overtaken(slot))
            .unwrap_or_default()
    }

    fn was_suspended(&self, slot: Millis) -> bool {
        let mut spans = self.suspended.iter();
        spans.any(|(from, until)| *from <= slot && until.is_none_or(|until| slot <= until))
    }

    /// Of the slots in that time the latest is made up for, unless it is too late by then (CJ-36, CJ-39).
    fn down_at(&self, slot: Millis) -> Option<SlotWhy> {
        let mut spans = self.down.iter();
        let (from, until) = *spans.find(|(from, until)| *from <= slot && slot < *until)?;
        Some(SlotWhy::ControllerDown { from, until })
    }

    fn held_at(&self, slot: Millis, outcome: Outcome) -> Option<SlotWhy> {
        if self.concurrency != Concurrency::Forbid {
            return None;
        }
        let covers = |run: &Run| {
            run.start.is_some_and(|start| start <= slot) && run.end.is_none_or(|end| end > slot)
        };
        let mut runs = self.runs.iter();
        let by = runs.find(|(_, run)| !run.manual && covers(run));
        match (by, outcome) {
            (Some((job, _)), _) if self.waiting == Some(slot) => {
                Some(SlotWhy::Waits { by: job.clone() })
            }
            (Some((job, _)), _) => Some(SlotWhy::Held {
                by: Some(job.clone()),
            }),
            (None, Outcome::Skipped) => Some(SlotWhy::Held { by: None }),
            (None, _) => None,
        }
    }

    /// What the controller said between the slot and the run after it.
    fn refused(&self, slot: Millis) -> Option<SlotWhy> {
        let later = self.runs.iter().filter_map(|(_, run)| run.slot);
        let until = later.filter(|later| *later > slot).min();
        let until = until.unwrap_or(Millis::MAX);
        let near = |event: &&EventRow| event.last >= slot && event.first < until;
        let mut said = self.events.iter().filter(near);
        said.find_map(|event| of_event(event, self.deadline_secs))
    }

    fn too_late(&self, slot: Millis) -> Option<SlotWhy> {
        let secs = self.deadline_secs?;
        let passed = slot.saturating_add(secs.saturating_mul(1000)) < self.now;
        passed.then_some(SlotWhy::PastDeadline { secs })
    }

    fn overtaken(&self, slot: Millis) -> Option<SlotWhy> {
        let runs = self.runs.iter().map(|(_, run)| run);
        let later = runs.filter_map(|run| Some((run.slot?, run.start?)));
        let next = later.filter(|(later, _)| *later > slot).min();
        let (slot, start) = next?;
        (start - slot > LATE_MILLIS).then_some(SlotWhy::Overtaken { slot })
    }
}

fn of_event(event: &EventRow, deadline_secs: Option<i64>) -> Option<SlotWhy> {
    let message = event.message.clone();
    match event.reason.as_str() {
        "FailedCreate" if message.contains("because it is being terminated") => {
            Some(SlotWhy::NamespaceTerminating)
        }
        "FailedCreate" => Some(SlotWhy::CreateFailed { message }),
        "UnparseableSchedule" => Some(SlotWhy::InvalidSchedule { error: message }),
        "UnknownTimeZone" => Some(SlotWhy::UnknownZone {
            zone: between_quotes(&message),
        }),
        "MissSchedule" => Some(SlotWhy::PastDeadline {
            secs: deadline_secs.unwrap_or_default(),
        }),
        "TooManyMissedTimes" => Some(SlotWhy::TooMany),
        _ => None,
    }
}

/// Whether an Event is one that tells why a CronJob's slot has no run.
pub fn is_telling(event: &EventRow) -> bool {
    let of_cronjob = event
        .link
        .as_ref()
        .is_some_and(|link| link.kind == Kind::CronJob);
    of_cronjob && of_event(event, None).is_some()
}

fn between_quotes(message: &str) -> String {
    message.split('"').nth(1).unwrap_or(message).to_owned()
}

/// Why a CronJob makes no runs at all now, when that is so (in the controller's order: CJ-31, CJ-32, CJ-34).
pub fn idle(cronjob: &CronJob, terminating: bool, now: Timestamp) -> Option<SlotWhy> {
    let spec = &cronjob.spec;
    if terminating {
        return Some(SlotWhy::NamespaceTerminating);
    }
    let schedule = Schedule::parse_in(&spec.schedule, spec.time_zone.as_deref());
    if let Err(ScheduleError::TimeZone(_)) = schedule {
        let zone = spec.time_zone.clone().unwrap_or_default();
        return Some(SlotWhy::UnknownZone { zone });
    }
    if spec.suspend == Some(true) {
        return Some(SlotWhy::Suspended);
    }
    match schedule {
        Err(error) => Some(SlotWhy::InvalidSchedule {
            error: error.to_string(),
        }),
        Ok(schedule) if schedule.next_after(now).is_none() => Some(SlotWhy::NeverFires),
        Ok(schedule) => {
            let every = schedule.every_secs();
            let every = every.filter(|_| is_never_due(&schedule, spec.starting_deadline_seconds));
            every.map(|secs| SlotWhy::DeadlineBelowEvery { secs })
        }
    }
}

/// `@every` counts from the deadline before each look where that is later than the last run (CJ-35): with a deadline
/// shorter than its distance it is always still to come.
pub fn is_never_due(schedule: &Schedule, deadline_secs: Option<i64>) -> bool {
    let every_and_deadline = schedule.every_secs().zip(deadline_secs);
    every_and_deadline.is_some_and(|(every, deadline)| deadline < every)
}
