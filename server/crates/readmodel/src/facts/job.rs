//! A Job's row.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{Job, JobCondition};
use orrery_apis::conditions;
use orrery_view::{JobRow, JobStatus, Kind, Millis, ObjectRef, Outcome, Run, Trigger};

use super::head::{head, label_lines, millis, owner, owner_uid, search_text};
use super::pod::PodFacts;
use crate::ledger::Record;

/// What a manual run carries, by `kubectl create job --from` and by the Trigger button.
const INSTANTIATE: &str = "cronjob.kubernetes.io/instantiate";
/// What the page leaves on what it makes.
const CHANGED_BY: &str = "orrery.dev/changed-by";
const CHANGE_REASON: &str = "orrery.dev/change-reason";
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// A Job's row with what only the server needs.
#[derive(Clone, Debug)]
pub struct JobFacts {
    pub row: JobRow,
    pub owner_uid: Option<String>,
    /// The nominal time of its slot (CJ-51).
    pub slot: Option<Millis>,
    pub trigger: Trigger,
    /// Who asked for it, and why, by the page's marks; else empty.
    pub by: String,
    pub because: String,
    pub text: Box<str>,
    /// `k=v` lines.
    pub labels: Box<str>,
}

impl JobFacts {
    pub fn of(job: &Job) -> Self {
        let images = images(job);
        let images: Vec<_> = images.iter().map(String::as_str).collect();
        let annotation = |name| {
            job.metadata
                .annotations
                .as_ref()
                .and_then(|all| all.get(name))
        };
        let slot = annotation(SCHEDULED).and_then(|at| at.parse::<Timestamp>().ok());
        let manual = annotation(INSTANTIATE).is_some_and(|how| how == "manual");
        let owner_uid = owner_uid(&job.metadata);
        let text = |name| annotation(name).cloned().unwrap_or_default();
        Self {
            row: row(job, manual),
            trigger: match (manual, slot) {
                (true, Some(_)) => Trigger::Backfill,
                (true, None) => Trigger::Manual,
                (false, Some(_)) => Trigger::Schedule,
                (false, None) => Trigger::Direct,
            },
            by: text(CHANGED_BY),
            because: text(CHANGE_REASON),
            owner_uid,
            slot: slot.map(|at| at.as_millisecond()),
            text: search_text(&job.metadata, &images),
            labels: label_lines(&job.metadata),
        }
    }

    /// What the ledger keeps once it ended at `end`; `pod` is its last one.
    pub fn record(&self, outcome: Outcome, end: Millis, pod: Option<&PodFacts>) -> Record {
        let row = &self.row;
        let cronjob = row
            .owner
            .as_ref()
            .filter(|owner| owner.kind == Kind::CronJob);
        Record {
            uid: row.head.uid.clone(),
            namespace: row.head.namespace.clone(),
            name: row.head.name.clone(),
            owner_uid: cronjob.and(self.owner_uid.clone()).unwrap_or_default(),
            owner: cronjob.map(|owner| owner.name.clone()).unwrap_or_default(),
            slot: self.slot,
            trigger: self.trigger,
            by: self.by.clone(),
            because: self.because.clone(),
            start: row.start.unwrap_or(row.head.created),
            end,
            outcome,
            reason: row.reason.clone(),
            message: row.message.clone(),
            node: pod.map(|pod| pod.row.node.clone()).unwrap_or_default(),
            exit_code: pod.and_then(|pod| pod.exit_code),
            log: Vec::new(),
        }
    }

    /// How and when it ended, when it has.
    pub fn ended(&self) -> Option<(Outcome, Millis)> {
        let outcome = match self.row.status {
            JobStatus::Complete => Outcome::Succeeded,
            JobStatus::Failed => Outcome::Failed,
            _ => return None,
        };
        let start = self.row.start.unwrap_or(self.row.head.created);
        Some((outcome, self.row.end.unwrap_or(start)))
    }

    /// The Job as a run of its CronJob.
    pub fn run(&self) -> Run {
        let row = &self.row;
        Run {
            job: Some(ObjectRef::of(Kind::Job, &row.head)),
            slot: self.slot,
            start: row.start.or(Some(row.head.created)),
            end: row.end,
            outcome: match row.status {
                JobStatus::Complete => Outcome::Succeeded,
                JobStatus::Failed | JobStatus::Failing => Outcome::Failed,
                JobStatus::Running | JobStatus::Suspended | JobStatus::Terminating => {
                    Outcome::Running
                }
            },
            manual: row.manual,
        }
    }
}

fn row(job: &Job, manual: bool) -> JobRow {
    // a template is most of a Job: nothing is copied
    let (no_spec, no_status) = Default::default();
    let spec = job.spec.as_ref().unwrap_or(&no_spec);
    let status = job.status.as_ref().unwrap_or(&no_status);
    let (word, deciding) = status_of(job);
    let count = |number: Option<i32>| number.unwrap_or(0).max(0) as u32;
    let end = deciding.filter(|_| matches!(word, JobStatus::Complete | JobStatus::Failed));
    let end = millis(status.completion_time.as_ref())
        .or_else(|| end.and_then(|condition| millis(condition.last_transition_time.as_ref())));
    let start = millis(status.start_time.as_ref());
    let deadline = spec.active_deadline_seconds.zip(start);
    JobRow {
        head: head(&job.metadata),
        status: word,
        reason: deciding.and_then(|c| c.reason.clone()).unwrap_or_default(),
        message: deciding.and_then(|c| c.message.clone()).unwrap_or_default(),
        owner: owner(&job.metadata),
        manual,
        suspend: spec.suspend == Some(true),
        succeeded: count(status.succeeded),
        completions: spec.completions.map(|n| n.max(0) as u32),
        parallelism: spec.parallelism.unwrap_or(1).max(0) as u32,
        active: count(status.active),
        ready: count(status.ready),
        failed: count(status.failed),
        indexed: spec.completion_mode.as_deref() == Some("Indexed"),
        start,
        end,
        deadline: deadline
            .filter(|_| end.is_none())
            .map(|(secs, start)| start.saturating_add(secs.saturating_mul(1000))),
        usual: None,
    }
}

/// One word from the conditions, in the order of PR-11, with the condition that decided.
fn status_of(job: &Job) -> (JobStatus, Option<&JobCondition>) {
    let holds = |type_| conditions::of_job(job, type_).filter(|c| c.status == "True");
    if let Some(complete) = holds("Complete") {
        return (JobStatus::Complete, Some(complete));
    }
    if let Some(failed) = holds("Failed") {
        return (JobStatus::Failed, Some(failed));
    }
    if job.metadata.deletion_timestamp.is_some() {
        return (JobStatus::Terminating, None);
    }
    if let Some(suspended) = holds("Suspended") {
        return (JobStatus::Suspended, Some(suspended));
    }
    if let Some(target) = holds("FailureTarget") {
        return (JobStatus::Failing, Some(target));
    }
    (JobStatus::Running, None)
}

fn images(job: &Job) -> Vec<String> {
    let pod = job
        .spec
        .iter()
        .filter_map(|spec| spec.template.spec.as_ref());
    pod.flat_map(|pod| &pod.containers)
        .filter_map(|container| container.image.clone())
        .collect()
}
