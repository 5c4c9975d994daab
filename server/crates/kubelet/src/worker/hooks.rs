//! A container's hooks: postStart, which whatever comes after its start waits for, and preStop, which its SIGTERM does.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, LifecycleHandler, Pod};
use orrery_informer::EventType::Warning;

use super::{Live, Worker};
use crate::decide::containers;

const SIGTERM: i32 = 15;
/// Between looks at whether the container runs whose hook does: some servers never answer.
const LOOK: Duration = Duration::from_secs(1);

impl Worker {
    /// Runs the container's preStop hook, if it has one and the time; SIGTERM follows when its turn has come.
    pub(super) fn pre_stop(self: &Arc<Self>, live: &Arc<Live>, pod: &Arc<Pod>, name: &str) {
        let hook = containers(pod)
            .find(|c| c.name == name)
            .and_then(|c| c.lifecycle.as_ref()?.pre_stop.clone());
        let now = self.clock.now();
        let until = live.grace_until(name).unwrap_or(now);
        let attempt = live.record(name, |record| {
            record.pre_stop_until = Some(until);
            record.attempts.saturating_sub(1)
        });
        let Some(hook) = hook.filter(|_| now < until) else {
            return self.pre_stopped(live, name);
        };
        let limit = until.duration_since(now).unsigned_abs();
        let (worker, live, pod, name) = (self.clone(), live.clone(), pod.clone(), name.to_owned());
        tokio::spawn(async move {
            let hooked = worker.hook(&live, &pod, &name, &hook, limit);
            let answer = worker.unless_over(&live, &name, attempt, hooked).await;
            if let Some(Err(why)) = answer {
                // upstream keeps the answer out of the event, lest a secret leaks
                tracing::debug!(why, container = name, "a preStop hook failed");
                let message = "PreStopHook failed".to_owned();
                let about = Some(name.as_str());
                worker.event(&live, &pod, about, Warning, "FailedPreStopHook", message);
            }
            if live.is_running(&name, attempt) {
                worker.pre_stopped(&live, &name);
                worker.queue.add(live.key.clone());
            }
        });
    }

    fn pre_stopped(&self, live: &Live, name: &str) {
        let has_turn = live.record(name, |record| {
            record.pre_stop_until.take().is_some() && record.stopping
        });
        if has_turn {
            self.terminate(live, name);
        }
    }

    pub(super) fn terminate(&self, live: &Live, name: &str) {
        let now = self.clock.now();
        live.record(name, |record| {
            (record.pre_stop_until, record.told_at) = (None, Some(now));
        });
        self.runtime.signal(&live.uid, name, SIGTERM);
    }

    /// Runs the container's postStart hook, if it has one, and then looks at its probes.
    pub(super) fn post_start(
        self: &Arc<Self>,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        container: &Container,
        attempt: u32,
    ) {
        let Some(hook) = post_start_of(container) else {
            return self.watch_probes(live, pod, container, attempt);
        };
        let (worker, live, pod, container, hook) = (
            self.clone(),
            live.clone(),
            pod.clone(),
            container.clone(),
            hook.clone(),
        );
        tokio::spawn(async move {
            // it may take as long as it likes; whoever wants the pod to go ends its container
            let limit = Duration::MAX;
            let name = &container.name;
            let hooked = worker.hook(&live, &pod, name, &hook, limit);
            if let Some(answer) = worker.unless_over(&live, name, attempt, hooked).await {
                worker.post_started(&live, &pod, &container, attempt, answer);
                worker.queue.add(live.key.clone());
            }
        });
    }

    fn post_started(
        self: &Arc<Self>,
        live: &Arc<Live>,
        pod: &Arc<Pod>,
        container: &Container,
        attempt: u32,
        answer: Result<(), String>,
    ) {
        let name = &container.name;
        let goes_on = live.is_running(name, attempt) && !live.state.lock().is_stopping(name);
        match answer {
            Ok(()) if goes_on => {
                live.record(name, |record| record.hooked = false);
                self.watch_probes(live, pod, container, attempt);
            }
            Ok(()) => {}
            Err(why) => {
                tracing::debug!(why, container = name, "a postStart hook failed");
                let reason = "FailedPostStartHook";
                let message = "PostStartHook failed".to_owned();
                self.event(live, pod, Some(name), Warning, reason, message);
                if goes_on {
                    self.condemn(live, pod, name, None, reason.to_owned());
                }
            }
        }
    }

    /// What a hook answers, unless the run of its container is over before.
    async fn unless_over<T>(
        &self,
        live: &Live,
        name: &str,
        attempt: u32,
        hook: impl Future<Output = T>,
    ) -> Option<T> {
        let over = async {
            // what a hook says as its container ends is still heard
            self.clock.sleep(LOOK).await;
            while live.is_running(name, attempt) {
                self.clock.sleep(LOOK).await;
            }
        };
        tokio::select! {
            biased;
            answer = hook => Some(answer),
            () = over => None,
        }
    }

    async fn hook(
        &self,
        live: &Live,
        pod: &Pod,
        name: &str,
        hook: &LifecycleHandler,
        limit: Duration,
    ) -> Result<(), String> {
        if let Some(sleep) = &hook.sleep {
            let time = Duration::from_secs(sleep.seconds.max(0).unsigned_abs());
            self.clock.sleep(time.min(limit)).await;
            return Ok(());
        }
        let ip = live.state.lock().ip.clone().unwrap_or_default();
        let container = containers(pod).find(|c| c.name == name);
        let action = container.and_then(|c| super::probes::hook_action(hook, c, &ip));
        let action = action.ok_or("the hook names nothing that can be done")?;
        self.runtime.probe(&live.uid, name, action, limit).await
    }
}

impl Live {
    /// Until when the container has time to end: with its pod, or alone.
    fn grace_until(&self, name: &str) -> Option<Timestamp> {
        let state = self.state.lock();
        let stop = state.stop.as_ref().map(|stop| stop.kill_at);
        stop.or_else(|| state.record(name)?.kill_at)
    }
}

pub(super) fn post_start_of(container: &Container) -> Option<&LifecycleHandler> {
    container.lifecycle.as_ref()?.post_start.as_ref()
}
