//! The Kubernetes HTTP surface over the store: discovery, verbs, watches, printing, documents.
//!
//! Objects live as encoded bytes; reads copy them, writes decode, default, validate and encode them
//! once. Knows no controller: what reacts to objects does so through a client, like everyone else.
//! Absent on purpose: sockets and TLS (the server room's), authorization beyond "administrator or
//! viewer", SPDY.

mod absent;
mod admission;
mod apply;
mod audit;
mod auth;
mod authorize;
mod bindings;
mod body;
mod bootstrap;
mod call;
mod client;
mod component_statuses;
mod core;
mod deadline;
mod decode;
mod delete_options;
mod discovery;
mod doors;
mod events_v1;
mod exposition;
mod foreign;
mod form;
#[cfg(test)]
mod fuzz;
mod go_base64;
mod go_duration;
mod go_json;
mod go_numbers;
mod go_text;
mod go_time;
mod go_types;
mod go_wire;
mod handlers;
mod health;
mod hollow;
mod impersonate;
mod incoming;
mod issuer;
mod last_applied;
mod leftover;
mod list_options;
mod literal;
mod meta;
mod metrics;
mod mismatch;
mod modify;
mod monitoring;
mod mountable;
mod namespaces;
mod negotiate;
mod nodes;
mod nulls;
mod object;
mod openapi;
mod owners;
mod params;
mod patch;
mod pod_condition;
mod pod_security;
mod pretty;
mod priority;
mod problem;
mod protobuf;
mod proxy;
mod record;
mod registry;
mod render;
mod reviews;
mod root;
mod router;
mod selection;
mod server;
mod service_account;
mod services;
mod sessions;
mod shapes;
mod spare;
mod stats;
mod status;
mod streams;
mod strict;
mod table;
mod target;
mod tokens;
mod topology;
mod tracking;
mod traffic;
mod unstored;
mod version;
mod versions;
mod warnings;
mod watch_frame;
mod watch_path;
mod yaml;

pub use auth::{Authenticator, Identity};
pub use component_statuses::{ComponentHealth, Components};
pub use exposition::{Exposition, Labels, MetricKind};
pub use monitoring::MoreMetrics;
pub use nodes::{LogError, LogOptions, LogRequest, LogStream, NodeProxy};
pub use problem::Problem;
pub use proxy::Peer;
pub use render::Watching;
pub use server::{ApiServer, Config};
pub use sessions::{
    AttachRequest, ConnectRequest, Connection, ContainerUsage, ExecRequest, PodTarget, Reader,
    Resize, Session, SessionError, Streams, UsageReport, Writer,
};
pub use stats::Stats;
pub use tokens::TokenKey;
pub use version::VersionInfo;
