//! Runs that a person asks for: a Job of a CronJob now, and a Job once more.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Api;
use kube::api::PostParams;
use orrery_app::backend::AppError;
use orrery_app::overrides::LONGEST_NAME;
use orrery_clock::NAME_ALPHABET;
use orrery_view::{Kind, ObjectRef};
use sha2::{Digest, Sha256};

use super::Dashboard;
use super::error::app_error;
use super::mark::{WHY, mark};
use super::with::CLICK;
use crate::backfill::IN_TURN;

/// What `kubectl create job --from` writes (CJ-61).
const INSTANTIATE: (&str, &str) = ("cronjob.kubernetes.io/instantiate", "manual");

/// 27 letters each: one in 3 × 10¹¹ that two clicks on one CronJob share a name.
const SUFFIX_LETTERS: usize = 8;

/// What a Job's own machinery adds to labels and annotations, and what is said of this very Job: a copy gets its own.
const GENERATED: [&str; 9] = [
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "job-name",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/cronjob-scheduled-timestamp",
    "batch.kubernetes.io/job-tracking",
    "kubectl.kubernetes.io/last-applied-configuration",
    IN_TURN,
    CLICK,
];

/// Makes a Job of a CronJob.
pub async fn trigger(
    on: &Dashboard,
    cronjob: &ObjectRef,
    token: &str,
) -> Result<ObjectRef, AppError> {
    let cronjobs: Api<CronJob> = Api::namespaced(on.client.clone(), &cronjob.namespace);
    let from = cronjobs.get(&cronjob.name).await.map_err(app_error)?;
    create(
        on,
        reasoned(on, job_of(&from, token, on.clock.now()), "Trigger"),
    )
    .await
}

/// Makes a clean copy of a Job.
pub async fn rerun(on: &Dashboard, job: &ObjectRef, token: &str) -> Result<ObjectRef, AppError> {
    let jobs: Api<Job> = Api::namespaced(on.client.clone(), &job.namespace);
    let from = jobs.get(&job.name).await.map_err(app_error)?;
    let copy = copy_of(&from, "rerun", token, on.clock.now());
    create(on, reasoned(on, copy, "Run again")).await
}

fn reasoned(on: &Dashboard, mut job: Job, did: &str) -> Job {
    let annotations = job.metadata.annotations.get_or_insert_default();
    annotations.insert(WHY.to_owned(), on.why(did));
    job
}

/// Creates it, or finds that this very click has created it before: the name tells.
async fn create(on: &Dashboard, job: Job) -> Result<ObjectRef, AppError> {
    let meta = &job.metadata;
    let made = ObjectRef {
        kind: Kind::Job,
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
    };
    let jobs: Api<Job> = Api::namespaced(on.client.clone(), &made.namespace);
    match jobs.create(&PostParams::default(), &job).await {
        Ok(_) => Ok(made),
        Err(error) if created(&error) => Ok(made),
        Err(error) => Err(app_error(error)),
    }
}

/// Something of that name is there.
pub fn created(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.reason == "AlreadyExists")
}

/// What a plain trigger makes.
pub fn job_of(cronjob: &CronJob, token: &str, now: Timestamp) -> Job {
    let meta = &cronjob.metadata;
    let template = cronjob.spec.job_template.clone();
    let mut annotations = mark(now, "Trigger");
    annotations.insert(INSTANTIATE.0.to_owned(), INSTANTIATE.1.to_owned());
    let of_template = template.metadata.unwrap_or_default();
    annotations.extend(of_template.annotations.unwrap_or_default());
    Job {
        metadata: ObjectMeta {
            name: Some(name(meta, "manual", token)),
            namespace: meta.namespace.clone(),
            labels: of_template.labels,
            annotations: Some(annotations),
            owner_references: Some(vec![OwnerReference {
                api_version: "batch/v1".to_owned(),
                kind: "CronJob".to_owned(),
                name: meta.name.clone().unwrap_or_default(),
                uid: meta.uid.clone().unwrap_or_default(),
                controller: Some(true),
                block_owner_deletion: None,
            }]),
            ..Default::default()
        },
        spec: template.spec,
        status: None,
    }
}

/// A clean copy of a Job, named `<job>-<word>-<suffix>`.
pub fn copy_of(job: &Job, word: &str, token: &str, now: Timestamp) -> Job {
    let meta = &job.metadata;
    let mut annotations = without_generated(meta.annotations.clone());
    annotations.extend(mark(now, "Run again"));
    annotations.insert(INSTANTIATE.0.to_owned(), INSTANTIATE.1.to_owned());
    Job {
        metadata: ObjectMeta {
            name: Some(name(meta, word, token)),
            namespace: meta.namespace.clone(),
            labels: Some(without_generated(meta.labels.clone())),
            annotations: Some(annotations),
            // a run of a CronJob stays one, so that its page shows it
            owner_references: meta.owner_references.clone(),
            ..Default::default()
        },
        spec: job.spec.clone().map(clean),
        status: None,
    }
}

fn clean(mut spec: JobSpec) -> JobSpec {
    if spec.manual_selector != Some(true) {
        spec.selector = None;
        let meta = spec.template.metadata.get_or_insert_default();
        meta.labels = Some(without_generated(meta.labels.take()));
    }
    spec.suspend = None;
    spec
}

pub fn without_generated(map: Option<BTreeMap<String, String>>) -> BTreeMap<String, String> {
    let mut map = map.unwrap_or_default();
    map.retain(|key, _| !GENERATED.contains(&key.as_str()));
    map
}

/// `<name>-<word>-<suffix>`; the suffix is the click's, on this very object.
fn name(meta: &ObjectMeta, word: &str, token: &str) -> String {
    let uid = meta.uid.as_deref().unwrap_or_default();
    let digest = Sha256::digest(format!("{uid}/{token}"));
    let letter = |byte: &u8| char::from(NAME_ALPHABET[usize::from(*byte) % NAME_ALPHABET.len()]);
    let suffix: String = digest.iter().take(SUFFIX_LETTERS).map(letter).collect();
    let room = LONGEST_NAME - SUFFIX_LETTERS - word.len() - 2;
    let base: String = meta
        .name
        .as_deref()
        .unwrap_or_default()
        .chars()
        .take(room)
        .collect();
    let base = base.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    format!("{base}-{word}-{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().expect("a literal time")
    }

    fn cronjob(name: &str) -> CronJob {
        let template = json!({
            "metadata": { "labels": { "app": "backup" }, "annotations": { "team": "data" } },
            "spec": { "template": { "spec": { "restartPolicy": "Never", "containers": [{ "name": "c", "image": "busybox" }] } } },
        });
        let object = json!({
            "metadata": { "name": name, "namespace": "data", "uid": "u-1", "labels": { "not": "copied" } },
            "spec": { "schedule": "* * * * *", "jobTemplate": template },
        });
        serde_json::from_value(object).expect("a literal CronJob")
    }

    #[test]
    fn a_manual_job_is_what_kubectl_would_make() {
        let job =
            serde_json::to_value(job_of(&cronjob("backup"), "t", noon())).expect("plain data");
        let meta = &job["metadata"];
        assert_eq!(
            meta["annotations"]["cronjob.kubernetes.io/instantiate"], "manual",
            "CJ-61"
        );
        assert_eq!(
            meta["annotations"]["team"], "data",
            "CJ-61: the template's annotations come along"
        );
        assert_eq!(
            meta["labels"],
            json!({ "app": "backup" }),
            "CJ-61: and its labels, not the CronJob's"
        );
        let owner = json!([{ "apiVersion": "batch/v1", "kind": "CronJob", "name": "backup", "uid": "u-1", "controller": true }]);
        assert_eq!(
            meta["ownerReferences"], owner,
            "CJ-61: no blockOwnerDeletion"
        );
        assert_eq!(
            meta["annotations"]["orrery.dev/changed-at"],
            "2026-11-23T12:00:00Z"
        );
    }

    #[test]
    fn a_click_has_one_name() {
        let name =
            |cronjob: &CronJob, token| job_of(cronjob, token, noon()).metadata.name.expect("named");
        let backup = cronjob("backup");
        assert!(name(&backup, "t").starts_with("backup-manual-"));
        assert_eq!(
            name(&backup, "t"),
            name(&backup, "t"),
            "a double click is one run"
        );
        assert_ne!(name(&backup, "t"), name(&backup, "u"), "two clicks are two");
        let longest = cronjob(&format!("{}.x", "a".repeat(50)));
        assert!(name(&longest, "t").len() <= 63 && !name(&longest, "t").contains(".-"));
    }

    #[test]
    fn a_copy_carries_nothing_of_the_first_run() {
        let first: Job = serde_json::from_value(json!({
            "metadata": {
                "name": "pi", "namespace": "data", "uid": "u", "labels": { "app": "pi", "job-name": "pi" },
                "annotations": {
                    "team": "data", "orrery.dev/in-turn": "true", "orrery.dev/click": "c",
                    "kubectl.kubernetes.io/last-applied-configuration": "{}",
                },
            },
            "spec": {
                "selector": { "matchLabels": { "batch.kubernetes.io/controller-uid": "u" } },
                "template": {
                    "metadata": { "labels": { "app": "pi", "batch.kubernetes.io/controller-uid": "u", "controller-uid": "u" } },
                    "spec": { "containers": [] },
                },
            },
            "status": { "succeeded": 1 },
        }))
        .expect("a literal Job");
        let copy = serde_json::to_value(copy_of(&first, "rerun", "t", noon())).expect("plain data");
        assert_eq!(copy["metadata"]["labels"], json!({ "app": "pi" }));
        let annotations = copy["metadata"]["annotations"].as_object().expect("a map");
        let names: Vec<_> = annotations.keys().map(String::as_str).collect();
        for (name, stays) in [
            ("team", true),
            ("orrery.dev/in-turn", false),
            ("orrery.dev/click", false),
            ("kubectl.kubernetes.io/last-applied-configuration", false),
        ] {
            assert_eq!(names.contains(&name), stays, "{name}");
        }
        assert_eq!(
            copy["spec"]["template"]["metadata"]["labels"],
            json!({ "app": "pi" })
        );
        assert!(
            copy["spec"]["selector"].is_null()
                && copy["status"].is_null()
                && copy["metadata"]["uid"].is_null()
        );
    }
}
