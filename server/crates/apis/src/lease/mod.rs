//! Leases.

mod kind;
#[cfg(test)]
mod tests;
