//! Services, as plain objects: stored and shown. No address is allocated and nothing is routed.

mod kind;
#[cfg(test)]
mod tests;
