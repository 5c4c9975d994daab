//! What people and machines do to a cluster, by chance from the seed.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use orrery_clock::Clock;
use orrery_kubelet::runtime::Exit;
use orrery_kubelet::scripted::OUT_OF_MEMORY;
use serde_json::{Value, json};

use crate::builders::{Build, Buildable, JobBuilder, cronjob, daemonset, job, manual_job};
use crate::faults::outage;
use crate::mirror::Mirrored;
use crate::sim::Sim;

/// Enough for each kind of deed to meet most others, in about twelve simulated minutes: every fourth
/// seed's. The others are short, so that there can be many of them.
const DEEDS: usize = 50;
const FEW_DEEDS: usize = 12;
/// Longer than a node's heartbeat, shorter than its grace.
const LONGEST_FULL_SECS: u64 = 45;
/// Bytes: from none to a few small writes.
const MOST_ROOM: u64 = 4000;
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
        let deeds = match self.sim.seed() % 4 {
            1 => DEEDS,
            _ => FEW_DEEDS,
        };
        for _ in 0..deeds {
            self.sim
                .pass_secs(self.dice.below(LONGEST_PAUSE_SECS))
                .await;
            self.do_something().await;
        }
    }

    async fn do_something(&mut self) {
        match self.dice.below(24) {
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
            12 => self.label_a_node().await,
            13 => {
                let version = self.dice.below(1000).to_string();
                let annotations = json!({"version": version});
                let metadata = json!({"metadata": {"annotations": annotations}});
                self.change::<DaemonSet>(json!({"spec": {"template": metadata}}))
                    .await;
            }
            _ => self.break_something().await,
        }
    }

    async fn break_something(&mut self) {
        match self.dice.below(10) {
            0..=1 => self.fail_or_return_a_node().await,
            2 => self.sim.kill_controllers_for(self.dice.below(90)),
            3 => {
                let number = 1 + self.dice.below(self.sim.managers() as u64) as usize;
                self.sim.kill_manager_for(number, self.dice.below(40));
            }
            4 if self.dice.below(2) == 0 => {
                self.failed_node = None;
                self.sim.reboot_nodes();
            }
            5 if self.dice.below(2) == 0 => {
                self.failed_node = None;
                self.sim.lose_power(outage(&self.dice)).await;
            }
            4 | 5 => self.sim.crash_server(outage(&self.dice)).await,
            6 => {
                let room = self.dice.below(MOST_ROOM) as usize;
                let secs = self.dice.below(LONGEST_FULL_SECS);
                self.sim.fill_disk_for(room, secs);
            }
            7 => self.sim.set_clock_by(self.dice.below(400) as i64 - 100),
            _ => self.end_a_container(),
        }
    }

    fn end_a_container(&self) {
        let running = self.sim.containers();
        let chosen = running.get(self.dice.below(running.len() as u64) as usize);
        let Some((pod, container)) = chosen else {
            return;
        };
        match self.dice.below(4) {
            0 => self.sim.lose_sandbox(pod),
            1 => self.sim.end_container_of(pod, container, OUT_OF_MEMORY),
            _ => {
                let exit = Exit {
                    code: self.dice.below(3) as i32,
                    signal: None,
                    out_of_memory: false,
                };
                self.sim.end_container_of(pod, container, exit);
            }
        }
    }

    /// A full disk may refuse it.
    async fn label_a_node(&self) {
        let disk = ["ssd", "disk"][self.dice.below(2) as usize];
        let node = format!("node-{}", 1 + self.dice.below(3));
        let labels = json!({"metadata": {"labels": {"disk": disk}}});
        let api: Api<Node> = Api::all(self.sim.client());
        let _ = api
            .patch(&node, &PatchParams::default(), &Patch::Merge(labels))
            .await;
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
        let built = match self.dice.below(6) {
            0 => built.exits_with(1),
            1 => built.ignores_sigterm(20),
            2 => built.runs_out_of_memory(),
            _ => built,
        };
        let built = match self.dice.below(8) {
            0..=1 => built.starts_in(1 + self.dice.below(40)),
            2 => built.refuses_starts(count(3) as u32),
            _ => built,
        };
        let built = match self.dice.below(3) {
            0 => built.indexed(),
            _ => built,
        };
        match self.dice.below(6) {
            0 => built.active_deadline_secs(self.dice.below(60) as i64 + 5),
            3 => {
                let deadline_secs = self.dice.below(60) as i64 + 5;
                let hangs = built.runs_forever().ignores_sigterm(20);
                hangs.active_deadline_secs(deadline_secs)
            }
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
        if let Some(object) = self.sim.find::<K>(&name)
            && let Some(uid) = &object.meta().uid
        {
            self.sim.deleted_by_hand(uid.clone());
        }
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
        // or a person's own wishes are refused
        self.sim.free_disk();
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
