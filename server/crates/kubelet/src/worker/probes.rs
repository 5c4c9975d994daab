//! Startup, liveness and readiness probes: one task per probe and run of a container.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{
    Container, ExecAction, GRPCAction, HTTPGetAction, LifecycleHandler, Pod, Probe, TCPSocketAction,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use orrery_informer::EventType::Warning;

use super::{Live, Worker};
use crate::runtime::ProbeAction;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Startup,
    Liveness,
    Readiness,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }
}

impl Worker {
    /// Begins the container's probes; each ends with the run that it watches.
    pub(super) fn watch_probes(
        self: &Arc<Self>,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        container: &Container,
        attempt: u32,
    ) {
        let probes = [
            (Kind::Startup, &container.startup_probe),
            (Kind::Liveness, &container.liveness_probe),
            (Kind::Readiness, &container.readiness_probe),
        ];
        for (kind, probe) in probes {
            if let Some(probe) = probe.clone() {
                let task = Task {
                    worker: self.clone(),
                    live: live.clone(),
                    pod: pod.clone(),
                    container: container.clone(),
                    attempt,
                    kind,
                };
                tokio::spawn(task.run(probe));
            }
        }
    }
}

struct Task {
    worker: Arc<Worker>,
    live: Arc<Live>,
    pod: Arc<Pod>,
    container: Container,
    attempt: u32,
    kind: Kind,
}

impl Task {
    /// Upstream's defaults: every 10 s, 1 s to answer, three failures count, one success.
    async fn run(self, probe: Probe) {
        let secs = |value: Option<i32>, default: u32| {
            value.and_then(|v| u32::try_from(v).ok()).unwrap_or(default)
        };
        let period = Duration::from_secs(secs(probe.period_seconds, 10).max(1).into());
        let timeout = Duration::from_secs(secs(probe.timeout_seconds, 1).max(1).into());
        let (failures_count, successes_count) = (
            secs(probe.failure_threshold, 3).max(1),
            secs(probe.success_threshold, 1).max(1),
        );
        let ip = self.live.state.lock().ip.clone().unwrap_or_default();
        let action = action(
            &probe.exec,
            &probe.http_get,
            &probe.tcp_socket,
            &self.container,
            &ip,
        );
        let action = action.or_else(|| grpc(probe.grpc.as_ref()?, &ip));
        self.worker
            .clock
            .sleep(Duration::from_secs(
                secs(probe.initial_delay_seconds, 0).into(),
            ))
            .await;
        let (mut failures, mut successes) = (0, 0);
        while self.is_wanted() {
            if self.kind == Kind::Startup || self.live.state.lock().is_started(&self.container.name)
            {
                let result = match &action {
                    Some(action) => {
                        self.worker
                            .runtime
                            .probe(
                                &self.live.uid,
                                &self.container.name,
                                action.clone(),
                                timeout,
                            )
                            .await
                    }
                    None => {
                        Err("this kind of probe is not supported by the embedded engine".to_owned())
                    }
                };
                if !self.is_wanted() {
                    return;
                }
                match result {
                    Ok(()) => (failures, successes) = (0, successes + 1),
                    Err(why) => {
                        (failures, successes) = (failures + 1, 0);
                        self.tell(
                            Warning,
                            "Unhealthy",
                            format!("{} probe failed: {why}", self.kind.text()),
                        );
                    }
                }
                if successes == successes_count && self.passed() {
                    return;
                }
                if failures == failures_count && self.failed(&probe) {
                    return;
                }
            }
            self.worker.clock.sleep(period).await;
        }
    }

    fn is_wanted(&self) -> bool {
        self.live.is_running(&self.container.name, self.attempt)
            && !self.live.state.lock().is_stopping(&self.container.name)
    }

    fn tell(&self, type_: orrery_informer::EventType, reason: &str, message: String) {
        self.worker.event(
            &self.live,
            &self.pod,
            Some(&self.container.name),
            type_,
            reason,
            message,
        );
    }

    /// Answers whether the probe is done.
    fn passed(&self) -> bool {
        self.live
            .record(&self.container.name, |record| match self.kind {
                Kind::Startup => record.startup_passed = true,
                Kind::Readiness => record.readiness_passed = true,
                Kind::Liveness => {}
            });
        self.worker.queue.add(self.live.key.clone());
        self.kind == Kind::Startup
    }

    fn failed(&self, probe: &Probe) -> bool {
        let name = &self.container.name;
        if self.kind == Kind::Readiness {
            self.live
                .record(name, |record| record.readiness_passed = false);
            self.worker.queue.add(self.live.key.clone());
            return false;
        }
        let what = self.kind.text().to_lowercase();
        let message = format!("Container {name} failed {what} probe, will be restarted");
        let grace = probe.termination_grace_period_seconds;
        self.worker
            .condemn(&self.live, &self.pod, name, grace, message);
        self.worker.queue.add(self.live.key.clone());
        true
    }
}

fn grpc(action: &GRPCAction, ip: &str) -> Option<ProbeAction> {
    Some(ProbeAction::Grpc {
        host: ip.to_owned(),
        port: u16::try_from(action.port).ok()?,
        service: action.service.clone().unwrap_or_default(),
    })
}

pub fn hook_action(
    hook: &LifecycleHandler,
    container: &Container,
    ip: &str,
) -> Option<ProbeAction> {
    action(&hook.exec, &hook.http_get, &hook.tcp_socket, container, ip)
}

fn action(
    exec: &Option<ExecAction>,
    http: &Option<HTTPGetAction>,
    tcp: &Option<TCPSocketAction>,
    container: &Container,
    ip: &str,
) -> Option<ProbeAction> {
    let host = |host: &Option<String>| {
        host.clone()
            .filter(|h| !h.is_empty())
            .unwrap_or_else(|| ip.to_owned())
    };
    if let Some(exec) = exec {
        return Some(ProbeAction::Exec(exec.command.clone().unwrap_or_default()));
    }
    if let Some(http) = http {
        let headers = http
            .http_headers
            .iter()
            .flatten()
            .map(|h| (h.name.clone(), h.value.clone()))
            .collect();
        return Some(ProbeAction::Http {
            host: host(&http.host),
            port: port(&http.port, container)?,
            path: http.path.clone().unwrap_or_else(|| "/".to_owned()),
            headers,
            tls: http.scheme.as_deref() == Some("HTTPS"),
        });
    }
    let tcp = tcp.as_ref()?;
    Some(ProbeAction::Tcp {
        host: host(&tcp.host),
        port: port(&tcp.port, container)?,
    })
}

fn port(port: &IntOrString, container: &Container) -> Option<u16> {
    match port {
        IntOrString::Int(number) => u16::try_from(*number).ok(),
        IntOrString::String(name) => {
            let named = container
                .ports
                .iter()
                .flatten()
                .find(|p| p.name.as_deref() == Some(name));
            named
                .and_then(|p| u16::try_from(p.container_port).ok())
                .or_else(|| name.parse().ok())
        }
    }
}
