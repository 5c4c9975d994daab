//! A new Job for the indexes of an Indexed Job that did not succeed.
//!
//! An index is told to its container by number, so a Job of fewer completions would run other indexes. So the new Job
//! is a copy with all of them, made suspended; its status is told which are done already, as the Job controller itself
//! keeps it; and then it is resumed: the controller makes pods for the others only.

use k8s_openapi::api::batch::v1::Job;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use orrery_app::backend::AppError;
use orrery_app::forms::slots::Retried;
use orrery_view::{Kind, ObjectRef};
use serde_json::json;

use super::Dashboard;
use super::error::app_error;
use super::manual::{copy_of, created};
use super::mark::WHY;

/// On the new Job: whose indexes it runs.
const OF: &str = "orrery.dev/retry-of";

/// First and last indexes, in order and apart: a Job may have two thousand million of them.
type Spans = Vec<(u32, u32)>;

pub async fn retry(
    on: &Dashboard,
    object: &ObjectRef,
    token: &str,
    dry_run: bool,
) -> Result<Retried, AppError> {
    let api: Api<Job> = Api::namespaced(on.client.clone(), &object.namespace);
    let from = api.get(&object.name).await.map_err(app_error)?;
    let (done, left) = indexes(&from).map_err(|message| AppError::Refused { message })?;
    let mut retried = Retried {
        made: None,
        indexes: ranges(&left),
        count: count(&left),
    };
    if dry_run {
        return Ok(retried);
    }
    let mut job = copy_of(&from, "retry", token, on.clock.now());
    let annotations = job.metadata.annotations.get_or_insert_default();
    annotations.insert(OF.to_owned(), object.name.clone());
    let why = format!("Retry indexes {} of {}", retried.indexes, object.name);
    annotations.insert(WHY.to_owned(), on.why(&why));
    job.spec.get_or_insert_default().suspend = Some(true);
    let name = job.name_any();
    match api.create(&PostParams::default(), &job).await {
        Ok(_) => {}
        Err(error) if created(&error) => {
            let there = api.get(&name).await.map_err(app_error)?;
            if there.spec.and_then(|spec| spec.suspend) != Some(true) {
                retried.made = Some(made(object, name));
                return Ok(retried);
            }
        }
        Err(error) => return Err(app_error(error)),
    }
    if let Err(error) = start(&api, &name, &done).await {
        // it has run nothing; without its status it would run everything
        if let Err(left) = api.delete(&name, &DeleteParams::background()).await {
            tracing::warn!(%left, job = %name, "a suspended Job is left behind");
        }
        return Err(app_error(error));
    }
    retried.made = Some(made(object, name));
    Ok(retried)
}

fn made(object: &ObjectRef, name: String) -> ObjectRef {
    ObjectRef {
        kind: Kind::Job,
        namespace: object.namespace.clone(),
        name,
    }
}

/// Tells the Job what is done, and lets it go.
async fn start(api: &Api<Job>, name: &str, done: &[(u32, u32)]) -> kube::Result<()> {
    let params = PatchParams::default();
    let status =
        json!({ "status": { "completedIndexes": ranges(done), "succeeded": count(done) } });
    if !done.is_empty() {
        api.patch_status(name, &params, &Patch::Merge(status))
            .await?;
    }
    let go = json!({ "spec": { "suspend": false } });
    api.patch(name, &params, &Patch::Merge(go)).await?;
    Ok(())
}

/// Those that succeeded and those that did not, of a Job that failed.
fn indexes(job: &Job) -> Result<(Spans, Spans), String> {
    let name = job.name_any();
    let spec = job.spec.clone().unwrap_or_default();
    let status = job.status.clone().unwrap_or_default();
    let indexed = spec.completion_mode.as_deref() == Some("Indexed");
    let Some(n) = spec.completions.filter(|_| indexed) else {
        return Err(format!("{name} has no indexes: run it again as a whole"));
    };
    if let Some(manager) = spec
        .managed_by
        .filter(|by| by != "kubernetes.io/job-controller")
    {
        return Err(format!(
            "{name} is managed by {manager}, which keeps its status"
        ));
    }
    let conditions = status.conditions.unwrap_or_default();
    let mut failed = conditions.iter().filter(|c| c.type_ == "Failed");
    if !failed.any(|condition| condition.status == "True") {
        return Err(format!("{name} has not failed: wait until it has ended"));
    }
    let n = u32::try_from(n).unwrap_or(0);
    let done = parse(&status.completed_indexes.unwrap_or_default(), n);
    let left = others(&done, n);
    Ok((done, left))
}

/// `0-2,5`, as the API writes it; of a Job of so many.
fn parse(text: &str, completions: u32) -> Spans {
    let span = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first: u32 = first.trim().parse().ok()?;
        let last: u32 = last.trim().parse().ok()?;
        let last = last.min(completions.checked_sub(1)?);
        (first <= last).then_some((first, last))
    };
    let mut spans: Spans = text.split(',').filter_map(span).collect();
    spans.sort_unstable();
    let mut apart = Spans::new();
    for (first, last) in spans {
        match apart.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
            _ => apart.push((first, last)),
        }
    }
    apart
}

/// Those between and after these.
fn others(spans: &[(u32, u32)], completions: u32) -> Spans {
    let (mut others, mut next) = (Spans::new(), 0);
    for (first, last) in spans {
        if next < *first {
            others.push((next, first - 1));
        }
        next = last + 1;
    }
    if next < completions {
        others.push((next, completions - 1));
    }
    others
}

fn count(spans: &[(u32, u32)]) -> u32 {
    spans.iter().map(|(first, last)| last - first + 1).sum()
}

/// As the API writes them.
fn ranges(spans: &[(u32, u32)]) -> String {
    let text = spans.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        // upstream writes two in a row one by one
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    });
    text.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_read_and_written_as_the_api_does() {
        for text in ["", "0", "0,1", "0-2", "0-2,5,7,8,10-13"] {
            assert_eq!(ranges(&parse(text, 99)), text);
        }
        for (text, completions, read) in [
            ("5,0-2,1-3", 99, "0-3,5"),
            ("2-1,x,,-", 99, ""),
            ("0-4294967295", 3, "0-2"),
            ("7", 3, ""),
            ("0", 0, ""),
        ] {
            assert_eq!(ranges(&parse(text, completions)), read, "{text}");
        }
    }

    #[test]
    fn the_indexes_of_a_huge_job_are_never_listed() {
        let job = json!({
            "metadata": { "name": "pi" },
            "spec": { "completionMode": "Indexed", "completions": i32::MAX, "template": {} },
            "status": {
                "completedIndexes": "0-1000000000,1000000002-4294967295",
                "conditions": [{ "type": "Failed", "status": "True" }],
            },
        });
        let job: Job = serde_json::from_value(job).expect("a literal Job");
        let (done, left) = indexes(&job).expect("it has");
        assert_eq!((done.len(), ranges(&left).as_str()), (2, "1000000001"));
        assert_eq!(count(&done), i32::MAX as u32 - 1);
    }

    #[test]
    fn only_a_failed_indexed_job_has_indexes_to_retry() {
        let job = |mode: &str, condition: &str| -> Job {
            serde_json::from_value(json!({
                "metadata": { "name": "pi" },
                "spec": { "completionMode": mode, "completions": 5, "template": {} },
                "status": { "completedIndexes": "0,2", "conditions": [{ "type": condition, "status": "True" }] },
            }))
            .expect("a literal Job")
        };
        let (done, left) = indexes(&job("Indexed", "Failed")).expect("it has");
        assert_eq!(
            (ranges(&done), ranges(&left)),
            ("0,2".into(), "1,3,4".into())
        );
        for (job, says) in [
            (job("NonIndexed", "Failed"), "no indexes"),
            (job("Indexed", "Complete"), "has not failed"),
        ] {
            let why = indexes(&job).expect_err(says);
            assert!(why.contains(says), "{why}");
        }
    }
}
