//! The parts of the cluster at work, and the controllers' deaths and returns.

use std::sync::Arc;
use std::time::Duration;

use orrery_apiserver::VersionInfo;
use orrery_clock::Clock;
use orrery_controllers::leader::{Candidate, lead};
use orrery_kubelet::scripted::ScriptedRuntime;
use orrery_kubelet::{Kubelet, Machine};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::life::Life;
use crate::wire::{Sender, Wire};

/// A process that died by chance is back so soon: a supervisor's first attempt.
const BACK_AFTER: Duration = Duration::from_secs(1);
/// Pods that start at once: a slow one holds up few others, as in the real agents.
const KUBELET_WORKERS: usize = 8;

/// Everything that runs; dropping it ends it.
pub struct Parts {
    wire: Wire,
    deaths: Vec<Arc<Death>>,
    agents: Arc<Mutex<Agents>>,
    _tasks: JoinSet<()>,
}

/// One life of the node agents, which are one process, and of what they run.
struct Agents {
    wire: Wire,
    clock: Clock,
    nodes: u32,
    kubelet: Kubelet,
    runtime: ScriptedRuntime,
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
    /// Starts them, in the server's order: controllers and scheduler, then the nodes. Of several
    /// managers the one that holds the lease works.
    pub fn start(wire: &Wire, clock: &Clock, managers: &[Clock], nodes: u32) -> Self {
        let mut tasks = JoinSet::new();
        let mut deaths = Vec::new();
        for (number, clock) in (1..).zip(managers) {
            let manager = Manager {
                wire: wire.clone(),
                clock: clock.clone(),
                death: Arc::default(),
                rival: (managers.len() > 1).then_some(number),
            };
            deaths.push(manager.death.clone());
            tasks.spawn(manager.run());
        }
        let chronicle = wire.chronicle().clone();
        let tell = move |what: &str| chronicle.happening(what);
        let runtime = ScriptedRuntime::new(clock.clone()).telling(tell);
        let agents = Agents::start(wire, clock, nodes, runtime);
        let agents = Arc::new(Mutex::new(agents));
        tasks.spawn(supervise(agents.clone(), clock.clone()));
        Self {
            agents,
            wire: wire.clone(),
            deaths,
            _tasks: tasks,
        }
    }

    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The node agents of this life.
    pub fn kubelet(&self) -> Kubelet {
        self.agents.lock().kubelet.clone()
    }

    /// What runs the pods in this life.
    pub fn runtime(&self) -> ScriptedRuntime {
        self.agents.lock().runtime.clone()
    }

    /// Turns the machine of all nodes off and on: nothing of what ran is left, and the nodes that it
    /// began with are there.
    pub fn reboot_nodes(&self) {
        self.agents.lock().start_again();
    }

    /// Kills all controllers and schedulers where they stand; they are back after `down`.
    pub fn kill_controllers(&self, down: Duration) {
        (1..=self.deaths.len()).for_each(|number| self.kill_manager(number, down));
    }

    /// Kills one manager, counted from 1.
    pub fn kill_manager(&self, number: usize, down: Duration) {
        let death = &self.deaths[number - 1];
        *death.lasts.lock() = Some(down);
        death.asked.notify_one();
    }

    /// A client that meets faults and outlives them all.
    pub fn component(&self) -> kube::Client {
        self.wire.client(Sender {
            user: "system:component",
            life: Some(Life::default()),
            deadly: |_| 0,
        })
    }

    /// How many managers there are, at work or waiting.
    pub fn managers(&self) -> usize {
        self.deaths.len()
    }
}

impl Agents {
    fn start(wire: &Wire, clock: &Clock, nodes: u32, runtime: ScriptedRuntime) -> Self {
        let life = Life::default();
        let sender = Sender {
            user: "system:nodes",
            life: Some(life.clone()),
            deadly: |faults| faults.agents_crash,
        };
        let config = orrery_kubelet::Config {
            nodes,
            runtime: Arc::new(runtime.clone()),
            machine: Machine::default(),
            version: VersionInfo::default().git_version,
            base_env: Vec::new(),
            workers: KUBELET_WORKERS,
            pods: None,
        };
        let (kubelet, agents) = Kubelet::new(wire.client(sender), clock.clone(), config);
        let mut task = JoinSet::new();
        task.spawn(agents);
        Self {
            wire: wire.clone(),
            clock: clock.clone(),
            nodes,
            kubelet,
            runtime,
            life,
            task,
        }
    }

    /// With them dies what they run; what was written on their disk is there.
    fn die(&mut self) {
        self.life.end();
        self.task.abort_all();
        self.runtime.die();
    }

    fn start_again(&mut self) {
        self.die();
        let runtime = self.runtime.reborn();
        *self = Self::start(&self.wire, &self.clock, self.nodes, runtime);
    }
}

/// Starts the agents again when they have died of a request.
async fn supervise(agents: Arc<Mutex<Agents>>, clock: Clock) {
    loop {
        let life = agents.lock().life.clone();
        life.ended().await;
        // or somebody has turned the machine off and on
        if_over(&agents, Agents::die);
        clock.sleep(BACK_AFTER).await;
        if_over(&agents, Agents::start_again);
    }
}

fn if_over(agents: &Mutex<Agents>, then: impl FnOnce(&mut Agents)) {
    let mut agents = agents.lock();
    if agents.life.is_over() {
        then(&mut agents);
    }
}

/// Controllers and scheduler, which are one process.
struct Manager {
    wire: Wire,
    clock: Clock,
    death: Arc<Death>,
    /// Its number among several; one alone needs no lease.
    rival: Option<u32>,
}

impl Manager {
    /// Lives life after life.
    async fn run(self) {
        loop {
            let life = Life::default();
            let mut process = self.begin(&life);
            tokio::select! {
                biased;
                () = self.death.asked.notified() => {}
                () = life.ended() => {}
                _ = process.join_next() => {}
            }
            life.end();
            process.shutdown().await;
            let down = self.death.lasts.lock().take().unwrap_or(BACK_AFTER);
            self.clock.sleep(down).await;
        }
    }

    fn begin(&self, life: &Life) -> JoinSet<()> {
        let mut process = JoinSet::new();
        match self.rival {
            None => _ = process.spawn(work(&self.wire, &self.clock, life)),
            Some(number) => {
                let candidate = Candidate {
                    client: client(&self.wire, life, CONTROLLERS),
                    clock: self.clock.clone(),
                    // of this life, as a process's is
                    identity: format!("manager-{number}_{}", self.clock.uid()),
                };
                let (wire, clock, life) = (self.wire.clone(), self.clock.clone(), life.clone());
                process.spawn(async move {
                    lead(candidate, || work(&wire, &clock, &life)).await;
                });
            }
        }
        process
    }
}

const CONTROLLERS: &str = "system:kube-controller-manager";
const SCHEDULER: &str = "system:kube-scheduler";

fn client(wire: &Wire, life: &Life, user: &'static str) -> kube::Client {
    wire.client(Sender {
        user,
        life: Some(life.clone()),
        deadly: |faults| faults.crash,
    })
}

fn work(wire: &Wire, clock: &Clock, life: &Life) -> impl Future<Output = ()> + use<> {
    let (controllers, work) = orrery_controllers::start(
        client(wire, life, CONTROLLERS),
        clock.clone(),
        orrery_controllers::Config::simulation(),
    );
    // before the work is polled, which begins the watches
    let scheduler = orrery_scheduler::start(
        client(wire, life, SCHEDULER),
        clock.clone(),
        orrery_scheduler::Caches {
            pods: controllers.caches.pods.clone(),
            nodes: controllers.caches.nodes.clone(),
            namespaces: controllers.caches.namespaces.clone(),
        },
        orrery_scheduler::Config {
            workers: 1,
            host: "sim".to_owned(),
        },
    );
    async move {
        tokio::join!(work, scheduler);
    }
}
