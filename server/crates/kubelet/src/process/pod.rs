//! One running pod: the talk with its init.

mod beside;
mod line;

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use parking_lot::{Mutex, RwLock};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::{mpsc, oneshot, watch};

use super::forward::Forwards;
use super::last_words::LastWords;
use super::session::Input;
use super::spawner::Init;
use super::unable;
use crate::pod_init::proto::{self, Content, Order, Report, Role, Setup, Start, encode};
use crate::runtime::{ContainerSpec, EventSink, Exit, RuntimeEvent, Sandbox, StartError};
use line::Message;

/// An init that was told to end gets this long before it is killed: it has nothing to wait for.
const INIT_GRACE: Duration = Duration::from_secs(2);

pub struct Pod {
    pub sandbox: Sandbox,
    pid: Pid,
    orders: mpsc::UnboundedSender<Message>,
    /// Who waits for the answer to what was started under a key, and for its end.
    waiting: Mutex<BTreeMap<String, oneshot::Sender<Report>>>,
    endings: Mutex<BTreeMap<String, oneshot::Sender<Report>>>,
    ready: Mutex<Option<oneshot::Sender<Report>>>,
    /// The attempt that runs, or ran last, by container.
    attempts: Mutex<BTreeMap<String, u32>>,
    worlds: Mutex<BTreeMap<String, Start>>,
    words: Mutex<BTreeMap<String, LastWords>>,
    /// What can be written to the containers that read, as long as they run.
    inputs: Mutex<BTreeMap<String, Input>>,
    /// Attempts that have ended with their whole output written, for those who follow.
    ended: watch::Sender<BTreeMap<String, u32>>,
    gone: watch::Sender<bool>,
    stopping: AtomicBool,
    probes: AtomicU64,
    forwards: Mutex<Option<Forwards>>,
}

impl Pod {
    pub fn new(
        sandbox: Sandbox,
        init: Init,
        forwards: Forwards,
        sink: Arc<RwLock<Option<EventSink>>>,
    ) -> Arc<Self> {
        let (orders, queue) = mpsc::unbounded_channel();
        let pod = Arc::new(Self {
            sandbox,
            pid: init.pid,
            orders,
            waiting: Mutex::default(),
            endings: Mutex::default(),
            ready: Mutex::default(),
            attempts: Mutex::default(),
            worlds: Mutex::default(),
            words: Mutex::default(),
            inputs: Mutex::default(),
            ended: watch::Sender::default(),
            gone: watch::Sender::new(false),
            stopping: AtomicBool::new(false),
            probes: AtomicU64::new(0),
            forwards: Mutex::new(Some(forwards)),
        });
        let socket = UnixStream::from_std(init.socket).expect("a socket pair joins the reactor");
        let (reader, writer) = socket.into_split();
        tokio::spawn(line::send(queue, writer));
        tokio::spawn(pod.clone().listen(reader, sink));
        pod
    }

    pub fn uid(&self) -> &str {
        &self.sandbox.uid
    }

    /// The init's process, as this machine counts.
    pub fn init(&self) -> i32 {
        self.pid.as_raw()
    }

    pub fn order(&self, order: &Order) {
        self.order_with(order, Vec::new());
    }

    /// An order with descriptors that go along.
    pub fn order_with(&self, order: &Order, descriptors: Vec<OwnedFd>) {
        // A pod whose init is gone has nothing left to order.
        let bytes = encode(order);
        let _ = self.orders.send(Message { bytes, descriptors });
    }

    pub async fn set_up(&self, setup: Setup) -> Result<(), StartError> {
        let (tell, told) = oneshot::channel();
        *self.ready.lock() = Some(tell);
        self.order(&Order::Setup(setup));
        if *self.gone.borrow() {
            self.ready.lock().take();
        }
        match told.await {
            Ok(Report::Ready) => Ok(()),
            Ok(Report::Unable { message }) => Err(unable("FailedCreatePodSandBox", message)),
            Ok(Report::Unfilled { message }) => Err(unable("FailedMount", message)),
            _ => {
                let message = "the pod's init ended at once".to_owned();
                Err(unable("FailedCreatePodSandBox", message))
            }
        }
    }

    /// Brings the files of a volume in memory up to date. Of a pod that is gone nobody reads them.
    pub async fn refresh(&self, content: Content) -> Result<(), String> {
        proto::check(std::slice::from_ref(&content))?;
        let ticket = self.key_beside(&content.volume);
        let order = Order::Refresh {
            content,
            ticket: ticket.clone(),
        };
        match self.ask(ticket, &order, Vec::new()).await {
            Some(Report::Refreshed {
                failure: Some(why), ..
            }) => Err(why),
            _ => Ok(()),
        }
    }

    /// Starts something; None when the init is gone.
    pub async fn start(&self, start: Start, descriptors: Vec<OwnedFd>) -> Option<Report> {
        let key = start.key.clone();
        self.ask(key, &Order::Start(Box::new(start)), descriptors)
            .await
    }

    /// Has the container's output copied to the descriptors; afterwards nothing of it is missed.
    pub async fn attach(&self, container: &str, roles: Vec<Role>, descriptors: Vec<OwnedFd>) {
        let ticket = self.key_beside(container);
        let order = Order::Attach {
            key: container.to_owned(),
            roles,
            ticket: ticket.clone(),
        };
        self.ask(ticket, &order, descriptors).await;
    }

    fn key_beside(&self, container: &str) -> String {
        let number = self.probes.fetch_add(1, Ordering::Relaxed);
        format!("{container}!{number}")
    }

    /// Waits for what is answered under `key`.
    async fn ask(&self, key: String, order: &Order, descriptors: Vec<OwnedFd>) -> Option<Report> {
        let (tell, told) = oneshot::channel();
        self.waiting.lock().insert(key, tell);
        self.order_with(order, descriptors);
        if *self.gone.borrow() {
            self.waiting.lock().clear();
        }
        told.await.ok()
    }

    pub fn remember(
        &self,
        spec: &ContainerSpec,
        order: &Start,
        input: Option<Input>,
        words: LastWords,
    ) {
        self.words.lock().insert(spec.name.clone(), words);
        let mut inputs = self.inputs.lock();
        match input {
            Some(input) => drop(inputs.insert(spec.name.clone(), input)),
            None => drop(inputs.remove(&spec.name)),
        }
        drop(inputs);
        self.attempts.lock().insert(spec.name.clone(), spec.attempt);
        let world = Start {
            env: order.env.clone(),
            cwd: order.cwd.clone(),
            uid: order.uid,
            binds: order.binds.clone(),
            ..Start::default()
        };
        self.worlds.lock().insert(spec.name.clone(), world);
    }

    /// A container that could not be started does not run, and reads nothing.
    pub fn forget(&self, container: &str) {
        self.attempts.lock().remove(container);
        self.inputs.lock().remove(container);
    }

    /// The environment, folder, user and mounts of a container, for what runs beside it.
    pub fn template(&self, container: &str) -> Start {
        let worlds = self.worlds.lock();
        let found = worlds.get(container);
        let copy = |w: &Start| Start {
            env: w.env.clone(),
            cwd: w.cwd.clone(),
            uid: w.uid,
            binds: w.binds.clone(),
            ..Start::default()
        };
        found.map(copy).unwrap_or_default()
    }

    /// The attempt of the container that runs now.
    pub fn running(&self, container: &str) -> Option<u32> {
        let attempt = self.attempts.lock().get(container).copied()?;
        (!self.has_ended(container, attempt)).then_some(attempt)
    }

    /// What can be written to the container.
    pub fn input(&self, container: &str) -> Option<Input> {
        let inputs = self.inputs.lock();
        inputs
            .get(container)
            .and_then(|input| input.try_clone().ok())
    }

    /// Ends the input of that attempt of the container.
    pub fn close_input(&self, container: &str, attempt: u32) {
        if self.attempts.lock().get(container) == Some(&attempt) {
            self.inputs.lock().remove(container);
        }
    }

    /// Waits until `attempt` of the container has ended and all of its output is written.
    pub async fn ended(&self, container: &str, attempt: u32) {
        let mut ended = self.ended.subscribe();
        let mut gone = self.gone.subscribe();
        let over = |ended: &BTreeMap<String, u32>| {
            ended.get(container).is_some_and(|last| *last >= attempt)
        };
        tokio::select! {
            _ = ended.wait_for(over) => {}
            _ = gone.wait_for(|gone| *gone) => {}
        }
    }

    pub fn has_ended(&self, container: &str, attempt: u32) -> bool {
        *self.gone.borrow()
            || self
                .ended
                .borrow()
                .get(container)
                .is_some_and(|last| *last >= attempt)
    }

    /// Ends everything in the pod; returns when nothing is left.
    pub async fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        drop(self.forwards.lock().take());
        self.order(&Order::Stop);
        let mut gone = self.gone.subscribe();
        if tokio::time::timeout(INIT_GRACE, gone.wait_for(|gone| *gone))
            .await
            .is_err()
        {
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = gone.wait_for(|gone| *gone).await;
        }
    }

    async fn listen(
        self: Arc<Self>,
        mut reader: OwnedReadHalf,
        sink: Arc<RwLock<Option<EventSink>>>,
    ) {
        while let Some(report) = line::read(&mut reader).await {
            self.take(report, &sink);
        }
        // The socket closes with the init, which ends after all in its PID namespace.
        let pid = self.pid;
        let _ = tokio::task::spawn_blocking(move || waitpid(pid, None)).await;
        crate::pod_init::sweep_pod(self.uid(), self.stopping.load(Ordering::Acquire));
        drop(self.forwards.lock().take());
        self.endings.lock().clear();
        self.inputs.lock().clear();
        self.gone.send_replace(true);
        // only now: whoever asks looks at that afterwards, and would wait for ever if he came between
        self.waiting.lock().clear();
        self.ready.lock().take();
        if !self.stopping.load(Ordering::Acquire) {
            let message = "the pod's init ended".to_owned();
            emit(
                &sink,
                RuntimeEvent::SandboxLost {
                    pod_uid: self.uid().to_owned(),
                    message,
                },
            );
        }
    }

    fn take(&self, report: Report, sink: &RwLock<Option<EventSink>>) {
        let key = match &report {
            Report::Ready | Report::Unable { .. } | Report::Unfilled { .. } => {
                if let Some(tell) = self.ready.lock().take() {
                    let _ = tell.send(report);
                }
                return;
            }
            Report::Started { key, .. }
            | Report::Refused { key, .. }
            | Report::Attached { ticket: key }
            | Report::Refreshed { ticket: key, .. } => {
                let tell = self.waiting.lock().remove(key);
                if let Some(tell) = tell {
                    let _ = tell.send(report);
                }
                return;
            }
            Report::Exited { key, .. } => key.clone(),
        };
        let ending = self.endings.lock().remove(&key);
        if let Some(tell) = ending {
            let _ = tell.send(report);
        } else if let Report::Exited {
            code,
            signal,
            words,
            ..
        } = report
        {
            let exit = Exit {
                code,
                signal,
                out_of_memory: false,
            };
            self.exited(key, exit, words, sink);
        }
    }

    fn exited(
        &self,
        container: String,
        exit: Exit,
        said: Vec<u8>,
        sink: &RwLock<Option<EventSink>>,
    ) {
        let Some(attempt) = self.attempts.lock().get(&container).copied() else {
            return;
        };
        self.close_input(&container, attempt);
        self.ended.send_modify(|ended| {
            ended.insert(container.clone(), attempt);
        });
        // Real processes live in real time.
        #[allow(clippy::disallowed_methods)]
        let at = jiff::Timestamp::now();
        let words = self.words.lock().get(&container).cloned();
        let message = words.and_then(|words| words.read(said, &exit));
        emit(
            sink,
            RuntimeEvent::Exited {
                pod_uid: self.uid().to_owned(),
                container,
                attempt,
                exit,
                message,
                at,
            },
        );
    }
}

fn emit(sink: &RwLock<Option<EventSink>>, event: RuntimeEvent) {
    let sink = sink.read().clone();
    if let Some(sink) = sink {
        sink(event);
    }
}
