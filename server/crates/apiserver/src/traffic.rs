//! How often and how fast requests are answered, as upstream's `apiserver_request_*` tell it.
//!
//! A request costs two looks at the clock and one at a map; what is known of a kind of request are
//! atomics.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use axum::extract::Request;
use http::{Method, StatusCode, header};
use parking_lot::{Mutex, RwLock};

use crate::exposition::{Exposition, Labels, MetricKind};
use crate::params;
use crate::streams::Stream;
use crate::target::Target;

/// Upstream's bounds, in seconds.
const BOUNDS: [f64; 23] = [
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0,
    10.0, 15.0, 20.0, 30.0, 45.0, 60.0,
];

/// What a request is counted under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asked {
    pub verb: &'static str,
    pub group: &'static str,
    pub version: &'static str,
    pub resource: &'static str,
    /// Of what is no resource, the path that is known.
    pub subresource: &'static str,
    pub scope: &'static str,
    pub dry_run: &'static str,
}

impl Asked {
    /// A request to a kind that is stored.
    pub fn of(target: &Target, request: &Request) -> Self {
        let info = target.resource.info;
        let query = request.uri().query();
        let subresource = target.subresource.as_deref().unwrap_or_default();
        let known = target.resource.subresource(subresource);
        let scope = scope(
            request.method(),
            target.name.is_some(),
            target.place().is_some(),
        );
        let watch = target.name.is_none() && params::flag_in(query, "watch");
        Self {
            verb: match Stream::of(subresource) {
                Some(_) => CONNECT,
                None if watch && reads(request.method()) => WATCH,
                None => verb(request, scope),
            },
            group: info.group,
            version: info.version,
            resource: info.plural,
            subresource: known.map_or("", |known| known.name),
            scope,
            dry_run: match params::value_in(query, "dryRun").as_deref() {
                Some("All") => "All",
                _ => "",
            },
        }
    }

    /// A request to a kind that is not.
    pub fn unstored(
        (group, version, resource): (&'static str, &'static str, &'static str),
        (named, namespaced): (bool, bool),
        request: &Request,
    ) -> Self {
        let scope = scope(request.method(), named, namespaced);
        Self {
            verb: verb(request, scope),
            group,
            version,
            resource,
            scope,
            ..Self::default()
        }
    }

    /// A request that is passed on.
    pub fn proxied(resource: &'static str) -> Self {
        Self {
            verb: CONNECT,
            version: "v1",
            resource,
            subresource: "proxy",
            scope: "resource",
            ..Self::default()
        }
    }

    /// A path that names no resource; only those that stay few have their own count.
    pub fn path(request: &Request) -> Self {
        let known = ["/healthz", "/livez", "/metrics", "/readyz", "/version"];
        let path = request.uri().path();
        Self {
            verb: verb(request, "resource"),
            subresource: known.into_iter().find(|known| *known == path).unwrap_or(""),
            ..Self::default()
        }
    }

    /// It lasts as long as its client likes, which says nothing of how fast it was answered.
    fn is_long(&self) -> bool {
        matches!(self.verb, WATCH | CONNECT) || self.subresource == "log"
    }

    fn labels(&self) -> [(&'static str, &'static str); 8] {
        [
            ("component", "apiserver"),
            ("dry_run", self.dry_run),
            ("group", self.group),
            ("resource", self.resource),
            ("scope", self.scope),
            ("subresource", self.subresource),
            ("verb", self.verb),
            ("version", self.version),
        ]
    }
}

const CONNECT: &str = "CONNECT";
const WATCH: &str = "WATCH";

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Upstream's CleanScope: what is created is one, though it has no name yet.
fn scope(method: &Method, named: bool, namespaced: bool) -> &'static str {
    match (named || *method == Method::POST, namespaced) {
        (true, _) => "resource",
        (false, true) => "namespace",
        (false, false) => "cluster",
    }
}

/// Upstream's words; what is none of them is no request that clients make.
fn verb(request: &Request, scope: &str) -> &'static str {
    let applies = || {
        let kind = request.headers().get(header::CONTENT_TYPE);
        kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/apply-patch"))
    };
    match *request.method() {
        Method::GET | Method::HEAD if scope == "resource" => "GET",
        Method::GET | Method::HEAD => "LIST",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH if applies() => "APPLY",
        Method::PATCH => "PATCH",
        Method::DELETE if scope == "resource" => "DELETE",
        Method::DELETE => "DELETECOLLECTION",
        _ => "other",
    }
}

/// The counts of one kind of request.
#[derive(Default)]
struct Series {
    codes: Mutex<BTreeMap<u16, u64>>,
    /// One for each bound, and the last for what took longer.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanos: AtomicU64,
}

/// All counts.
#[derive(Default)]
pub struct Traffic {
    series: RwLock<HashMap<Asked, Arc<Series>>>,
    reading: AtomicI64,
    changing: AtomicI64,
}

impl Traffic {
    /// Counts an answer.
    pub fn answered(&self, asked: Asked, code: StatusCode, took: Duration) {
        let known = self.series.read().get(&asked).cloned();
        let series = known.unwrap_or_else(|| self.series.write().entry(asked).or_default().clone());
        *series.codes.lock().entry(code.as_u16()).or_default() += 1;
        if asked.is_long() {
            return;
        }
        let bucket = BOUNDS.partition_point(|bound| *bound < took.as_secs_f64());
        series.buckets[bucket].fetch_add(1, Relaxed);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        series.nanos.fetch_add(nanos, Relaxed);
    }

    /// Counts a request for as long as what this answers is held.
    pub fn begin(&self, method: &Method) -> InFlight<'_> {
        let reads = reads(method);
        let count = if reads { &self.reading } else { &self.changing };
        count.fetch_add(1, Relaxed);
        InFlight(count)
    }

    /// Writes all of it down.
    pub fn tell(&self, told: &mut Exposition) {
        let series: BTreeMap<Asked, Arc<Series>> = {
            let series = self.series.read();
            series
                .iter()
                .map(|(asked, s)| (*asked, s.clone()))
                .collect()
        };
        let name = "apiserver_request_total";
        let help = "Counter of apiserver requests broken out for each verb, dry run value, group, version, \
                    resource, scope, component, and HTTP response code.";
        told.begin(name, MetricKind::Counter, help);
        for (asked, series) in &series {
            for (code, count) in series.codes.lock().iter() {
                let code = code.to_string();
                let [first, rest @ ..] = asked.labels();
                let labels = [&[("code", code.as_str()), first][..], &rest[..]].concat();
                told.sample(name, &labels, count);
            }
        }
        let name = "apiserver_request_duration_seconds";
        let help = "Response latency distribution in seconds for each verb, dry run value, group, version, \
                    resource, subresource, scope and component.";
        told.begin(name, MetricKind::Histogram, help);
        for (asked, series) in series.iter().filter(|(asked, _)| !asked.is_long()) {
            let counts: Vec<u64> = series
                .buckets
                .iter()
                .map(|count| count.load(Relaxed))
                .collect();
            let sum = Duration::from_nanos(series.nanos.load(Relaxed)).as_secs_f64();
            let labels = asked.labels();
            let labels: Labels<'_> = &labels;
            told.histogram(name, labels, &BOUNDS, &counts, sum);
        }
        let name = "apiserver_current_inflight_requests";
        let help = "Number of requests that are being answered, per request kind.";
        told.begin(name, MetricKind::Gauge, help);
        for (kind, count) in [("mutating", &self.changing), ("readOnly", &self.reading)] {
            told.sample(name, &[("request_kind", kind)], count.load(Relaxed));
        }
    }
}

/// A request that is being answered.
pub struct InFlight<'a>(&'a AtomicI64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
