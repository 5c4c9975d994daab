//! What lies on a CronJob's timeline: its runs, the slots without one and why, and the slots to come.

use std::collections::BTreeSet;

use orrery_view::{
    CronJobDetail, CronJobRow, JobRow, JobStatus, Kind, Millis, NotRun, ObjectRef, Outcome, Run,
    SlotWhy,
};

use super::axis::Zone;

use crate::lang::Lang;
use crate::tone::{State, Tone};
use crate::{address, details, format, tr};

/// A start so long after its slot is worth a word: the controller itself takes well under that.
pub const LATE_MILLIS: Millis = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Scheduled,
    Manual,
    /// Slots without a run.
    NotRun,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Bar,
    /// It was stopped by the next one.
    Cut,
    /// It has not ended.
    Open,
    /// A slot that has no run, as the policy has it.
    Gap,
    /// A slot that nobody saw to.
    Miss,
    /// A slot that waits, or was not to run.
    Rest,
    /// A slot to come.
    Ghost,
}

/// One thing on the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub lane: Lane,
    pub shape: Shape,
    pub tone: Tone,
    pub from: Millis,
    pub to: Millis,
    /// The slot of a run that began late.
    pub slot: Option<Millis>,
    pub word: String,
    /// More about it: how long, how late, or why not.
    pub why: String,
    pub href: String,
}

/// Everything known, oldest first, then what is to come.
pub fn marks(detail: &CronJobDetail, now: Millis, lang: Lang) -> Vec<Mark> {
    let mut marks: Vec<Mark> = runs(detail)
        .iter()
        .filter_map(|run| of_run(run, now, lang))
        .collect();
    let has_deadline = detail.starting_deadline_secs.is_some();
    marks.extend(detail.not_run.iter().map(|slot| Mark {
        lane: Lane::NotRun,
        shape: match (&slot.why, slot.outcome) {
            (SlotWhy::Waits { .. } | SlotWhy::Suspended, _) => Shape::Rest,
            (_, Outcome::Missed) => Shape::Miss,
            _ => Shape::Gap,
        },
        tone: slot.tone(),
        from: slot.slot,
        to: slot.slot,
        slot: None,
        word: slot.word(lang),
        why: why_not(slot, &detail.row, has_deadline, lang),
        href: String::new(),
    }));
    marks.sort_by_key(|mark| mark.from);
    // A predicted run is as wide as a run usually is, and never reaches the slot after it.
    let usual = details::numbers::median(detail).unwrap_or(0);
    let after = detail.upcoming.iter().skip(1).map(Some).chain([None]);
    let until = |slot: &Millis, after: Option<&Millis>| {
        let room = after.map_or(usual, |after| (after - slot) * 4 / 5);
        slot + usual.min(room)
    };
    marks.extend(detail.upcoming.iter().zip(after).map(|(slot, after)| Mark {
        lane: Lane::Scheduled,
        shape: Shape::Ghost,
        tone: Tone::Off,
        from: *slot,
        to: until(slot, after),
        slot: None,
        word: match detail.row.suspend {
            true => tr!(lang, "time.would_run"),
            false => tr!(lang, "timeline.predicted"),
        },
        why: String::new(),
        href: String::new(),
    }));
    marks
}

/// The runs that the ledger knows, and Jobs that it does not.
fn runs(detail: &CronJobDetail) -> Vec<Run> {
    let mut runs = detail.timeline.clone();
    let known: BTreeSet<String> = runs
        .iter()
        .filter_map(|run| run.job.as_ref())
        .map(|job| job.name.clone())
        .collect();
    let older = detail
        .runs
        .iter()
        .filter(|job| !known.contains(&job.head.name));
    runs.extend(older.map(of_job));
    runs
}

fn of_job(job: &JobRow) -> Run {
    Run {
        job: Some(ObjectRef::of(Kind::Job, &job.head)),
        slot: None,
        start: job.start,
        end: job.end,
        outcome: match job.status {
            JobStatus::Complete => Outcome::Succeeded,
            JobStatus::Failed => Outcome::Failed,
            _ => Outcome::Running,
        },
        manual: job.manual,
    }
}

fn of_run(run: &Run, now: Millis, lang: Lang) -> Option<Mark> {
    let from = run.start?;
    let late = run
        .slot
        .filter(|slot| !run.manual && from - slot >= LATE_MILLIS);
    let shape = match (run.outcome, run.end) {
        (Outcome::Replaced | Outcome::Deleted, _) => Shape::Cut,
        (_, None) => Shape::Open,
        _ => Shape::Bar,
    };
    let mut why = Vec::new();
    if let Some(end) = run.end {
        why.push(format::duration(end - from, lang));
    }
    if let Some(slot) = late {
        let by = format::duration(from - slot, lang);
        why.push(tr!(lang, "timeline.late", t = by));
    }
    Some(Mark {
        lane: if run.manual {
            Lane::Manual
        } else {
            Lane::Scheduled
        },
        shape,
        tone: run.outcome.tone(),
        from,
        to: run.end.unwrap_or_else(|| now.max(from)),
        slot: late,
        word: run.outcome.word(lang),
        why: why.join(" · "),
        href: run.job.as_ref().map(address::object).unwrap_or_default(),
    })
}

/// Why a slot has no run, in a sentence: by its cause, or by what is usual for its outcome.
pub fn why_not(slot: &NotRun, row: &CronJobRow, has_deadline: bool, lang: Lang) -> String {
    match &slot.why {
        SlotWhy::Suspended => tr!(lang, "why.suspended"),
        SlotWhy::Held { by: Some(run) } => tr!(lang, "why.held", name = run.name),
        SlotWhy::Held { by: None } => tr!(lang, "why.skipped"),
        SlotWhy::Waits { by } => tr!(lang, "why.waits", name = by.name),
        SlotWhy::PastDeadline { secs } => tr!(lang, "why.past_deadline", n = secs),
        SlotWhy::InvalidSchedule { error } => tr!(lang, "why.invalid", error = error),
        SlotWhy::UnknownZone { zone } => tr!(lang, "why.zone", zone = zone),
        SlotWhy::TooMany => tr!(lang, "why.too_many"),
        SlotWhy::NeverFires => tr!(lang, "why.never"),
        SlotWhy::DeadlineBelowEvery { secs } => tr!(lang, "why.every", n = secs),
        SlotWhy::ControllerDown { .. } => tr!(lang, "why.down"),
        SlotWhy::CreateFailed { message } => tr!(lang, "why.refused", message = message),
        SlotWhy::NamespaceTerminating => tr!(lang, "why.namespace"),
        SlotWhy::Replaced => tr!(lang, "why.replaced"),
        SlotWhy::NameTaken { name } => tr!(lang, "why.name", name = name),
        SlotWhy::Overtaken { slot } => {
            let zone = Zone::named(row.time_zone.as_deref());
            tr!(lang, "why.overtaken", t = zone.full(*slot, lang))
        }
        SlotWhy::Unknown => reason(slot.outcome, row, has_deadline, lang),
    }
}

fn reason(outcome: Outcome, row: &CronJobRow, has_deadline: bool, lang: Lang) -> String {
    match outcome {
        Outcome::Skipped => tr!(lang, "why.skipped"),
        Outcome::Replaced => tr!(lang, "why.replaced"),
        _ if row.suspend => tr!(lang, "why.suspended"),
        _ if has_deadline => tr!(lang, "why.deadline"),
        _ => tr!(lang, "why.missed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::details::a_cronjob;

    const NOW: Millis = 1_795_443_909_000;
    const MINUTE: Millis = 60_000;

    fn run(outcome: Outcome, start: Millis, end: Option<Millis>, manual: bool) -> Run {
        Run {
            job: None,
            slot: (!manual).then_some(NOW - 60 * MINUTE),
            start: Some(start),
            end,
            outcome,
            manual,
        }
    }

    #[test]
    fn a_predicted_run_never_reaches_the_slot_after_it() {
        let mut detail = a_cronjob();
        let slots = [5, 60, 65, 120].map(|minute| NOW + minute * MINUTE);
        (detail.upcoming, detail.stats.duration_median) = (slots.into(), Some(50 * MINUTE));
        let marks = marks(&detail, NOW, Lang::En);
        let ahead = marks.iter().filter(|mark| mark.shape == Shape::Ghost);
        let ends: Vec<_> = ahead.map(|mark| (mark.to - mark.from) / MINUTE).collect();
        assert_eq!(ends, [44, 4, 44, 50]);
    }

    #[test]
    fn what_is_scheduled_manual_replaced_late_skipped_and_to_come_is_drawn_apart() {
        use Outcome::{Missed, Replaced, Running, Skipped, Succeeded};
        let hour = NOW - 60 * MINUTE;
        let rows = [
            (
                "in time",
                run(Succeeded, hour, Some(NOW), false),
                Lane::Scheduled,
                Shape::Bar,
                None,
            ),
            (
                "by hand",
                run(Succeeded, hour, Some(NOW), true),
                Lane::Manual,
                Shape::Bar,
                None,
            ),
            (
                "still on",
                run(Running, hour, None, false),
                Lane::Scheduled,
                Shape::Open,
                None,
            ),
            (
                "stopped",
                run(Replaced, hour, Some(NOW), false),
                Lane::Scheduled,
                Shape::Cut,
                None,
            ),
            (
                "began late",
                run(Succeeded, hour + MINUTE, Some(NOW), false),
                Lane::Scheduled,
                Shape::Bar,
                Some(hour),
            ),
        ];
        let mut detail = a_cronjob();
        (detail.runs, detail.upcoming) = (Vec::new(), vec![NOW + MINUTE]);
        let gap = |outcome| NotRun {
            slot: hour,
            outcome,
            why: SlotWhy::Unknown,
        };
        detail.not_run = vec![gap(Skipped), gap(Missed)];
        for (why, run, lane, shape, slot) in rows {
            detail.timeline = vec![run];
            let marks = marks(&detail, NOW, Lang::En);
            let shapes: Vec<_> = marks.iter().map(|mark| mark.shape).collect();
            let gaps = marks.iter().filter(|mark| mark.lane == Lane::NotRun);
            let gaps: Vec<_> = gaps.map(|gap| (gap.shape, gap.word.as_str())).collect();
            assert_eq!(
                gaps,
                [(Shape::Gap, "Skipped"), (Shape::Miss, "Missed")],
                "{why}"
            );
            assert_eq!(
                shapes.last(),
                Some(&Shape::Ghost),
                "{why}: what comes is last"
            );
            let mark = marks.iter().find(|mark| mark.lane != Lane::NotRun);
            let mark = mark.expect("the run is there");
            assert_eq!(
                (mark.lane, mark.shape, mark.slot),
                (lane, shape, slot),
                "{why}"
            );
            assert_eq!(
                mark.why.contains("1 m 0 s late"),
                slot.is_some(),
                "{}",
                mark.why
            );
        }
    }
}
