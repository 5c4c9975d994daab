//! Namespaces.

mod kind;
#[cfg(test)]
mod tests;
