//! PriorityClasses.

mod kind;
#[cfg(test)]
mod tests;
