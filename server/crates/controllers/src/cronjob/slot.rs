//! Is a slot due, and may it run (CJ-30 to CJ-44).

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, CronJobStatus};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::ResourceExt;
use orrery_schedule::{
    Missed, NeverTwice, Schedule, ScheduleError, earliest, from_jiff, load_time_zone,
    mentions_time_zone, requeue_reference, strconv_quote, to_jiff,
};

use super::new_job::job_name;
use crate::note::Note;

const PAGE: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/";

/// When the schedule was changed last, in RFC 3339: written by the controller that saw it, so that one
/// which takes over does not run the past of the new schedule either (CJ-04).
pub const SCHEDULE_CHANGED_AT: &str = "orrery.dev/schedule-changed-at";

/// What to do about the schedule now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    pub notes: Vec<Note>,
    /// The slot to run.
    pub run: Option<Timestamp>,
    /// Active Jobs go first (Replace).
    pub replace: bool,
    /// When the next slot is due, if this one needs nothing more.
    pub wake_at: Option<Timestamp>,
}

impl Decision {
    fn stop(notes: Vec<Note>) -> Self {
        Self {
            notes,
            ..Self::default()
        }
    }
}

/// Decides from the CronJob and the status as it now is. `not_before` is when its schedule was changed,
/// if this controller saw it: a changed schedule does not run its past (CJ-04).
pub fn decide(
    cronjob: &CronJob,
    status: &CronJobStatus,
    not_before: Option<Timestamp>,
    now: Timestamp,
) -> Decision {
    let spec = &cronjob.spec;
    if cronjob.metadata.deletion_timestamp.is_some() {
        return Decision::default();
    }
    if let Some(zone) = &spec.time_zone
        && let Err(error) = load_time_zone(zone)
    {
        return Decision::stop(vec![unknown_zone(zone, &error)]);
    }
    if spec.suspend == Some(true) {
        return Decision::default();
    }
    let mut notes = Vec::new();
    if mentions_time_zone(&spec.schedule) {
        notes.push(unsupported(&spec.schedule));
    }
    match Schedule::parse_in(&spec.schedule, spec.time_zone.as_deref()) {
        Ok(schedule) => Slots::new(cronjob, spec, status, not_before, now, &schedule).decide(notes),
        Err(ScheduleError::TimeZone(error)) => {
            notes.push(unknown_zone(
                spec.time_zone.as_deref().unwrap_or_default(),
                &error,
            ));
            Decision::stop(notes)
        }
        Err(ScheduleError::Unparseable(error)) => {
            let quoted = strconv_quote(&spec.schedule);
            let message = format!("unparseable schedule: {quoted} : {error}");
            notes.push(Note::warning("UnparseableSchedule", message));
            Decision::stop(notes)
        }
    }
}

/// What is told of a schedule that was changed to one that cannot be read (CJ-04). Of a zone that cannot
/// be loaded the sync tells (CJ-31).
pub fn unreadable(cronjob: &CronJob) -> Option<Note> {
    let schedule = &cronjob.spec.schedule;
    let read = match Schedule::parse_in(schedule, cronjob.spec.time_zone.as_deref()) {
        Err(ScheduleError::TimeZone(_)) => Schedule::parse_in(schedule, None),
        read => read,
    };
    read.is_err().then(|| {
        let message = format!("unparseable schedule for cronjob: {schedule}");
        Note::warning("UnParseableCronJobSchedule", message)
    })
}

/// What [`SCHEDULE_CHANGED_AT`] says.
pub fn schedule_changed_at(cronjob: &CronJob) -> Option<Timestamp> {
    cronjob.annotations().get(SCHEDULE_CHANGED_AT)?.parse().ok()
}

fn unknown_zone(zone: &str, error: &impl std::fmt::Display) -> Note {
    Note::warning(
        "UnknownTimeZone",
        format!("invalid timeZone: {}: {error}", strconv_quote(zone)),
    )
}

fn unsupported(schedule: &str) -> Note {
    let quoted = strconv_quote(schedule);
    let message = format!(
        "CRON_TZ or TZ used in schedule {quoted} is not officially supported, see {PAGE} for more details"
    );
    Note::warning("UnsupportedSchedule", message)
}

/// What is told of a slot whose deadline is over (CJ-39).
pub fn too_late(due: Timestamp, deadline_secs: Option<i64>, now: Timestamp) -> Option<Note> {
    let deadline = SignedDuration::from_secs(deadline_secs?);
    let last = due.checked_add(deadline).ok()?;
    (last < now).then(|| {
        let due = due.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let message = format!("Missed scheduled time to start a job: {due}");
        Note::warning("MissSchedule", message)
    })
}

/// The schedule's slots around now.
struct Slots<'a> {
    cronjob: &'a CronJob,
    spec: &'a CronJobSpec,
    status: &'a CronJobStatus,
    schedule: &'a Schedule,
    /// The last slot that has run, or the creation.
    ran: Timestamp,
    /// The same, or when the schedule was changed since.
    since: Timestamp,
    now: Timestamp,
}

impl<'a> Slots<'a> {
    fn new(
        cronjob: &'a CronJob,
        spec: &'a CronJobSpec,
        status: &'a CronJobStatus,
        not_before: Option<Timestamp>,
        now: Timestamp,
        schedule: &'a Schedule,
    ) -> Self {
        let created = cronjob
            .metadata
            .creation_timestamp
            .as_ref()
            .map_or(now, |time| time.0);
        let last = status.last_schedule_time.as_ref().map(|time| time.0);
        let ran = last.unwrap_or(created);
        let changed = schedule_changed_at(cronjob);
        Self {
            cronjob,
            spec,
            status,
            schedule,
            ran,
            // a change that is still to come was seen before the clock was set back
            since: [not_before, changed]
                .into_iter()
                .flatten()
                .filter(|at| *at <= now)
                .fold(ran, Ord::max),
            now,
        }
    }

    fn decide(&self, mut notes: Vec<Note>) -> Decision {
        let found = match self.missed(self.spec.starting_deadline_seconds) {
            Ok(found) => found,
            Err(error) => {
                let message = format!("invalid schedule: {} : {error}", self.spec.schedule);
                notes.push(Note::warning("InvalidSchedule", message));
                return Decision::stop(notes);
            }
        };
        if found.too_many() {
            let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            notes.push(Note::warning("TooManyMissedTimes", message));
        }
        let mut decision = Decision {
            notes,
            wake_at: self.next_look(found),
            ..Decision::default()
        };
        let Some(due) = found.due.and_then(to_jiff) else {
            return decision;
        };
        if let Some(note) = too_late(due, self.spec.starting_deadline_seconds, self.now) {
            decision.notes.push(note);
        } else if self.is_done(due) {
            // CJ-41: this slot has had its Job.
        } else if self.spec.concurrency_policy.as_deref() == Some("Forbid") && self.has_active() {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            decision
                .notes
                .push(Note::normal("JobAlreadyActive", message));
        } else {
            decision.run = Some(due);
            decision.replace = self.spec.concurrency_policy.as_deref() == Some("Replace");
        }
        decision
    }

    fn missed(&self, deadline_secs: Option<i64>) -> Result<Missed, NeverTwice> {
        let [ran, since, now] = [self.ran, self.since, self.now].map(from_jiff);
        let begin = earliest(ran, None, deadline_secs, now);
        // `@every` counts from where upstream begins: a deadline moves that, and a change does not
        let anchor = to_jiff(begin).unwrap_or(self.ran);
        let schedule = self.schedule.clone().through(anchor);
        schedule.missed(begin.max(since), now)
    }

    /// CJ-38: the slot after the most recent one, whatever the starting deadline says.
    fn next_look(&self, found: Missed) -> Option<Timestamp> {
        let found = match self.spec.starting_deadline_seconds {
            None => Ok(found),
            Some(_) => self.missed(None),
        };
        let reference = requeue_reference(found, from_jiff(self.since), from_jiff(self.now));
        let schedule = self.schedule.clone().through(self.ran);
        schedule.next(reference).and_then(to_jiff)
    }

    fn is_done(&self, due: Timestamp) -> bool {
        let name = job_name(&self.cronjob.name_any(), due);
        let namespace = self.cronjob.namespace();
        let is_its = |entry: &ObjectReference| {
            entry.name.as_ref() == Some(&name) && entry.namespace == namespace
        };
        let last = self.status.last_schedule_time.as_ref().map(|time| time.0);
        last == Some(due) || self.status.active.iter().flatten().any(is_its)
    }

    fn has_active(&self) -> bool {
        self.status
            .active
            .as_ref()
            .is_some_and(|active| !active.is_empty())
    }
}
