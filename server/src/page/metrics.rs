//! `/metrics`: counts of the engine, as Prometheus reads them.

use std::fmt;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use orrery_apiserver::{ApiServer, Stats as ApiStats};
use orrery_store::{Stats as StoreStats, Store};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::Site;

/// What is counted, and where.
#[derive(Clone)]
pub struct Metrics {
    pub store: Store,
    pub api: ApiServer,
}

/// Asked at each scrape; nothing is counted twice.
pub async fn text(State(site): State<Site>) -> Response {
    let mut registry = Registry::with_prefix("orrery");
    if let Some(metrics) = site.0.parts.metrics.clone() {
        registry.register_collector(Box::new(metrics));
    }
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &registry) {
        Ok(()) => (
            [(
                CONTENT_TYPE,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            )],
            text,
        )
            .into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let (store, api) = (self.store.stats(), self.api.stats());
        for (name, help, value) in counters(&store, &api) {
            let counter = ConstCounter::new(value);
            let kind = counter.metric_type();
            counter.encode(encoder.encode_descriptor(name, help, None, kind)?)?;
        }
        for (name, help, value) in gauges(&store, &api) {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let kind = gauge.metric_type();
            gauge.encode(encoder.encode_descriptor(name, help, None, kind)?)?;
        }
        let help = "Objects by resource";
        let kind = ConstGauge::new(0_i64).metric_type();
        let mut objects = encoder.encode_descriptor("store_objects", help, None, kind)?;
        for (resource, count) in &store.objects {
            let labels = [("resource", resource.to_string())];
            ConstGauge::new(*count as i64).encode(objects.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Name, help and value.
type Count = (&'static str, &'static str, u64);

#[rustfmt::skip]
fn counters(store: &StoreStats, api: &ApiStats) -> [Count; 11] {
    [
        ("api_reads", "GET requests to the Kubernetes API, watches included", api.reads),
        ("api_writes", "Changing requests to the Kubernetes API", api.writes),
        ("api_client_errors", "Answers with a 4xx code", api.client_errors),
        ("api_server_errors", "Answers with a 5xx code", api.server_errors),
        ("api_watches", "Watches opened", api.watches),
        ("api_watch_events", "Watch events sent, bookmarks included", api.events_sent),
        ("store_changes", "Changes committed", store.changes),
        ("store_batches", "Batches committed", store.batches),
        ("store_fsyncs", "Flushes of the log to the disk", store.fsyncs),
        ("store_compactions", "Rewrites of the log", store.compactions),
        ("store_failures", "Batches that the disk refused", store.failures),
    ]
}

#[rustfmt::skip]
fn gauges(store: &StoreStats, api: &ApiStats) -> [Count; 6] {
    [
        ("api_watches_open", "Watches open", api.watches_open),
        ("store_revision", "The newest resource version", store.revision),
        ("store_history", "Changes kept for watches", store.history as u64),
        ("store_history_bytes", "Bytes of those changes", store.history_bytes as u64),
        ("store_live_bytes", "Bytes of live objects", store.live_bytes),
        ("store_log_bytes", "Bytes of the log on disk", store.log_bytes),
    ]
}
