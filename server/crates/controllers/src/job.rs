//! The Job controller: pods for a Job until enough have succeeded, or it has failed (section 2).
//!
//! A sync is three pure steps with writes between them: [`decide`] says which pods to create or
//! delete; [`account`] says what the status becomes and whose finalizer may go; [`settle`] says
//! whether the Job is finished. A crash between any two writes is made good by the next sync, since
//! all that counts is in the status or on a pod. Absent: TTL after finished, which is its own room.

mod account;
mod backoff;
mod conditions;
mod controller;
mod decide;
mod failure_policy;
mod finish;
mod index_set;
mod manage;
mod memory;
mod new_pod;
mod orphans;
mod pending;
mod pod_facts;
mod removal;
mod settle;
mod spec;
mod success_policy;
mod sync;
mod tally;
mod writes;

#[cfg(test)]
mod tests;

pub(crate) use controller::prepare;
pub(crate) use pod_facts::is_tracked;
