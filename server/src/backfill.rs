//! Backfills that take turns: their Jobs are made suspended, and the next one is resumed when no run of the CronJob is
//! active. What is left to do is on the objects, so that a restart goes on with it, and kubectl shows it.
//!
//! Level-triggered: whatever changed about Jobs, it looks again.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::batch::v1::Job;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use orrery_clock::Clock;
use orrery_informer::controller_of;
use orrery_readmodel::ReadModel;
use orrery_view::{Kind, ListQuery, MOST_ROWS, Topic};
use serde_json::json;

/// On Jobs that fill a slot.
pub const LABEL: &str = "orrery.dev/backfill";
/// On those that wait for their turn; taken off when it comes, so that a person's own suspension is respected.
pub const IN_TURN: &str = "orrery.dev/in-turn";
/// The slot of a Job, as upstream notes it.
pub const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// After a request that failed; the next change may be long in coming.
const AGAIN: Duration = Duration::from_secs(10);

/// Between two looks: each lists Jobs, and on a busy cluster some change all the time.
const PAUSE: Duration = Duration::from_millis(500);

/// Gives turns for as long as it is polled.
pub async fn follow(client: Client, readmodel: ReadModel, clock: Clock) {
    // how many Jobs there are in each state is on every page of them
    let query = ListQuery {
        limit: 1,
        ..ListQuery::of(Kind::Job)
    };
    let mut changes = std::pin::pin!(readmodel.subscribe(Topic::List(query)));
    let waiting = waiting();
    while changes.next().await.is_some() {
        loop {
            let namespaces = namespaces(&readmodel, &waiting);
            if namespaces.is_empty() {
                break;
            }
            match turn(&client, namespaces).await {
                Ok(()) => break clock.sleep(PAUSE).await,
                Err(error) => tracing::warn!(%error, "cannot go on with a backfill, trying again"),
            }
            clock.sleep(AGAIN).await;
        }
    }
}

/// The suspended Jobs of backfills. Others suspend thousands of their own.
fn waiting() -> ListQuery {
    ListQuery {
        status: Some("suspended".to_owned()),
        labels: LABEL.to_owned(),
        limit: MOST_ROWS,
        ..ListQuery::of(Kind::Job)
    }
}

/// Where suspended Jobs are: a page of some namespaces may not ask about others.
fn namespaces(readmodel: &ReadModel, waiting: &ListQuery) -> BTreeSet<String> {
    let (mut found, mut query) = (BTreeSet::new(), waiting.clone());
    loop {
        let page = readmodel.page(&query);
        let rows = page.rows.iter();
        found.extend(rows.map(|row| row.head().namespace.clone()));
        query.offset += query.limit;
        if query.offset >= page.total {
            return found;
        }
    }
}

/// Resumes what is next in each of these namespaces. What cannot be resumed holds up nothing else; the last error is
/// told.
async fn turn(client: &Client, namespaces: BTreeSet<String>) -> kube::Result<()> {
    let mut turned = Ok(());
    for namespace in namespaces {
        if let Err(error) = turn_in(client, &namespace).await {
            turned = Err(error);
        }
    }
    turned
}

async fn turn_in(client: &Client, namespace: &str) -> kube::Result<()> {
    let api: Api<Job> = Api::namespaced(client.clone(), namespace);
    let labelled = api.list(&ListParams::default().labels(LABEL)).await?;
    if !labelled.items.iter().any(waits) {
        return Ok(());
    }
    let jobs = api.list(&ListParams::default()).await?;
    let mut turned = Ok(());
    for job in next(&jobs.items) {
        let patch = json!({
            "metadata": {
                "resourceVersion": job.resource_version(),
                "annotations": { IN_TURN: null },
            },
            "spec": { "suspend": false },
        });
        let name = job.name_any();
        match api
            .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
            .await
        {
            Ok(_) => tracing::info!(%namespace, job = %name, "its turn has come"),
            // it was changed or deleted meanwhile, which wakes us again
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
            Err(error) => turned = Err(error),
        }
    }
    turned
}

/// Of each CronJob the waiting Job of the earliest slot, if none of its Jobs is active.
fn next(jobs: &[Job]) -> Vec<&Job> {
    let active: BTreeSet<_> = jobs
        .iter()
        .filter(|job| is_active(job))
        .filter_map(owner)
        .collect();
    let mut waiting: Vec<&Job> = jobs.iter().filter(|job| waits(job)).collect();
    waiting.sort_by_key(|job| (slot(job), job.name_any()));
    let mut seen = BTreeSet::new();
    waiting.retain(|job| {
        let owner = owner(job);
        owner.as_ref().is_none_or(|owner| !active.contains(owner)) && seen.insert(owner)
    });
    waiting
}

fn waits(job: &Job) -> bool {
    let suspended = job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true);
    suspended
        && job.annotations().contains_key(IN_TURN)
        && job.metadata.deletion_timestamp.is_none()
}

fn is_active(job: &Job) -> bool {
    let suspended = job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true);
    let conditions = job
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    let mut ended = conditions.filter(|c| matches!(c.type_.as_str(), "Complete" | "Failed"));
    !suspended && !ended.any(|condition| condition.status == "True")
}

fn owner(job: &Job) -> Option<String> {
    controller_of(&job.metadata).map(|owner| owner.uid.clone())
}

fn slot(job: &Job) -> Option<jiff::Timestamp> {
    job.annotations().get(SCHEDULED)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use http::{Method, Request, Response, StatusCode};
    use kube::api::PostParams;
    use kube::client::Body;
    use orrery_apiserver::{ApiServer, Config, Identity};
    use orrery_readmodel::ClusterInfo;
    use orrery_store::{Options, Store};
    use parking_lot::Mutex;
    use serde_json::Value;
    use tower::service_fn;

    use super::*;

    fn job(name: &str, owner: &str, slot: &str, state: &str) -> Job {
        let waits = state == "waits";
        let conditions = match state {
            "complete" => json!([{ "type": "Complete", "status": "True" }]),
            _ => json!([]),
        };
        let turn = if waits { json!("true") } else { Value::Null };
        let mut job = json!({
            "metadata": {
                "name": name, "annotations": { SCHEDULED: slot, IN_TURN: turn },
                "ownerReferences": [{ "apiVersion": "batch/v1", "kind": "CronJob", "name": owner, "uid": owner, "controller": true }],
            },
            "spec": { "suspend": waits || state == "suspended", "template": {} },
            "status": { "conditions": conditions },
        });
        if !waits {
            job["metadata"]["annotations"] = json!({ SCHEDULED: slot });
        }
        serde_json::from_value(job).expect("a literal Job")
    }

    #[test]
    fn the_earliest_slot_is_next_when_nothing_of_its_cronjob_is_active() {
        let (one, two) = ("2026-11-23T01:00:00+09:00", "2026-11-22T17:00:00Z");
        let rows = [
            (
                "by instants, not by text",
                vec![job("b", "o", two, "waits"), job("a", "o", one, "waits")],
                "a",
            ),
            (
                "one is active",
                vec![job("a", "o", one, "waits"), job("b", "o", two, "active")],
                "",
            ),
            (
                "it has ended",
                vec![job("a", "o", one, "complete"), job("b", "o", two, "waits")],
                "b",
            ),
            (
                "a person's own suspension",
                vec![job("a", "o", one, "suspended"), job("b", "o", two, "waits")],
                "b",
            ),
            (
                "another CronJob's run",
                vec![job("a", "o", one, "waits"), job("b", "p", two, "active")],
                "a",
            ),
            (
                "each CronJob has its own turn",
                vec![job("a", "o", one, "waits"), job("b", "p", two, "waits")],
                "a b",
            ),
        ];
        for (why, jobs, expected) in rows {
            let names: Vec<_> = next(&jobs).into_iter().map(ResourceExt::name_any).collect();
            assert_eq!(names.join(" "), expected, "{why}");
        }
    }

    #[tokio::test]
    async fn a_namespace_that_refuses_holds_up_no_other() {
        let resumed = Arc::new(Mutex::new(Vec::new()));
        let told = resumed.clone();
        let cluster = service_fn(move |request: Request<Body>| {
            let path = request.uri().path().to_owned();
            let waiting = job("etl-1", "etl", "2026-11-23T01:00:00Z", "waits");
            let (code, body) = match request.method() {
                _ if path.contains("/namespaces/a/") => {
                    let refusal = json!({
                        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                        "reason": "Forbidden", "code": 403, "message": "not here",
                    });
                    (StatusCode::FORBIDDEN, refusal)
                }
                &Method::PATCH => {
                    told.lock().push(path);
                    (StatusCode::OK, json!(waiting))
                }
                _ => {
                    let list = json!({
                        "kind": "JobList", "apiVersion": "batch/v1", "metadata": {}, "items": [waiting],
                    });
                    (StatusCode::OK, list)
                }
            };
            let mut response = Response::new(Body::from(body.to_string().into_bytes()));
            *response.status_mut() = code;
            std::future::ready(Ok::<_, Infallible>(response))
        });
        let client = Client::new(cluster, "default");
        let namespaces = BTreeSet::from(["a", "b"].map(str::to_owned));
        let error = turn(&client, namespaces).await.expect_err("it is told");
        assert!(error.to_string().contains("not here"), "{error}");
        assert_eq!(*resumed.lock(), ["/apis/batch/v1/namespaces/b/jobs/etl-1"]);
    }

    #[tokio::test]
    async fn nobody_looks_where_no_backfill_waits() {
        let (store, clock) = (Store::in_memory(Options::default()), Clock::real());
        let api = ApiServer::new(store, clock.clone(), Config::default());
        api.bootstrap().await.expect("an empty store is set up");
        let client = api.client(Identity::administrator());
        for (namespace, labels) in [
            ("default", json!({ LABEL: "slot" })),
            ("kube-system", json!({ "kueue.x-k8s.io/queue-name": "q" })),
        ] {
            let job = json!({
                "metadata": { "name": "etl-1", "labels": labels },
                "spec": {
                    "suspend": true,
                    "template": {
                        "spec": {
                            "restartPolicy": "Never",
                            "containers": [{ "name": "c", "image": "busybox" }],
                        },
                    },
                },
            });
            let job: Job = serde_json::from_value(job).expect("a literal Job");
            let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
            let made = jobs.create(&PostParams::default(), &job).await;
            made.expect("it is made");
            let suspended = json!({ "type": "Suspended", "status": "True" });
            let status = Patch::Merge(json!({ "status": { "conditions": [suspended] } }));
            let params = PatchParams::default();
            let told = jobs.patch_status("etl-1", &params, &status).await;
            told.expect("it is there");
        }
        let info = ClusterInfo {
            name: "test".to_owned(),
            embedded: false,
            version: String::new(),
            namespaces: Vec::new(),
        };
        let (readmodel, feeds) = ReadModel::new(client, clock, info);
        let feeds = tokio::spawn(feeds);
        readmodel.synced().await;
        let found = namespaces(&readmodel, &waiting());
        assert_eq!(found, BTreeSet::from(["default".to_owned()]));
        feeds.abort();
    }
}
