//! CronJobs.

mod columns;
mod defaults;
mod kind;
mod schedule;
#[cfg(test)]
mod tests;
mod validation;
