//! ServiceAccounts.

mod kind;
