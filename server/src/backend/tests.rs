//! The page's deeds against a whole cluster in memory, through the client in process.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::DaemonSet;
use kube::api::{ListParams, PostParams};
use kube::{Api, Client};
use orrery_app::backend::{AppError, Backend};
use orrery_clock::Clock;
use orrery_view::{Kind, ObjectRef};
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
            nodes: 0,
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
    let mut changed = api.get("logs").await.expect("there");
    let pod = changed
        .spec
        .as_mut()
        .and_then(|spec| spec.template.spec.as_mut());
    let main = &mut pod.expect("a template").containers[0];
    (main.image, main.env) = (Some("logs:2".into()), None);
    let replaced = api.replace("logs", &PostParams::default(), &changed).await;
    replaced.expect("changed");
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
