//! What readers see: the objects of each resource and the changes that led there.
//!
//! Only the committer changes it, and only after the change is durable.

mod follow;
mod listing;
mod published;
mod topic;

pub(crate) use follow::Next;
pub(crate) use published::State;
