//! A second Orrery's page attached to a first Orrery, through the kubeconfig that the first one wrote.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Event;
use kube::api::{ListParams, PostParams};
use kube::{Api, Client};
use orrery_clock::Clock;
use orrery_readmodel::Kept;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::target::Origin;
use super::{Attached, Target};
use crate::page::{Codes, Seat, router};
use crate::run::{Cluster, Config, Life, run};
use crate::scratch::Scratch;

const HERE: &str = "127.0.0.1:8080";

/// The cluster: an Orrery with sockets, and a client of it that knows only its kubeconfig.
struct First {
    scratch: Scratch,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<anyhow::Result<()>>,
    client: Client,
}

fn socket() -> TcpListener {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.set_nonblocking(true).expect("a socket can be");
    socket
}

impl First {
    async fn start() -> Self {
        let scratch = Scratch::new();
        let config = Config {
            page: socket(),
            dir: scratch.dir.clone(),
            lock: scratch.dir.lock().expect("nobody else has it"),
            cluster: Cluster::Embedded {
                api: socket(),
                nodes: 1,
                in_memory: true,
            },
            read_only: false,
        };
        let stop = CancellationToken::new();
        let (told, ready) = oneshot::channel();
        let running = tokio::spawn(run(config, stop.clone().cancelled_owned(), move |_, _| {
            let _ = told.send(());
        }));
        ready.await.expect("it becomes ready");
        let target = Target::of_file(&scratch.dir.join("kubeconfig"), None).expect("it wrote one");
        let (client, _) = target.connect().await.expect("its certificate is ours");
        let cronjob: CronJob = serde_json::from_value(json!({
            "metadata": {"name": "backup"},
            "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox", "command": ["true"]}],
            }}}}},
        }))
        .expect("a literal CronJob");
        let cronjobs: Api<CronJob> = Api::namespaced(client.clone(), "default");
        let made = cronjobs.create(&PostParams::default(), &cronjob).await;
        made.expect("created over TLS");
        Self {
            scratch,
            stop,
            running,
            client,
        }
    }

    async fn suspended(&self) -> bool {
        let cronjobs: Api<CronJob> = Api::namespaced(self.client.clone(), "default");
        let cronjob = cronjobs.get("backup").await.expect("it is there");
        cronjob.spec.suspend.unwrap_or_default()
    }

    async fn jobs(&self) -> Vec<Job> {
        let jobs: Api<Job> = Api::namespaced(self.client.clone(), "default");
        jobs.list(&ListParams::default())
            .await
            .expect("listed")
            .items
    }

    async fn stop(self) {
        self.stop.cancel();
        self.running.await.expect("no panic").expect("a clean stop");
    }
}

/// A page attached to it; nothing of a cluster is inside.
struct Second {
    router: Router,
    cookie: String,
    life: Box<dyn Life>,
    scratch: Scratch,
}

impl Second {
    async fn attach(kubeconfig: &std::path::Path, read_only: bool) -> Self {
        let target = Target::of_file(kubeconfig, None).expect("it can be read");
        let (name, origin) = (target.name.clone(), target.origin.clone());
        let (client, _) = target.connect().await.expect("it names a cluster");
        Self::through(client, (name, Vec::new()), origin, read_only).await
    }

    async fn through(
        client: Client,
        shown: (String, Vec<String>),
        origin: Origin,
        read_only: bool,
    ) -> Self {
        let (scratch, clock) = (Scratch::new(), Clock::real());
        let attached = Attached::new(client, clock.clone(), shown, origin, Kept::nothing());
        let listen: SocketAddr = HERE.parse().expect("a literal address");
        let parts = attached.page_parts(Seat {
            listen,
            dir: scratch.dir.clone(),
            read_only,
            stop: CancellationToken::new(),
        });
        let (router, mut life) = (router(parts), Box::new(attached.start()) as Box<dyn Life>);
        life.ready().await;
        let link = Codes::new(scratch.dir.clone(), clock)
            .link("")
            .expect("a code");
        let request = Request::get(link).header(HOST, HERE).body(Body::empty());
        let answer = router.clone().oneshot(request.expect("a request")).await;
        let headers = answer.expect("never fails").into_parts().0.headers;
        let cookie = headers[SET_COOKIE].to_str().expect("text").to_owned();
        let cookie = cookie.split(';').next().expect("a value").to_owned();
        Self {
            router,
            cookie,
            life,
            scratch,
        }
    }

    /// Waits until everything that may be read was.
    async fn heard(&self) {
        let ready = async {
            while self.get("/readyz").await.0 != StatusCode::OK {
                tokio::task::yield_now().await;
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(20), ready).await;
        heard.expect("a kind that is refused is not waited for");
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(HOST, HERE);
        self.send(request.header(COOKIE, &self.cookie).body(Body::empty()))
            .await
    }

    async fn act(&self, action: Value) -> (StatusCode, String) {
        self.act_because(action, None).await
    }

    async fn act_because(&self, action: Value, why: Option<&str>) -> (StatusCode, String) {
        let body = json!({ "action": action, "reason": why }).to_string();
        let request = Request::post("/api/act")
            .header(HOST, HERE)
            .header(ORIGIN, format!("http://{HERE}"))
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body))).await
    }

    async fn form(&self, address: &str, body: &str) -> (StatusCode, String) {
        let request = Request::post(address)
            .header(HOST, HERE)
            .header(ORIGIN, format!("http://{HERE}"))
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.to_owned()))).await
    }

    async fn send(&self, request: http::Result<Request<Body>>) -> (StatusCode, String) {
        let request = request.expect("a request");
        let answer = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("never fails");
        let status = answer.status();
        let body = answer
            .into_body()
            .collect()
            .await
            .expect("whole")
            .to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}

fn backup() -> Value {
    json!({"kind": "cronjob", "namespace": "default", "name": "backup"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_attached_to_another_orrery_shows_and_changes_its_objects() {
    let first = First::start().await;
    let second = Second::attach(&first.scratch.dir.join("kubeconfig"), false).await;
    let (status, html) = second.get("/cronjobs").await;
    assert_eq!(status, StatusCode::OK);
    for words in ["backup", "0 0 1 1 *", "Attached", "data-deed"] {
        assert!(html.contains(words), "{words} in {html}");
    }
    assert!(
        !second.scratch.dir.join("store").exists(),
        "no store of its own"
    );
    let (_, html) = second.get("/nodes").await;
    assert!(
        !html.contains("/form/add/") && !html.contains("/form/fail/"),
        "the machines are not this page's: {html}"
    );
    assert_eq!(second.get("/livez").await.0, StatusCode::OK);
    assert_eq!(second.get("/metrics").await.0, StatusCode::OK);

    let trigger = json!({"Trigger": {"cronjob": backup(), "token": "t"}});
    let (status, said) = second.act(trigger).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let jobs = first.jobs().await;
    let annotations = jobs[0].metadata.annotations.clone().unwrap_or_default();
    assert_eq!(
        annotations["cronjob.kubernetes.io/instantiate"], "manual",
        "CJ-61"
    );

    rehearse_and_run(&first, &second).await;

    let suspend = json!({"Suspend": {"object": backup(), "suspend": true}});
    let (status, said) = second.act_because(suspend, Some("disk swap")).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert!(first.suspended().await);
    traces(&first, &second).await;
    second.life.stop().await;
    first.stop().await;
}

/// Who, when and why stay on what was changed, and beside what is gone.
async fn traces(first: &First, second: &Second) {
    let cronjobs: Api<CronJob> = Api::namespaced(first.client.clone(), "default");
    let cronjob = cronjobs.get("backup").await.expect("it is there");
    let left = cronjob.metadata.annotations.clone().unwrap_or_default();
    assert_eq!(left["orrery.dev/change-reason"], "Suspend: disk swap");
    assert_eq!(left["orrery.dev/changed-by"], "orrery-admin (dashboard)");
    let at: jiff::Timestamp = left["orrery.dev/changed-at"].parse().expect("a time");
    assert!(jiff::Timestamp::now().duration_since(at) < jiff::SignedDuration::from_mins(1));

    let job = first.jobs().await.remove(0);
    let name = job.metadata.name.clone().expect("it has a name");
    let object = json!({"kind": "job", "namespace": "default", "name": name});
    let rerun = json!({"Rerun": {"job": object, "token": "again"}});
    let (status, said) = second.act_because(rerun, Some("one more")).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let again = first.jobs().await.into_iter();
    let reasons = again.filter_map(|job| {
        let annotations = job.metadata.annotations?;
        annotations.get("orrery.dev/change-reason").cloned()
    });
    assert!(
        reasons
            .into_iter()
            .any(|reason| reason == "Run again: one more")
    );

    let delete = json!({"Delete": {"object": object, "cascade": "background"}});
    let (status, said) = second.act_because(delete, Some("a wrong date")).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let events: Api<Event> = Api::namespaced(first.client.clone(), "default");
    let events = events.list(&ListParams::default()).await.expect("listed");
    let mut told = events.items.into_iter().filter(|event| {
        event.reason.as_deref() == Some("Deleted") && event.involved_object.uid == job.metadata.uid
    });
    let told = told.next().expect("an Event tells of the Job that is gone");
    assert_eq!(
        told.message.as_deref(),
        Some("Deleted by orrery-admin (dashboard): a wrong date")
    );
    assert!(told.last_timestamp.is_some());
}

/// A run that differs: the cluster rehearses it, refuses it in its own words, and makes it once.
async fn rehearse_and_run(first: &First, second: &Second) {
    let with = |overrides: Value, dry_run: bool| {
        let cronjob = backup();
        json!({"TriggerWith": {"cronjob": cronjob, "overrides": overrides, "token": "w", "dry_run": dry_run}})
    };
    let before = first.jobs().await.len();
    let drill = json!({"name": "drill", "reason": "a drill", "env": "A=1", "image": "alpine"});
    let (status, said) = second.act(with(drill.clone(), true)).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let diff = said["diff"].as_str().expect("a diff");
    let changed: Vec<_> = diff.lines().filter(|line| !line.starts_with(' ')).collect();
    let trimmed: Vec<_> = changed.iter().map(|line| line[1..].trim_start()).collect();
    for line in [
        "name: drill",
        "image: alpine",
        "image: busybox",
        "- name: A",
    ] {
        assert!(trimmed.contains(&line), "{line} in {diff}");
    }
    assert!(changed.len() < 14, "{diff}");
    for (wrong, says) in [
        (json!({"name": "Drill"}), "no DNS label"),
        (json!({"env": "é=1"}), "containers[0].env"),
    ] {
        let (status, said) = second.act(with(wrong, true)).await;
        assert!(!status.is_success() && said.contains(says), "{said}");
    }
    assert_eq!(
        first.jobs().await.len(),
        before,
        "a rehearsal makes nothing"
    );

    for _ in 0..2 {
        let (status, said) = second.act(with(drill.clone(), false)).await;
        assert_eq!(status, StatusCode::OK, "{said}");
    }
    let jobs = first.jobs().await;
    assert_eq!(jobs.len(), before + 1, "a form sent twice is one run");
    let job = jobs
        .iter()
        .find(|job| job.metadata.name.as_deref() == Some("drill"));
    let annotations = job.and_then(|job| job.metadata.annotations.clone());
    assert_eq!(
        annotations.expect("it is there")["orrery.dev/change-reason"],
        "a drill"
    );
    let other = json!({"TriggerWith": {"cronjob": backup(), "overrides": {"name": "drill"}, "token": "x", "dry_run": false}});
    let (status, said) = second.act(other).await;
    assert!(
        !status.is_success() && said.contains("already exists"),
        "another form's name: {said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_page_offers_no_button_and_refuses_what_is_sent_anyway() {
    let first = First::start().await;
    let second = Second::attach(&first.scratch.dir.join("kubeconfig"), true).await;
    let (_, html) = second.get("/cronjobs").await;
    assert!(
        html.contains("backup") && html.contains("aria-disabled"),
        "{html}"
    );
    for deed in ["Trigger", "Suspend", "Delete", "Form"] {
        assert!(
            !html.contains(&format!("{{\"{deed}\":")),
            "{deed} in {html}"
        );
    }
    for action in [
        json!({"Trigger": {"cronjob": backup(), "token": "t"}}),
        json!({"Suspend": {"object": backup(), "suspend": true}}),
        json!({"Delete": {"object": backup(), "cascade": "background"}}),
        json!({"LoadExamples": {"namespace": "default"}}),
    ] {
        let (status, said) = second.act(action.clone()).await;
        assert!(
            !status.is_success() && said.contains("--read-only"),
            "{action}: {said}"
        );
    }
    assert!(!first.suspended().await && first.jobs().await.is_empty());
    second.life.stop().await;
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_makes_objects_unless_the_page_is_read_only() {
    let first = First::start().await;
    let kubeconfig = first.scratch.dir.join("kubeconfig");
    for (read_only, jobs) in [(true, 0), (false, 1)] {
        let second = Second::attach(&kubeconfig, read_only).await;
        let (_, html) = second.form("/form/create/jobs", "token=t").await;
        assert!(
            html.contains("would accept it: Job default/hello-once"),
            "it is rehearsed: {html}"
        );
        let (_, html) = second.form("/form/create/jobs", "token=t&do=run").await;
        assert_eq!(html.contains("--read-only"), read_only, "{html}");
        assert_eq!(first.jobs().await.len(), jobs, "{html}");
        second.life.stop().await;
    }
    first.stop().await;
}

/// `client` with the cluster's 403 for every request to such a path.
fn refusing(client: Client, refused: fn(&str) -> bool) -> Client {
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let client = client.clone();
        async move {
            if !refused(request.uri().path()) {
                return client.send(request).await.map_err(tower::BoxError::from);
            }
            let status = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "reason": "Forbidden", "code": 403,
                "message": "jobs.batch is forbidden: User \"reader\" cannot list resource \"jobs\"",
            });
            let answer = http::Response::builder()
                .status(StatusCode::FORBIDDEN)
                .header(CONTENT_TYPE, "application/json")
                .body(kube::client::Body::from(status.to_string().into_bytes()));
            Ok::<_, tower::BoxError>(answer.expect("a literal answer"))
        }
    });
    Client::new(service, "default")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_the_cluster_refuses_stops_no_other_and_its_page_names_the_permission() {
    let first = First::start().await;
    let client = refusing(first.client.clone(), |path| path == "/apis/batch/v1/jobs");
    let shown = ("first".to_owned(), Vec::new());
    let second = Second::through(client, shown, Origin::InCluster, false).await;
    second.heard().await;
    let (status, html) = second.get("/jobs").await;
    assert_eq!(status, StatusCode::OK);
    for words in [
        "does not let Orrery read them",
        "on jobs.batch in all namespaces are missing",
        "jobs.batch is forbidden",
    ] {
        assert!(html.contains(words), "{words} in {html}");
    }
    let (_, html) = second.get("/cronjobs").await;
    assert!(html.contains("backup"), "the others are read: {html}");
    second.life.stop().await;
    first.stop().await;
}

/// Who may list no cluster-wide kind, but everything in one namespace.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_one_namespace_asks_for_nothing_else() {
    let first = First::start().await;
    let elsewhere: CronJob = serde_json::from_value(json!({
        "metadata": {"name": "theirs"},
        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}],
        }}}}},
    }))
    .expect("a literal CronJob");
    let cronjobs: Api<CronJob> = Api::namespaced(first.client.clone(), "kube-system");
    let made = cronjobs.create(&PostParams::default(), &elsewhere).await;
    made.expect("there is such a namespace");
    let client = refusing(first.client.clone(), |path| {
        !path.contains("/namespaces/default/")
            && !path.contains("authorization")
            && path != "/version"
    });
    let shown = ("first".to_owned(), vec!["default".to_owned()]);
    let second = Second::through(client, shown, Origin::InCluster, false).await;
    second.heard().await;
    let (_, html) = second.get("/cronjobs").await;
    assert!(
        html.contains("backup") && html.contains("data-deed"),
        "{html}"
    );
    assert!(
        !html.contains("theirs") && !html.contains("kube-system"),
        "{html}"
    );
    assert!(
        html.contains(r#"data-ns="default""#),
        "one namespace to choose: {html}"
    );
    let (_, html) = second.get("/nodes").await;
    assert!(
        html.contains("everything else works without them"),
        "{html}"
    );
    // and it is live
    let suspend = json!({"Suspend": {"object": backup(), "suspend": true}});
    let (status, said) = second.act(suspend).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let shown = async {
        while !second
            .get("/cronjobs?status=suspended")
            .await
            .1
            .contains("/cronjobs/default/backup")
        {
            tokio::task::yield_now().await;
        }
    };
    let heard = tokio::time::timeout(Duration::from_secs(20), shown).await;
    heard.expect("the watch of one namespace tells of it");
    second.life.stop().await;
    first.stop().await;
}

/// Nobody listens there: the page starts, says so, and says with which flag it was told to go there.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_does_not_answer_is_no_reason_not_to_start() {
    let scratch = Scratch::new();
    let closed = socket().local_addr().expect("bound");
    let path = scratch.dir.join("config");
    let text = format!(
        "{{apiVersion: v1, kind: Config, current-context: away, \
         clusters: [{{name: c, cluster: {{server: 'http://{closed}'}}}}], \
         contexts: [{{name: away, context: {{cluster: c, user: u}}}}], users: [{{name: u, user: {{}}}}]}}"
    );
    std::fs::write(&path, text).expect("written");
    let second = Second::attach(&path, false).await;
    let (status, html) = second.get("/cronjobs").await;
    assert_eq!(status, StatusCode::OK);
    for words in ["does not answer", "context away of"] {
        assert!(html.contains(words), "{words} in {html}");
    }
    assert_eq!(second.get("/livez").await.0, StatusCode::OK);
    assert_eq!(
        second.get("/readyz").await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    second.life.stop().await;
}
