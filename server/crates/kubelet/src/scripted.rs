//! A runtime that only plays: how long containers run and how they end is written in their pod's
//! annotations. For simulations and benches; it touches nothing but the clock.
//!
//! Annotations, each also as `sim.orrery.dev/<container>.<key>` for one container only:
//! `run-seconds` (a number or `forever`; 1 when absent), `exit-code`, `fail-first` (so many starts end
//! with 1 first), `refuse-starts` (so many attempts to start it are refused first), `out-of-memory`
//! (`true`: it ends as one that the kernel killed), `ignore-sigterm` (`true`), `log` (a line to write at
//! the start), `message` (its last words), `log-bytes` (what it keeps on the disk). For the pod: `start-seconds`, how
//! long its sandbox takes, and `volume-bytes`, what each of its emptyDir volumes holds.

mod log;
mod script;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use orrery_clock::Clock;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::runtime::{
    ContainerSpec, DiskUsage, EventSink, Exit, Isolation, LogQuery, LogStream, ProbeAction,
    ProbeResult, Runtime, RuntimeEvent, Sandbox, StartError, Usage, Volume, VolumeSource,
};
use crate::streams::{AttachSpec, ExecSpec, Reader, Session, SessionError, Writer};
use log::Log;
use script::{Script, of_pod, start_time, value_of};

/// The annotations' prefix.
pub const PREFIX: &str = "sim.orrery.dev/";

/// Runs scripts on a clock.
#[derive(Clone)]
pub struct ScriptedRuntime(Arc<Shared>);

struct Shared {
    clock: Clock,
    /// Hears of what goes wrong because a script says so.
    tell: Box<dyn Fn(&str) + Send + Sync>,
    sink: Mutex<Option<EventSink>>,
    pods: Mutex<BTreeMap<String, Pod>>,
    logs: Mutex<BTreeMap<(String, String, u32), Log>>,
}

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
        Self::with(clock, Box::new(|_| ()))
    }

    /// Says to `tell` when a start is slow or refused and when SIGTERM is ignored, as scripts want it.
    #[must_use]
    pub fn telling(self, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self::with(self.0.clock.clone(), Box::new(tell))
    }

    fn with(clock: Clock, tell: Box<dyn Fn(&str) + Send + Sync>) -> Self {
        Self(Arc::new(Shared {
            clock,
            tell,
            sink: Mutex::default(),
            pods: Mutex::default(),
            logs: Mutex::default(),
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
        let lines = script
            .log
            .iter()
            .map(|line| (self.0.clock.now(), line.clone()))
            .collect();
        let log = Log {
            lines,
            ended: watch::Sender::new(false),
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
        let message = ended.and_then(|running| running.script.message);
        if let Some(log) = self
            .0
            .logs
            .lock()
            .get(&(pod_uid.clone(), container.clone(), attempt))
        {
            log.ended.send_replace(true);
        }
        let at = self.0.clock.now();
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

const NO_PROCESS: &str = "containers are played from annotations, no process runs";

impl Runtime for ScriptedRuntime {
    fn isolation(&self) -> Isolation {
        let message = "containers are played from annotations, no process runs".to_owned();
        Isolation {
            name: "scripted",
            can_mount: true,
            message,
        }
    }

    fn runs_processes(&self) -> bool {
        false
    }

    fn shows_volumes(&self) -> bool {
        false
    }

    fn listen(&self, sink: EventSink) {
        *self.0.sink.lock() = Some(sink);
    }

    fn command_line(
        &self,
        _image: &str,
        command: &[String],
        args: &[String],
    ) -> Result<Vec<String>, String> {
        Ok([command, args].concat())
    }

    fn start_sandbox(&self, sandbox: Sandbox) -> BoxFuture<'_, Result<(), StartError>> {
        async move {
            let takes = start_time(&sandbox.annotations);
            if !takes.is_zero() {
                (self.0.tell)("a pod starts slowly");
                self.0.clock.sleep(takes).await;
            }
            let pod = Pod {
                running: BTreeMap::new(),
                refused: BTreeMap::new(),
                sandbox,
            };
            self.0.pods.lock().insert(pod.sandbox.uid.clone(), pod);
            Ok(())
        }
        .boxed()
    }

    fn start_container(&self, spec: ContainerSpec) -> BoxFuture<'_, Result<(), StartError>> {
        futures::future::ready(self.start(&spec)).boxed()
    }

    fn signal(&self, pod_uid: &str, container: &str, signal: i32) {
        self.end(pod_uid, container, signal);
    }

    fn kill(&self, pod_uid: &str, container: &str) {
        self.end(pod_uid, container, 9);
    }

    /// What plays uses no memory.
    fn limit_memory(&self, _pod_uid: &str, _container: &str, _bytes: Option<u64>) {}

    fn refresh_volume(&self, _pod_uid: &str, _volume: Volume) -> BoxFuture<'_, Result<(), String>> {
        futures::future::ready(Ok(())).boxed()
    }

    fn disk_usage(&self, pod_uid: &str) -> BoxFuture<'_, DiskUsage> {
        let pods = self.0.pods.lock();
        let usage = pods.get(pod_uid).map(Pod::disk_usage);
        futures::future::ready(usage.unwrap_or_default()).boxed()
    }

    fn stop_sandbox(&self, pod_uid: &str) -> BoxFuture<'_, ()> {
        // Dropping the senders ends the tasks.
        drop(self.0.pods.lock().remove(pod_uid));
        futures::future::ready(()).boxed()
    }

    fn remove(&self, _namespace: &str, _name: &str, uid: &str) -> BoxFuture<'_, ()> {
        let mut logs = self.0.logs.lock();
        // in the order of their keys a pod's logs stand together
        let first = (uid.to_owned(), String::new(), 0);
        let of_pod = logs.range(first..).take_while(|((pod, ..), _)| pod == uid);
        let keys: Vec<_> = of_pod.map(|(key, _)| key.clone()).collect();
        for key in keys {
            logs.remove(&key);
        }
        futures::future::ready(()).boxed()
    }

    fn probe(
        &self,
        pod_uid: &str,
        container: &str,
        _action: ProbeAction,
        _timeout: Duration,
    ) -> BoxFuture<'_, ProbeResult> {
        let running = self
            .0
            .pods
            .lock()
            .get(pod_uid)
            .is_some_and(|pod| pod.running.contains_key(container));
        let answer = if running {
            Ok(())
        } else {
            Err("the container is not running".to_owned())
        };
        futures::future::ready(answer).boxed()
    }

    fn logs(&self, query: LogQuery) -> BoxFuture<'_, Option<LogStream>> {
        let key = (
            query.pod_uid.clone(),
            query.container.clone(),
            query.attempt,
        );
        let log = self.0.logs.lock().get(&key).cloned();
        let stream = log.map(|log| log.stream(&query));
        futures::future::ready(stream).boxed()
    }

    fn usage(&self) -> BoxFuture<'_, Vec<Usage>> {
        async { Vec::new() }.boxed()
    }

    fn exec(&self, _: ExecSpec) -> BoxFuture<'_, Result<Session, SessionError>> {
        async { Err(SessionError::CannotRun(NO_PROCESS.to_owned())) }.boxed()
    }

    fn attach(&self, _: AttachSpec) -> BoxFuture<'_, Result<Session, SessionError>> {
        async { Err(SessionError::CannotRun(NO_PROCESS.to_owned())) }.boxed()
    }

    fn connect(&self, _: &str, _: u16) -> BoxFuture<'_, Result<(Reader, Writer), String>> {
        async { Err(NO_PROCESS.to_owned()) }.boxed()
    }

    fn clean_up(&self, _known: Vec<(String, String, String)>) -> BoxFuture<'_, ()> {
        futures::future::ready(()).boxed()
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        self.0.pods.lock().clear();
        futures::future::ready(()).boxed()
    }
}
