//! Why a slot did not run and why a pod does not start: causes from facts. Pure; the sentences are `app`'s.

pub mod pod;
mod scheduler;
pub mod slot;
#[cfg(test)]
mod tests;
