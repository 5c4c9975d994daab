//! Objects that read as sentences: `cronjob("backup").every_minute().forbid().runs_for(90)`.

mod build;
mod cronjob;
mod daemonset;
mod job;
mod script;

pub use build::{Build, Buildable};
pub use cronjob::{CronJobBuilder, cronjob};
pub use daemonset::{DaemonSetBuilder, daemonset};
pub use job::{JobBuilder, job, manual_job};
