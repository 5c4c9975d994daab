//! Defaults of probes and lifecycle hooks.

use k8s_openapi::api::core::v1::{HTTPGetAction, Lifecycle, Probe};

use super::spec::set;

/// Upstream's timings: asked every 10 s, one second to answer, one success heals, three failures break.
const TIMEOUT_SECS: i32 = 1;
const PERIOD_SECS: i32 = 10;
const SUCCESSES: i32 = 1;
const FAILURES: i32 = 3;

pub(super) fn default_probe(probe: &mut Probe) {
    let numbers = [
        (&mut probe.timeout_seconds, TIMEOUT_SECS),
        (&mut probe.period_seconds, PERIOD_SECS),
        (&mut probe.success_threshold, SUCCESSES),
        (&mut probe.failure_threshold, FAILURES),
    ];
    for (field, default) in numbers {
        if field.unwrap_or_default() == 0 {
            *field = Some(default);
        }
    }
    probe.initial_delay_seconds = probe.initial_delay_seconds.filter(|secs| *secs != 0);
    probe.http_get.iter_mut().for_each(default_http_get);
    if let Some(grpc) = probe.grpc.as_mut() {
        grpc.service.get_or_insert_default();
    }
}

pub(super) fn default_lifecycle(lifecycle: &mut Lifecycle) {
    let handlers = [&mut lifecycle.post_start, &mut lifecycle.pre_stop];
    let gets = handlers
        .into_iter()
        .flatten()
        .filter_map(|handler| handler.http_get.as_mut());
    gets.for_each(default_http_get);
}

fn default_http_get(get: &mut HTTPGetAction) {
    set(&mut get.path, "/");
    set(&mut get.scheme, "HTTP");
}
