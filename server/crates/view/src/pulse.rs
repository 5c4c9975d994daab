//! When Events were seen last, counted.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// Events by the time at which each was seen last: as in their list, a repeated one counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    pub from: Millis,
    pub step: Millis,
    /// Normal ones and warnings in each `step` from `from` on; the last has now in it.
    pub steps: Vec<(u32, u32)>,
}
