//! What people and machines do to a cluster, by chance from the seed.

mod deeds;
mod havoc;
mod objects;
mod peace;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use orrery_clock::Clock;

use crate::sim::Sim;

/// Enough for each kind of deed to meet most others, in about twelve simulated minutes: every fourth
/// seed's. The others are short, so that there can be many of them.
const DEEDS: usize = 50;
const FEW_DEEDS: usize = 12;
const LONGEST_PAUSE_SECS: u64 = 30;
/// Makes the choices independent of the clock's ids and of the wire's dice.
const CHOICES: u64 = 0x51ed_270b_9f3c_4d2b;

/// Chooses and does.
pub struct Workload {
    sim: Sim,
    dice: Clock,
    jobs_made: u32,
    namespaces_made: u32,
    failed_node: Option<u32>,
    /// Pods whose label was changed, with what it was.
    relabelled: Vec<Relabelled>,
}

/// A pod that its owner has to let go.
struct Relabelled {
    uid: Option<String>,
    label: &'static str,
    was: String,
}

impl Workload {
    pub fn new(sim: Sim) -> Self {
        Self {
            dice: Clock::simulated(sim.seed() ^ CHOICES, sim.clock().now()),
            sim,
            jobs_made: 0,
            namespaces_made: 0,
            failed_node: None,
            relabelled: Vec::new(),
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
        match self.dice.below(36) {
            0..=2 => self.make_in("default", self.random_cronjob()).await,
            3..=6 => {
                let job = self.random_job(self.next_job());
                self.jobs_made += 1;
                self.make_in("default", job).await;
            }
            7 => self.make_in("default", self.random_daemonset()).await,
            8 => self.scale_a_job().await,
            9 => self.grow_an_indexed_job().await,
            10 => self.suspend_or_resume_a_job().await,
            11 => self.change_a_policy().await,
            12 => self.change_a_schedule().await,
            13 => self.remove::<Job>().await,
            14 if self.rarely() => self.remove::<CronJob>().await,
            15 if self.rarely() => self.remove::<DaemonSet>().await,
            14 | 15 => self.trigger().await,
            16 => self.label_a_node().await,
            17 => self.taint_or_cordon_a_node().await,
            18 => self.update_a_daemonset().await,
            19 => self.relabel_a_pod().await,
            20 => self.hold_something().await,
            21 => self.evict_a_pod().await,
            22 => self.make_or_delete_a_namespace().await,
            _ => self.break_something().await,
        }
    }

    fn rarely(&self) -> bool {
        self.dice.below(3) == 0
    }
}
