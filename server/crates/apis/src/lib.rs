//! The kinds that Orrery serves, as upstream defines them: identity, defaults, validation, what an
//! update may change, selectable fields and printed columns. Pure: objects in, objects and errors
//! out; no time but what is passed in, no IO. Shared by the API server, the controllers and the
//! scheduler, so that each rule exists once.

pub mod affinity;
pub mod conditions;
mod config_map;
mod controller_revision;
mod cron_job;
pub mod daemon_set;
mod endpoint_slice;
mod endpoints;
mod event;
pub mod event_v1;
mod field_error;
mod go_internal;
pub mod go_quote;
pub mod go_syntax;
pub mod go_zero;
mod human_duration;
pub mod int_or_percent;
mod ip;
pub mod job;
mod job_template;
pub mod json_depth;
pub mod kind;
mod lease;
pub mod merge_keys;
pub mod meta;
mod namespace;
mod node;
pub mod pod;
mod pod_disruption_budget;
pub mod pod_requests;
pub mod pod_security;
pub mod pod_status;
pub mod pod_template;
pub mod print;
mod priority_class;
pub mod quantity;
mod secret;
pub mod selector;
pub mod service;
pub mod service_account;
#[cfg(test)]
mod testing;
pub mod toleration;

pub use field_error::{ErrorType, FieldError, FieldErrors};
pub use kind::{Cell, Column, Info, Kind, Printed, Update};
