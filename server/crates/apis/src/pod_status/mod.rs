//! Reading a pod: phase, readiness, availability, restarts, and the status word of kubectl (PR-13).

mod containers;
mod readiness;
mod status_word;
#[cfg(test)]
mod tests;

pub use containers::{is_restartable_init, ready_containers, restarts_text, total_containers};
pub use readiness::{
    is_available, is_ready, is_terminated, is_terminating, phase, ready_transition_time,
};
pub use status_word::status_word;
