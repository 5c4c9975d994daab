//! `/metrics`: what is counted here, and what the process and the controllers count, which the API server
//! is only handed. Upstream's names, where upstream counts the same; what nobody measures is absent.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;

use crate::core::Core;
use crate::events_v1;
use crate::exposition::{Exposition, MEDIA_TYPE, MetricKind};
use crate::registry::Resource;
use crate::render;

/// Writes down what the API server does not know itself.
pub type MoreMetrics = Arc<dyn Fn(&mut Exposition) + Send + Sync>;

/// Answers with every metric.
pub fn serve(core: &Core) -> Response {
    let mut told = Exposition::default();
    core.traffic.tell(&mut told);
    core.counters.tell(&mut told);
    objects(core, &mut told);
    version(core, &mut told);
    if let Some(more) = &core.more_metrics {
        more(&mut told);
    }
    render::typed(Body::from(told.into_text()), MEDIA_TYPE)
}

/// How many of each kind there are. Upstream is about to replace the first of these by the second.
fn objects(core: &Core, told: &mut Exposition) {
    let stats = core.store.stats();
    let stored: Vec<_> = stored(core).collect();
    let count = |key: &str| stats.objects.get(key).copied().unwrap_or_default();
    let (older, newer) = ("apiserver_storage_objects", "apiserver_resource_objects");
    let help = "[DEPRECATED, consider using apiserver_resource_objects instead] Number of stored objects at the time \
                of last check split by kind.";
    told.begin(older, MetricKind::Gauge, help);
    for resource in &stored {
        let name = resource.name.to_string();
        told.sample(older, &[("resource", name.as_str())], count(&resource.key));
    }
    let help = "Number of stored objects at the time of last check split by kind.";
    told.begin(newer, MetricKind::Gauge, help);
    for resource in &stored {
        let labels = [
            ("group", resource.name.group),
            ("resource", resource.name.plural),
        ];
        told.sample(newer, &labels, count(&resource.key));
    }
    let name = "apiserver_storage_size_bytes";
    let help = "Size of the storage database file physically allocated in bytes.";
    told.begin(name, MetricKind::Gauge, help);
    told.sample(name, &[("storage_cluster_id", "store")], stats.log_bytes);
}

/// The newer events are the older, under other names.
fn stored(core: &Core) -> impl Iterator<Item = &Arc<Resource>> {
    let all = core.registry.iter();
    all.filter(|resource| resource.info.group != events_v1::GROUP)
}

fn version(core: &Core, told: &mut Exposition) {
    let version = &core.version;
    let labels = [
        ("git_version", version.git_version.as_str()),
        ("major", version.major.as_str()),
        ("minor", version.minor.as_str()),
        ("platform", version.platform.as_str()),
    ];
    let name = "kubernetes_build_info";
    let help =
        "A metric with a constant '1' value labeled by major, minor, git version and platform.";
    told.begin(name, MetricKind::Gauge, help);
    told.sample(name, &labels, 1);
}
