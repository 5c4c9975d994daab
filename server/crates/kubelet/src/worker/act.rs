//! Carrying out one action. Each leaves its mark in the pod's state, so that the next decision differs.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Pod;
use orrery_apis::service_account::{TOKEN_MOUNT_PATH, TOKEN_VOLUME_PREFIX};
use orrery_informer::EventType::{Normal, Warning};

use super::files::Made;
use super::hostname::hostname;
use super::mounts::{FAILED_MOUNT, Failure, SETUP};
use super::resolve::{Source, expand_all, host_ports};
use super::token::Tokens;
use super::user::is_privileged;
use super::{Live, Worker, is_host_network};
use crate::decide::{
    Action, Current, DEADLINE_EXCEEDED, Ended, PodState, SandboxState, backoff_message, container,
    later, pod_text,
};
use crate::runtime::{ContainerSpec, Mount, Sandbox, StartError, Volume};

/// Between attempts at what a person has to put right (a variable of a missing ConfigMap, a port that is taken):
/// short, for someone is looking; a read of one object is cheap.
const RETRY: SignedDuration = SignedDuration::from_secs(2);
/// ImagePullBackOff: upstream's first delay and cap.
const PULL_BACKOFF: SignedDuration = SignedDuration::from_secs(10);
const PULL_BACKOFF_CAP: SignedDuration = SignedDuration::from_secs(300);

const CREATED: &str = "Container created";
const FAILED_SANDBOX: &str = "FailedCreatePodSandBox";

impl Worker {
    pub(super) async fn act(self: &Arc<Self>, live: &Arc<Live>, pod: &Arc<Pod>, action: Action) {
        match action {
            Action::StartSandbox => self.start_sandbox(live, pod).await,
            Action::StartContainer { name } => self.start_container(live, pod, &name).await,
            Action::StopContainer { name, message } => {
                self.stop_container(live, pod, &name, message)
            }
            Action::ForewarnContainer { name, message } => {
                live.record(&name, |record| record.forewarned = true);
                self.event(live, pod, Some(&name), Normal, "Killing", message);
                self.pre_stop(live, pod, &name);
            }
            Action::RestartContainer { name, message } => {
                self.restart_resized(live, pod, &name, message);
            }
            Action::ResizeContainer { name } => self.resize_container(live, pod, &name),
            Action::KillContainer { name } => {
                self.runtime.kill(&live.uid, &name);
                live.record(&name, |record| record.killed = true);
            }
            Action::EnterBackoff { name } => {
                live.record(&name, |record| record.backoff_reported = true);
                let message = format!(
                    "Back-off restarting failed container {name} in pod {}",
                    pod_text(pod)
                );
                tracing::debug!(
                    message = backoff_message(pod, &name, &live.record(&name, |r| r.clone()))
                );
                self.event(live, pod, Some(&name), Warning, "BackOff", message);
            }
            Action::ReportDeadline => {
                let message = DEADLINE_EXCEEDED.to_owned();
                self.event(live, pod, None, Normal, "DeadlineExceeded", message);
            }
            // what a pass ends with is its own
            Action::StopSandbox | Action::RemoveObject => {}
        }
    }

    /// Ends the sandbox of a pod for good of which nothing runs any more: it counts as stopped at once.
    pub(super) fn end_sandbox<'a>(&'a self, live: &'a Arc<Live>) -> BoxFuture<'a, ()> {
        live.state.lock().sandbox = SandboxState::Stopped;
        async move {
            self.runtime.stop_sandbox(&live.uid).await;
            // as upstream unmounts them: a pod that has ended stays, and nobody needs its token any more
            let (key, uid) = (&live.key, &live.uid);
            let removing = self.runtime.remove_volumes(&key.namespace, &key.name, uid);
            removing.await;
            *live.tokens.lock() = Tokens::default();
        }
        .boxed()
    }

    pub(super) fn source<'a>(
        &'a self,
        live: &'a Live,
        pod: &'a Pod,
        state: &'a PodState,
    ) -> Source<'a> {
        Source {
            client: &self.client,
            clock: &self.clock,
            tokens: &live.tokens,
            is_read: self.runtime.runs_processes(),
            pod,
            host_ip: &state.host_ip,
            pod_ip: state.ip.as_deref().unwrap_or_default(),
            base_env: &self.base_env,
            capacity: self.capacity,
        }
    }

    async fn start_sandbox(&self, live: &Arc<Live>, pod: &Arc<Pod>) {
        let state = live.state.lock().clone();
        let begun = match (
            self.volumes(live, pod, &state).await,
            hostname(pod, &live.node),
        ) {
            (Ok(volumes), Ok(hostname)) => {
                let sandbox = sandbox(live, pod, &state, volumes, hostname);
                let started = self.runtime.start_sandbox(sandbox).await;
                started.map_err(|error| self.sandbox_failed(live, pod, error.reason, error.message))
            }
            (
                Err(Failure {
                    message, retry_at, ..
                }),
                _,
            ) => Err(SandboxState::Failed { message, retry_at }),
            (_, Err(why)) => Err(self.sandbox_failed(live, pod, FAILED_SANDBOX, why)),
        };
        let reached = match begun {
            Ok(()) => {
                *live.made.lock() = Some(Made::now(pod, self.clock.now()));
                live.unmounted.lock().clear(SETUP);
                SandboxState::Ready
            }
            Err(failed) => failed,
        };
        live.state.lock().sandbox = reached;
    }

    fn sandbox_failed(
        &self,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        reason: &'static str,
        message: String,
    ) -> SandboxState {
        if reason == FAILED_MOUNT {
            let Failure {
                message, retry_at, ..
            } = self.unmounted(live, pod, SETUP, message);
            return SandboxState::Failed { message, retry_at };
        }
        self.event(live, pod, None, Warning, reason, message.clone());
        SandboxState::Failed {
            message,
            retry_at: self.clock.now() + RETRY,
        }
    }

    async fn start_container(self: &Arc<Self>, live: &Arc<Live>, pod: &Arc<Pod>, name: &str) {
        let Some(mut container) = container(pod, name) else {
            return;
        };
        let state = live.state.lock().clone();
        container.resources = Some(state.granted(&container));
        let container = &container;
        let mut spec = match self.source(live, pod, &state).container(container).await {
            Ok(spec) => spec,
            Err(missing) => {
                return self.hold(live, pod, name, "CreateContainerConfigError", missing);
            }
        };
        if !self.runtime.shows_volumes() {
            spec.mounts.retain(|mount| !is_of_token(mount));
        }
        let image = container.image.clone().unwrap_or_default();
        let command = expand_all(container.command.as_ref(), &spec.env);
        let args = expand_all(container.args.as_ref(), &spec.env);
        spec.argv = match self.runtime.command_line(&image, &command, &args) {
            Ok(argv) => argv,
            Err(why) => return self.hold_image(live, pod, name, &image, &why),
        };
        let mut id = self.clock.uid() + &self.clock.uid();
        id.retain(|letter| letter != '-');
        spec.attempt = live.begin(container, &id, self.clock.now());
        spec.id.clone_from(&id);
        let attempt = spec.attempt;
        match self.run(live, pod, name, &image, spec).await {
            Ok(()) => self.post_start(live, pod, container, attempt),
            Err(error) => self.start_failed(live, pod, name, id, error),
        }
    }

    async fn run(
        &self,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        name: &str,
        image: &str,
        spec: ContainerSpec,
    ) -> Result<(), StartError> {
        let pulled = format!("Container image {image:?} runs from the host, nothing pulled");
        self.event(live, pod, Some(name), Normal, "Pulled", pulled);
        self.runtime.start_container(spec).await?;
        *live.begun.lock() = Some(self.clock.now());
        for (reason, message) in [("Created", CREATED), ("Started", "Container started")] {
            self.event(live, pod, Some(name), Normal, reason, message.to_owned());
        }
        Ok(())
    }

    /// A container that could not be created waits; one whose command cannot run has ended.
    fn start_failed(
        &self,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        name: &str,
        id: String,
        error: StartError,
    ) {
        let now = self.clock.now();
        if error.exit_code.is_some() {
            self.event(live, pod, Some(name), Normal, "Created", CREATED.to_owned());
        }
        self.event(
            live,
            pod,
            Some(name),
            Warning,
            "Failed",
            format!("Error: {}", error.message),
        );
        live.record(name, |record| match error.exit_code {
            Some(exit_code) => record.end(Ended {
                id,
                exit_code,
                signal: None,
                reason: error.reason.to_owned(),
                message: Some(error.message.clone()),
                started_at: None,
                finished_at: Some(now),
            }),
            None => {
                // no run: neither logs nor who comes after this life of the node look for one of that number
                record.attempts = record.attempts.saturating_sub(1);
                record.restart_count = record.attempts.saturating_sub(1);
                record.hooked = false;
                let (reason, message) = (error.reason.to_owned(), error.message.clone());
                record.current = Current::Waiting {
                    reason,
                    message,
                    retry_at: now + RETRY,
                };
            }
        });
    }

    fn hold(&self, live: &Arc<Live>, pod: &Arc<Pod>, name: &str, reason: &str, message: String) {
        self.event(
            live,
            pod,
            Some(name),
            Warning,
            "Failed",
            format!("Error: {message}"),
        );
        let retry_at = self.clock.now() + RETRY;
        live.record(name, |record| {
            record.keep_last();
            record.current = Current::Waiting {
                reason: reason.to_owned(),
                message,
                retry_at,
            };
        });
    }

    /// ErrImagePull first, ImagePullBackOff ever after, at doubling distances.
    fn hold_image(&self, live: &Arc<Live>, pod: &Arc<Pod>, name: &str, image: &str, why: &str) {
        let now = self.clock.now();
        let failures = live.record(name, |record| {
            record.pull_failures += 1;
            record.pull_failures
        });
        let tell =
            |type_, reason, message| self.event(live, pod, Some(name), type_, reason, message);
        let (reason, message, delay) = match failures {
            1 => {
                let failed = format!("Failed to pull image {image:?}: {why}");
                tell(Warning, "Failed", failed);
                ("ErrImagePull", why.to_owned(), RETRY)
            }
            _ => {
                let delay = PULL_BACKOFF * 2_i32.saturating_pow(failures.min(10) - 2);
                let held = format!("Back-off pulling image {image:?}");
                let message = format!("{held}: ErrImagePull: {why}");
                tell(Normal, "BackOff", held);
                ("ImagePullBackOff", message, delay.min(PULL_BACKOFF_CAP))
            }
        };
        tell(Warning, "Failed", format!("Error: {reason}"));
        live.record(name, |record| {
            record.keep_last();
            record.current = Current::Waiting {
                reason: reason.to_owned(),
                message,
                retry_at: now + delay,
            };
        });
    }

    /// preStop, then SIGTERM; the end of the grace is `decide`'s business.
    pub(super) fn stop_container(
        self: &Arc<Self>,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        name: &str,
        message: String,
    ) {
        let forewarned = live.record(name, |record| {
            record.stopping = true;
            record.forewarned
        });
        if forewarned {
            return self.terminate(live, name);
        }
        self.event(live, pod, Some(name), Normal, "Killing", message);
        self.pre_stop(live, pod, name);
    }

    /// Begins the end of one container of a pod that goes on, within `grace_secs` or the pod's grace.
    pub(super) fn condemn(
        self: &Arc<Self>,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        name: &str,
        grace_secs: Option<i64>,
        message: String,
    ) {
        let spec = pod.spec.as_ref();
        let of_pod = spec.and_then(|spec| spec.termination_grace_period_seconds);
        let secs = grace_secs.or(of_pod).unwrap_or(30).max(1);
        let kill_at = later(self.clock.now(), secs);
        live.record(name, |record| record.kill_at = Some(kill_at));
        self.stop_container(live, pod, name, message);
    }
}

/// The mount that admission gives each container. Where volumes cannot be shown a pod goes on without it, for it has
/// not asked for that; what it asks for itself it waits for.
fn is_of_token(mount: &Mount) -> bool {
    mount.path == TOKEN_MOUNT_PATH && mount.volume.starts_with(TOKEN_VOLUME_PREFIX)
}

fn sandbox(
    live: &Live,
    pod: &Pod,
    state: &PodState,
    volumes: Vec<Volume>,
    hostname: String,
) -> Sandbox {
    Sandbox {
        namespace: live.key.namespace.clone(),
        name: live.key.name.clone(),
        uid: live.uid.clone(),
        node: live.node.clone(),
        hostname,
        ip: state.ip.as_deref().and_then(|ip| ip.parse().ok()),
        host_ip: state.host_ip.parse().ok(),
        // With the host's network the container's own port is the node's.
        host_ports: if is_host_network(pod) {
            Vec::new()
        } else {
            host_ports(pod)
        },
        volumes,
        privileged: is_privileged(pod),
        annotations: pod
            .metadata
            .annotations
            .clone()
            .unwrap_or_default()
            .into_iter()
            .collect(),
    }
}
