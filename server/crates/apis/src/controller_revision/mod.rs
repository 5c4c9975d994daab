//! ControllerRevisions: immutable snapshots of a workload's template (DSV-08).

mod kind;
#[cfg(test)]
mod tests;
