//! Everything the pages show, kept current change by change. No IO, no watching: facts in, rows out.

mod events;
mod heard;
mod look;
mod refresh;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use orrery_view::{Kind, LastDay, Millis, Outcome, PodSpan};

use crate::detail::span;
use crate::facts::cronjob::{CronJobFacts, Known, STRIP};
use crate::facts::daemonset::DaemonSetFacts;
use crate::facts::event::EventFacts;
use crate::facts::host_port::HostPort;
use crate::facts::job::JobFacts;
use crate::facts::node::NodeFacts;
use crate::facts::pod::PodFacts;
use crate::index::Index;
use crate::ledger::{Book, WantedLog};
use crate::table::Table;

/// Rows of every kind, with the indexes that join them.
#[derive(Default)]
pub struct Model {
    pub cronjobs: Table<CronJobFacts>,
    pub jobs: Table<JobFacts>,
    pub daemonsets: Table<DaemonSetFacts>,
    pub pods: Table<PodFacts>,
    pub nodes: Table<NodeFacts>,
    pub events: Table<EventFacts>,
    pub namespaces: BTreeSet<String>,
    /// Namespaces that are being deleted.
    pub terminating: BTreeSet<String>,
    /// Runs that ended.
    pub book: Book,
    /// The cluster ends and begins with this process, and so do its controllers.
    pub embedded: bool,
    jobs_of: Index,
    pods_of: Index,
    pods_on: Index,
    events_about: Index,
    /// When each was seen last, and its uid.
    events_seen: BTreeSet<(Millis, String)>,
    /// Spans of the pods that a Job has lost, by its uid, while the Job is there.
    gone_pods: BTreeMap<String, VecDeque<PodSpan>>,
    dirty_cronjobs: BTreeSet<String>,
    dirty_daemonsets: BTreeSet<String>,
    dirty_nodes: BTreeSet<String>,
    /// The last day's figures by the namespaces that were asked for: of which revision of the book, and when.
    last_day: BTreeMap<Vec<String>, (u64, Millis, LastDay)>,
    /// When a CronJob's next slot comes, by its uid: then its row changes by itself.
    slots: BTreeSet<(Millis, String)>,
}

/// Lost pods remembered of a Job: a backoff limit of some dozens, several times over. The oldest are forgotten first.
const MOST_GONE: usize = 200;

/// The kinds whose rows a change touched.
pub type Touched = &'static [Kind];

impl Model {
    pub fn new(book: Book, embedded: bool) -> Self {
        Self {
            book,
            embedded,
            ..Self::default()
        }
    }

    pub fn put_cronjob(&mut self, cronjob: &CronJob, now: Timestamp) -> Touched {
        let uid = cronjob.metadata.uid.clone().unwrap_or_default();
        let before = self.cronjobs.remove(&uid);
        let seen = before.is_some();
        let mut known = before.map_or_else(|| self.known(&uid, now), CronJobFacts::known);
        let spec = &cronjob.spec;
        let zone = spec.time_zone.iter().map(String::as_str);
        let schedule: Vec<_> = zone.chain([spec.schedule.as_str()]).collect();
        let schedule = schedule.join(" ");
        known.scheduled = self.book.put_schedule(&uid, schedule, now.as_millisecond());
        let mut facts = CronJobFacts::of(cronjob, known, now);
        self.book.put_suspensions(&uid, &facts.suspensions);
        if !seen {
            for job in self.jobs_of(&uid) {
                facts.put_run(&job.row.head.uid, job.run());
            }
        }
        self.cronjobs.put(facts);
        self.dirty_cronjobs.insert(uid);
        &[Kind::CronJob]
    }

    /// What the ledger knows of a CronJob that was not seen yet.
    fn known(&self, uid: &str, now: Timestamp) -> Known {
        let runs = self.book.of_owner(uid).take(2 * STRIP);
        Known {
            since: self
                .book
                .complete_since(uid, self.book.known_since(now.as_millisecond())),
            runs: runs
                .map(|record| (record.uid.clone(), record.run(false)))
                .collect(),
            scheduled: Millis::MIN,
            suspensions: self.book.suspensions(uid),
            away: match self.embedded {
                true => Vec::new(),
                false => self.book.away(),
            },
        }
    }

    pub fn remove_cronjob(&mut self, uid: &str) -> Touched {
        self.cronjobs.remove(uid);
        self.book.forget_cronjob(uid);
        &[Kind::CronJob]
    }

    /// Every CronJob of the cluster has been listed: what is remembered of others is of no use any more.
    pub fn forget_absent_cronjobs(&mut self) {
        let there = self.cronjobs.rows();
        self.book.forget_absent(|uid| there.contains_key(uid));
    }

    pub fn put_job(&mut self, job: &Job, now: Timestamp) -> Touched {
        let facts = JobFacts::of(job);
        let uid = facts.row.head.uid.clone();
        let old = self.jobs.rows().get(&uid);
        let old = old.and_then(|old| old.owner_uid.clone());
        if let Some(old) = old.filter(|old| facts.owner_uid.as_ref() != Some(old)) {
            self.release_job(&old, &uid);
        }
        if let Some(owner) = &facts.owner_uid {
            self.jobs_of.insert(owner, &uid);
            if let Some(cronjob) = self.cronjobs.get_mut(owner) {
                cronjob.put_run(&uid, facts.run());
                self.dirty_cronjobs.insert(owner.clone());
            }
        }
        self.jobs.put(facts);
        self.note_end(&uid, now);
        &[Kind::Job, Kind::CronJob]
    }

    /// It is no run of that CronJob any more.
    fn release_job(&mut self, owner: &str, uid: &str) {
        self.jobs_of.remove(owner, uid);
        if let Some(cronjob) = self.cronjobs.get_mut(owner) {
            cronjob.runs.remove(uid);
            self.dirty_cronjobs.insert(owner.to_owned());
        }
    }

    /// Writes a Job down that has ended, and asks for its log the first time.
    fn note_end(&mut self, job_uid: &str, now: Timestamp) {
        let Some(job) = self.jobs.rows().get(job_uid) else {
            return;
        };
        let Some((outcome, end)) = job.ended() else {
            return;
        };
        let pods = self.pods_of(job_uid).filter(|pod| pod.finished);
        let last = pods.max_by_key(|pod| (pod.row.end, &pod.row.head.name));
        let record = job.record(outcome, end, last);
        let wanted = last.and_then(|pod| wanted_log(job_uid, pod));
        let bare = self
            .book
            .get(job_uid)
            .is_none_or(|known| known.log.is_empty() && known.node.is_empty());
        if self.book.put(record, now.as_millisecond()) && bare {
            wanted.into_iter().for_each(|log| self.book.want_log(log));
        }
    }

    pub fn put_log(&mut self, job_uid: &str, log: Vec<String>, now: Timestamp) -> Touched {
        match self.book.put_log(job_uid, log, now.as_millisecond()) {
            true => &[Kind::CronJob],
            false => &[],
        }
    }

    pub fn remove_job(&mut self, uid: &str, now: Timestamp) -> Touched {
        let Some(facts) = self.jobs.remove(uid) else {
            return &[];
        };
        self.gone_pods.remove(uid);
        let mut outcome = Outcome::Deleted;
        if let Some(owner) = &facts.owner_uid {
            self.jobs_of.remove(owner, uid);
            if let Some(cronjob) = self.cronjobs.get_mut(owner) {
                cronjob.lose_job(uid, now);
                self.dirty_cronjobs.insert(owner.clone());
                outcome = cronjob.runs.get(uid).map_or(outcome, |run| run.outcome);
            }
        }
        if facts.ended().is_none() {
            let now = now.as_millisecond();
            self.book.put(facts.record(outcome, now, None), now);
        }
        &[Kind::Job, Kind::CronJob]
    }

    pub fn put_pod(&mut self, pod: &Pod, now: Timestamp) -> Touched {
        let facts = PodFacts::of(pod);
        let uid = facts.row.head.uid.clone();
        let moved = self.pods.rows().get(&uid).is_some_and(|old| {
            (&old.target_node, &old.owner_uid) != (&facts.target_node, &facts.owner_uid)
        });
        if moved {
            self.forget_pod(&uid);
        }
        if let Some(owner) = &facts.owner_uid {
            self.pods_of.insert(owner, &uid);
        }
        if let Some(node) = &facts.target_node {
            self.pods_on.insert(node, &uid);
        }
        self.touch_around(&facts);
        // a watch of pods may be behind that of Jobs
        let late = facts.owner_uid.clone().filter(|_| facts.finished);
        self.pods.put(facts);
        if let Some(job) = late {
            self.note_end(&job, now);
        }
        &[Kind::Pod, Kind::Node, Kind::DaemonSet]
    }

    pub fn remove_pod(&mut self, uid: &str, now: Timestamp) -> Touched {
        self.remember_span(uid, now);
        self.forget_pod(uid);
        &[Kind::Pod, Kind::Node, Kind::DaemonSet]
    }

    /// The rows that a pod is part of, and those that it is a reason in. What is not known yet is worked out when it
    /// comes: nobody may ever look at it, and Jobs own pods too.
    fn touch_around(&mut self, pod: &PodFacts) {
        if let Some(owner) = &pod.owner_uid
            && self.daemonsets.rows().contains_key(owner)
        {
            self.dirty_daemonsets.insert(owner.clone());
        }
        if let Some(node) = pod.target_node.as_deref()
            && self.nodes.named("", node).is_some()
        {
            self.dirty_nodes.insert(node.to_owned());
        }
        self.touch_ports(&pod.host_ports);
    }

    /// A port of a node that is taken or freed is a reason in other DaemonSets' cells.
    fn touch_ports(&mut self, ports: &[HostPort]) {
        let wants = |facts: &&DaemonSetFacts| {
            let mut all = ports.iter();
            all.any(|port| facts.host_ports.iter().any(|own| own.conflicts(port)))
        };
        let touched = self.daemonsets.rows().values().filter(wants);
        let uids = touched.map(|facts| facts.row.head.uid.clone());
        self.dirty_daemonsets.extend(uids);
    }

    fn remember_span(&mut self, uid: &str, now: Timestamp) {
        let Some(pod) = self.pods.rows().get(uid) else {
            return;
        };
        let job = pod
            .owner_uid
            .as_deref()
            .and_then(|uid| self.jobs.rows().get(uid));
        if let Some(job) = job {
            let gone = self.gone_pods.entry(job.row.head.uid.clone()).or_default();
            gone.push_back(span(pod, Some(now.as_millisecond())));
            if gone.len() > MOST_GONE {
                gone.pop_front();
            }
        }
    }

    fn forget_pod(&mut self, uid: &str) {
        let Some(facts) = self.pods.remove(uid) else {
            return;
        };
        self.touch_around(&facts);
        if let Some(owner) = facts.owner_uid {
            self.pods_of.remove(&owner, uid);
        }
        if let Some(node) = facts.target_node {
            self.pods_on.remove(&node, uid);
        }
    }

    pub fn put_daemonset(&mut self, daemonset: &DaemonSet) -> Touched {
        let facts = DaemonSetFacts::of(daemonset);
        self.dirty_daemonsets.insert(facts.row.head.uid.clone());
        self.daemonsets.put(facts);
        &[Kind::DaemonSet]
    }

    pub fn remove_daemonset(&mut self, uid: &str) -> Touched {
        self.daemonsets.remove(uid);
        self.dirty_daemonsets.remove(uid);
        &[Kind::DaemonSet]
    }

    pub fn put_node(&mut self, node: Node) -> Touched {
        let facts = NodeFacts::of(node);
        self.dirty_nodes.insert(facts.row.head.name.clone());
        let old = self.nodes.rows().get(&facts.row.head.uid);
        let same = old.is_some_and(|old| old.takes_pods_as(&facts));
        self.nodes.put(facts);
        if same {
            return &[Kind::Node];
        }
        self.dirty_daemonsets
            .extend(self.daemonsets.rows().keys().cloned());
        &[Kind::Node, Kind::DaemonSet]
    }

    pub fn remove_node(&mut self, uid: &str) -> Touched {
        if let Some(facts) = self.nodes.remove(uid) {
            self.dirty_nodes.remove(&facts.row.head.name);
        }
        self.dirty_daemonsets
            .extend(self.daemonsets.rows().keys().cloned());
        &[Kind::Node, Kind::DaemonSet]
    }

    pub fn note_terminating(&mut self, namespace: &Namespace) {
        let name = namespace.metadata.name.clone().unwrap_or_default();
        match namespace.metadata.deletion_timestamp.is_some() {
            true => _ = self.terminating.insert(name),
            false => _ = self.terminating.remove(&name),
        }
    }

    pub fn put_namespace(&mut self, namespace: &Namespace) {
        self.namespaces.extend(namespace.metadata.name.clone());
        self.note_terminating(namespace);
    }
}

fn wanted_log(job_uid: &str, pod: &PodFacts) -> Option<WantedLog> {
    Some(WantedLog {
        job_uid: job_uid.to_owned(),
        namespace: pod.row.head.namespace.clone(),
        pod: pod.row.head.name.clone(),
        container: pod.telling_container()?.to_owned(),
    })
}
