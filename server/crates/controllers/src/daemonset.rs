//! The DaemonSet controller: one pod of a DaemonSet on every node that it is meant for (section 3).
//!
//! A sync claims pods and ControllerRevisions, makes sure that the template has a revision
//! ([`history`]), decides about every node at once ([`decide`]), writes pods, then history, then one
//! status. Absent on purpose: binding, which the scheduler does through the node's name in the pod's
//! affinity (DS-10), and rollback, which is a client's patch (DS-47).

mod backoff;
mod controller;
mod decide;
mod eligibility;
mod error;
mod history;
mod layout;
mod manage;
mod memory;
mod new_pod;
mod node_changes;
mod pod_facts;
mod rolling;
mod spec;
mod status;
mod surge;
mod sync;
mod writes;

#[cfg(test)]
mod tests;

pub(crate) use controller::prepare;
