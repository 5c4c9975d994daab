//! Why a sync is tried again.

use std::fmt;

use super::surge::MissingNode;

#[derive(Debug)]
pub enum SyncError {
    Api(kube::Error),
    /// DS-38.
    MissingNode(MissingNode),
    /// The hash was made with an old collision count; the next sync knows the new one (DS-44).
    StaleCollisionCount,
    /// The revision's name is taken; the next sync hashes with a raised count (DS-44).
    NameTaken(String),
}

impl From<kube::Error> for SyncError {
    fn from(error: kube::Error) -> Self {
        Self::Api(error)
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::MissingNode(MissingNode(node)) => {
                write!(f, "couldn't get node for nodeName {node:?}: not found")
            }
            Self::StaleCollisionCount => write!(f, "found a stale collision count"),
            Self::NameTaken(name) => write!(f, "controllerrevisions.apps {name:?} already exists"),
        }
    }
}
