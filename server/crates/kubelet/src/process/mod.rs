//! Pods as real local processes: one small init per pod, in namespaces of its own where the kernel
//! allows, and everything else under it.

mod binds;
mod detect;
mod ends;
mod files;
mod forward;
mod grpc;
pub mod http_image;
pub mod images;
mod last_words;
mod log_files;
mod logs;
mod machine;
mod pod;
mod probe;
mod session;
mod spawner;
pub mod tls;
mod traces;
mod usage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use parking_lot::{Mutex, RwLock};

use crate::pod_init::PODS;
use crate::pod_init::proto::{self, Bind, Content, Order, Report, Setup, Source, Start};
use crate::runtime::{
    ContainerSpec, DiskUsage, EventSink, Isolation, LogQuery, LogStream, ProbeAction, ProbeResult,
    Run, Runtime, Sandbox, StartError, Trace, Usage, Volume, VolumeSource,
};

use crate::streams::{AttachSpec, ExecSpec, Reader, Session, SessionError, Writer};

use binds::{binds, lends_devices, lends_tmp, refusal, take_content, working_folder};
use forward::Forwards;
use last_words::LastWords;
pub use machine::machine;
use pod::Pod;
use spawner::Spawner;

/// What a container ends with whose command cannot run: as containerd has it, which nearly every cluster has.
const CANNOT_RUN: (&str, i32) = ("StartError", 128);

/// The built-in images are this very binary. By this name a pod's init, which it is too, finds it even
/// where its path is hidden from the pod (a folder under `/tmp`) or was replaced by an upgrade.
const OWN_BINARY: &str = "/proc/self/exe";

/// Runs pods as local processes.
pub struct ProcessRuntime {
    data_dir: PathBuf,
    spawner: Spawner,
    isolation: Isolation,
    pods: Mutex<BTreeMap<String, Arc<Pod>>>,
    sink: Arc<RwLock<Option<EventSink>>>,
}

impl ProcessRuntime {
    /// A runtime that keeps its files in `data_dir` and starts `exe` (this very binary, whose main
    /// calls [`crate::pod_init::main_if_asked`] first) as the pods' inits. Looks once which isolation
    /// the kernel allows.
    pub async fn new(data_dir: PathBuf, exe: PathBuf) -> std::io::Result<Self> {
        Self::with_isolation(data_dir, exe, true).await
    }

    /// As [`ProcessRuntime::new`]; `namespaces: false` does without them even where they are allowed.
    pub async fn with_isolation(
        data_dir: PathBuf,
        exe: PathBuf,
        namespaces: bool,
    ) -> std::io::Result<Self> {
        std::fs::create_dir_all(data_dir.join(PODS))?;
        let data_dir = data_dir.canonicalize()?;
        let (spawner, isolation) = detect::detect(&data_dir, &exe, namespaces).await?;
        Ok(Self {
            data_dir,
            spawner,
            isolation,
            pods: Mutex::new(BTreeMap::new()),
            sink: Arc::new(RwLock::new(None)),
        })
    }

    fn dir(&self, namespace: &str, name: &str, uid: &str) -> PathBuf {
        self.data_dir
            .join(PODS)
            .join(files::folder_name(namespace, name, uid))
    }

    /// The folder of a running pod.
    fn dir_of(&self, uid: &str) -> Option<PathBuf> {
        let pod = self.pod(uid)?;
        let sandbox = &pod.sandbox;
        Some(self.dir(&sandbox.namespace, &sandbox.name, &sandbox.uid))
    }

    fn pod(&self, uid: &str) -> Option<Arc<Pod>> {
        self.pods.lock().get(uid).cloned()
    }

    async fn start_pod(&self, mut sandbox: Sandbox) -> Result<(), StartError> {
        let dir = self.dir(&sandbox.namespace, &sandbox.name, &sandbox.uid);
        let init = self.spawner.spawn(lends_devices(&sandbox));
        let furnished = self.furnish(&dir, &mut sandbox).await;
        let init = init.await.map_err(|e| {
            unable(
                "FailedCreatePodSandBox",
                format!("start the pod's init: {e}"),
            )
        })?;
        let (content, forwards) = match furnished {
            Ok(furnished) => furnished,
            Err(error) => {
                init.discard().await;
                return Err(error);
            }
        };
        let pod = Pod::new(sandbox, init, forwards, self.sink.clone());
        self.pods.lock().insert(pod.uid().to_owned(), pod.clone());
        let setup = Setup {
            pod_uid: pod.uid().to_owned(),
            pod_dir: dir.to_string_lossy().into_owned(),
            hostname: pod.sandbox.hostname.clone(),
            namespaces: self.isolation.can_mount,
            lends_tmp: lends_tmp(&pod.sandbox),
            content: match self.isolation.can_mount {
                true => content,
                // no container could be shown it
                false => Vec::new(),
            },
        };
        let ready = pod.set_up(setup).await;
        if ready.is_err() {
            self.pods.lock().remove(pod.uid());
            pod.stop().await;
        }
        ready
    }

    /// What a pod's init is to find, made while it is born: the pod's files, and its ports of the host.
    async fn furnish(
        &self,
        dir: &Path,
        sandbox: &mut Sandbox,
    ) -> Result<(Vec<Content>, Forwards), StartError> {
        let failed = |message| unable("FailedMount", message);
        refusal(sandbox, &self.data_dir).map_or(Ok(()), |why| Err(failed(why)))?;
        files::prepare(dir, &sandbox.volumes).map_err(failed)?;
        let content = take_content(sandbox);
        proto::check(&content).map_err(failed)?;
        let forwards = forward::listen(sandbox).await;
        let forwards = forwards.map_err(|message| unable("FailedCreatePodSandBox", message))?;
        Ok((content, forwards))
    }

    async fn start(&self, spec: ContainerSpec) -> Result<(), StartError> {
        let pod = self.pod(&spec.pod_uid).ok_or_else(|| {
            unable(
                "CreateContainerError",
                "the pod's sandbox is gone".to_owned(),
            )
        })?;
        if !spec.mounts.is_empty() && !self.isolation.can_mount {
            let message = format!("volumes cannot be mounted: {}", self.isolation.message);
            return Err(unable("CreateContainerError", message));
        }
        let streamed = session::streamed(&spec)
            .map_err(|e| unable("CreateContainerError", format!("open its streams: {e}")))?;
        let sandbox = &pod.sandbox;
        let dir = self.dir(&sandbox.namespace, &sandbox.name, &sandbox.uid);
        let words = LastWords::of(&dir, &spec);
        let mut binds = binds(&spec.mounts, &pod)?;
        if let Some(folder) = working_folder(&spec).filter(|_| self.isolation.can_mount) {
            // before what is mounted within it
            binds.insert(0, folder);
        }
        let said = spec
            .message_path
            .as_ref()
            .filter(|_| self.isolation.can_mount);
        if let Some(path) = said {
            binds.push(Bind {
                source: Source::Pod(last_words::place(&spec)),
                target: path.clone(),
                read_only: false,
            });
        }
        let order = Start {
            key: spec.name.clone(),
            id: spec.id.clone(),
            argv: spec.argv.clone(),
            env: spec.env.clone(),
            cwd: spec.working_dir.clone(),
            uid: spec.run_as_user,
            binds,
            log: Some(logs::place(&spec.name, spec.attempt)),
            words: said.map(|_| last_words::place(&spec)),
            memory_limit_bytes: spec.memory_limit_bytes,
            roles: streamed.roles,
            exec: false,
        };
        pod.remember(&spec, &order, streamed.input, words);
        let report = pod.start(order, streamed.theirs).await;
        if !matches!(report, Some(Report::Started { .. })) {
            pod.forget(&spec.name);
        }
        match report {
            Some(Report::Started { .. }) => Ok(()),
            Some(Report::Refused {
                message,
                not_found: true,
                ..
            }) => Err(StartError {
                reason: CANNOT_RUN.0,
                message,
                exit_code: Some(CANNOT_RUN.1),
            }),
            Some(Report::Refused { message, .. }) => Err(unable("CreateContainerError", message)),
            _ => Err(unable(
                "CreateContainerError",
                "the pod's init ended".to_owned(),
            )),
        }
    }
}

fn unable(reason: &'static str, message: String) -> StartError {
    StartError {
        reason,
        message,
        exit_code: None,
    }
}

impl Runtime for ProcessRuntime {
    fn isolation(&self) -> Isolation {
        self.isolation.clone()
    }

    fn runs_processes(&self) -> bool {
        true
    }

    fn shows_volumes(&self) -> bool {
        self.isolation.can_mount
    }

    fn listen(&self, sink: EventSink) {
        *self.sink.write() = Some(sink);
    }

    fn command_line(
        &self,
        image: &str,
        command: &[String],
        args: &[String],
    ) -> Result<Vec<String>, String> {
        images::command_line(image, command, args, OWN_BINARY)
    }

    fn start_sandbox(&self, sandbox: Sandbox) -> BoxFuture<'_, Result<(), StartError>> {
        self.start_pod(sandbox).boxed()
    }

    fn start_container(&self, spec: ContainerSpec) -> BoxFuture<'_, Result<(), StartError>> {
        self.start(spec).boxed()
    }

    fn signal(&self, pod_uid: &str, container: &str, signal: i32) {
        if let Some(pod) = self.pod(pod_uid) {
            pod.order(&Order::Signal {
                key: container.to_owned(),
                signal,
            });
        }
    }

    fn kill(&self, pod_uid: &str, container: &str) {
        if let Some(pod) = self.pod(pod_uid) {
            pod.order(&Order::Kill {
                key: container.to_owned(),
            });
        }
    }

    fn limit_memory(&self, pod_uid: &str, container: &str, bytes: Option<u64>) {
        if let Some(pod) = self.pod(pod_uid) {
            pod.order(&Order::LimitMemory {
                key: container.to_owned(),
                bytes,
            });
        }
    }

    fn refresh_volume(&self, pod_uid: &str, volume: Volume) -> BoxFuture<'_, Result<(), String>> {
        let (pod, dir) = (self.pod(pod_uid), self.dir_of(pod_uid));
        let can_mount = self.isolation.can_mount;
        async move {
            let (Some(pod), Some(dir)) = (pod, dir) else {
                return Ok(());
            };
            if let VolumeSource::Memory(files) = volume.source {
                let volume = volume.name;
                return match can_mount {
                    true => pod.refresh(Content { volume, files }).await,
                    false => Ok(()),
                };
            }
            let done = tokio::task::spawn_blocking(move || files::refresh(&dir, &volume)).await;
            done.unwrap_or_else(|error| Err(error.to_string()))
        }
        .boxed()
    }

    fn disk_usage(&self, pod_uid: &str) -> BoxFuture<'_, DiskUsage> {
        let dir = self.dir_of(pod_uid);
        async move {
            let Some(dir) = dir else {
                return DiskUsage::default();
            };
            let measured = tokio::task::spawn_blocking(move || files::disk_usage(&dir)).await;
            measured.unwrap_or_default()
        }
        .boxed()
    }

    fn stop_sandbox(&self, pod_uid: &str) -> BoxFuture<'_, ()> {
        let pod = self.pods.lock().remove(pod_uid);
        async move {
            if let Some(pod) = pod {
                pod.stop().await;
            }
        }
        .boxed()
    }

    fn remove_volumes(&self, namespace: &str, name: &str, uid: &str) -> BoxFuture<'_, ()> {
        let volumes = files::volumes(&self.dir(namespace, name, uid));
        async move { files::remove(volumes).await }.boxed()
    }

    fn remove(&self, namespace: &str, name: &str, uid: &str) -> BoxFuture<'_, ()> {
        let dir = self.dir(namespace, name, uid);
        async move { files::remove(dir).await }.boxed()
    }

    fn probe(
        &self,
        pod_uid: &str,
        container: &str,
        action: ProbeAction,
        timeout: Duration,
    ) -> BoxFuture<'_, ProbeResult> {
        let (pod, container) = (self.pod(pod_uid), container.to_owned());
        probe::probe(pod, container, action, timeout).boxed()
    }

    fn logs(&self, query: LogQuery) -> BoxFuture<'_, Option<LogStream>> {
        let dir = self.dir(&query.namespace, &query.pod, &query.pod_uid);
        let pod = self.pod(&query.pod_uid);
        logs::open(dir, pod, query).boxed()
    }

    fn trace(&self, run: &Run<'_>) -> Trace {
        traces::trace(&self.dir(run.namespace, run.pod, run.pod_uid), run)
    }

    fn exec(&self, spec: ExecSpec) -> BoxFuture<'_, Result<Session, SessionError>> {
        session::exec(self.pod(&spec.pod_uid), spec).boxed()
    }

    fn attach(&self, spec: AttachSpec) -> BoxFuture<'_, Result<Session, SessionError>> {
        session::attach(self.pod(&spec.pod_uid), spec).boxed()
    }

    fn connect(&self, pod_uid: &str, port: u16) -> BoxFuture<'_, Result<(Reader, Writer), String>> {
        forward::open(self.pod(pod_uid), port).boxed()
    }

    fn usage(&self) -> BoxFuture<'_, Vec<Usage>> {
        let pods: Vec<_> = {
            let pods = self.pods.lock();
            pods.values()
                .map(|pod| (pod.uid().to_owned(), pod.init()))
                .collect()
        };
        async move {
            let looked = tokio::task::spawn_blocking(move || usage::usage(&pods));
            looked.await.unwrap_or_default()
        }
        .boxed()
    }

    fn clean_up(&self, known: Vec<(String, String, String)>) -> BoxFuture<'_, ()> {
        files::clean_up(self.data_dir.join(PODS), known, self.isolation.can_mount).boxed()
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        let pods: Vec<_> = std::mem::take(&mut *self.pods.lock())
            .into_values()
            .collect();
        async move {
            futures::future::join_all(pods.iter().map(|pod| pod.stop())).await;
        }
        .boxed()
    }
}
