//! What must hold after every change, whatever goes wrong on the wire.

mod auditor;
mod cronjobs;
mod daemons;
#[cfg(test)]
mod histories;
mod jobs;
mod owners;
mod recent;
mod rules;
#[cfg(test)]
mod tests;
mod violation;

pub use auditor::Auditor;
pub use violation::Violation;
