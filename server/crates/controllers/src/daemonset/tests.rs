//! The DaemonSet controller's pure steps, by id.

mod backoff;
mod eligibility;
mod history;
mod manage;
mod new_pod;
mod node_changes;
mod rolling;
mod scene;
mod status;
mod surge;
