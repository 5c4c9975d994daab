//! A run that differs from its CronJob's template: rehearsed by the cluster, or made.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::EnvVar;
use kube::api::PostParams;
use kube::{Api, ResourceExt};
use orrery_app::action::Done;
use orrery_app::backend::AppError;
use orrery_app::overrides::{Changes, Overrides};
use orrery_view::{Kind, ObjectRef};

use super::Dashboard;
use super::diff::diff;
use super::error::app_error;
use super::manual::{created, job_of, without_generated};
use super::mark::WHY;
use super::objects::printed;

/// Which form made an object whose name a person chose: the token of the form, sent twice, is one object.
pub const CLICK: &str = "orrery.dev/click";

pub async fn trigger(
    on: &Dashboard,
    cronjob: &ObjectRef,
    overrides: &Overrides,
    token: &str,
    dry_run: bool,
) -> Result<Done, AppError> {
    let refused = |message| AppError::Refused { message };
    let changes = overrides
        .read()
        .map_err(|unread| refused(unread.to_string()))?;
    let cronjobs: Api<CronJob> = Api::namespaced(on.client.clone(), &cronjob.namespace);
    let from = cronjobs.get(&cronjob.name).await.map_err(app_error)?;
    let plain = job_of(&from, token, on.clock.now());
    let mut job = plain.clone();
    apply(&mut job, &changes, token).map_err(refused)?;
    let jobs: Api<Job> = Api::namespaced(on.client.clone(), &cronjob.namespace);
    if dry_run {
        return rehearse(&jobs, &plain, &job).await;
    }
    let name = job.name_any();
    match jobs.create(&PostParams::default(), &job).await {
        Ok(_) => {}
        Err(error) if created(&error) && same(&jobs, &name, &changes, token).await? => {}
        Err(error) => return Err(app_error(error)),
    }
    Ok(Done {
        made: Some(ObjectRef {
            kind: Kind::Job,
            namespace: cronjob.namespace.clone(),
            name,
        }),
        count: 1,
        ..Done::default()
    })
}

/// Whether the Job that is there came of this very form; a derived name says so by itself.
async fn same(
    jobs: &Api<Job>,
    name: &str,
    changes: &Changes,
    token: &str,
) -> Result<bool, AppError> {
    if changes.name.is_none() {
        return Ok(true);
    }
    let there = jobs.get(name).await.map_err(app_error)?;
    Ok(there.annotations().get(CLICK).map(String::as_str) == Some(token))
}

/// Both as the cluster would store them, so that only what was asked for differs.
async fn rehearse(jobs: &Api<Job>, plain: &Job, job: &Job) -> Result<Done, AppError> {
    let rehearsal = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let stored = jobs.create(&rehearsal, job).await.map_err(app_error)?;
    // a template that only the changes make valid has no stored form
    let plain = jobs.create(&rehearsal, plain).await;
    let before = match plain {
        Ok(plain) => text(plain)?,
        Err(_) => String::new(),
    };
    Ok(Done {
        diff: diff(&before, &text(stored)?),
        ..Done::default()
    })
}

/// As YAML, without what is another in each Job.
fn text(mut job: Job) -> Result<String, AppError> {
    let meta = &mut job.metadata;
    meta.uid = None;
    meta.creation_timestamp = None;
    meta.resource_version = None;
    meta.managed_fields = None;
    meta.labels = Some(without_generated(meta.labels.take()));
    meta.annotations.get_or_insert_default().remove(CLICK);
    job.status = None;
    if let Some(spec) = &mut job.spec {
        spec.selector = None;
        let meta = spec.template.metadata.get_or_insert_default();
        meta.labels = Some(without_generated(meta.labels.take()));
        meta.creation_timestamp = None;
    }
    printed(&job)
}

/// Environment, arguments and image are the first container's.
fn apply(job: &mut Job, changes: &Changes, token: &str) -> Result<(), String> {
    let annotations = job.metadata.annotations.get_or_insert_default();
    if let Some(name) = &changes.name {
        job.metadata.name = Some(name.clone());
        annotations.insert(CLICK.to_owned(), token.to_owned());
    }
    if let Some(reason) = &changes.reason {
        annotations.insert(WHY.to_owned(), reason.clone());
    }
    let spec = job.spec.get_or_insert_default();
    let whole = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    spec.parallelism = changes.parallelism.map(whole).or(spec.parallelism);
    let deadline = changes.deadline.map(i64::from);
    spec.active_deadline_seconds = deadline.or(spec.active_deadline_seconds);
    let pod = spec.template.spec.get_or_insert_default();
    let Some(first) = pod.containers.first_mut() else {
        return Err("jobTemplate: it has no container that could be changed".to_owned());
    };
    if let Some(args) = &changes.args {
        first.args = Some(args.clone());
    }
    if let Some(image) = &changes.image {
        first.image = Some(image.clone());
    }
    for (key, value) in &changes.env {
        let env = first.env.get_or_insert_default();
        let new = EnvVar {
            name: key.clone(),
            value: Some(value.clone()),
            value_from: None,
        };
        // in its place: later variables may refer to it
        match env.iter_mut().find(|var| var.name == *key) {
            Some(var) => *var = new,
            None => env.push(new),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn job() -> Job {
        serde_json::from_value(json!({
            "metadata": { "name": "backup-manual-x", "annotations": { "orrery.dev/change-reason": "Trigger" } },
            "spec": { "parallelism": 1, "template": { "spec": { "containers": [
                { "name": "c", "image": "busybox", "args": ["--a"], "env": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }] },
                { "name": "sidecar", "image": "other" },
            ] } } },
        }))
        .expect("a literal Job")
    }

    #[test]
    fn each_override_changes_its_field_and_nothing_else() {
        let some = |text: &str| Some(text.to_owned());
        let first = "/spec/template/spec/containers/0";
        let rows: [(Changes, String, Value); 6] = [
            (
                Changes {
                    reason: some("drill"),
                    ..Changes::default()
                },
                "/metadata/annotations/orrery.dev~1change-reason".into(),
                json!("drill"),
            ),
            (
                Changes {
                    env: vec![("A".into(), "9".into())],
                    ..Changes::default()
                },
                format!("{first}/env"),
                json!([{ "name": "A", "value": "9" }, { "name": "B", "value": "2" }]),
            ),
            (
                Changes {
                    args: Some(vec!["--b".into()]),
                    ..Changes::default()
                },
                format!("{first}/args"),
                json!(["--b"]),
            ),
            (
                Changes {
                    image: some("alpine"),
                    ..Changes::default()
                },
                format!("{first}/image"),
                json!("alpine"),
            ),
            (
                Changes {
                    parallelism: Some(3),
                    ..Changes::default()
                },
                "/spec/parallelism".into(),
                json!(3),
            ),
            (
                Changes {
                    deadline: Some(60),
                    ..Changes::default()
                },
                "/spec/activeDeadlineSeconds".into(),
                json!(60),
            ),
        ];
        for (changes, path, expected) in rows {
            let mut changed = job();
            apply(&mut changed, &changes, "t").expect("it has a container");
            let changed = serde_json::to_value(changed).expect("plain data");
            assert_eq!(changed.pointer(&path), Some(&expected), "{path}");
            let mut plain = serde_json::to_value(job()).expect("plain data");
            match plain.pointer_mut(&path) {
                Some(field) => *field = expected,
                None => plain["spec"]["activeDeadlineSeconds"] = expected,
            }
            assert_eq!(changed, plain, "{path}: nothing else");
        }
        let mut named = job();
        let name = Changes {
            name: some("drill-1"),
            ..Changes::default()
        };
        apply(&mut named, &name, "t").expect("it has a container");
        assert_eq!(named.name_any(), "drill-1");
        assert_eq!(named.annotations()[CLICK], "t");
        let mut same = job();
        apply(&mut same, &Changes::default(), "t").expect("it has a container");
        assert_eq!(same, job());
    }
}
