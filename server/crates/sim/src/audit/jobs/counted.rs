//! A pod is counted once: no later than its Job ends, never twice, and never lost.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use super::known::{Known, index, indexes, is_tracked};
use super::policy::ignores;
use crate::audit::rules::Scene;
use crate::scene::{is_finished, is_terminal, is_true, phase};

pub const ONCE: &str = "a pod is counted once";
pub const LOST: &str = "no pod is let go uncounted";
const LAST: &str = "a Job is finished once all is counted";

fn status(job: &Job) -> JobStatus {
    job.status.clone().unwrap_or_default()
}

fn waiting(uids: Option<Vec<String>>) -> BTreeSet<String> {
    uids.into_iter().flatten().collect()
}

/// A Job that has ended has nothing left to count, and one that completes has all that it asks for; an
/// elastic one may be asked for more afterwards.
pub fn finished(old: Option<&Job>, job: &Job, scene: &mut Scene<'_>) {
    let Some(spec) = &job.spec else { return };
    let status = status(job);
    let uncounted = status.uncounted_terminated_pods.unwrap_or_default();
    let left = waiting(uncounted.succeeded).len() + waiting(uncounted.failed).len();
    let counted = status.succeeded.unwrap_or(0);
    let wanted = match spec.success_policy {
        None => spec.completions.unwrap_or(0),
        Some(_) => 0,
    };
    let completes = is_true(job, "Complete") && !old.is_some_and(|old| is_true(old, "Complete"));
    if is_finished(job) && left > 0 || completes && counted < wanted {
        let name = job.name_any();
        let message = format!("{name} has {counted} of {wanted}, {left} not counted yet");
        scene.complain(LAST, message);
    }
}

/// What leaves the uncounted lists is in the counters, and nothing else is (JOB-60).
pub fn conserved(old: Option<&Job>, new: &Job, scene: &mut Scene<'_>) {
    let Some(old) = old else { return };
    let (before, after) = (status(old), status(new));
    let lists = |status: &JobStatus| {
        let lists = status.uncounted_terminated_pods.clone().unwrap_or_default();
        (waiting(lists.succeeded), waiting(lists.failed))
    };
    let ((succeeded, failed), (still_succeeded, still_failed)) = (lists(&before), lists(&after));
    let mut compare = |what: &str, moved: usize, before: Option<i32>, after: Option<i32>| {
        let grown = i64::from(after.unwrap_or(0)) - i64::from(before.unwrap_or(0));
        if grown != moved as i64 {
            let name = new.name_any();
            let message = format!("{name} counts {grown} more {what}, of {moved} that waited");
            scene.complain(ONCE, message);
        }
    };
    let is_indexed = |job: &Job| {
        let spec = job.spec.as_ref();
        spec.and_then(|spec| spec.completion_mode.as_deref()) == Some("Indexed")
    };
    let moved = failed.difference(&still_failed).count();
    compare("failed", moved, before.failed, after.failed);
    if !is_indexed(new) {
        let moved = succeeded.difference(&still_succeeded).count();
        compare("succeeded", moved, before.succeeded, after.succeeded);
    }
}

/// The counters tell of pods that there were.
pub fn real(job: &Job, known: &Known, scene: &mut Scene<'_>) {
    let status = status(job);
    let name = job.name_any();
    let counted = status.succeeded.unwrap_or(0) as usize;
    let succeeded = counted + known.uncounted_succeeded.len();
    let failed = status.failed.unwrap_or(0) as usize + known.uncounted_failed.len();
    if succeeded > known.succeeded.len() || succeeded + failed > known.ever.len() {
        let message = format!(
            "{name} counts {succeeded} succeeded and {failed} failed; {} succeeded of {} that ever were",
            known.succeeded.len(),
            known.ever.len()
        );
        scene.complain(ONCE, message);
    }
    if !known.is_indexed() {
        return;
    }
    let text = status.completed_indexes.unwrap_or_default();
    let completed = indexes(&text);
    if counted != completed.len() || !completed.is_subset(&known.seen_done) {
        let seen = &known.seen_done;
        let message = format!("{name} counts {counted}, indexes {text}; succeeded have {seen:?}");
        scene.complain(ONCE, message);
    }
}

/// A pod that loses its tracking finalizer while its Job lives is counted, or about to be, unless a rule
/// ignores it or the Job had no use for it (JOB-62).
pub fn released(old: &Pod, new: &Pod, known: &mut Known, scene: &mut Scene<'_>) {
    let lost = is_tracked(old) && !is_tracked(new);
    let spare = known.spare.most(scene.now, scene.reaction) > 0;
    let Some(job) = known.job().filter(|_| lost) else {
        return;
    };
    let uid = new.uid().unwrap_or_default();
    // the controller may not have seen how it ended
    let ended = known.ended.get(&uid);
    let seen = ended.is_some_and(|at| scene.now.duration_since(*at) > scene.reaction);
    if job.metadata.deletion_timestamp.is_some() || is_finished(job) || spare && !seen {
        return;
    }
    let completions = job.spec.as_ref().and_then(|spec| spec.completions);
    let misplaced = known.is_indexed()
        && index(new).is_none_or(|index| completions.is_some_and(|all| index >= all));
    let accounted = known.uncounted_succeeded.contains(&uid)
        || known.uncounted_failed.contains(&uid)
        || misplaced;
    let well = match phase(new) {
        "Succeeded" => index(new).is_some_and(|index| known.completed.contains(&index)),
        "Failed" => ignores(job, new),
        _ => false,
    };
    if !accounted && !well {
        let name = new.name_any();
        let state = match is_terminal(new) {
            true => phase(new),
            false => "not ended",
        };
        scene.complain(LOST, format!("{name}, {state}"));
    }
}
