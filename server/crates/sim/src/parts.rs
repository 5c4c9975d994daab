//! The parts of the cluster at work, and the controllers' deaths and returns.

use std::sync::Arc;
use std::time::Duration;

use orrery_apiserver::VersionInfo;
use orrery_clock::Clock;
use orrery_kubelet::scripted::ScriptedRuntime;
use orrery_kubelet::{Kubelet, Machine};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::wire::{Life, Sender, Wire};

/// A process that died by chance is back so soon: a supervisor's first attempt.
const BACK_AFTER: Duration = Duration::from_secs(1);

/// Everything that runs; dropping it ends it.
pub struct Parts {
    wire: Wire,
    clock: Clock,
    nodes: u32,
    death: Arc<Death>,
    agents: Mutex<Agents>,
    _tasks: JoinSet<()>,
}

/// One life of the node agents, which are one process, and of what they run.
struct Agents {
    kubelet: Kubelet,
    life: Life,
    task: JoinSet<()>,
}

/// A death that a scenario asks for, and how long it lasts.
#[derive(Default)]
struct Death {
    asked: Notify,
    lasts: Mutex<Option<Duration>>,
}

impl Parts {
    /// Starts them, in the server's order: controllers and scheduler, then the nodes.
    pub fn start(wire: &Wire, clock: &Clock, nodes: u32) -> Self {
        let death = Arc::new(Death::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(manage(wire.clone(), clock.clone(), death.clone()));
        Self {
            agents: Mutex::new(Agents::start(wire, clock, nodes)),
            wire: wire.clone(),
            clock: clock.clone(),
            nodes,
            death,
            _tasks: tasks,
        }
    }

    /// The node agents of this life.
    pub fn kubelet(&self) -> Kubelet {
        self.agents.lock().kubelet.clone()
    }

    /// Turns the machine of all nodes off and on: nothing of what ran is left, and the nodes that it
    /// began with are there.
    pub fn reboot_nodes(&self) {
        let mut agents = self.agents.lock();
        agents.life.end();
        agents.task.abort_all();
        *agents = Agents::start(&self.wire, &self.clock, self.nodes);
    }

    /// Kills controllers and scheduler where they stand; they are back after `down`.
    pub fn kill_controllers(&self, down: Duration) {
        *self.death.lasts.lock() = Some(down);
        self.death.asked.notify_one();
    }
}

impl Agents {
    fn start(wire: &Wire, clock: &Clock, nodes: u32) -> Self {
        let life = Life::default();
        let sender = Sender {
            user: "system:nodes",
            life: Some(life.clone()),
            mortal: false,
        };
        let config = orrery_kubelet::Config {
            nodes,
            runtime: Arc::new(ScriptedRuntime::new(clock.clone())),
            machine: Machine::default(),
            version: VersionInfo::default().git_version,
            base_env: Vec::new(),
            workers: 1,
            pods: None,
        };
        let (kubelet, agents) = Kubelet::new(wire.client(sender), clock.clone(), config);
        let mut task = JoinSet::new();
        task.spawn(agents);
        Self {
            kubelet,
            life,
            task,
        }
    }
}

/// Runs controllers and scheduler, which are one process, life after life.
async fn manage(wire: Wire, clock: Clock, death: Arc<Death>) {
    loop {
        let life = Life::default();
        let mut process = begin(&wire, &clock, &life);
        tokio::select! {
            biased;
            () = death.asked.notified() => {}
            () = wire.crashed() => {}
            _ = process.join_next() => {}
        }
        life.end();
        process.shutdown().await;
        let down = death.lasts.lock().take().unwrap_or(BACK_AFTER);
        clock.sleep(down).await;
    }
}

fn begin(wire: &Wire, clock: &Clock, life: &Life) -> JoinSet<()> {
    let client = |user| {
        wire.client(Sender {
            user,
            life: Some(life.clone()),
            mortal: true,
        })
    };
    let (controllers, work) = orrery_controllers::start(
        client("system:kube-controller-manager"),
        clock.clone(),
        orrery_controllers::Config::simulation(),
    );
    // before the work is polled, which begins the watches
    let scheduler = orrery_scheduler::start(
        client("system:kube-scheduler"),
        clock.clone(),
        orrery_scheduler::Caches {
            pods: controllers.caches.pods.clone(),
            nodes: controllers.caches.nodes.clone(),
        },
        orrery_scheduler::Config { workers: 1 },
    );
    let mut process = JoinSet::new();
    process.spawn(work);
    process.spawn(scheduler);
    process
}
