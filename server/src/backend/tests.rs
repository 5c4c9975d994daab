//! The page's deeds against a whole cluster in memory, through the client in process.

mod manifests;

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use orrery_app::backend::{AppError, Backend};
use orrery_app::forms::draft::{Field, Settings};
use orrery_app::forms::outlook::Edited;
use orrery_app::forms::slots::Fill;
use orrery_clock::Clock;
use orrery_view::{Concurrency, Kind, ObjectRef};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::credentials::Credentials;
use crate::engine::{Engine, EngineConfig};
use crate::page::Seat;
use crate::run::Life;
use crate::scratch::Scratch;

/// Its controllers work; it has no nodes, so that no pod runs but those that a test moves on.
pub struct House {
    pub backend: Arc<dyn Backend>,
    pub client: Client,
    life: Box<dyn Life>,
    _scratch: Scratch,
}

impl House {
    pub async fn new() -> Self {
        Self::with_nodes(0).await
    }

    /// With node agents, which no test has run a pod: this binary cannot be a pod's init.
    pub async fn with_nodes(nodes: u8) -> Self {
        let (scratch, clock) = (Scratch::new(), Clock::real());
        let listen = "127.0.0.1:8080".parse().expect("a literal address");
        let credentials = Credentials::load(
            &scratch.dir,
            std::net::IpAddr::from([127, 0, 0, 1]),
            clock.now(),
        );
        let engine = Engine::new(EngineConfig {
            dir: &scratch.dir,
            credentials: &credentials.expect("made"),
            clock,
            nodes,
            in_memory: true,
            api_address: listen,
        })
        .await
        .expect("in memory");
        let parts = engine.page_parts(Seat {
            listen,
            dir: scratch.dir.clone(),
            read_only: false,
            stop: CancellationToken::new(),
        });
        let (client, backend) = (parts.client, parts.backend);
        let mut life: Box<dyn Life> = Box::new(engine.start());
        life.ready().await;
        Self {
            backend,
            client,
            life,
            _scratch: scratch,
        }
    }

    pub fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), "default")
    }

    /// Creates what the JSON says.
    pub async fn create<K>(&self, object: Value) -> K
    where
        K: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + serde::Serialize
            + std::fmt::Debug,
    {
        let object: K = serde_json::from_value(object).expect("a literal object");
        let (api, params) = (self.api::<K>(), PostParams::default());
        api.create(&params, &object).await.expect("created")
    }

    /// Waits until every object of a kind satisfies; answers them.
    pub async fn until<K>(&self, what: &str, holds: impl Fn(&[K]) -> bool) -> Vec<K>
    where
        K: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug,
    {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        let looking = async {
            loop {
                looks.tick().await;
                let all = self.api::<K>().list(&ListParams::default()).await;
                let all = all.expect("listed").items;
                if holds(&all) {
                    return all;
                }
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(20), looking).await;
        found.unwrap_or_else(|_| panic!("never: {what}"))
    }

    /// A Node by name alone; no agent is behind it.
    pub async fn node(&self, name: &str) {
        let nodes: Api<Node> = Api::all(self.client.clone());
        let node = serde_json::from_value(json!({"metadata": {"name": name}}));
        let made = nodes
            .create(&PostParams::default(), &node.expect("a node"))
            .await;
        made.expect("it is made");
    }

    /// A pod on the Node `n1` that says it is ready, labelled by its name.
    pub async fn place(&self, name: &str) {
        self.create::<Pod>(json!({
            "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "busybox"}]},
        }))
        .await;
        let ready = json!({"status": {
            "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
        }});
        let ready = Patch::Strategic(ready);
        let pods = self.api::<Pod>();
        let patched = pods
            .patch_status(name, &PatchParams::default(), &ready)
            .await;
        patched.expect("it is there");
    }

    /// A budget called `one` that lets the only pod of that label not go.
    pub async fn hold(&self, app: &str) {
        self.create::<PodDisruptionBudget>(json!({
            "metadata": {"name": "one"},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": app}}},
        }))
        .await;
        self.until("it is counted", |budgets: &[PodDisruptionBudget]| {
            let mut status = budgets.iter().filter_map(|budget| budget.status.as_ref());
            status.any(|status| status.current_healthy == Some(1))
        })
        .await;
    }

    pub async fn stop(self) {
        self.life.stop().await;
    }
}

pub fn object(kind: Kind, name: &str) -> ObjectRef {
    ObjectRef {
        kind,
        namespace: "default".into(),
        name: name.into(),
    }
}

fn cronjob(schedule: &str) -> Value {
    json!({
        "metadata": { "name": "backup" },
        "spec": {
            "schedule": schedule, "timeZone": "Asia/Seoul",
            "jobTemplate": { "spec": { "template": { "spec": {
                "restartPolicy": "Never", "containers": [{ "name": "c", "image": "busybox" }],
            } } } },
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_changes_what_differs_and_tells_what_somebody_else_changed() {
    let house = House::new().await;
    house.create::<CronJob>(cronjob("0 0 1 1 *")).await;
    let (backup, api) = (object(Kind::CronJob, "backup"), house.api::<CronJob>());
    let (was, generation) = house.backend.settings(backup.clone()).await.expect("read");
    let mut mine = was.clone();
    mine.set(Field::Schedule, "0 5 1 1 *").expect("text");
    mine.set(Field::Zone, "").expect("text");
    let edit = async |mine: &Settings, was: &Settings, generation, dry_run| {
        let (mine, was) = (mine.clone(), was.clone());
        house
            .backend
            .edit(backup.clone(), mine, was, generation, dry_run)
            .await
    };
    let Ok(Edited::Rehearsed(diff)) = edit(&mine, &was, generation, true).await else {
        panic!("it is rehearsed");
    };
    for line in [
        "-  schedule: 0 0 1 1 *",
        "+  schedule: 0 5 1 1 *",
        "-  timeZone: Asia/Seoul",
    ] {
        assert!(diff.lines().any(|l| l == line), "{line} in {diff}");
    }
    let now = api.get("backup").await.expect("there");
    assert_eq!(
        now.spec.schedule, "0 0 1 1 *",
        "a rehearsal changes nothing"
    );
    let same = edit(&was, &was, generation, false)
        .await
        .expect("looked at");
    assert_eq!(same, Edited::Same);
    let left = api.get("backup").await.expect("there").metadata;
    let marks = left.annotations.unwrap_or_default();
    assert!(
        marks.is_empty(),
        "what is as it was is not written: {marks:?}"
    );
    let saved = edit(&mine, &was, generation, false).await.expect("saved");
    assert_eq!(saved, Edited::Saved);
    let now = api.get("backup").await.expect("there");
    assert_eq!(
        (now.spec.schedule.as_str(), now.spec.time_zone),
        ("0 5 1 1 *", None)
    );
    assert_eq!(
        now.metadata.annotations.expect("marks")["orrery.dev/change-reason"],
        "Edit"
    );
    // the form that was opened before that
    let Ok(Edited::Changed(theirs, current)) = edit(&was, &was, generation, false).await else {
        panic!("it tells");
    };
    assert_eq!(
        (theirs.schedule.as_str(), current),
        ("0 5 1 1 *", generation + 1)
    );
    let mut wrong = (*theirs).clone();
    wrong.set(Field::Schedule, "61 * * * *").expect("text");
    let refused = edit(&wrong, &theirs, current, false).await;
    assert!(
        matches!(&refused, Err(AppError::Refused { message }) if message.contains("spec.schedule")),
        "{refused:?}"
    );
    house.stop().await;
}

fn daemonset(image: &str) -> Value {
    json!({
        "metadata": { "name": "logs" },
        "spec": {
            "selector": { "matchLabels": { "app": "logs" } },
            "template": {
                "metadata": { "labels": { "app": "logs" } },
                "spec": { "containers": [{ "name": "main", "image": image, "env": [{ "name": "A", "value": image }] }] },
            },
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_puts_the_kept_template_back_as_a_new_revision() {
    use k8s_openapi::api::apps::v1::ControllerRevision;
    let house = House::new().await;
    house.create::<DaemonSet>(daemonset("logs:1")).await;
    let numbers = |all: &[ControllerRevision]| {
        let mut numbers: Vec<_> = all.iter().map(|revision| revision.revision).collect();
        numbers.sort_unstable();
        numbers
    };
    house
        .until("a first revision", |all| numbers(all) == [1])
        .await;
    let api = house.api::<DaemonSet>();
    let containers = json!([{ "name": "main", "image": "logs:2" }]);
    let patch = json!({ "spec": { "template": { "spec": { "containers": containers } } } });
    let changed = api
        .patch("logs", &PatchParams::default(), &Patch::Merge(patch))
        .await;
    changed.expect("changed");
    house
        .until("a second revision", |all| numbers(all) == [1, 2])
        .await;

    let logs = object(Kind::DaemonSet, "logs");
    let image = async || {
        let now = api.get("logs").await.expect("there");
        let pod = now.spec.expect("a spec").template.spec.expect("a template");
        (
            pod.containers[0].image.clone(),
            now.metadata.annotations.unwrap_or_default(),
        )
    };
    let done = house
        .backend
        .undo(logs.clone(), 1, true)
        .await
        .expect("rehearsed");
    let squeezed = done.diff.replace(' ', "");
    for (sign, value) in [
        ('-', "image:logs:2"),
        ('+', "image:logs:1"),
        ('+', "name:A"),
    ] {
        let mut lines = squeezed.lines().filter(|line| line.starts_with(sign));
        assert!(
            lines.any(|line| line.ends_with(value)),
            "{sign}{value} in {}",
            done.diff
        );
    }
    assert_eq!(
        image().await.0.as_deref(),
        Some("logs:2"),
        "a rehearsal changes nothing"
    );
    house
        .backend
        .undo(logs.clone(), 1, false)
        .await
        .expect("undone");
    let (now, annotations) = image().await;
    assert_eq!(now.as_deref(), Some("logs:1"));
    assert_eq!(
        annotations["orrery.dev/change-reason"],
        "Roll back to revision 1"
    );
    house
        .until("DSV-08: revision 1 is 3 now", |all| numbers(all) == [2, 3])
        .await;
    let same = house
        .backend
        .undo(logs.clone(), 3, true)
        .await
        .expect("rehearsed");
    assert_eq!(same.diff, "", "it is that already");
    let gone = house.backend.undo(logs, 1, false).await;
    assert!(
        matches!(&gone, Err(AppError::Refused { message }) if message.contains("no revision 1")),
        "{gone:?}"
    );
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_runs_past_slots_one_after_the_other_and_says_so() {
    let house = House::new().await;
    let mut spec = cronjob("*/10 * * * *");
    spec["spec"]["concurrencyPolicy"] = json!("Forbid");
    spec["spec"]["suspend"] = json!(true);
    house.create::<CronJob>(spec).await;
    let backup = object(Kind::CronJob, "backup");
    let hour = 3_600_000;
    let before = house
        .backend
        .slots(backup.clone(), hour)
        .await
        .expect("listed");
    assert_eq!(
        (before.policy, before.fine, before.more),
        (Concurrency::Forbid, 0, false)
    );
    assert_eq!(before.zone, "Asia/Seoul");
    assert!((5..=6).contains(&before.slots.len()), "{before:?}");
    assert!(
        before.slots.iter().all(|slot| slot.outcome.is_none()),
        "they are older than it"
    );
    assert!(
        before.slots.iter().all(|slot| slot.at < before.made),
        "{before:?}"
    );
    let chosen: Vec<_> = before.slots[1..3].iter().map(|slot| slot.at).collect();
    let fill = Fill {
        slots: [chosen.clone(), vec![chosen[0] + 60_000]].concat(),
        in_turn: true,
        reason: "lost day".into(),
        token: "t0ken".into(),
    };
    let rehearsed = house
        .backend
        .backfill(backup.clone(), fill.clone(), true)
        .await;
    let rehearsed: Vec<_> = rehearsed
        .expect("tried")
        .into_iter()
        .map(|each| each.job)
        .collect();
    assert!(
        rehearsed[0].is_ok() && rehearsed[1].is_ok(),
        "{rehearsed:?}"
    );
    assert!(
        matches!(&rehearsed[2], Err(why) if why.contains("no such slot")),
        "{rehearsed:?}"
    );
    let jobs = house
        .api::<Job>()
        .list(&ListParams::default())
        .await
        .expect("listed");
    assert_eq!(jobs.items.len(), 0, "a rehearsal makes nothing");
    for _ in 0..2 {
        let filled = house
            .backend
            .backfill(backup.clone(), fill.clone(), false)
            .await;
        assert_eq!(filled.expect("made").len(), 3);
    }
    let [first, second] =
        [0, 1].map(|n: usize| format!("backup-backfill-{}-t0ke", chosen[n] / 60_000));
    house
        .until("the first one's pod", |pods: &[Pod]| pods.len() == 1)
        .await;
    let held = house.api::<Job>().get(&second).await.expect("made");
    assert_eq!(
        held.spec.and_then(|spec| spec.suspend),
        Some(true),
        "it waits"
    );
    end_pods(&house, &first, |_| true).await;
    house
        .until("the second one's pod", |pods: &[Pod]| {
            pods.iter().any(|pod| pod.name_any().starts_with(&second))
        })
        .await;
    end_pods(&house, &second, |_| true).await;
    let ended = |job: &Job| {
        let status = job.status.as_ref();
        status.and_then(|status| status.completion_time.clone())
    };
    let jobs: Vec<Job> = house
        .until("both have run", |jobs: &[Job]| {
            jobs.iter().all(|job| ended(job).is_some())
        })
        .await;
    let annotation =
        |job: &Job, name: &str| job.annotations().get(name).cloned().unwrap_or_default();
    for (job, slot) in jobs.iter().zip(&chosen) {
        let at = annotation(job, "batch.kubernetes.io/cronjob-scheduled-timestamp");
        assert!(at.ends_with("+09:00"), "CJ-51 in the job's zone: {at}");
        let at: jiff::Timestamp = at.parse().expect("a time");
        assert_eq!(at.as_millisecond(), *slot);
        assert_eq!(annotation(job, "orrery.dev/change-reason"), "lost day");
        assert_eq!(
            annotation(job, "cronjob.kubernetes.io/instantiate"),
            "manual"
        );
        assert_eq!(
            annotation(job, "orrery.dev/in-turn"),
            "",
            "its turn has come"
        );
    }
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    while house
        .backend
        .slots(backup.clone(), hour)
        .await
        .expect("listed")
        .fine
        < 2
    {
        looks.tick().await;
    }
    house.stop().await;
}

/// Has the pods of a Job end as told: by index, whether it succeeds.
async fn end_pods(house: &House, job: &str, ends: impl Fn(u32) -> bool) {
    for pod in pods_of(house, job).await {
        let phase = if ends(index(&pod)) {
            "Succeeded"
        } else {
            "Failed"
        };
        let status = Patch::Merge(json!({ "status": { "phase": phase } }));
        let (api, params) = (house.api::<Pod>(), PatchParams::default());
        let patched = api.patch_status(&pod.name_any(), &params, &status).await;
        patched.expect("ended");
    }
}

async fn pods_of(house: &House, job: &str) -> Vec<Pod> {
    let of = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={job}"));
    house.api::<Pod>().list(&of).await.expect("listed").items
}

fn index(pod: &Pod) -> u32 {
    let index = pod
        .annotations()
        .get("batch.kubernetes.io/job-completion-index");
    index.map_or(0, |index| index.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_runs_the_indexes_that_did_not_succeed_under_their_own_numbers() {
    let house = House::new().await;
    house
        .create::<Job>(json!({
            "metadata": { "name": "pi" },
            "spec": {
                "completionMode": "Indexed", "completions": 4, "parallelism": 4, "backoffLimitPerIndex": 0,
                "template": { "spec": { "restartPolicy": "Never", "containers": [{ "name": "c", "image": "busybox" }] } },
            },
        }))
        .await;
    let pi = object(Kind::Job, "pi");
    let status = |jobs: &[Job], name: &str| {
        let job = jobs.iter().find(|job| job.name_any() == name);
        job.and_then(|job| job.status.clone()).unwrap_or_default()
    };
    let is = |jobs: &[Job], name: &str, type_: &str| {
        let conditions = status(jobs, name).conditions.unwrap_or_default();
        conditions
            .iter()
            .any(|c| c.type_ == type_ && c.status == "True")
    };
    house
        .until("four pods", |pods: &[Pod]| pods.len() == 4)
        .await;
    let early = house.backend.retry(pi.clone(), "t".into(), true).await;
    assert!(
        matches!(&early, Err(AppError::Refused { message }) if message.contains("has not failed")),
        "{early:?}"
    );
    end_pods(&house, "pi", |index| index.is_multiple_of(2)).await;
    house
        .until("it failed", |jobs: &[Job]| is(jobs, "pi", "Failed"))
        .await;
    let told = house
        .backend
        .retry(pi.clone(), "t".into(), true)
        .await
        .expect("told");
    assert_eq!(
        (told.indexes.as_str(), told.count, told.made),
        ("1,3", 2, None)
    );
    let first = house
        .backend
        .retry(pi.clone(), "t".into(), false)
        .await
        .expect("made");
    let made = first.made.clone().expect("a Job").name;
    assert!(made.starts_with("pi-retry-"), "{made}");
    house
        .until("its pods", |jobs: &[Job]| {
            status(jobs, &made).active == Some(2)
        })
        .await;
    let again = house
        .backend
        .retry(pi, "t".into(), false)
        .await
        .expect("made");
    assert_eq!(again, first, "a form sent twice is one Job");
    let mut indexes: Vec<_> = pods_of(&house, &made).await.iter().map(index).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, [1, 3], "JOB-61 the others are done already");
    end_pods(&house, &made, |_| true).await;
    let jobs = house
        .until("it completes", |jobs: &[Job]| is(jobs, &made, "Complete"))
        .await;
    let status = status(&jobs, &made);
    assert_eq!(
        (status.completed_indexes.as_deref(), status.succeeded),
        (Some("0-3"), Some(4))
    );
    let job = jobs
        .iter()
        .find(|job| job.name_any() == made)
        .expect("there");
    assert_eq!(job.annotations()["orrery.dev/retry-of"], "pi");
    assert_eq!(
        job.annotations()["orrery.dev/change-reason"],
        "Retry indexes 1,3 of pi"
    );
    house.stop().await;
}
