//! What people and machines do to a cluster, by chance from the seed.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use orrery_clock::Clock;
use serde_json::{Value, json};

use crate::builders::{Build, Buildable, JobBuilder, cronjob, daemonset, job, manual_job};
use crate::mirror::Mirrored;
use crate::sim::Sim;

/// Enough for each kind of deed to meet most others, in about ten simulated minutes.
const DEEDS: usize = 40;
const LONGEST_PAUSE_SECS: u64 = 30;
/// Makes the choices independent of the clock's ids and of the wire's dice.
const CHOICES: u64 = 0x51ed_270b_9f3c_4d2b;

/// Chooses and does.
pub struct Workload {
    sim: Sim,
    dice: Clock,
    jobs_made: u32,
    failed_node: Option<u32>,
}

impl Workload {
    pub fn new(sim: Sim) -> Self {
        Self {
            dice: Clock::simulated(sim.seed() ^ CHOICES, sim.clock().now()),
            sim,
            jobs_made: 0,
            failed_node: None,
        }
    }

    /// The busy time.
    pub async fn disturb(&mut self) {
        for _ in 0..DEEDS {
            self.sim
                .pass_secs(self.dice.below(LONGEST_PAUSE_SECS))
                .await;
            self.do_something().await;
        }
    }

    async fn do_something(&mut self) {
        match self.dice.below(16) {
            0..=1 => self.make(self.random_cronjob()).await,
            2..=4 => {
                self.jobs_made += 1;
                let job = self.random_job(job(&format!("job-{}", self.jobs_made)));
                self.make(job).await;
            }
            5 => self.make(self.random_daemonset()).await,
            6 => {
                let count = 1 + self.dice.below(3);
                self.change::<Job>(json!({"spec": {"parallelism": count}}))
                    .await;
            }
            7 => {
                let suspend = self.dice.below(2) == 0;
                self.change::<Job>(json!({"spec": {"suspend": suspend}}))
                    .await;
            }
            8 => {
                let suspend = self.dice.below(3) == 0;
                let policy = self.policy();
                let spec = json!({"spec": {"suspend": suspend, "concurrencyPolicy": policy}});
                self.change::<CronJob>(spec).await;
            }
            9 => self.remove::<Job>().await,
            10 if self.dice.below(3) == 0 => self.remove::<CronJob>().await,
            11 if self.dice.below(3) == 0 => self.remove::<DaemonSet>().await,
            10 | 11 => self.trigger().await,
            12 => self.fail_or_return_a_node().await,
            13 => {
                let disk = ["ssd", "disk"][self.dice.below(2) as usize];
                let node = format!("node-{}", 1 + self.dice.below(3));
                let labels = json!({"metadata": {"labels": {"disk": disk}}});
                self.sim.patch_node(&node, labels).await;
            }
            14 => self.sim.kill_controllers_for(self.dice.below(90)),
            15 if self.dice.below(3) == 0 => {
                self.failed_node = None;
                self.sim.reboot_nodes();
            }
            _ => {
                let version = self.dice.below(1000).to_string();
                let annotations = json!({"version": version});
                let metadata = json!({"metadata": {"annotations": annotations}});
                self.change::<DaemonSet>(json!({"spec": {"template": metadata}}))
                    .await;
            }
        }
    }

    fn policy(&self) -> &'static str {
        ["Allow", "Forbid", "Replace"][self.dice.below(3) as usize]
    }

    fn random_cronjob(&self) -> crate::CronJobBuilder {
        let built = cronjob(&format!("cron-{}", self.dice.below(4)));
        let built = match self.policy() {
            "Forbid" => built.forbid(),
            "Replace" => built.replace(),
            _ => built.allow(),
        };
        let kept = |below| self.dice.below(below) as i32;
        built.keeps(kept(3), kept(2)).of(|job| self.random_job(job))
    }

    fn random_job(&self, built: JobBuilder) -> JobBuilder {
        let count = |below: u64| self.dice.below(below) as i32 + 1;
        let built = built
            .completions(count(4))
            .parallelism(count(3))
            .backoff_limit(count(2))
            .runs_for(self.dice.below(100));
        let built = match self.dice.below(4) {
            0 => built.exits_with(1),
            1 => built.ignores_sigterm(20),
            _ => built,
        };
        let built = match self.dice.below(3) {
            0 => built.indexed(),
            _ => built,
        };
        match self.dice.below(5) {
            0 => built.active_deadline_secs(self.dice.below(60) as i64 + 5),
            1 => built.ttl_secs(self.dice.below(60) as i32),
            2 => built.suspended(),
            _ => built,
        }
    }

    fn random_daemonset(&self) -> crate::DaemonSetBuilder {
        let built = daemonset(&format!("daemon-{}", self.dice.below(2)));
        let built = match self.dice.below(3) {
            0 => built.max_surge(1),
            many => built.max_unavailable(many as i32),
        };
        match self.dice.below(3) {
            0 => built.only_where("disk", "ssd"),
            _ => built,
        }
    }

    /// A name that is taken stays as it is.
    async fn make<B: Build>(&self, built: B) {
        let api: Api<B::Object> = Api::namespaced(self.sim.client(), "default");
        let _ = api.create(&PostParams::default(), &built.build()).await;
    }

    fn any<K: Mirrored + Buildable>(&self) -> Option<String> {
        let all = self.sim.all::<K>();
        let chosen = all.get(self.dice.below(all.len() as u64) as usize)?;
        Some(chosen.name_any())
    }

    async fn change<K: Mirrored + Buildable>(&self, patch: Value) {
        if let Some(name) = self.any::<K>() {
            self.try_patch::<K>(&name, patch).await;
        }
    }

    /// What the API server refuses, or what is gone meanwhile, was not to be.
    async fn try_patch<K: Buildable>(&self, name: &str, patch: Value) {
        let api: Api<K> = Api::namespaced(self.sim.client(), "default");
        let _ = api
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
    }

    async fn remove<K: Mirrored + Buildable>(&self) {
        let Some(name) = self.any::<K>() else { return };
        let how = match self.dice.below(4) {
            0 => DeleteParams::orphan(),
            1 => DeleteParams::foreground(),
            _ => DeleteParams::background(),
        };
        let api: Api<K> = Api::namespaced(self.sim.client(), "default");
        let _ = api.delete(&name, &how).await;
    }

    async fn trigger(&mut self) {
        let Some(cronjob) = self.any::<CronJob>() else {
            return;
        };
        self.jobs_made += 1;
        let name = format!("{cronjob}-manual-{}", self.jobs_made);
        if let Some(cronjob) = self.sim.find::<CronJob>(&cronjob) {
            self.make(manual_job(&name, &cronjob)).await;
        }
    }

    async fn fail_or_return_a_node(&mut self) {
        match self.failed_node.take() {
            Some(number) => self.sim.add_node(number),
            None => {
                let number = 1 + self.dice.below(3) as u32;
                self.failed_node = Some(number);
                self.sim.fail_node(&format!("node-{number}")).await;
            }
        }
    }

    /// Ends what never ends by itself.
    pub async fn calm(&mut self) {
        if let Some(number) = self.failed_node.take() {
            self.sim.add_node(number);
        }
        for cronjob in self.sim.all::<CronJob>() {
            self.try_patch::<CronJob>(&cronjob.name_any(), json!({"spec": {"suspend": true}}))
                .await;
        }
        // a CronJob's last slot may still be under way
        self.sim.pass_secs(10).await;
        for job in self.sim.all::<Job>() {
            self.try_patch::<Job>(&job.name_any(), json!({"spec": {"suspend": false}}))
                .await;
        }
    }

    /// Deletes everything.
    pub async fn clear(&self) {
        self.clear_kind::<CronJob>().await;
        self.clear_kind::<DaemonSet>().await;
        self.clear_kind::<Job>().await;
        self.clear_kind::<Pod>().await;
    }

    async fn clear_kind<K: Buildable>(&self) {
        let api: Api<K> = Api::namespaced(self.sim.client(), "default");
        let cleared = api
            .delete_collection(&DeleteParams::background(), &ListParams::default())
            .await;
        cleared.expect("a person may delete everything");
    }
}
