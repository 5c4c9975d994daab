//! A simulated cluster and the runtime that it lives in.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Node;
use kube::Client;
use orrery_clock::Clock;

use crate::audit::{Auditor, Violation};
use crate::faults::Faults;
use crate::history::{Chronicle, History};
use crate::host::Host;
use crate::mirror::Mirror;
use crate::parts::Parts;
use crate::wire::{Sender, Wire};

/// When every simulation begins: noon of a day without anything special about it, no change of clocks,
/// no month's end.
pub const EPOCH: Timestamp = Timestamp::constant(1_795_435_200, 0);
/// Between a change of a spec and the moment when the controllers have heard of it.
const REACTION: SignedDuration = SignedDuration::from_secs(1);
/// The same while watches are late, cut and refused, and controllers die.
const REACTION_AMID_FAULTS: SignedDuration = SignedDuration::from_secs(30);
/// Nothing that a scenario waits for takes longer.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);
/// Makes the dice of the wire independent of the clock's ids.
const DICE: u64 = 0x9e37_79b9_7f4a_7c15;
/// Makes the ids of a manager with a clock of its own independent of both.
const MANAGER: u64 = 0xd1b5_4a32_d192_ed03;

/// What a simulation is made with.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub seed: u64,
    pub nodes: u32,
    /// Controller managers, of which one leads.
    pub managers: u32,
    /// In force once the cluster has come up.
    pub faults: Faults,
    /// So much are the first manager's clock ahead of the server's and the second's behind.
    pub skew_secs: i64,
}

impl Options {
    /// Three nodes, one manager, no faults.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            nodes: 3,
            managers: 1,
            faults: Faults::default(),
            skew_secs: 0,
        }
    }

    #[must_use]
    pub fn nodes(self, nodes: u32) -> Self {
        Self { nodes, ..self }
    }

    #[must_use]
    pub fn managers(self, managers: u32) -> Self {
        Self { managers, ..self }
    }

    #[must_use]
    pub fn skew_secs(self, skew_secs: i64) -> Self {
        Self { skew_secs, ..self }
    }

    #[must_use]
    pub fn faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }
}

/// A cheap handle on a simulated cluster. Everything it can be asked and told is in [`crate::scene`].
#[derive(Clone)]
pub struct Sim(Arc<Shared>);

struct Shared {
    seed: u64,
    clock: Clock,
    /// The managers' own, where they differ.
    managers: Vec<Clock>,
    skewed: bool,
    client: Client,
    wire: Wire,
    auditor: Auditor,
    parts: Parts,
}

impl Sim {
    /// A cluster of three nodes at noon. Call inside a current-thread runtime with paused time, or
    /// use [`run`], which makes one.
    pub async fn new(seed: u64) -> Self {
        Self::with(Options::new(seed)).await
    }

    /// As [`Sim::new`], with everything said.
    pub async fn with(options: Options) -> Self {
        let clock = Clock::simulated(options.seed, EPOCH);
        let dice = Clock::simulated(options.seed ^ DICE, EPOCH);
        let chronicle = Chronicle::begin();
        let reaction = match options.faults == Faults::NONE {
            true => REACTION,
            false => REACTION_AMID_FAULTS,
        };
        let auditor = Auditor::new(options.seed, chronicle.clone(), reaction);
        let host = Host::start(clock.clone(), auditor.clone(), chronicle.clone()).await;
        let wire = Wire::new(host, clock.clone(), dice, (auditor.clone(), chronicle));
        let person = Sender {
            user: "someone",
            life: None,
            deadly: |_| 0,
        };
        let managers: Vec<Clock> = (1..=options.managers)
            .map(|n| skewed(&clock, options, n))
            .collect();
        let sim = Self(Arc::new(Shared {
            seed: options.seed,
            client: wire.client(person),
            parts: Parts::start(&wire, &clock, &managers, options.nodes),
            managers,
            skewed: options.skew_secs != 0,
            clock,
            wire,
            auditor,
        }));
        sim.until("the nodes are up", || sim.nodes_up(options.nodes))
            .await;
        sim.set_faults(options.faults);
        sim
    }

    fn nodes_up(&self, count: u32) -> bool {
        let nodes = self.read(|mirror| mirror.all::<Node>());
        let up = |node: &&Arc<Node>| {
            let spec = node.spec.as_ref();
            crate::scene::is_ready_node(node)
                && spec.is_none_or(|spec| spec.taints.iter().flatten().next().is_none())
        };
        nodes.iter().filter(up).count() == count as usize
    }

    /// The seed that repeats this run.
    pub fn seed(&self) -> u64 {
        self.0.seed
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// A person's client: it meets no faults.
    pub fn client(&self) -> Client {
        self.0.client.clone()
    }

    /// Sets every wall clock without moving the timers.
    pub(crate) fn jump(&self, by: SignedDuration) {
        self.0.clock.jump(by);
        if self.0.skewed {
            self.0.managers.iter().for_each(|clock| clock.jump(by));
        }
    }

    pub(crate) fn chronicle(&self) -> &Chronicle {
        self.0.wire.chronicle()
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// Whole seconds since the start.
    pub fn elapsed_secs(&self) -> i64 {
        self.0.clock.now().duration_since(EPOCH).as_secs()
    }

    /// Lets time pass.
    pub async fn pass_secs(&self, secs: u64) {
        self.0.clock.sleep(Duration::from_secs(secs)).await;
    }

    /// Waits until so many seconds have passed since the start, and the requests of that instant are
    /// answered.
    pub async fn at_secs(&self, secs: i64) {
        let then = EPOCH + SignedDuration::from_secs(secs) + SignedDuration::from_millis(500);
        self.0.clock.sleep_until(then).await;
    }

    /// Waits, looking after every change, until `done`.
    ///
    /// # Panics
    /// After an hour of simulated time.
    pub async fn until(&self, what: &str, done: impl Fn() -> bool) {
        if !self.until_within(PATIENCE, done).await {
            panic!("not within an hour: {what}\n{}", self.read(summary));
        }
    }

    /// As [`Sim::until`]; answers whether it came to that.
    pub async fn until_within(&self, limit: SignedDuration, done: impl Fn() -> bool) -> bool {
        let limit = Duration::try_from(limit).unwrap_or_default();
        let mut given_up = std::pin::pin!(self.0.clock.sleep(limit));
        let mut seen = self.0.auditor.subscribe();
        loop {
            seen.mark_unchanged();
            if done() {
                return true;
            }
            tokio::select! {
                biased;
                _ = seen.changed() => {}
                () = &mut given_up => return done(),
            }
        }
    }

    /// Reads the cluster as it is now.
    pub fn read<T>(&self, look: impl FnOnce(&Mirror) -> T) -> T {
        self.0.auditor.read(look)
    }

    /// What may go wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.0.wire.set_faults(faults);
    }

    /// The requests so far.
    pub fn history(&self) -> History {
        self.0.wire.chronicle().history()
    }

    /// How many requests were answered so far.
    pub fn requests(&self) -> usize {
        self.0.wire.chronicle().requests()
    }

    /// How many changes of the store were audited so far.
    pub fn changes(&self) -> u64 {
        self.0.auditor.changes()
    }

    /// Tells the auditor that a person is about to delete the object of this uid.
    pub fn deleted_by_hand(&self, uid: String) {
        self.0.auditor.deleted_by_hand(uid);
    }

    /// Adds a finding of the caller's own to the auditor's.
    pub fn complain(&self, invariant: &'static str, message: String) {
        self.0.auditor.complain(invariant, message);
    }

    /// The first invariant that was broken.
    pub fn verdict(&self) -> Result<(), Violation> {
        self.0.auditor.verdict()
    }
}

/// The clock of manager `number`: the server's, unless it is to go wrong.
fn skewed(clock: &Clock, options: Options, number: u32) -> Clock {
    let skew = SignedDuration::from_secs(options.skew_secs);
    match (options.skew_secs, number) {
        (0, _) => clock.clone(),
        (_, 1) => Clock::simulated(options.seed ^ MANAGER, EPOCH + skew),
        _ => Clock::simulated(options.seed ^ !MANAGER, EPOCH - skew),
    }
}

/// Runs a scenario in a cluster of three nodes.
///
/// # Panics
/// When the scenario does, and when the auditor has found an invariant broken.
pub fn run<F, Fut, T>(seed: u64, scenario: F) -> T
where
    F: FnOnce(Sim) -> Fut,
    Fut: Future<Output = T>,
{
    run_with(Options::new(seed), scenario)
}

/// As [`run`], with everything said.
///
/// # Panics
/// As [`run`].
pub fn run_with<F, Fut, T>(options: Options, scenario: F) -> T
where
    F: FnOnce(Sim) -> Fut,
    Fut: Future<Output = T>,
{
    let (value, verdict) = simulate(options, scenario);
    if let Err(violation) = verdict {
        panic!("{violation}");
    }
    value
}

/// The scenario's value, and the auditor's verdict.
pub(crate) fn simulate<F, Fut, T>(options: Options, scenario: F) -> (T, Result<(), Violation>)
where
    F: FnOnce(Sim) -> Fut,
    Fut: Future<Output = T>,
{
    let _told = SeedOnPanic(options.seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without IO takes nothing from the machine");
    runtime.block_on(async {
        let sim = Sim::with(options).await;
        let value = scenario(sim.clone()).await;
        (value, sim.verdict())
    })
}

/// Says on a panic how to see it again.
struct SeedOnPanic(u64);

impl Drop for SeedOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed was {}", self.0);
        }
    }
}

/// What a person needs who asks why nothing happens.
fn summary(mirror: &Mirror) -> String {
    let jobs = mirror.jobs.values();
    let jobs = jobs.map(|job| format!("{:?} {:?}", job.metadata.name, job.status));
    let pods = mirror.pods.values().map(|pod| {
        let conditions = pod.status.as_ref().and_then(|s| s.conditions.clone());
        let scheduled = conditions
            .into_iter()
            .flatten()
            .find(|c| c.type_ == "PodScheduled");
        let meta = &pod.metadata;
        format!(
            "{:?} {} {:?} {:?} {:?}",
            meta.name,
            crate::scene::phase(pod),
            meta.deletion_timestamp,
            meta.finalizers,
            scheduled.and_then(|c| c.message)
        )
    });
    jobs.chain(pods).collect::<Vec<_>>().join("\n")
}
