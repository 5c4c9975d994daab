//! A cluster of one API server, the controllers and a scripted pod runner.

mod clients;
mod told;

use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::batch::v1::{CronJob, Job, JobStatus};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use kube::{Client, Resource, ResourceExt};
use orrery_apiserver::{ApiServer, Config, Identity};
use orrery_clock::Clock;
use orrery_controllers::Caches;
use orrery_store::{Options, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinHandle;

pub use self::clients::{Crash, Lag, Refusal};
use self::clients::{crashing_client, lagging_client, refusing_client};
use crate::runner::{Script, run_pods};

pub struct World {
    pub client: Client,
    pub clock: Clock,
    server: ApiServer,
    caches: Caches,
    controllers: JoinHandle<()>,
    runner: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.controllers.abort();
        self.runner.abort();
    }
}

impl World {
    /// Noon, an empty cluster, pods that run as `script` says.
    pub async fn start(script: Script) -> Self {
        Self::with_crash(script, None).await
    }

    pub async fn with_crash(script: Script, crash: Option<Crash>) -> Self {
        let epoch = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let clock = Clock::simulated(7, epoch);
        let server = ApiServer::new(
            Store::in_memory(Options::default()),
            clock.clone(),
            Config::default(),
        );
        server
            .bootstrap()
            .await
            .expect("an empty store takes the first objects");
        let client = server.client(Identity::administrator());
        let runner = tokio::spawn(run_pods(client.clone(), clock.clone(), script));
        let (caches, controllers) = spawn_controllers(&server, &clock, crash);
        Self {
            caches,
            client,
            clock,
            server,
            controllers,
            runner,
        }
    }

    /// Controllers whose requests are refused as `refusal` says.
    pub async fn with_refusal(script: Script, refusal: Refusal) -> Self {
        let mut world = Self::without_controllers(script).await;
        let client = world.refusing_client(refusal);
        let config = orrery_controllers::Config::simulation();
        (world.caches, world.controllers) = spawn_with(client, &world.clock, config);
        world
    }

    /// Controllers that find out by themselves what kinds are served, through this client.
    pub async fn discovering(script: Script, client: impl FnOnce(&ApiServer) -> Client) -> Self {
        let mut world = Self::without_controllers(script).await;
        let config = orrery_controllers::Config {
            discovers_kinds: true,
            ..orrery_controllers::Config::simulation()
        };
        let client = client(&world.server);
        (world.caches, world.controllers) = spawn_with(client, &world.clock, config);
        world
    }

    /// Controllers that keep no more finished pods than that.
    pub async fn keeping(script: Script, most_ended_pods: usize) -> Self {
        let mut world = Self::without_controllers(script).await;
        let config = orrery_controllers::Config {
            most_ended_pods,
            ..orrery_controllers::Config::simulation()
        };
        let client = world.client.clone();
        (world.caches, world.controllers) = spawn_with(client, &world.clock, config);
        world
    }

    /// Controllers that hear of one resource late.
    pub async fn with_lag(script: Script, lag: &Lag) -> Self {
        let mut world = Self::without_controllers(script).await;
        let client = lagging_client(&world.server, lag.clone());
        let config = orrery_controllers::Config::simulation();
        (world.caches, world.controllers) = spawn_with(client, &world.clock, config);
        world
    }

    /// The same without controllers.
    pub async fn without_controllers(script: Script) -> Self {
        let mut world = Self::start(script).await;
        world.kill_controllers().await;
        world
    }

    /// Where they stand, if they do.
    async fn kill_controllers(&mut self) {
        if !self.controllers.is_finished() {
            self.controllers.abort();
            let _ = (&mut self.controllers).await;
        }
    }

    /// A client whose requests are refused as `refusal` says.
    pub fn refusing_client(&self, refusal: Refusal) -> Client {
        refusing_client(&self.server, refusal)
    }

    /// Nobody runs pods any more.
    pub fn stop_pods(&self) {
        self.runner.abort();
    }

    /// Kills the controllers where they stand and starts new ones.
    pub async fn restart_controllers(&mut self) {
        self.kill_controllers().await;
        (self.caches, self.controllers) = spawn_controllers(&self.server, &self.clock, None);
    }

    /// Objects that the controllers have taken out of their caches so far.
    pub fn handed_out(&self) -> u64 {
        let Caches {
            cronjobs,
            jobs,
            pods,
            daemonsets,
            revisions,
            nodes,
            namespaces,
            leases,
            budgets,
        } = &self.caches;
        let batch = cronjobs.handed_out() + jobs.handed_out() + pods.handed_out();
        let apps = daemonsets.handed_out() + revisions.handed_out();
        let rest = leases.handed_out() + budgets.handed_out();
        batch + apps + rest + nodes.handed_out() + namespaces.handed_out()
    }

    pub async fn pass_secs(&self, secs: u64) {
        self.clock.sleep(Duration::from_secs(secs)).await;
    }

    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), "default")
    }

    pub async fn create<K>(&self, object: Value) -> K
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + Serialize
            + DeserializeOwned
            + std::fmt::Debug,
    {
        let object: K = serde_json::from_value(object).expect("a literal object");
        self.api::<K>()
            .create(&PostParams::default(), &object)
            .await
            .expect("the object is valid")
    }

    pub async fn patch<K>(&self, name: &str, patch: Value)
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug,
    {
        let patch = Patch::Merge(patch);
        self.api::<K>()
            .patch(name, &PatchParams::default(), &patch)
            .await
            .expect("the patch is valid");
    }

    pub async fn job(&self, name: &str) -> Job {
        self.api::<Job>().get(name).await.expect("the Job is there")
    }

    pub async fn job_status(&self, name: &str) -> JobStatus {
        self.job(name).await.status.unwrap_or_default()
    }

    pub async fn cronjob(&self, name: &str) -> CronJob {
        self.api::<CronJob>()
            .get(name)
            .await
            .expect("the CronJob is there")
    }

    pub async fn pods(&self) -> Vec<Pod> {
        self.api::<Pod>()
            .list(&ListParams::default())
            .await
            .expect("served")
            .items
    }

    pub async fn jobs(&self) -> Vec<Job> {
        self.api::<Job>()
            .list(&ListParams::default())
            .await
            .expect("served")
            .items
    }

    pub async fn job_names(&self) -> Vec<String> {
        self.jobs()
            .await
            .iter()
            .map(ResourceExt::name_any)
            .collect()
    }

    /// `reason message` of every Event about `name`, in the order of their first time and reason.
    ///
    /// # Panics
    /// When one is a warning that upstream tells as normal, or the other way round.
    pub async fn events(&self, name: &str) -> Vec<String> {
        // The recorder works in the background.
        self.clock.sleep(Duration::from_millis(10)).await;
        let events = self
            .api::<Event>()
            .list(&ListParams::default())
            .await
            .expect("served")
            .items;
        let about = events
            .into_iter()
            .filter(|event| event.involved_object.name.as_deref() == Some(name));
        let mut told: Vec<(u64, String)> = about
            .map(|event| {
                told::check_type(&event);
                let version = event.metadata.resource_version.clone().unwrap_or_default();
                let text = format!(
                    "{} {}",
                    event.reason.unwrap_or_default(),
                    event.message.unwrap_or_default()
                );
                (version.parse().unwrap_or(0), text)
            })
            .collect();
        told.sort();
        told.into_iter().map(|(_, text)| text).collect()
    }

    /// Waits, at most an hour of simulated time, until the Job's status satisfies `done`.
    pub async fn until(&self, name: &str, done: impl Fn(&JobStatus) -> bool) -> JobStatus {
        let give_up = self.clock.now() + SignedDuration::from_hours(1);
        loop {
            let status = self.job_status(name).await;
            if done(&status) {
                return status;
            }
            assert!(self.clock.now() < give_up, "{name} is stuck: {status:#?}");
            self.clock.sleep(Duration::from_millis(50)).await;
        }
    }
}

pub fn is_true(status: &JobStatus, type_: &str) -> bool {
    status
        .conditions
        .iter()
        .flatten()
        .any(|c| c.type_ == type_ && c.status == "True")
}

/// `type=status reason` of each condition, in order.
pub fn conditions(status: &JobStatus) -> Vec<String> {
    let told = status.conditions.iter().flatten();
    told.map(|c| {
        format!(
            "{}={} {}",
            c.type_,
            c.status,
            c.reason.as_deref().unwrap_or_default()
        )
    })
    .collect()
}

fn spawn_controllers(
    server: &ApiServer,
    clock: &Clock,
    crash: Option<Crash>,
) -> (Caches, JoinHandle<()>) {
    let client = match crash {
        None => server.client(Identity::administrator()),
        Some(crash) => crashing_client(server, crash),
    };
    spawn_with(client, clock, orrery_controllers::Config::simulation())
}

fn spawn_with(
    client: Client,
    clock: &Clock,
    config: orrery_controllers::Config,
) -> (Caches, JoinHandle<()>) {
    let (handles, run) = orrery_controllers::start(client, clock.clone(), config);
    (handles.caches, tokio::spawn(run))
}
