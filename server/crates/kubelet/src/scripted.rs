//! A runtime that only plays: how long containers run and how they end is written in their pod's
//! annotations. For simulations and benches; it touches nothing but the clock.
//!
//! Annotations, each also as `sim.orrery.dev/<container>.<key>` for one container only:
//! `run-seconds` (a number or `forever`; 1 when absent), `exit-code`, `fail-first` (so many starts end
//! with 1 first), `refuse-starts` (so many attempts to start it are refused first), `out-of-memory`
//! (`true`: it ends as one that the kernel killed), `ignore-sigterm` (`true`), `log` (a line to write at
//! the start), `message` (its last words), `log-bytes` (what it keeps on the disk). For the pod: `start-seconds` and
//! `stop-seconds`, how long its sandbox takes to be there and to be gone, and `volume-bytes`, what each of its emptyDir
//! volumes holds.

mod agent;
mod log;
mod script;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use orrery_clock::Clock;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::runtime::{
    ContainerSpec, DiskUsage, EventSink, Exit, RuntimeEvent, Sandbox, StartError, VolumeSource,
};
use log::Log;
use script::{Script, of_pod, value_of};

/// The annotations' prefix.
pub const PREFIX: &str = "sim.orrery.dev/";

/// Runs scripts on a clock.
#[derive(Clone)]
pub struct ScriptedRuntime(Arc<Shared>);

struct Shared {
    clock: Clock,
    /// Hears of what goes wrong because a script says so.
    tell: Tell,
    sink: Mutex<Option<EventSink>>,
    pods: Mutex<BTreeMap<String, Pod>>,
    logs: Arc<Logs>,
}

type Tell = Arc<dyn Fn(&str) + Send + Sync>;
/// By pod, container and attempt: what is on the node's disk, as it were.
type Logs = Mutex<BTreeMap<(String, String, u32), Log>>;

struct Pod {
    sandbox: Sandbox,
    running: BTreeMap<String, Running>,
    /// By container: attempts to start it that were refused.
    refused: BTreeMap<String, u32>,
}

struct Running {
    script: Script,
    attempt: u32,
    /// Tells the container's task with which code to end now.
    end: watch::Sender<Option<Exit>>,
}

impl Pod {
    /// Takes out that run of a container: in a sandbox that was made anew another one may have begun.
    fn take(&mut self, container: &str, attempt: u32) -> Option<Running> {
        let found = self.running.get(container);
        let is_it = found.is_some_and(|running| running.attempt == attempt);
        is_it.then(|| self.running.remove(container)).flatten()
    }

    fn disk_usage(&self) -> DiskUsage {
        let annotations = &self.sandbox.annotations;
        let volumes = self.sandbox.volumes.iter();
        let empty = volumes.filter(|volume| volume.source == VolumeSource::Empty);
        let each = of_pod(annotations, "volume-bytes").unwrap_or(0);
        let kept = |name: &String| {
            let bytes = value_of(annotations, name, "log-bytes");
            (
                name.clone(),
                bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
            )
        };
        DiskUsage {
            volumes: empty.map(|volume| (volume.name.clone(), each)).collect(),
            containers: self.running.keys().map(kept).collect(),
            shared: 0,
        }
    }
}

impl ScriptedRuntime {
    pub fn new(clock: Clock) -> Self {
        Self::with(clock, Arc::new(|_: &str| ()), Arc::default())
    }

    /// Says to `tell` when a start is slow or refused and when SIGTERM is ignored, as scripts want it.
    #[must_use]
    pub fn telling(self, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self::with(self.0.clock.clone(), Arc::new(tell), Arc::default())
    }

    /// The node's next life, after [`ScriptedRuntime::die`]: nothing runs, and the logs are there.
    #[must_use]
    pub fn reborn(&self) -> Self {
        let Shared {
            clock, tell, logs, ..
        } = &*self.0;
        Self::with(clock.clone(), tell.clone(), logs.clone())
    }

    /// Ends all that runs as the death of the agents' process does: none of it has ended by itself.
    pub fn die(&self) {
        self.0.pods.lock().clear();
    }

    fn with(clock: Clock, tell: Tell, logs: Arc<Logs>) -> Self {
        Self(Arc::new(Shared {
            clock,
            tell,
            sink: Mutex::default(),
            pods: Mutex::default(),
            logs,
        }))
    }

    fn start(&self, spec: &ContainerSpec) -> Result<(), StartError> {
        let mut pods = self.0.pods.lock();
        let gone = StartError {
            reason: "CreateContainerError",
            message: "the pod's sandbox is gone".to_owned(),
            exit_code: None,
        };
        let pod = pods.get_mut(&spec.pod_uid).ok_or(gone)?;
        let script = Script::of(&pod.sandbox.annotations, &spec.name);
        let refused = pod.refused.entry(spec.name.clone()).or_default();
        if *refused < script.refuse_starts {
            *refused += 1;
            (self.0.tell)("the start of a container is refused");
            return Err(StartError {
                reason: "CreateContainerError",
                message: "the script refuses to start it".to_owned(),
                exit_code: None,
            });
        }
        let (end, told) = watch::channel(None);
        let begun = self.0.clock.now();
        let lines = script.log.iter().map(|line| (begun, line.clone()));
        let log = Log {
            id: spec.id.clone(),
            begun,
            lines: lines.collect(),
            ended: watch::Sender::new(false),
            end: None,
        };
        self.0
            .logs
            .lock()
            .insert((spec.pod_uid.clone(), spec.name.clone(), spec.attempt), log);
        let planned = match (spec.attempt < script.fail_first, script.out_of_memory) {
            (true, _) => ended(1),
            (false, true) => OUT_OF_MEMORY,
            (false, false) => ended(script.exit_code),
        };
        let (run, attempt) = (script.run, spec.attempt);
        let running = Running {
            script,
            attempt,
            end,
        };
        pod.running.insert(spec.name.clone(), running);
        tokio::spawn(self.clone().play(
            spec.pod_uid.clone(),
            spec.name.clone(),
            spec.attempt,
            run,
            planned,
            told,
        ));
        Ok(())
    }

    async fn play(
        self,
        pod_uid: String,
        container: String,
        attempt: u32,
        run: Option<Duration>,
        planned: Exit,
        mut told: watch::Receiver<Option<Exit>>,
    ) {
        let over = async {
            match run {
                Some(run) => self.0.clock.sleep(run).await,
                None => std::future::pending().await,
            }
        };
        let exit = tokio::select! {
            biased;
            told = told.wait_for(Option::is_some) => told.ok().and_then(|exit| *exit).unwrap_or(killed(9)),
            () = over => planned,
        };
        let ended = self
            .0
            .pods
            .lock()
            .get_mut(&pod_uid)
            .and_then(|pod| pod.take(&container, attempt));
        let by_itself = ended.is_some();
        let message = ended.and_then(|running| running.script.message);
        let at = self.0.clock.now();
        let run = (pod_uid.clone(), container.clone(), attempt);
        if let Some(log) = self.0.logs.lock().get_mut(&run) {
            // what went with its sandbox is seen by nobody
            log.end = by_itself.then(|| log.end_at(at, exit, message.clone()));
            log.ended.send_replace(true);
        }
        let sink = self.0.sink.lock().clone();
        if let Some(sink) = sink {
            sink(RuntimeEvent::Exited {
                pod_uid,
                container,
                attempt,
                exit,
                message,
                at,
            });
        }
    }

    /// What runs now: uids of pods, and the names of their containers.
    pub fn running(&self) -> Vec<(String, String)> {
        let pods = self.0.pods.lock();
        let containers = pods.iter().flat_map(|(uid, pod)| {
            let names = pod.running.keys();
            names.map(|name| (uid.clone(), name.clone()))
        });
        containers.collect()
    }

    /// Ends a container on its node, whatever its script says; false when it does not run.
    pub fn end_container(&self, pod_uid: &str, container: &str, exit: Exit) -> bool {
        let pods = self.0.pods.lock();
        let running = pods.get(pod_uid).and_then(|pod| pod.running.get(container));
        running
            .inspect(|running| _ = running.end.send_replace(Some(exit)))
            .is_some()
    }

    /// Ends a pod's sandbox under its containers; false when there is none.
    pub fn lose_sandbox(&self, pod_uid: &str) -> bool {
        let Some(lost) = self.0.pods.lock().remove(pod_uid) else {
            return false;
        };
        let sink = self.0.sink.lock().clone();
        if let Some(sink) = sink {
            sink(RuntimeEvent::SandboxLost {
                pod_uid: pod_uid.to_owned(),
                message: "the sandbox was lost".to_owned(),
            });
        }
        // only now its containers end, which nobody asks about any more
        drop(lost);
        true
    }

    fn end(&self, pod_uid: &str, container: &str, signal: i32) {
        let pods = self.0.pods.lock();
        let Some(running) = pods.get(pod_uid).and_then(|pod| pod.running.get(container)) else {
            return;
        };
        match signal != 9 && running.script.ignores_sigterm {
            true => (self.0.tell)("a container ignores SIGTERM"),
            false => _ = running.end.send_replace(Some(killed(signal))),
        }
    }
}

/// As the kernel ends a container that takes too much.
pub const OUT_OF_MEMORY: Exit = Exit {
    out_of_memory: true,
    ..killed(9)
};

const fn ended(code: i32) -> Exit {
    Exit {
        code,
        signal: None,
        out_of_memory: false,
    }
}

const fn killed(signal: i32) -> Exit {
    Exit {
        code: 128 + signal,
        signal: Some(signal),
        out_of_memory: false,
    }
}
