//! Details from a fetched object and the facts around it.

mod node;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use orrery_view::{
    Common, Condition, CronJobDetail, CronJobRow, DaemonSetDetail, Detail, EventRow, JobDetail,
    JobRow, MOST_NOT_RUN, MOST_PAST_RUNS, MOST_TIMELINE_RUNS, MOST_UPCOMING, Millis, NotRun,
    Outcome, PastRun, PodDetail, PodRow, Run, STATS_MILLIS,
};

use self::node::node;
use super::Fetched;
use super::container::{containers, template};
use super::history::history;
use super::job::{indexes, seen, spans};
use super::job_rules::rules;
use super::why::{not_run, pod_why, stuck};
use crate::facts::cronjob::{CronJobFacts, moment};
use crate::facts::daemonset::DaemonSetFacts;
use crate::facts::head::{millis, pairs};
use crate::facts::job::JobFacts;
use crate::facts::pod::PodFacts;
use crate::ledger;
use crate::model::Model;
use crate::whynot;

/// Slots looked at behind now: a week of one that runs each minute.
const SLOTS_BACK: usize = 10_080;
/// Annotations that only repeat the object, or are for machines.
const HIDDEN: [&str; 2] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.daemonset.template.generation",
];

/// The detail of `fetched` in a model that was just refreshed.
pub fn build(model: &Model, fetched: Fetched, now: Timestamp) -> Detail {
    match fetched {
        Fetched::CronJob(object) => Detail::CronJob(cronjob(model, &object, now)),
        Fetched::Job(object) => Detail::Job(job(model, &object, now)),
        Fetched::DaemonSet(object, revisions) => {
            Detail::DaemonSet(daemonset(model, &object, &revisions))
        }
        Fetched::Pod(object) => Detail::Pod(pod(model, &object)),
        Fetched::Node(object) => Detail::Node(node(model, *object)),
    }
}

fn cronjob(model: &Model, object: &CronJob, now: Timestamp) -> CronJobDetail {
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    let known = model.cronjobs.rows().get(uid).cloned();
    let known = known.map(CronJobFacts::known);
    let facts = CronJobFacts::of(object, known.unwrap_or_default(), now);
    let spec = object.spec.clone();
    let upcoming = facts
        .schedule
        .iter()
        .flat_map(|schedule| schedule.upcoming_after(now));
    let job_template = spec.job_template.spec.as_ref();
    let mut runs: Vec<JobRow> = model.jobs_of(uid).map(|job| job.row.clone()).collect();
    runs.sort_by_key(|run| {
        std::cmp::Reverse((run.start.unwrap_or(run.head.created), run.head.name.clone()))
    });
    let common = common(model, &object.metadata);
    let terminating = model.terminating.contains(&facts.row.head.namespace);
    let timeline = timeline(model, uid, &facts, now);
    let since = model.book.complete_since(uid, facts.known_since);
    let gaps = gaps(&facts, &timeline, since, now);
    let not_run = not_run(model, &facts, gaps, MOST_TIMELINE_RUNS, &common.events, now);
    let of_strip = |gap: &&NotRun| facts.not_run().any(|run| run.slot == Some(gap.slot));
    let row = CronJobRow {
        gaps: not_run.iter().filter(of_strip).cloned().collect(),
        ..facts.row.clone()
    };
    CronJobDetail {
        not_run,
        common,
        upcoming: upcoming
            .take(MOST_UPCOMING)
            .map(|at| at.as_millisecond())
            .collect(),
        runs,
        starting_deadline_secs: spec.starting_deadline_seconds,
        successful_history: spec.successful_jobs_history_limit.unwrap_or(3),
        failed_history: spec.failed_jobs_history_limit.unwrap_or(1),
        idle: whynot::slot::idle(object, terminating, now),
        stats: ledger::stats(&model.book, uid, facts.known_since, now.as_millisecond()),
        timeline,
        past: past(model, uid),
        template: job_template
            .map(|job| template(&job.template))
            .unwrap_or_default(),
        row,
    }
}

/// The ledger's runs of the last 30 days, and those that are not over.
fn timeline(model: &Model, uid: &str, facts: &CronJobFacts, now: Timestamp) -> Vec<Run> {
    let oldest = now.as_millisecond() - STATS_MILLIS;
    let recent = model.book.of_owner(uid);
    let recent = recent.take_while(|record| record.end >= oldest);
    let ended = recent
        .take(MOST_TIMELINE_RUNS)
        .map(|record| record.run(model.jobs.rows().contains_key(&record.uid)));
    let others = facts.runs.values();
    let others = others.filter(|run| run.outcome == Outcome::Running);
    let mut runs: Vec<_> = ended.chain(others.cloned()).collect();
    runs.sort_by_key(moment);
    runs.split_off(runs.len().saturating_sub(MOST_TIMELINE_RUNS))
}

/// The slots of that time that did not run, newest first: as far back as each run is known.
fn gaps(facts: &CronJobFacts, timeline: &[Run], since: Millis, now: Timestamp) -> Vec<Run> {
    let mut since = since.max(now.as_millisecond() - STATS_MILLIS);
    if timeline.len() == MOST_TIMELINE_RUNS {
        since = since.max(moment(&timeline[0]));
    }
    let runs: Vec<_> = timeline.iter().chain(facts.runs.values()).collect();
    let gaps = facts.gaps(&runs, SLOTS_BACK, since, now);
    gaps.take(MOST_NOT_RUN).collect()
}

fn past(model: &Model, uid: &str) -> Vec<PastRun> {
    let records = model.book.of_owner(uid).take(MOST_PAST_RUNS);
    records
        .map(|record| record.past(model.jobs.rows().contains_key(&record.uid)))
        .collect()
}

fn job(model: &Model, object: &Job, now: Timestamp) -> JobDetail {
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    let spec = object.spec.clone().unwrap_or_default();
    let status = object.status.clone().unwrap_or_default();
    let row = JobFacts::of(object).row;
    let ttl = spec
        .ttl_seconds_after_finished
        .map(|secs| i64::from(secs) * 1000);
    let conditions = status.conditions.unwrap_or_default();
    let completed_indexes = status.completed_indexes.unwrap_or_default();
    let failed_indexes = status.failed_indexes.unwrap_or_default();
    let stopped = conditions
        .iter()
        .find(|c| c.type_ == "Suspended" && c.status == "True")
        .and_then(|c| millis(c.last_transition_time.as_ref()));
    JobDetail {
        indexes: indexes(
            &row,
            &completed_indexes,
            &failed_indexes,
            model.pods_of(uid),
            model.gone_pods_of(uid),
        ),
        spans: spans(model.gone_pods_of(uid), model.pods_of(uid)),
        seen: seen(&row, stopped, now),
        common: common(model, &object.metadata),
        conditions: conditions
            .into_iter()
            .map(|c| {
                condition(
                    c.type_,
                    c.status,
                    c.reason,
                    c.message,
                    c.last_transition_time,
                )
            })
            .collect(),
        pods: newest_first(model.pods_of(uid)),
        backoff_limit: spec.backoff_limit.unwrap_or(6),
        rules: rules(&spec),
        active_deadline_secs: spec.active_deadline_seconds,
        ttl_secs: spec.ttl_seconds_after_finished.map(i64::from),
        expires: row.end.zip(ttl).map(|(end, ttl)| end + ttl),
        completed_indexes,
        failed_indexes,
        stuck: stuck(model, uid),
        template: template(&spec.template),
        row,
    }
}

fn daemonset(
    model: &Model,
    object: &DaemonSet,
    revisions: &[ControllerRevision],
) -> DaemonSetDetail {
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    let spec = object.spec.clone().unwrap_or_default();
    let rolling = spec
        .update_strategy
        .and_then(|strategy| strategy.rolling_update);
    let mut row = DaemonSetFacts::of(object).row;
    if let Some(known) = model.daemonsets.rows().get(uid) {
        row.cells.clone_from(&known.row.cells);
    }
    DaemonSetDetail {
        history: history(revisions, uid, model.pods_of(uid)),
        row,
        common: common(model, &object.metadata),
        pods: newest_first(model.pods_of(uid)),
        max_unavailable: amount(rolling.as_ref().and_then(|r| r.max_unavailable.as_ref())),
        max_surge: amount(rolling.as_ref().and_then(|r| r.max_surge.as_ref())),
        stuck: stuck(model, uid),
        template: template(&spec.template),
    }
}

fn pod(model: &Model, object: &Pod) -> PodDetail {
    let spec = object.spec.clone().unwrap_or_default();
    let status = object.status.clone().unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    let volumes = spec.volumes.iter().flatten();
    let facts = PodFacts::of(object);
    PodDetail {
        why: pod_why(model, &facts),
        row: facts.row,
        common: common(model, &object.metadata),
        conditions: conditions
            .into_iter()
            .map(|c| {
                condition(
                    c.type_,
                    c.status,
                    c.reason,
                    c.message,
                    c.last_transition_time,
                )
            })
            .collect(),
        containers: containers(object),
        restart_policy: spec.restart_policy.clone().unwrap_or_default(),
        host_ip: status.host_ip.unwrap_or_default(),
        qos: status.qos_class.unwrap_or_default(),
        volumes: volumes.map(|volume| volume.name.clone()).collect(),
    }
}

fn common(model: &Model, meta: &ObjectMeta) -> Common {
    let uid = meta.uid.as_deref().unwrap_or_default();
    let annotations = meta.annotations.clone().unwrap_or_default();
    let shown = annotations
        .into_iter()
        .filter(|(key, _)| !HIDDEN.contains(&key.as_str()));
    // A node's agent names the node by its name where others give the uid.
    let by_name = match &meta.namespace {
        None => meta.name.as_deref(),
        Some(_) => None,
    };
    let by_name = by_name
        .into_iter()
        .flat_map(|name| model.events_about(name));
    let events = model
        .events_about(uid)
        .chain(by_name)
        .map(|event| event.row.clone());
    let mut events: Vec<EventRow> = events.collect();
    events.sort_by_key(|event| std::cmp::Reverse((event.last, event.head.name.clone())));
    Common {
        labels: pairs(meta.labels.as_ref()),
        annotations: shown.collect(),
        events,
    }
}

fn newest_first<'a>(pods: impl Iterator<Item = &'a PodFacts>) -> Vec<PodRow> {
    let mut rows: Vec<_> = pods.map(|pod| pod.row.clone()).collect();
    rows.sort_by_key(|pod| std::cmp::Reverse((pod.head.created, pod.head.name.clone())));
    rows
}

fn condition(
    type_: String,
    status: String,
    reason: Option<String>,
    message: Option<String>,
    since: Option<Time>,
) -> Condition {
    Condition {
        type_,
        status,
        reason: reason.unwrap_or_default(),
        message: message.unwrap_or_default(),
        since: millis(since.as_ref()),
    }
}

fn amount(amount: Option<&IntOrString>) -> String {
    match amount {
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(text)) => text.clone(),
        None => String::new(),
    }
}
