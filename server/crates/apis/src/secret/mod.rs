//! Secrets.

mod kind;
#[cfg(test)]
mod tests;
mod validation;
mod warnings;
