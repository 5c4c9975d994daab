//! Keeps the status of PodDisruptionBudgets: how many of their pods may be evicted now (EV-01); and takes
//! back what says of a pod that it goes when it does not (EV-02).
//!
//! Kinds with a scale are not served here, so a budget that needs one (maxUnavailable, a percentage) over
//! pods of Jobs or DaemonSets fails as it does upstream, and allows nothing.

mod controller;
mod decide;
mod stale;

use crate::manager::Startup;

/// Registers both halves and leaves their tasks with `startup`.
pub fn prepare(startup: &mut Startup) {
    controller::prepare(startup);
    stale::prepare(startup);
}
