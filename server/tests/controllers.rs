//! `orrery controllers` against an API server that has no controllers of its own: whatever happens there
//! is its doing, over a socket.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::await_condition;
use kube::{Client, Resource, ResourceExt};
use orrery_apiserver::{ApiServer, Authenticator, Config, Identity};
use orrery_clock::Clock;
use orrery_store::{Options, Store};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// Enough for any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An API server and nothing else, and where it listens.
async fn bare_api() -> (Client, String) {
    let config = Config {
        authenticator: Authenticator::new().with_anonymous(Identity::administrator()),
        ..Config::default()
    };
    let store = Store::in_memory(Options::default());
    let server = ApiServer::new(store, Clock::real(), config);
    let ready = server.bootstrap().await;
    ready.expect("an empty store takes the first objects");
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("it listens");
    let (client, router) = (server.client(Identity::administrator()), server.router());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (client, format!("http://{address}"))
}

fn kubeconfig(url: &str) -> String {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "bare",
        "contexts": [{"name": "bare", "context": {"cluster": "bare", "user": "anyone"}}],
        "clusters": [{"name": "bare", "cluster": {"server": url}}],
        "users": [{"name": "anyone", "user": {}}],
    });
    config.to_string()
}

fn controllers(kubeconfig: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orrery"));
    command
        .args(["controllers", "--kubeconfig"])
        .arg(kubeconfig);
    command.stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().expect("the binary runs")
}

/// Waits until the Job's status is so.
async fn until(jobs: &Api<Job>, is_so: impl Fn(&JobStatus) -> bool) {
    let seen = await_condition(jobs.clone(), "pi", |job: Option<&Job>| {
        let status = job.and_then(|job| job.status.as_ref());
        status.is_some_and(&is_so)
    });
    let seen = tokio::time::timeout(PATIENCE, seen).await;
    seen.expect("in time").expect("it is watched");
}

#[tokio::test(flavor = "multi_thread")]
async fn controllers_alone_bring_a_job_to_its_end() {
    let (client, url) = bare_api().await;
    let jobs: Api<Job> = Api::namespaced(client.clone(), "default");
    let pods: Api<Pod> = Api::namespaced(client, "default");
    let job = json!({
        "metadata": {"name": "pi"},
        "spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}],
        }}},
    });
    let job: Job = serde_json::from_value(job).expect("a literal Job");
    let made = jobs.create(&PostParams::default(), &job).await;
    let made = made.expect("it is valid");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kubeconfig");
    fs::write(&file, kubeconfig(&url)).expect("written");
    let mut child = controllers(&file);
    until(&jobs, |status| status.active == Some(1)).await;
    let pod = pods.list(&ListParams::default()).await.expect("served");
    let pod = pod.items.into_iter().next().expect("the Job has made it");
    assert_eq!(Some(&pod.owner_references()[0].uid), made.uid().as_ref());

    // there is no kubelet either
    let done = Patch::Merge(json!({"status": {"phase": "Succeeded"}}));
    let (name, params) = (pod.name_any(), PatchParams::default());
    let patched = pods.patch_status(&name, &params, &done).await;
    patched.expect("it is there");
    until(&jobs, |status| status.completion_time.is_some()).await;
    let status = jobs.get("pi").await.expect("it is there").status;
    assert_eq!(status.and_then(|status| status.succeeded), Some(1));
    let pod = pods.get(&name).await.expect("it is kept");
    assert!(pod.finalizers().is_empty(), "and was counted");

    let id = child.id().expect("it runs").to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(told.expect("kill runs").success());
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
    let ended = ended.expect("in time").expect("it ends");
    assert!(ended.success(), "{ended}");
}

/// A leader that is killed leaves its Lease behind, which lasts for 15 s.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_controllers_one_works_and_the_other_takes_over_and_collects_kinds_it_discovers() {
    let (client, url) = bare_api().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kubeconfig");
    fs::write(&file, kubeconfig(&url)).expect("written");
    let leases: Api<Lease> = Api::namespaced(client.clone(), "kube-system");
    let held_by_other_than = async |than: Option<String>| {
        let seen = await_condition(
            leases.clone(),
            "kube-controller-manager",
            |lease: Option<&Lease>| {
                let holder = lease.and_then(holder);
                holder.is_some() && holder != than
            },
        );
        let seen = tokio::time::timeout(PATIENCE, seen).await;
        let lease = seen.expect("in time").expect("it is watched");
        lease.as_ref().and_then(holder)
    };
    let mut first = controllers(&file);
    let leader = held_by_other_than(None).await;
    let _second = controllers(&file);

    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
    let secrets: Api<Secret> = Api::namespaced(client, "default");
    for name in ["early", "late"] {
        let map = json!({"metadata": {"name": name}});
        let map = serde_json::from_value(map).expect("a literal ConfigMap");
        let owner = maps.create(&PostParams::default(), &map).await;
        let owner = owner.expect("it is valid");
        let secret = json!({"metadata": {"name": name, "ownerReferences": [owner.owner_ref(&())]}});
        let secret = serde_json::from_value(secret).expect("a literal Secret");
        let made = secrets.create(&PostParams::default(), &secret).await;
        made.expect("it is valid");
    }
    let background = DeleteParams::background();
    let collected = async |name: &str| {
        let deleted = maps.delete(name, &background).await;
        deleted.expect("it is there");
        let gone = await_condition(secrets.clone(), name, |secret: Option<&Secret>| {
            secret.is_none()
        });
        let gone = tokio::time::timeout(PATIENCE, gone).await;
        gone.expect("in time").expect("it is watched");
    };
    collected("early").await;
    first.kill().await.expect("it runs");
    collected("late").await;
    assert_ne!(held_by_other_than(leader.clone()).await, leader);
}

fn holder(lease: &Lease) -> Option<String> {
    let spec = lease.spec.as_ref();
    spec.and_then(|spec| spec.holder_identity.clone())
}
