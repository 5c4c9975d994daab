//! What is noted of a pod's containers.

use k8s_openapi::api::core::v1::Container;

use super::Live;
use super::hooks::post_start_of;
use crate::decide::{Current, Ended, Record, raised};

impl Live {
    /// Changes one container's record, making it if need be.
    pub(super) fn record<T>(&self, name: &str, change: impl FnOnce(&mut Record) -> T) -> T {
        change(
            self.state
                .lock()
                .containers
                .entry(name.to_owned())
                .or_default(),
        )
    }

    pub(super) fn is_running(&self, name: &str, attempt: u32) -> bool {
        let state = self.state.lock();
        state.is_running(name)
            && state
                .record(name)
                .is_some_and(|record| record.attempts == attempt + 1)
    }

    /// Notes a start before it happens, so that an end that comes at once finds it; answers the attempt.
    pub(super) fn begin(&self, container: &Container, id: &str, now: jiff::Timestamp) -> u32 {
        self.record(&container.name, |record| {
            if matches!(record.current, Current::Ended(_)) || record.attempts > 0 {
                record.backoff = Some(raised(record, now));
            }
            record.keep_last();
            let attempt = record.attempts;
            record.restart_count = attempt;
            record.attempts += 1;
            record.image = container.image.clone().unwrap_or_default();
            record.current = Current::Running {
                id: id.to_owned(),
                started_at: now,
            };
            record.hooked = post_start_of(container).is_some();
            record.startup_passed = container.startup_probe.is_none();
            record.readiness_passed = container.readiness_probe.is_none();
            record.resources = container.resources.clone().unwrap_or_default();
            record.restarts_resized = false;
            (record.stopping, record.killed, record.backoff_reported) = (false, false, false);
            (record.kill_at, record.told_at, record.pre_stop_until) = (None, None, None);
            record.forewarned = false;
            attempt
        })
    }
}

impl Record {
    pub(super) fn end(&mut self, ended: Ended) {
        self.current = Current::Ended(ended);
        (self.hooked, self.pre_stop_until) = (false, None);
        (self.kill_at, self.readiness_passed, self.startup_passed) = (None, false, false);
    }
}
