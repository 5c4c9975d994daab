//! What a node's agent asks of a runtime, played.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::script::{start_time, stop_time};
use super::{Pod, ScriptedRuntime};
use crate::runtime::{
    ContainerSpec, DiskUsage, EventSink, Isolation, LogQuery, LogStream, ProbeAction, ProbeResult,
    Run, Runtime, Sandbox, StartError, Trace, Usage, Volume,
};
use crate::streams::{AttachSpec, ExecSpec, Reader, Session, SessionError, Writer};

const NO_PROCESS: &str = "containers are played from annotations, no process runs";

impl Runtime for ScriptedRuntime {
    fn isolation(&self) -> Isolation {
        Isolation {
            name: "scripted",
            can_mount: true,
            message: NO_PROCESS.to_owned(),
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
        let stopped = self.0.pods.lock().remove(pod_uid);
        let takes = stopped.map(|pod| stop_time(&pod.sandbox.annotations));
        async move {
            if let Some(takes) = takes.filter(|takes| !takes.is_zero()) {
                self.0.clock.sleep(takes).await;
            }
        }
        .boxed()
    }

    fn remove_volumes(&self, _namespace: &str, _name: &str, _uid: &str) -> BoxFuture<'_, ()> {
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

    fn trace(&self, run: &Run<'_>) -> Trace {
        let key = (
            run.pod_uid.to_owned(),
            run.container.to_owned(),
            run.attempt,
        );
        match self.0.logs.lock().get(&key) {
            None => Trace::Absent,
            Some(log) => log.end.clone().map_or(Trace::Begun, Trace::Ended),
        }
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

    fn clean_up(&self, known: Vec<(String, String, String)>) -> BoxFuture<'_, ()> {
        let known: BTreeSet<String> = known.into_iter().map(|(.., uid)| uid).collect();
        let mut logs = self.0.logs.lock();
        logs.retain(|(uid, ..), _| known.contains(uid));
        futures::future::ready(()).boxed()
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        self.die();
        futures::future::ready(()).boxed()
    }
}
