//! Why a batch was refused by the disk.

use std::{io, sync::Arc};

use crate::WriteError;

/// Why a batch did not become durable.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    Full(Arc<io::Error>),
    Io(Arc<io::Error>),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full(Arc::new(error))
            }
            _ => Self::Io(Arc::new(error)),
        }
    }
}

impl<E> From<Failure> for WriteError<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full(source) => Self::Full(source),
            Failure::Io(source) => Self::Io(source),
        }
    }
}
