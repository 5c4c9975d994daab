//! PodDisruptionBudgets.

mod kind;
#[cfg(test)]
mod tests;
