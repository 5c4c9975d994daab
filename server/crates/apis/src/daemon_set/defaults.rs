//! Defaults of a DaemonSet (DSV-01).

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetUpdateStrategy};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::pod_template::defaults::default_pod_template;

const REVISIONS_KEPT: i32 = 10;

pub(super) fn default_daemon_set(daemon_set: &mut DaemonSet) {
    let spec = daemon_set.spec.get_or_insert_default();
    default_pod_template(&mut spec.template);
    default_strategy(spec.update_strategy.get_or_insert_default());
    spec.revision_history_limit.get_or_insert(REVISIONS_KEPT);
    spec.min_ready_seconds = spec.min_ready_seconds.filter(|secs| *secs != 0);
    daemon_set.status.get_or_insert_default();
}

fn default_strategy(strategy: &mut DaemonSetUpdateStrategy) {
    if strategy.type_.as_deref().is_none_or(str::is_empty) {
        strategy.type_ = Some("RollingUpdate".to_owned());
    }
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let rolling = strategy.rolling_update.get_or_insert_default();
        rolling.max_unavailable.get_or_insert(IntOrString::Int(1));
        rolling.max_surge.get_or_insert(IntOrString::Int(0));
    }
}
