//! ServiceAccounts.

mod kind;
#[cfg(test)]
mod tests;
