//! Keeps the status of PodDisruptionBudgets: how many of their pods may be evicted now (EV-01).
//!
//! Kinds with a scale are not served here, so a budget that needs one (maxUnavailable, a percentage) over
//! pods of Jobs or DaemonSets fails as it does upstream, and allows nothing.

mod controller;
mod decide;

pub use controller::prepare;
