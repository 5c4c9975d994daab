//! What readers, watches and the committer share.

use parking_lot::{Mutex, RwLock};

use crate::{Stats, state::State};

/// The published state and the counts.
pub(crate) struct Shared {
    pub state: RwLock<State>,
    pub stats: Mutex<Stats>,
}

impl Shared {
    pub fn new(state: State) -> Self {
        Self {
            state: RwLock::new(state),
            stats: Mutex::default(),
        }
    }
}
