//! What needs attention, each a sentence with the way to it.

mod sentence;

use std::collections::{BTreeMap, BTreeSet};

use orrery_view::{Kind, ListQuery, Millis, ObjectRef, Row};

use self::sentence::{cronjob, daemonset, job, node, pod};
use super::Windows;
use crate::lang::Lang;
use crate::lists;
use crate::tone::Tone;
use crate::{format, tr};

/// Sentences told at a glance; a link leads to the rest.
pub const MOST_ALERTS: usize = 15;
/// Statuses that ask for a look, by kind.
const TROUBLES: [(Kind, &str); 8] = [
    (Kind::CronJob, "failing"),
    (Kind::CronJob, "invalid"),
    (Kind::CronJob, "skipping"),
    (Kind::Job, "failed"),
    (Kind::Job, "failing"),
    (Kind::DaemonSet, "unavailable"),
    (Kind::Pod, "bad"),
    (Kind::Node, "notready"),
];

/// One thing that needs attention.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub uid: String,
    pub object: ObjectRef,
    pub tone: Tone,
    pub text: String,
    pub since: Option<Millis>,
}

/// How many there are of each trouble, with the list that shows them.
pub fn troubles(windows: Windows<'_>, namespaces: &[String]) -> Vec<(ListQuery, u32)> {
    let query = |kind, status: &str| ListQuery {
        namespaces: namespaces.to_vec(),
        status: Some(status.into()),
        limit: crate::address::ROWS,
        ..ListQuery::of(kind)
    };
    let all = TROUBLES.map(|(kind, status)| (query(kind, status), windows.count(kind, status)));
    all.into_iter().filter(|(_, n)| *n > 0).collect()
}

/// The worst first; what a listed owner explains is not listed again.
pub fn alerts(windows: Windows<'_>, lang: Lang) -> Vec<Alert> {
    let now = windows.now();
    let causes = causes(windows, lang);
    let mut all: Vec<(Alert, Option<ObjectRef>)> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in windows.rows() {
        if !seen.insert(row.head().uid.clone()) {
            continue;
        }
        let (said, owner) = match row {
            Row::CronJob(row) => (cronjob(row, lang), None),
            Row::Job(it) => {
                let cause = causes.get(&lists::object(row));
                (job(it, cause, now, lang), it.owner.clone())
            }
            Row::DaemonSet(row) => (daemonset(row, lang), None),
            Row::Pod(row) => (pod(row, lang), row.owner.clone()),
            Row::Node(row) => (node(row, lang), None),
            Row::Event(_) => (None, None),
        };
        if let Some((tone, text, since)) = said {
            let alert = Alert {
                uid: row.head().uid.clone(),
                object: lists::object(row),
                tone,
                text,
                since,
            };
            all.push((alert, owner));
        }
    }
    let listed: BTreeSet<ObjectRef> = all.iter().map(|(alert, _)| alert.object.clone()).collect();
    let own = all
        .into_iter()
        .filter(|(_, owner)| owner.as_ref().is_none_or(|owner| !listed.contains(owner)));
    let mut told = folded(own, lang);
    told.sort_by_key(|alert| alert.tone != Tone::Bad);
    told
}

/// Runs of one CronJob that say the same are told by the one of which it has been true for longest, so that a CronJob
/// whose runs pile up leaves room for others.
fn folded(all: impl Iterator<Item = (Alert, Option<ObjectRef>)>, lang: Lang) -> Vec<Alert> {
    let mut places: BTreeMap<(ObjectRef, String), usize> = BTreeMap::new();
    let mut told: Vec<(Alert, usize)> = Vec::new();
    for (alert, owner) in all {
        let cronjob = owner.filter(|owner| owner.kind == Kind::CronJob);
        let same = cronjob.map(|cronjob| (cronjob, alert.text.clone()));
        let known = same.as_ref().and_then(|same| places.get(same)).copied();
        if let Some((first, more)) = known.and_then(|place| told.get_mut(place)) {
            *more += 1;
            if alert.since < first.since {
                *first = alert;
            }
            continue;
        }
        if let Some(same) = same {
            places.insert(same, told.len());
        }
        told.push((alert, 0));
    }
    let with_more = |(mut alert, more): (Alert, usize)| {
        let too = match more {
            0 => return alert,
            1 => tr!(lang, "now.same_one"),
            n => tr!(lang, "now.same", n = format::number(n)),
        };
        alert.text = format!("{} {too}", alert.text);
        alert
    };
    told.into_iter().map(with_more).collect()
}

/// What the pods of an owner have to say, by the owner.
fn causes(windows: Windows<'_>, lang: Lang) -> BTreeMap<ObjectRef, String> {
    let pods = windows.rows().filter_map(|row| match row {
        Row::Pod(row) => Some(row),
        _ => None,
    });
    let said = pods.filter_map(|row| Some((row.owner.clone()?, pod(row, lang)?.1)));
    said.collect()
}

#[cfg(test)]
mod tests {
    use orrery_view::{CronJobRow, CronJobStatus, DaemonSetStatus, Outcome, Page, PodHealth};

    use super::*;
    use crate::tests::a_sample;

    fn windows(rows: Vec<Row>) -> Vec<(ListQuery, Page)> {
        let page = Page {
            rows,
            now: a_sample().now,
            ..Page::default()
        };
        vec![(ListQuery::of(Kind::Job), page)]
    }

    fn said(rows: Vec<Row>) -> Vec<(String, Tone, String)> {
        let windows = windows(rows);
        alerts(Windows(&windows), Lang::En)
            .into_iter()
            .map(|alert| (alert.object.name, alert.tone, alert.text))
            .collect()
    }

    #[test]
    fn each_trouble_is_a_sentence() {
        let sample = a_sample();
        let cronjob = |status, change: &dyn Fn(&mut CronJobRow)| {
            let mut row = sample.cronjobs().remove(0);
            (row.status, row.suspend) = (status, status == CronJobStatus::Suspended);
            change(&mut row);
            Row::CronJob(row)
        };
        let keep: &dyn Fn(&mut CronJobRow) = &|_| {};
        let fail = |n: usize| {
            move |row: &mut CronJobRow| {
                row.strip
                    .iter_mut()
                    .rev()
                    .take(n)
                    .for_each(|run| run.outcome = Outcome::Failed);
            }
        };
        let miss = |row: &mut CronJobRow| {
            row.strip
                .iter_mut()
                .rev()
                .take(2)
                .for_each(|run| run.outcome = Outcome::Missed);
        };
        let delay = |row: &mut CronJobRow| {
            let mut run = row.strip[19].clone();
            run.start = run.slot.map(|slot| slot + 3 * 60_000);
            row.last_run = Some(run);
        };
        let stuck = |minutes: i64, ready| {
            let mut row = sample.jobs().remove(0);
            (row.start, row.ready) = (Some(sample.now - minutes * 60_000), ready);
            Row::Job(row)
        };
        let replace = |row: &mut CronJobRow| {
            for run in row.strip.iter_mut().rev().take(4) {
                run.outcome = Outcome::Replaced;
            }
        };
        use CronJobStatus::*;
        for (row, expected) in [
            (
                cronjob(Running, &replace),
                Some("None of its last 4 runs came to an end: each was replaced by the next."),
            ),
            (cronjob(Failing, &fail(1)), Some("Its last run failed.")),
            (cronjob(Failing, &fail(3)), Some("Its last 3 runs failed.")),
            (
                cronjob(Invalid, &|row| row.sentence = Default::default()),
                Some("Its schedule or time zone cannot be read."),
            ),
            (
                cronjob(Invalid, keep),
                Some("Its schedule never comes due."),
            ),
            (
                cronjob(Skipping, keep),
                Some(
                    "It skips its slots, because a run is still active and Forbid lets one run at a time.",
                ),
            ),
            (
                cronjob(Healthy, &miss),
                Some("It missed its last slots: 2."),
            ),
            (
                cronjob(Healthy, &delay),
                Some("Its last run started 3 m 0 s late."),
            ),
            (cronjob(Healthy, keep), None),
            (cronjob(Suspended, &miss), None),
            (
                stuck(6, 0),
                Some("Nothing of it is ready since it started."),
            ),
            (stuck(6, 1), None),
            (stuck(4, 0), None),
        ] {
            let told = said(vec![row.clone()]);
            let texts: Vec<_> = told.iter().map(|(_, _, text)| text.as_str()).collect();
            assert_eq!(texts, Vec::from_iter(expected), "{row:?}");
        }
    }

    #[test]
    fn a_rollout_that_waits_says_for_what() {
        let sample = a_sample();
        let mut row = sample.daemonsets().remove(0);
        row.status = DaemonSetStatus::Updating;
        (row.desired, row.updated) = (2, 1);
        let told = said(vec![Row::DaemonSet(row.clone())]);
        let text = "Its rollout waits; nodes that have the new template: 1 of 2. node-2: 0/1 nodes are available: host port in use";
        assert_eq!(told, [(row.head.name.clone(), Tone::Warn, text.into())]);
        row.cells.retain(|cell| cell.why.is_empty());
        assert!(said(vec![Row::DaemonSet(row)]).is_empty(), "it goes on");
    }

    #[test]
    fn a_stuck_job_says_what_keeps_its_pod_from_starting() {
        let sample = a_sample();
        let mut job = sample.jobs().remove(0);
        (job.start, job.ready) = (Some(sample.now - 6 * 60_000), 0);
        let mut pod = sample.pods().remove(3);
        pod.health = PodHealth::Bad;
        pod.owner = Some(lists::object(&Row::Job(job.clone())));
        let told = said(vec![Row::Job(job), Row::Pod(pod)]);
        let texts: Vec<_> = told.iter().map(|(_, _, text)| text.as_str()).collect();
        let text = "Nothing of it is ready since it started. No node takes it. 0/3 nodes are available: 1 node(s) didn't have free ports";
        assert_eq!(texts, [text]);
    }

    #[test]
    fn runs_of_a_cronjob_that_say_the_same_are_told_once() {
        let sample = a_sample();
        let owner = |name: &str| ObjectRef {
            kind: Kind::CronJob,
            namespace: "data".into(),
            name: name.into(),
        };
        let stuck = |name: &str, minutes: i64, of: Option<ObjectRef>| {
            let mut row = sample.jobs().remove(0);
            (row.head.name, row.head.uid) = (name.into(), name.into());
            (row.start, row.ready) = (Some(sample.now - minutes * 60_000), 0);
            row.owner = of;
            Row::Job(row)
        };
        let rows = vec![
            stuck("etl-2", 7, Some(owner("etl"))),
            stuck("etl-1", 9, Some(owner("etl"))),
            stuck("etl-3", 6, Some(owner("etl"))),
            stuck("other-1", 6, Some(owner("other"))),
            stuck("other-2", 7, Some(owner("other"))),
            stuck("alone", 8, None),
            stuck("alone-too", 8, None),
        ];
        let text = "Nothing of it is ready since it started.";
        let expected = [
            (
                "etl-1",
                format!("{text} So it is with 2 more runs of its CronJob."),
            ),
            (
                "other-2",
                format!("{text} So it is with 1 more run of its CronJob."),
            ),
            ("alone", text.to_owned()),
            ("alone-too", text.to_owned()),
        ];
        let told = said(rows);
        let told: Vec<_> = told
            .iter()
            .map(|(name, _, text)| (name.as_str(), text.clone()))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_pod_that_no_node_takes_is_not_called_crashing() {
        let sample = a_sample();
        let mut row = sample.pods().remove(3);
        (row.health, row.owner) = (PodHealth::Bad, None);
        let told = said(vec![Row::Pod(row.clone())]);
        let text = "No node takes it. 0/3 nodes are available: 1 node(s) didn't have free ports";
        assert_eq!(told[0].2, text);
        row.message += ". no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
        let told = said(vec![Row::Pod(row)]);
        assert_eq!(told[0].2, format!("{text}."), "the nodes' reasons alone");
    }

    #[test]
    fn what_an_owner_explains_is_told_once_and_the_worst_first() {
        let sample = a_sample();
        let mut rows: Vec<Row> = sample.jobs().into_iter().map(Row::Job).collect();
        rows.extend(sample.cronjobs().into_iter().map(Row::CronJob));
        let names: Vec<_> = said(rows)
            .into_iter()
            .map(|(name, tone, _)| (name, tone))
            .collect();
        let expected = [("sync-catalog", Tone::Bad), ("etl-orders", Tone::Warn)];
        assert_eq!(names, expected.map(|(name, tone)| (name.to_owned(), tone)));
    }
}
