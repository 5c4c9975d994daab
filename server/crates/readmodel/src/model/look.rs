//! What a model is asked.

use std::collections::BTreeSet;

use orrery_view::{Counts, LastDay, Millis, PodSpan};

use super::Model;
use crate::facts::event::EventFacts;
use crate::facts::job::JobFacts;
use crate::facts::pod::PodFacts;
use crate::ledger;

/// How long the figures of the last day stand while no run ends.
const DAY_FRESH: Millis = 60_000;
/// Choices of namespaces whose last day is remembered: more than there are readers with one of their own.
const MOST_DAYS: usize = 32;

impl Model {
    pub fn jobs_of(&self, owner_uid: &str) -> impl Iterator<Item = &JobFacts> {
        let uids = self.jobs_of.of(owner_uid);
        uids.filter_map(|uid| self.jobs.rows().get(uid))
    }

    pub fn pods_of(&self, owner_uid: &str) -> impl Iterator<Item = &PodFacts> {
        let uids = self.pods_of.of(owner_uid);
        uids.filter_map(|uid| self.pods.rows().get(uid))
    }

    pub fn gone_pods_of(&self, job_uid: &str) -> impl Iterator<Item = &PodSpan> {
        self.gone_pods.get(job_uid).into_iter().flatten()
    }

    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = &PodFacts> {
        let uids = self.pods_on.of(node);
        uids.filter_map(|uid| self.pods.rows().get(uid))
            .filter(|pod| !pod.row.node.is_empty())
    }

    pub fn events_about(&self, uid: &str) -> impl Iterator<Item = &EventFacts> {
        let uids = self.events_about.of(uid);
        uids.filter_map(|uid| self.events.rows().get(uid))
    }

    /// The namespaces of the workloads.
    pub fn namespaces_in_use(&self) -> BTreeSet<String> {
        let workloads = self.cronjobs.namespaces().chain(self.jobs.namespaces());
        let beside = self.daemonsets.namespaces().chain(self.pods.namespaces());
        workloads.chain(beside).cloned().collect()
    }

    /// The 24 hours before `now` in these namespaces, counted again when a run ended, and each minute: every open page
    /// asks at every change, and a busy day has a hundred thousand runs.
    pub fn last_day(&mut self, namespaces: &[String], now: Millis) -> LastDay {
        let revision = self.book.revision();
        let fresh = |(known, at, _): &(u64, Millis, LastDay)| {
            // a clock may be set back
            *known == revision && (now - at).abs() < DAY_FRESH
        };
        self.last_day.retain(|_, day| fresh(day));
        if let Some((_, _, day)) = self.last_day.get(namespaces) {
            return day.clone();
        }
        let day = ledger::last_day(&self.book, namespaces, now);
        if self.last_day.len() < MOST_DAYS {
            let known = (revision, now, day.clone());
            self.last_day.insert(namespaces.to_vec(), known);
        }
        day
    }

    pub fn counts(&self) -> Counts {
        Counts {
            cronjobs: self.cronjobs.rows().len() as u32,
            jobs: self.jobs.rows().len() as u32,
            daemonsets: self.daemonsets.rows().len() as u32,
            pods: self.pods.rows().len() as u32,
            nodes: self.nodes.rows().len() as u32,
        }
    }
}
