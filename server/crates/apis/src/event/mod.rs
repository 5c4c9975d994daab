//! Events of core/v1.

mod columns;
mod kind;
#[cfg(test)]
mod tests;
mod validation;
